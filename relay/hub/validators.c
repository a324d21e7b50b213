#include "relay/hub/validators.h"

#include "relay/crypto/crypto.h"
#include "relay/crypto/signed.h"
#include "relay/hub/org.h"
#include "relay/hub/proposal.h"

#define VALIDATORS_MIN 4u
#define SET_SIZE_MAX   (64u + YQ_VALIDATORS_MAX * (1u + 64u + 1u + YQ_ORG_CODE_SIZE))
#define DELAY_MS_MIN   UINT64_C(3600000)
#define SIG_SIZE       64u

/* ---- sets in the state --------------------------------------------------------------------------
 */

static void set_key(yq_state_key *key, uint64_t epoch)
{
    yq_state_key_begin(key, YQ_MODULE_SYS, YQ_TABLE_SYS_VALIDATORS);
    yq_put_u64(&key->w, epoch);
}

static uint64_t present_epoch(yq_hub *hub)
{
    yq_state_key key;
    yq_state_key_begin(&key, YQ_MODULE_SYS, YQ_TABLE_SYS_EPOCH);
    return yq_state_load_u64(hub, &key);
}

int yq_validators_load(yq_hub *hub, uint64_t epoch, yq_validators *out)
{
    yq_state_key key;
    yq_slice value;
    *out = (yq_validators){.epoch = epoch == 0 ? present_epoch(hub) : epoch};
    set_key(&key, out->epoch);
    if (!yq_state_load(hub, &key, &value)) {
        return 0;
    }
    yq_cur c = yq_cur_of(value);
    out->from_height = yq_cur_u64(&c);
    out->alg = yq_cur_u8(&c);
    out->suite = yq_cur_u8(&c);
    out->n = yq_cur_u8(&c);
    for (size_t i = 0; i < out->n && i < YQ_VALIDATORS_MAX; i++) {
        out->item[i].key = yq_cur_str8(&c, 64);
        out->item[i].org = yq_cur_str8(&c, YQ_ORG_CODE_SIZE);
    }
    yq_state_record_done(&c);
    return 1;
}

static void store(yq_hub *hub, const yq_validators *v)
{
    yq_state_key key;
    yq_writer w = yq_state_record(hub, SET_SIZE_MAX);
    yq_put_u64(&w, v->from_height);
    yq_put_u8(&w, (uint8_t)v->alg);
    yq_put_u8(&w, v->suite);
    yq_put_u8(&w, (uint8_t)v->n);
    for (size_t i = 0; i < v->n; i++) {
        yq_put_str8(&w, v->item[i].key);
        yq_put_str8(&w, v->item[i].org);
    }
    set_key(&key, v->epoch);
    yq_state_store_record(hub, &key, &w);
}

/* What the ledger reads at the end of the epoch: relay/ledger, pending_load. */
static void store_pending(yq_hub *hub, const yq_validators *v, uint64_t not_before_ms)
{
    yq_state_key key;
    yq_writer w = yq_state_record(hub, SET_SIZE_MAX);
    yq_put_u64(&w, not_before_ms);
    yq_put_bytes(&w, hub->rules.chain_id_hash.b, YQ_DIGEST_SIZE);
    yq_put_u64(&w, v->epoch);
    yq_put_u8(&w, v->suite);
    yq_put_u16(&w, (uint16_t)v->n);
    for (size_t i = 0; i < v->n; i++) {
        yq_put_str8(&w, v->item[i].key);
    }
    yq_state_key_begin(&key, YQ_MODULE_LEDGER, YQ_TABLE_LEDGER_PENDING);
    yq_state_store_record(hub, &key, &w);
}

static size_t find(const yq_validators *v, yq_slice key)
{
    size_t i = 0;
    while (i < v->n && !yq_slice_equal(v->item[i].key, key)) {
        i++;
    }
    return i;
}

static void retired_key(yq_state_key *key, yq_slice public)
{
    yq_state_key_str(key, YQ_MODULE_SYS, YQ_TABLE_SYS_RETIRED, public);
}

/* ---- a change -----------------------------------------------------------------------------------
 */

typedef struct joining {
    yq_slice org, key, proof;
} joining;

typedef struct change {
    size_t join_n, leave_n;
    joining join[YQ_VALIDATORS_MAX];
    yq_slice leave[YQ_VALIDATORS_MAX];
} change;

/* Keys ascend. */
static void check_order(yq_cur *c, yq_slice before, yq_slice key)
{
    if (before.n > 0 && yq_slice_compare(before, key) >= 0) {
        yq_cur_fail(c, YQ_E_NONCANONICAL, c->pos);
    }
}

static yq_status decode(yq_slice in, change *x, yq_fault *why)
{
    yq_cur c = yq_cur_of(in);
    yq_slice before = {0};
    *x = (change){.join_n = yq_cur_u8(&c)};
    if (x->join_n > YQ_VALIDATORS_MAX) {
        return yq_fail(why, YQ_E_RANGE, 0, "change: joins");
    }
    for (size_t i = 0; i < x->join_n; i++) {
        joining *j = &x->join[i];
        j->org = yq_cur_str8(&c, YQ_ORG_CODE_SIZE);
        j->key = yq_cur_str8(&c, 64);
        j->proof = yq_cur_take(&c, SIG_SIZE);
        check_order(&c, before, j->key);
        before = j->key;
    }
    x->leave_n = yq_cur_u8(&c);
    if (x->leave_n > YQ_VALIDATORS_MAX) {
        return yq_fail(why, YQ_E_RANGE, 0, "change: leaves");
    }
    before = (yq_slice){0};
    for (size_t i = 0; i < x->leave_n; i++) {
        x->leave[i] = yq_cur_str8(&c, 64);
        check_order(&c, before, x->leave[i]);
        before = x->leave[i];
    }
    return yq_cur_done(&c, why);
}

yq_status yq_validators_signed(uint8_t suite, yq_slice key, const yq_digest *m, yq_slice sig)
{
    const yq_signature s = {
        .alg = suite == YQ_SUITE_SM2 ? YQ_SIG_SM2_MESSAGE : YQ_SIG_P256_DIGEST,
        .key = key,
        .msg = {m->b, YQ_DIGEST_SIZE},
        .sig = sig,
    };
    return yq_signature_check(&s);
}

static yq_status check_proof(
    const yq_validators *now, const yq_digest *chain_id_hash, const joining *j)
{
    uint8_t room[2 + YQ_ORG_CODE_SIZE + 1 + 64];
    yq_digest m;
    yq_writer w = yq_writer_of(room, sizeof room);
    yq_put_u8(&w, YQ_PROOF_VALIDATOR);
    yq_put_str8(&w, j->org);
    yq_put_str8(&w, j->key);
    yq_signed_digest(
        now->alg, YQ_SIGNED_GOV, chain_id_hash, now->epoch + 1, 0, yq_writer_slice(&w), &m);
    return yq_validators_signed(now->suite, j->key, &m, j->proof);
}

static yq_status check_join(yq_hub *hub, const yq_validators *now, const joining *j, yq_fault *why)
{
    yq_org org;
    yq_state_key key;
    if (j->key.n != YQ_SM2_KEY_SIZE) {
        return yq_fail(why, YQ_E_RANGE, 0, "join: key");
    }
    if (!yq_org_load(hub, j->org, &org)) {
        return yq_fail(why, YQ_E_NOT_FOUND, 0, "join: organisation");
    }
    retired_key(&key, j->key);
    if (find(now, j->key) < now->n || yq_state_has(hub, &key)) {
        return yq_fail(why, YQ_E_EXISTS, 0, "join: this key is or was a validator's");
    }
    yq_status status = check_proof(now, &hub->rules.chain_id_hash, j);
    return status == YQ_OK ? YQ_OK : yq_fail(why, status, 0, "join: proof of possession");
}

static size_t of_org(const yq_validators *v, yq_slice org)
{
    size_t n = 0;
    for (size_t i = 0; i < v->n; i++) {
        n += (size_t)yq_slice_equal(v->item[i].org, org);
    }
    return n;
}

/* Who leaves and who joins of one organisation: a swap counts once. */
static size_t weight(const yq_validators *now, const change *x)
{
    size_t joins[YQ_VALIDATORS_MAX] = {0}, total = x->join_n + x->leave_n;
    for (size_t i = 0; i < x->leave_n; i++) {
        yq_slice org = now->item[find(now, x->leave[i])].org;
        for (size_t k = 0; k < x->join_n; k++) {
            if (joins[k] == 0 && yq_slice_equal(x->join[k].org, org)) {
                joins[k] = 1;
                total--;
                break;
            }
        }
    }
    return total;
}

static yq_status check_set(const yq_validators *next, int single_operator, yq_fault *why)
{
    if (next->n < VALIDATORS_MIN) {
        return yq_fail(why, YQ_E_RANGE, 0, "change: fewer than 4 validators");
    }
    for (size_t i = 0; i < next->n && !single_operator; i++) {
        if (3 * of_org(next, next->item[i].org) >= next->n) {
            return yq_fail(why, YQ_E_SET_CONCENTRATION, 0, "change");
        }
    }
    return YQ_OK;
}

/* The present set without who leaves, with who joins, in order. In: checked, and there is room. */
static void make_next(const yq_validators *now, const change *x, yq_validators *next)
{
    size_t i = 0, k = 0;
    *next = (yq_validators){.epoch = now->epoch + 1, .alg = now->alg, .suite = now->suite};
    while (i < now->n || k < x->join_n) {
        int joins = i == now->n ||
                    (k < x->join_n && yq_slice_compare(x->join[k].key, now->item[i].key) < 0);
        yq_validator v = joins ? (yq_validator){x->join[k].key, x->join[k].org} : now->item[i];
        int leaves = 0;
        for (size_t l = 0; l < x->leave_n && !joins; l++) {
            leaves |= yq_slice_equal(x->leave[l], v.key);
        }
        if (!leaves) {
            next->item[next->n++] = v;
        }
        i += joins ? 0 : 1;
        k += joins ? 1 : 0;
    }
}

/* Everything that a change must be. Out: now, next. */
static yq_status check_change(
    yq_hub *hub, const change *x, yq_validators *now, yq_validators *next, yq_fault *why)
{
    if (!yq_validators_load(hub, 0, now) || yq_validators_load(hub, now->epoch + 1, next)) {
        return yq_fail(why, YQ_E_STATE, 0, "another change waits for its epoch");
    }
    for (size_t i = 0; i < x->leave_n; i++) {
        if (find(now, x->leave[i]) == now->n) {
            return yq_fail(why, YQ_E_NOT_FOUND, 0, "leave: no validator");
        }
    }
    for (size_t i = 0; i < x->join_n; i++) {
        yq_status status = check_join(hub, now, &x->join[i], why);
        if (status != YQ_OK) {
            return status;
        }
    }
    size_t changed = weight(now, x), most = now->n / 3 > 1 ? now->n / 3 : 1;
    if (changed == 0 || changed > most) {
        return yq_fail(why, YQ_E_RANGE, 0, "change: nothing, or more than a third at once");
    }
    if (now->n + x->join_n - x->leave_n > YQ_VALIDATORS_MAX) {
        return yq_fail(why, YQ_E_RANGE, 0, "change: more than 31 validators");
    }
    make_next(now, x, next);
    return check_set(next, hub->rules.single_operator, why);
}

yq_status yq_validators_change(yq_hub *hub, yq_call *call)
{
    change x;
    yq_validators now = {0}, next = {0};
    if (!yq_org_is_voting_admin(hub, call)) {
        return yq_fail(call->why, YQ_E_PERMISSION, 0, "an admin of a voting organisation");
    }
    yq_status status = decode(call->tx.as.validators.change, &x, call->why);
    if (status == YQ_OK) {
        status = check_change(hub, &x, &now, &next, call->why);
    }
    return status == YQ_OK ? yq_governance_propose(hub, call, yq_slice_text("validators")) : status;
}

static void tell(yq_hub *hub, const yq_validators *next)
{
    uint8_t epoch[8];
    yq_writer w = yq_writer_of(epoch, sizeof epoch);
    yq_put_u64(&w, next->epoch);
    yq_state_tell(hub, YQ_HUB_EVENT_VALIDATORS, yq_writer_slice(&w), next->n);
}

yq_status yq_validators_change_apply(yq_hub *hub, const yq_tx_validators *tx)
{
    change x;
    yq_validators now = {0}, next = {0};
    yq_status status = decode(tx->change, &x, NULL);
    if (status == YQ_OK) {
        status = check_change(hub, &x, &now, &next, NULL);
    }
    if (status != YQ_OK) {
        return status;
    }
    /* An hour between the proposal's approval and the new set, but where one organisation decides.
     */
    uint64_t delay = hub->rules.delay_ms;
    uint64_t more = hub->rules.single_operator || delay >= DELAY_MS_MIN ? 0 : DELAY_MS_MIN - delay;
    for (size_t i = 0; i < x.leave_n; i++) {
        yq_state_key key;
        retired_key(&key, x.leave[i]);
        yq_state_store_u64(hub, &key, next.epoch);
    }
    store(hub, &next);
    store_pending(hub, &next, hub->time_ms + more);
    tell(hub, &next);
    return YQ_OK;
}

/* ---- epochs -------------------------------------------------------------------------------------
 */

static yq_status bad(yq_fault *why, const char *field)
{
    return yq_fail(why, YQ_E_CONFIG_INVALID, 0, field);
}

yq_status yq_validators_genesis(yq_hub *hub, const yq_hub_params *p, yq_fault *why)
{
    yq_validators v = {
        .epoch = p->epoch, .from_height = 1, .alg = p->alg, .suite = p->suite, .n = p->validator_n};
    if (v.n == 0 || v.n > YQ_VALIDATORS_MAX) {
        return bad(why, "validator: none, or too many");
    }
    if (p->alg != YQ_HASH_SM3 && p->alg != YQ_HASH_SHA256) {
        return bad(why, "hash");
    }
    for (size_t i = 0; i < v.n; i++) {
        yq_org org;
        v.item[i] = p->validator[i];
        if (v.item[i].key.n != YQ_SM2_KEY_SIZE ||
            (i > 0 && yq_slice_compare(v.item[i - 1].key, v.item[i].key) >= 0)) {
            return bad(why, "validator key: size or order");
        }
        if (!yq_org_load(hub, v.item[i].org, &org)) {
            return bad(why, "validator org");
        }
    }
    store(hub, &v);
    yq_state_key key;
    yq_state_key_begin(&key, YQ_MODULE_SYS, YQ_TABLE_SYS_EPOCH);
    yq_state_store_u64(hub, &key, p->epoch);
    return YQ_OK;
}

void yq_validators_begin(yq_hub *hub, uint64_t epoch)
{
    yq_state_key key;
    yq_validators v;
    yq_state_key_begin(&key, YQ_MODULE_SYS, YQ_TABLE_SYS_EPOCH);
    if (epoch == yq_state_load_u64(hub, &key) || !yq_validators_load(hub, epoch, &v)) {
        return;
    }
    yq_state_store_u64(hub, &key, epoch);
    yq_state_begin(hub);
    v.from_height =
        hub->height + 2; /* the block that ends the old one is the next after the clock's */
    store(hub, &v);
}

yq_status yq_hub_validators(yq_hub *hub, uint64_t epoch, yq_validators *out)
{
    hub->exhausted = 0;
    if (yq_validators_load(hub, epoch, out)) {
        return YQ_OK;
    }
    return hub->exhausted ? YQ_E_NOSPC : YQ_E_NOT_FOUND;
}
