#include "relay/hub/export.h"

#include "relay/base/assert.h"
#include "relay/hub/change.h"
#include "relay/hub/org.h"
#include "relay/hub/validators.h"

/* Suites of which an inbox and a validator's key are known: messages.md, section 3. */
static const uint8_t suites[] = {YQ_SUITE_ETH};

static int is_offered(uint8_t suite)
{
    for (size_t i = 0; i < YQ_ARRAY_N(suites); i++) {
        if (suites[i] == suite) {
            return 1;
        }
    }
    return 0;
}

/* ---- keys of the state --------------------------------------------------------------------------
 */

static void suite_key(yq_state_key *key, uint8_t table, uint8_t suite)
{
    yq_state_key_begin(key, YQ_MODULE_EXPORT, table);
    yq_put_u8(&key->w, suite);
}

static void named_key(yq_state_key *key, uint8_t table, uint8_t suite, yq_slice name)
{
    suite_key(key, table, suite);
    yq_put_str8(&key->w, name);
}

static void end_key(yq_state_key *key, uint64_t epoch, uint8_t suite)
{
    yq_state_key_begin(key, YQ_MODULE_EXPORT, YQ_TABLE_EXPORT_END);
    yq_put_u64(&key->w, epoch);
    yq_put_u8(&key->w, suite);
}

/* ---- bindings -----------------------------------------------------------------------------------
 */

static yq_status check_sizes(const yq_tx_export_key *tx, yq_fault *why)
{
    if (!is_offered(tx->suite)) {
        return yq_fail(why, YQ_E_UNSUPPORTED, 0, "suite");
    }
    if (tx->validator.n != YQ_SM2_KEY_SIZE) {
        return yq_fail(why, YQ_E_RANGE, 0, "validator");
    }
    return yq_bytes_are_zero(tx->address.p, tx->address.n) ? yq_fail(why, YQ_E_RANGE, 0, "address")
                                                           : YQ_OK;
}

static yq_status check_free(yq_hub *hub, const yq_tx_export_key *tx, yq_fault *why)
{
    yq_state_key key;
    named_key(&key, YQ_TABLE_EXPORT_KEY, tx->suite, tx->validator);
    if (yq_state_has(hub, &key)) {
        return yq_fail(why, YQ_E_EXISTS, 0, "validator");
    }
    named_key(&key, YQ_TABLE_EXPORT_OWNER, tx->suite, tx->address);
    return yq_state_has(hub, &key) ? yq_fail(why, YQ_E_EXISTS, 0, "address") : YQ_OK;
}

static yq_status check_proofs(
    yq_hub *hub, const yq_tx_export_key *tx, const yq_validators *now, yq_fault *why)
{
    const yq_export_binding b = {tx->suite, tx->validator, tx->address};
    yq_digest m;
    yq_export_key_digest(now->alg, &hub->rules.chain_id_hash, &b, &m);
    yq_status status = yq_validators_signed(now->suite, tx->validator, &m, tx->validator_proof);
    if (status != YQ_OK) {
        return yq_fail(why, status, 0, "validator_proof");
    }
    yq_export_owner_digest(&hub->rules.chain_id_hash, &b, &m);
    status = yq_export_signed_by(tx->address.p, &m, tx->address_proof.p);
    return status == YQ_OK ? YQ_OK : yq_fail(why, status, 0, "address_proof");
}

/* An organisation's bindings have a bound: whoever may bind cannot fill the state. */
static yq_status count(yq_hub *hub, yq_slice org, yq_fault *why)
{
    yq_state_key key;
    yq_state_key_str(&key, YQ_MODULE_EXPORT, YQ_TABLE_EXPORT_COUNT, org);
    uint64_t n = yq_state_load_u64(hub, &key);
    if (n >= YQ_EXPORT_KEYS_MAX) {
        return yq_fail(why, YQ_E_LIMIT, 0, "keys of the organisation");
    }
    yq_state_store_u64(hub, &key, n + 1);
    return YQ_OK;
}

yq_status yq_export_key(yq_hub *hub, yq_call *call)
{
    const yq_tx_export_key *tx = &call->tx.as.export_key;
    yq_validators now;
    yq_state_key key;
    if (call->who.role != YQ_ROLE_ADMIN && call->who.role != YQ_ROLE_OPERATOR) {
        return yq_fail(call->why, YQ_E_PERMISSION, 0, "an admin or operator");
    }
    if (!yq_validators_load(hub, 0, &now)) {
        return yq_fail(call->why, YQ_E_STATE, 0, "no validators");
    }
    yq_status status = check_sizes(tx, call->why);
    status = status == YQ_OK ? check_free(hub, tx, call->why) : status;
    status = status == YQ_OK ? check_proofs(hub, tx, &now, call->why) : status;
    status = status == YQ_OK ? count(hub, call->who.org, call->why) : status;
    if (status != YQ_OK) {
        return status;
    }
    named_key(&key, YQ_TABLE_EXPORT_KEY, tx->suite, tx->validator);
    yq_state_store(hub, &key, tx->address);
    named_key(&key, YQ_TABLE_EXPORT_OWNER, tx->suite, tx->address);
    yq_state_store(hub, &key, tx->validator);
    yq_state_tell(hub, YQ_HUB_EVENT_EXPORT_KEY, tx->validator, tx->suite);
    return YQ_OK;
}

static int address_load(yq_hub *hub, uint8_t suite, yq_slice validator, uint8_t *address)
{
    yq_state_key key;
    yq_slice value;
    size_t mark = hub->arena.used;
    named_key(&key, YQ_TABLE_EXPORT_KEY, suite, validator);
    int found = yq_state_load(hub, &key, &value);
    if (found) {
        YQ_ASSERT(value.n == YQ_ADDRESS_SIZE);
        memcpy(address, value.p, YQ_ADDRESS_SIZE);
    }
    hub->arena.used = mark;
    return found;
}

/* ---- sets ---------------------------------------------------------------------------------------
 */

static int set_of(yq_hub *hub, const yq_validators *v, uint8_t suite, yq_export_set *out)
{
    *out = (yq_export_set){
        .chain_id_hash = hub->rules.chain_id_hash,
        .epoch = v->epoch,
        .suite = suite,
        .n = (uint16_t)v->n};
    for (size_t i = 0; i < v->n; i++) {
        if (!address_load(hub, suite, v->item[i].key, out->key[i])) {
            return 0;
        }
    }
    return v->n > 0;
}

int yq_export_set_load(yq_hub *hub, uint64_t epoch, uint8_t suite, yq_export_set *out)
{
    yq_validators v;
    size_t mark = hub->arena.used;
    int whole = epoch > 0 && is_offered(suite) && yq_validators_load(hub, epoch, &v) &&
                set_of(hub, &v, suite, out);
    hub->arena.used = mark;
    return whole;
}

static yq_status check_whole(yq_hub *hub, const yq_validators *v, uint8_t suite, yq_fault *why)
{
    yq_export_set set;
    return set_of(hub, v, suite, &set)
               ? YQ_OK
               : yq_fail(why, YQ_E_EXPORT_KEY, 0, "a validator has no key of the suite");
}

yq_status yq_export_check_suite(yq_hub *hub, uint8_t suite, yq_fault *why)
{
    yq_validators now, next;
    if (suite == 0 || suite == hub->rules.suite) {
        return YQ_OK; /* a source only, or what every block is signed with */
    }
    if (!is_offered(suite)) {
        return yq_fail(why, YQ_E_UNSUPPORTED, 0, "suite");
    }
    if (!yq_validators_load(hub, 0, &now)) {
        return yq_fail(why, YQ_E_STATE, 0, "no validators");
    }
    yq_status status = check_whole(hub, &now, suite, why);
    if (status == YQ_OK && yq_validators_load(hub, now.epoch + 1, &next)) {
        status = check_whole(hub, &next, suite, why);
    }
    return status;
}

void yq_export_use(yq_hub *hub, uint8_t suite)
{
    static const uint8_t one[] = {1};
    yq_state_key key;
    if (is_offered(suite) && suite != hub->rules.suite) {
        suite_key(&key, YQ_TABLE_EXPORT_USED, suite);
        yq_state_store(hub, &key, yq_slice_of(one, sizeof one));
    }
}

yq_status yq_export_check_set(yq_hub *hub, const yq_validators *next, yq_fault *why)
{
    yq_status status = YQ_OK;
    for (size_t i = 0; i < YQ_ARRAY_N(suites) && status == YQ_OK; i++) {
        yq_state_key key;
        suite_key(&key, YQ_TABLE_EXPORT_USED, suites[i]);
        if (yq_state_has(hub, &key)) {
            status = check_whole(hub, next, suites[i], why);
        }
    }
    return status;
}

/* ---- what a block calls for ---------------------------------------------------------------------
 */

static int body_load(yq_hub *hub, const yq_state_key *key, yq_export *out)
{
    yq_slice value;
    if (!yq_state_load(hub, key, &value)) {
        return 0;
    }
    yq_status status = yq_export_decode(value, out, NULL);
    YQ_ASSERT(status == YQ_OK); /* nothing but this module writes there */
    return 1;
}

static void body_store(yq_hub *hub, const yq_state_key *key, const yq_export *body)
{
    uint8_t room[YQ_EXPORT_SIZE_MAX];
    yq_buf out = {.p = room, .cap = sizeof room};
    yq_status status = yq_export_encode(body, &out);
    YQ_ASSERT(status == YQ_OK);
    yq_state_store(hub, key, yq_slice_of(out.p, out.n));
}

/* An inbox takes certificates of its own epoch only: a root that stays is said again in the next.
 */
static int is_new(yq_hub *hub, const yq_export *body)
{
    yq_state_key key;
    yq_export last;
    suite_key(&key, YQ_TABLE_EXPORT_LAST, body->suite);
    return !yq_bytes_are_zero(body->export_root.b, YQ_DIGEST_SIZE) &&
           (!body_load(hub, &key, &last) || last.epoch != body->epoch ||
            memcmp(last.export_root.b, body->export_root.b, YQ_DIGEST_SIZE) != 0);
}

static void note(yq_hub *hub, yq_export *body, int ends)
{
    yq_state_key key;
    yq_export_set set, next;
    int is_step = ends && yq_export_set_load(hub, body->epoch + 1, body->suite, &next);
    if ((!is_step && !is_new(hub, body)) ||
        !yq_export_set_load(hub, body->epoch, body->suite, &set)) {
        return;
    }
    if (is_step) {
        yq_export_set_hash(&next, &body->next_set);
        end_key(&key, body->epoch, body->suite);
        body_store(hub, &key, body);
    }
    suite_key(&key, YQ_TABLE_EXPORT_LAST, body->suite);
    body_store(hub, &key, body);
}

static yq_digest root_of(const yq_block_end *end, uint8_t suite)
{
    for (size_t i = 0; i < end->root_n; i++) {
        if (end->root[i].suite == suite) {
            return end->root[i].root;
        }
    }
    return (yq_digest){{0}};
}

void yq_hub_note_exports(yq_hub *hub, const yq_block_end *end)
{
    yq_validators now;
    size_t mark = hub->arena.used;
    yq_state_begin(hub);
    if (!yq_validators_load(hub, 0, &now)) {
        return;
    }
    /* The block that ends an epoch is still the old one's, when its state knows the new one. */
    int ends = now.from_height == hub->height + 1;
    for (size_t i = 0; i < YQ_ARRAY_N(suites); i++) {
        yq_export body = {
            .chain_id_hash = hub->rules.chain_id_hash,
            .hub = hub->rules.id,
            .suite = suites[i],
            .epoch = ends ? now.epoch - 1 : now.epoch,
            .height = hub->height,
            .time_ms = hub->time_ms,
            .export_root = root_of(end, suites[i])};
        note(hub, &body, ends);
    }
    YQ_ASSERT(!hub->exhausted);
    hub->arena.used = mark;
}

/* ---- reads --------------------------------------------------------------------------------------
 */

static yq_status told(const yq_hub *hub, int found)
{
    return found ? YQ_OK : hub->exhausted ? YQ_E_NOSPC : YQ_E_NOT_FOUND;
}

yq_status yq_hub_export(yq_hub *hub, uint8_t suite, yq_export *out)
{
    yq_state_key key;
    hub->exhausted = 0;
    suite_key(&key, YQ_TABLE_EXPORT_LAST, suite);
    return told(hub, body_load(hub, &key, out));
}

yq_status yq_hub_export_end(yq_hub *hub, uint64_t epoch, uint8_t suite, yq_export *out)
{
    yq_state_key key;
    hub->exhausted = 0;
    end_key(&key, epoch, suite);
    return told(hub, body_load(hub, &key, out));
}

yq_status yq_hub_export_set(yq_hub *hub, uint64_t epoch, uint8_t suite, yq_export_set *out)
{
    hub->exhausted = 0;
    yq_state_begin(hub);
    return told(hub, yq_export_set_load(hub, epoch, suite, out));
}

yq_status yq_hub_export_address(yq_hub *hub, uint8_t suite, yq_slice validator, uint8_t *address)
{
    hub->exhausted = 0;
    return told(hub, is_offered(suite) && address_load(hub, suite, validator, address));
}
