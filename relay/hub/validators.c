#include "relay/hub/validators.h"

#include "relay/crypto/crypto.h"
#include "relay/hub/change.h"
#include "relay/hub/export.h"
#include "relay/hub/org.h"
#include "relay/hub/proposal.h"

#define SET_SIZE_MAX (64u + YQ_VALIDATORS_MAX * (1u + 64u + 1u + YQ_ORG_CODE_SIZE))
#define DELAY_MS_MIN UINT64_C(3600000)

/* ---- sets in the state --------------------------------------------------------------------------
 */

static void pending_key(yq_state_key *key)
{
    yq_state_key_begin(key, YQ_MODULE_LEDGER, YQ_TABLE_LEDGER_PENDING);
}

static void epoch_key(yq_state_key *key)
{
    yq_state_key_begin(key, YQ_MODULE_SYS, YQ_TABLE_SYS_EPOCH);
}

static void set_key(yq_state_key *key, uint64_t epoch)
{
    yq_state_key_begin(key, YQ_MODULE_SYS, YQ_TABLE_SYS_VALIDATORS);
    yq_put_u64(&key->w, epoch);
}

static uint64_t present_epoch(yq_hub *hub)
{
    yq_state_key key;
    epoch_key(&key);
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
    pending_key(&key);
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

static yq_status check_join(
    yq_hub *hub, const yq_validators *next, const yq_change_join *j, yq_fault *why)
{
    yq_org org;
    yq_state_key key;
    if (!yq_org_load(hub, j->org, &org)) {
        return yq_fail(why, YQ_E_NOT_FOUND, 0, "join: organisation");
    }
    retired_key(&key, j->key);
    if (yq_state_has(hub, &key)) {
        return yq_fail(why, YQ_E_EXISTS, 0, "join: this key is or was a validator's");
    }
    yq_status status = yq_change_check_proof(next, &hub->rules.chain_id_hash, j);
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
static size_t weight(const yq_validators *now, const yq_change *x)
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
    for (size_t i = 0; i < next->n && !single_operator; i++) {
        if (3 * of_org(next, next->item[i].org) >= next->n) {
            return yq_fail(why, YQ_E_SET_CONCENTRATION, 0, "change");
        }
    }
    return YQ_OK;
}

/* What holds whoever decides. Out: next. */
static yq_status check_joins(
    yq_hub *hub, const yq_change *x, const yq_validators *now, yq_validators *next, yq_fault *why)
{
    yq_status status = yq_change_apply(x, now, next, why);
    for (size_t i = 0; i < x->join_n && status == YQ_OK; i++) {
        status = check_join(hub, next, &x->join[i], why);
    }
    return status;
}

/* Everything that a change by governance must be. Out: now, next. */
static yq_status check_change(
    yq_hub *hub, const yq_change *x, yq_validators *now, yq_validators *next, yq_fault *why)
{
    if (!yq_validators_load(hub, 0, now) || yq_validators_load(hub, now->epoch + 1, next)) {
        return yq_fail(why, YQ_E_STATE, 0, "another change waits for its epoch");
    }
    yq_status status = check_joins(hub, x, now, next, why);
    if (status != YQ_OK) {
        return status;
    }
    size_t changed = weight(now, x), most = now->n / 3 > 1 ? now->n / 3 : 1;
    if (changed == 0 || changed > most) {
        return yq_fail(why, YQ_E_RANGE, 0, "change: nothing, or more than a third at once");
    }
    status = check_set(next, hub->rules.single_operator, why);
    return status == YQ_OK ? yq_export_check_set(hub, next, why) : status;
}

yq_status yq_validators_change(yq_hub *hub, yq_call *call)
{
    yq_change x;
    yq_validators now = {0}, next = {0};
    if (!yq_org_is_voting_admin(hub, call)) {
        return yq_fail(call->why, YQ_E_PERMISSION, 0, "an admin of a voting organisation");
    }
    yq_status status = yq_change_decode(call->tx.as.validators.change, &x, call->why);
    if (status == YQ_OK) {
        status = check_change(hub, &x, &now, &next, call->why);
    }
    return status == YQ_OK ? yq_governance_propose(hub, call, yq_slice_text("validators")) : status;
}

/* Who leaves never comes back with the same key. */
static void retire(yq_hub *hub, const yq_change *x, uint64_t epoch)
{
    for (size_t i = 0; i < x->leave_n; i++) {
        yq_state_key key;
        retired_key(&key, x->leave[i]);
        yq_state_store_u64(hub, &key, epoch);
    }
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
    yq_change x;
    yq_validators now = {0}, next = {0};
    yq_status status = yq_change_decode(tx->change, &x, NULL);
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
    retire(hub, &x, next.epoch);
    store(hub, &next);
    store_pending(hub, &next, hub->time_ms + more);
    tell(hub, &next);
    return YQ_OK;
}

/* ---- the recovery set ---------------------------------------------------------------------------
 */

/* A change that governance had decided on ends with the set that it was made for: who was to leave
 * with it and stays now is a validator like the others. */
static void drop_pending(yq_hub *hub, const yq_validators *now, const yq_validators *next)
{
    yq_state_key key;
    for (size_t i = 0; i < now->n; i++) {
        retired_key(&key, now->item[i].key);
        if (find(next, now->item[i].key) < next->n) {
            yq_state_erase(hub, &key);
        }
    }
    pending_key(&key);
    yq_state_erase(hub, &key);
}

yq_status yq_validators_recover(yq_hub *hub, yq_slice change, yq_fault *why)
{
    yq_change x;
    yq_validators now = {0}, next = {0};
    yq_state_key key;
    yq_status status = yq_change_decode(change, &x, why);
    if (status == YQ_OK && !yq_validators_load(hub, 0, &now)) {
        status = yq_fail(why, YQ_E_STATE, 0, "no validators");
    }
    status = status == YQ_OK ? check_joins(hub, &x, &now, &next, why) : status;
    status = status == YQ_OK ? check_set(&next, hub->rules.single_operator, why) : status;
    if (status != YQ_OK) {
        return status;
    }
    drop_pending(hub, &now, &next);
    retire(hub, &x, next.epoch);
    next.from_height = hub->height + 1;
    store(hub, &next);
    epoch_key(&key);
    yq_state_store_u64(hub, &key, next.epoch);
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
    epoch_key(&key);
    yq_state_store_u64(hub, &key, p->epoch);
    return YQ_OK;
}

void yq_validators_begin(yq_hub *hub, uint64_t epoch)
{
    yq_state_key key;
    yq_validators v;
    epoch_key(&key);
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
