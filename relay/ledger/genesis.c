#include "relay/ledger/genesis.h"

#include "relay/codec/msgpack.h"
#include "relay/crypto/crypto.h"
#include "relay/hub/tx.h"

#define GENESIS_MAGIC   "YUQIAO-GENESIS"
#define GENESIS_VERSION 2u
#define ROLE_MAX        4u

static yq_slice text_get(yq_cur *c, size_t size_max, const char *field)
{
    size_t at = c->pos;
    yq_slice text = yq_cur_str8(c, size_max);
    if (yq_cur_ok(c) && !yq_utf8_valid(text)) {
        yq_cur_fail_field(c, YQ_E_UTF8, at, field);
    }
    return text;
}

static uint8_t flag_get(yq_cur *c, const char *field)
{
    size_t at = c->pos;
    uint8_t flag = yq_cur_u8(c);
    if (flag > 1) {
        yq_cur_fail_field(c, YQ_E_NONCANONICAL, at, field);
    }
    return flag;
}

static size_t count_get(yq_cur *c, size_t n_max, const char *field)
{
    size_t at = c->pos;
    size_t n = yq_cur_u16(c);
    if (n > n_max) {
        yq_cur_fail_field(c, YQ_E_LIMIT, at, field);
        return 0;
    }
    return n;
}

/* Lists are ascending, so that one genesis has one encoding. */
static void ascending(yq_cur *c, size_t at, size_t i, yq_slice before, yq_slice now)
{
    if (i > 0 && yq_slice_compare(before, now) >= 0) {
        yq_cur_fail_field(c, YQ_E_NONCANONICAL, at, "order");
    }
}

/* Keys with their organisations. Returns how many. */
static size_t keys_get(yq_cur *c, yq_genesis_validator *key, size_t n_max, const char *field)
{
    size_t n = count_get(c, n_max, field), i = 0;
    for (; i < n && yq_cur_ok(c); i++) {
        size_t at = c->pos;
        key[i].key = yq_cur_str8(c, 64);
        key[i].org = yq_cur_str8(c, YQ_GENESIS_CODE_MAX);
        ascending(c, at, i, key[i - (i > 0)].key, key[i].key);
    }
    return i;
}

static void lists_get(yq_cur *c, yq_genesis *g)
{
    size_t n = count_get(c, YQ_GENESIS_ORG_N_MAX, "organisations");
    for (size_t i = 0; i < n && yq_cur_ok(c); i++, g->org_n++) {
        size_t at = c->pos;
        g->org[i].code = yq_cur_str8(c, YQ_GENESIS_CODE_MAX);
        g->org[i].name = text_get(c, YQ_GENESIS_NAME_MAX, "organisation name");
        g->org[i].votes = flag_get(c, "votes");
        ascending(c, at, i, g->org[i - (i > 0)].code, g->org[i].code);
    }
    n = count_get(c, YQ_GENESIS_KEY_N_MAX, "keys");
    for (size_t i = 0; i < n && yq_cur_ok(c); i++, g->signer_n++) {
        size_t at = c->pos;
        g->signer[i].key = yq_cur_str8(c, 64);
        g->signer[i].org = yq_cur_str8(c, YQ_GENESIS_CODE_MAX);
        g->signer[i].role = yq_cur_u8(c);
        g->signer[i].chain = yq_cur_str8(c, YQ_CHAIN_ID_SIZE_MAX);
        ascending(c, at, i, g->signer[i - (i > 0)].key, g->signer[i].key);
    }
    g->validator_n = keys_get(c, g->validator, YQ_VALIDATORS_MAX, "validators");
    g->recovery_approvals = yq_cur_u16(c);
    g->recovery_delay_ms = yq_cur_u64(c);
    g->recovery_n = keys_get(c, g->recovery, YQ_RECOVERY_KEYS_MAX, "recovery");
}

yq_status yq_genesis_decode(yq_slice in, yq_genesis *genesis, yq_fault *why)
{
    *genesis = (yq_genesis){0};
    if (in.n > YQ_GENESIS_SIZE_MAX) {
        return yq_fail(why, YQ_E_LIMIT, 0, "genesis");
    }
    yq_cur c = yq_cur_of(in);
    yq_slice magic = yq_cur_take(&c, sizeof GENESIS_MAGIC - 1);
    if (yq_cur_ok(&c) && !yq_slice_equal(magic, yq_slice_text(GENESIS_MAGIC))) {
        yq_cur_fail_field(&c, YQ_E_TYPE, 0, "not a genesis");
    }
    size_t at = c.pos;
    if (yq_cur_u16(&c) != GENESIS_VERSION) {
        yq_cur_fail_field(&c, YQ_E_VERSION, at, "version");
    }
    genesis->hub = yq_cur_str8(&c, YQ_CHAIN_ID_SIZE_MAX);
    genesis->display = text_get(&c, YQ_GENESIS_NAME_MAX, "display");
    genesis->alg = yq_cur_u8(&c);
    genesis->suite = yq_cur_u8(&c);
    genesis->time_ms = yq_cur_u64(&c);
    genesis->single_operator = flag_get(&c, "single_operator");
    genesis->approvals = yq_cur_u16(&c);
    genesis->delay_ms = yq_cur_u64(&c);
    lists_get(&c, genesis);
    yq_status status = yq_cur_done(&c, why);
    return status == YQ_OK ? yq_genesis_check(genesis, why) : status;
}

/* Insertion sort: the lists are short, and equal elements are refused later. */
#define SORT_BY(list, n, field)                                                                    \
    do {                                                                                           \
        for (size_t i = 1; i < (n); i++) {                                                         \
            for (size_t j = i;                                                                     \
                 j > 0 && yq_slice_compare((list)[j - 1].field, (list)[j].field) > 0;              \
                 j--) {                                                                            \
                __typeof__((list)[0]) swap = (list)[j];                                            \
                (list)[j] = (list)[j - 1];                                                         \
                (list)[j - 1] = swap;                                                              \
            }                                                                                      \
        }                                                                                          \
    } while (0)

static void keys_put(yq_writer *w, const yq_genesis_validator *key, size_t n)
{
    yq_put_u16(w, (uint16_t)n);
    for (size_t i = 0; i < n; i++) {
        yq_put_str8(w, key[i].key);
        yq_put_str8(w, key[i].org);
    }
}

static void lists_put(yq_writer *w, const yq_genesis *g)
{
    yq_put_u16(w, (uint16_t)g->org_n);
    for (size_t i = 0; i < g->org_n; i++) {
        yq_put_str8(w, g->org[i].code);
        yq_put_str8(w, g->org[i].name);
        yq_put_u8(w, g->org[i].votes);
    }
    yq_put_u16(w, (uint16_t)g->signer_n);
    for (size_t i = 0; i < g->signer_n; i++) {
        yq_put_str8(w, g->signer[i].key);
        yq_put_str8(w, g->signer[i].org);
        yq_put_u8(w, g->signer[i].role);
        yq_put_str8(w, g->signer[i].chain);
    }
    keys_put(w, g->validator, g->validator_n);
    yq_put_u16(w, g->recovery_approvals);
    yq_put_u64(w, g->recovery_delay_ms);
    keys_put(w, g->recovery, g->recovery_n);
}

static int keys_repeat(const yq_genesis_validator *key, size_t n)
{
    for (size_t i = 1; i < n; i++) {
        if (yq_slice_equal(key[i - 1].key, key[i].key)) {
            return 1;
        }
    }
    return 0;
}

static int has_duplicates(const yq_genesis *g)
{
    for (size_t i = 1; i < g->org_n; i++) {
        if (yq_slice_equal(g->org[i - 1].code, g->org[i].code)) {
            return 1;
        }
    }
    for (size_t i = 1; i < g->signer_n; i++) {
        if (yq_slice_equal(g->signer[i - 1].key, g->signer[i].key)) {
            return 1;
        }
    }
    return keys_repeat(g->validator, g->validator_n) || keys_repeat(g->recovery, g->recovery_n);
}

yq_status yq_genesis_encode(yq_genesis *genesis, yq_buf *out, yq_fault *why)
{
    if (genesis->org_n > YQ_GENESIS_ORG_N_MAX || genesis->signer_n > YQ_GENESIS_KEY_N_MAX ||
        genesis->validator_n > YQ_VALIDATORS_MAX || genesis->recovery_n > YQ_RECOVERY_KEYS_MAX) {
        return yq_fail(why, YQ_E_LIMIT, 0, "list");
    }
    SORT_BY(genesis->org, genesis->org_n, code);
    SORT_BY(genesis->signer, genesis->signer_n, key);
    SORT_BY(genesis->validator, genesis->validator_n, key);
    SORT_BY(genesis->recovery, genesis->recovery_n, key);
    if (has_duplicates(genesis)) {
        return yq_fail(why, YQ_E_FIELD_DUP, 0, "list");
    }
    yq_status status = yq_genesis_check(genesis, why);
    if (status != YQ_OK) {
        return status;
    }
    yq_writer w = yq_writer_of(out->p, out->cap);
    yq_put(&w, yq_slice_text(GENESIS_MAGIC));
    yq_put_u16(&w, GENESIS_VERSION);
    yq_put_str8(&w, genesis->hub);
    yq_put_str8(&w, genesis->display);
    yq_put_u8(&w, (uint8_t)genesis->alg);
    yq_put_u8(&w, genesis->suite);
    yq_put_u64(&w, genesis->time_ms);
    yq_put_u8(&w, genesis->single_operator);
    yq_put_u16(&w, genesis->approvals);
    yq_put_u64(&w, genesis->delay_ms);
    lists_put(&w, genesis);
    out->n = w.n;
    return w.status == YQ_OK ? YQ_OK : yq_fail(why, w.status, 0, "genesis");
}

static yq_status bad(yq_fault *why, const char *field)
{
    return yq_fail(why, YQ_E_CONFIG_INVALID, 0, field);
}

static int org_known(const yq_genesis *g, yq_slice code)
{
    for (size_t i = 0; i < g->org_n; i++) {
        if (yq_slice_equal(g->org[i].code, code)) {
            return 1;
        }
    }
    return 0;
}

static yq_status check_names(const yq_genesis *g, yq_fault *why)
{
    if (!yq_chain_id_valid(g->hub)) {
        return bad(why, "hub");
    }
    if (g->display.n > YQ_GENESIS_NAME_MAX || !yq_utf8_valid(g->display)) {
        return bad(why, "display");
    }
    if (g->alg != YQ_HASH_SM3 && g->alg != YQ_HASH_SHA256) {
        return bad(why, "hash");
    }
    if (g->suite != YQ_SUITE_SM2 && g->suite != YQ_SUITE_P256) {
        return bad(why, "suite");
    }
    if (g->delay_ms > YQ_GENESIS_DELAY_MAX) {
        return bad(why, "delay_ms");
    }
    for (size_t i = 0; i < g->org_n; i++) {
        if (!yq_org_code_valid(g->org[i].code)) {
            return bad(why, "organisation code");
        }
        if (g->org[i].name.n > YQ_GENESIS_NAME_MAX || !yq_utf8_valid(g->org[i].name)) {
            return bad(why, "organisation name");
        }
    }
    return YQ_OK;
}

static yq_status check_keys(const yq_genesis *g, yq_fault *why)
{
    for (size_t i = 0; i < g->signer_n; i++) {
        if (g->signer[i].key.n != yq_suite_key_size(g->suite)) {
            return bad(why, "key: size");
        }
        if (!org_known(g, g->signer[i].org)) {
            return bad(why, "key: its organisation is not in the list");
        }
        if (g->signer[i].role == 0 || g->signer[i].role > ROLE_MAX) {
            return bad(why, "key: role");
        }
        if (g->signer[i].chain.n != 0 && !yq_chain_id_valid(g->signer[i].chain)) {
            return bad(why, "key: chain");
        }
    }
    if (g->validator_n < YQ_VALIDATORS_MIN || g->validator_n > YQ_VALIDATORS_MAX) {
        return bad(why, "validators: 4 to 31");
    }
    for (size_t i = 0; i < g->validator_n; i++) {
        if (g->validator[i].key.n != yq_suite_key_size(g->suite)) {
            return bad(why, "validator: size of the key");
        }
        if (!org_known(g, g->validator[i].org)) {
            return bad(why, "validator: its organisation is not in the list");
        }
    }
    return YQ_OK;
}

static size_t keys_of(const yq_genesis_validator *key, size_t n, yq_slice org)
{
    size_t keys = 0;
    for (size_t i = 0; i < n; i++) {
        keys += (size_t)yq_slice_equal(key[i].org, org);
    }
    return keys;
}

/* Offline keys sign nothing else: one that also runs somewhere is not offline. */
static int is_used(const yq_genesis *g, yq_slice key)
{
    for (size_t i = 0; i < g->signer_n; i++) {
        if (yq_slice_equal(g->signer[i].key, key)) {
            return 1;
        }
    }
    for (size_t i = 0; i < g->validator_n; i++) {
        if (yq_slice_equal(g->validator[i].key, key)) {
            return 1;
        }
    }
    return 0;
}

static yq_status check_recovery(const yq_genesis *g, yq_fault *why)
{
    if (g->recovery_n == 0) {
        return g->recovery_approvals == 0 && g->recovery_delay_ms == 0 ? YQ_OK
                                                                       : bad(why, "recovery: keys");
    }
    for (size_t i = 0; i < g->recovery_n; i++) {
        const yq_genesis_validator *r = &g->recovery[i];
        if (r->key.n != yq_suite_key_size(g->suite)) {
            return bad(why, "recovery: size of the key");
        }
        if (!org_known(g, r->org)) {
            return bad(why, "recovery: its organisation is not in the list");
        }
        if (is_used(g, r->key)) {
            return bad(why, "recovery: the key signs other things as well");
        }
        if (!g->single_operator &&
            keys_of(g->recovery, g->recovery_n, r->org) >= g->recovery_approvals) {
            return yq_fail(why, YQ_E_SET_CONCENTRATION, 0, "recovery");
        }
    }
    /* More than half: no two groups can name two sets. */
    if ((size_t)2 * g->recovery_approvals <= g->recovery_n ||
        g->recovery_approvals > g->recovery_n) {
        return yq_fail(why, YQ_E_THRESHOLD_LOW, 0, "recovery: approvals");
    }
    if (g->recovery_delay_ms > YQ_GENESIS_DELAY_MAX ||
        (g->recovery_delay_ms < YQ_RECOVERY_DELAY_MIN && !g->single_operator)) {
        return bad(why, "recovery: delay_ms");
    }
    return YQ_OK;
}

/* A third or more of the keys in one hand could stop the chain, so only a chain that says so in its
 * genesis may have it. */
static yq_status check_concentration(const yq_genesis *g, size_t votes, yq_fault *why)
{
    if (g->single_operator) {
        return YQ_OK;
    }
    if (votes == 1) {
        return yq_fail(why, YQ_E_SET_CONCENTRATION, 0, "one organisation has all votes");
    }
    for (size_t i = 0; i < g->org_n; i++) {
        if (3 * keys_of(g->validator, g->validator_n, g->org[i].code) >= g->validator_n) {
            return yq_fail(why, YQ_E_SET_CONCENTRATION, 0, "validators");
        }
    }
    return YQ_OK;
}

yq_status yq_genesis_check(const yq_genesis *genesis, yq_fault *why)
{
    yq_status status = check_names(genesis, why);
    if (status == YQ_OK) {
        status = check_keys(genesis, why);
    }
    if (status != YQ_OK) {
        return status;
    }
    size_t votes = 0;
    for (size_t i = 0; i < genesis->org_n; i++) {
        votes += genesis->org[i].votes;
    }
    if (genesis->approvals == 0 || genesis->approvals > votes) {
        return yq_fail(why, YQ_E_THRESHOLD_LOW, 0, "approvals");
    }
    status = check_concentration(genesis, votes, why);
    return status == YQ_OK ? check_recovery(genesis, why) : status;
}

void yq_genesis_chain_hash(const yq_genesis *genesis, yq_slice bytes, yq_digest *chain_id_hash)
{
    yq_chain_id_hash(genesis->alg, genesis->hub, bytes, chain_id_hash);
}

void yq_genesis_valset(const yq_genesis *genesis, const yq_digest *chain_id_hash, yq_valset *set)
{
    *set = (yq_valset){
        .chain_id_hash = *chain_id_hash,
        .epoch = 1,
        .suite = genesis->suite,
        .n = (uint16_t)genesis->validator_n,
    };
    for (size_t i = 0; i < genesis->validator_n; i++) {
        yq_bytes_copy(set->key[i], genesis->validator[i].key.p, genesis->validator[i].key.n);
    }
}

void yq_genesis_header(
    const yq_genesis *genesis, const yq_digest *chain_id_hash, yq_header *header, yq_digest *h)
{
    *header = (yq_header){
        .ver = YQ_BFT_VERSION,
        .chain_id_hash = *chain_id_hash,
        .time_ms = genesis->time_ms,
        .flags = YQ_BLOCK_EMPTY,
    };
    yq_header_hash(genesis->alg, header, h);
}
