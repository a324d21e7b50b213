#include "light-clients/fisco-bcos-3/fisco3.h"

#define KEY_SIZE     9u
#define RECORD_SIZE  112u
#define TRUST_MS_MAX (UINT64_C(1) << 48)

static yq_slice record_key(uint8_t *room, char kind, uint64_t height)
{
    yq_writer w = yq_writer_of(room, KEY_SIZE);
    yq_put_u8(&w, (uint8_t)kind);
    yq_put_u64(&w, height);
    return yq_writer_slice(&w);
}

static void put_set(yq_writer *w, const yq_fisco3_set *set)
{
    yq_put_u16(w, (uint16_t)set->n);
    for (size_t i = 0; i < set->n; i++) {
        yq_put_bytes(w, set->sealer[i].id, YQ_FISCO3_ID_SIZE);
        yq_put_u64(w, set->sealer[i].weight);
    }
}

static void take_set(yq_cur *c, yq_fisco3_set *set)
{
    size_t at = c->pos;
    set->n = yq_cur_u16(c);
    if (set->n == 0 || set->n > YQ_FISCO3_SEALERS_MAX) {
        yq_cur_fail_field(c, YQ_E_LIMIT, at, "sealers");
        set->n = 0;
    }
    for (size_t i = 0; i < set->n; i++) {
        yq_cur_copy(c, set->sealer[i].id, YQ_FISCO3_ID_SIZE);
        set->sealer[i].weight = yq_cur_u64(c);
    }
}

static yq_slice take_name(yq_cur *c, const char *field)
{
    size_t at = c->pos;
    yq_slice name = yq_cur_str8(c, YQ_FISCO3_NAME_MAX);
    if (name.n == 0) {
        yq_cur_fail_field(c, YQ_E_FIELD_MISSING, at, field);
    }
    return name;
}

static yq_slice take_operators(yq_cur *c)
{
    size_t at = c->pos;
    size_t n = yq_cur_u8(c);
    if (n > YQ_FISCO3_OPERATORS_MAX) {
        yq_cur_fail_field(c, YQ_E_LIMIT, at, "operators");
    }
    yq_slice all = yq_cur_take(c, n * YQ_FISCO3_ADDRESS_SIZE);
    for (size_t i = YQ_FISCO3_ADDRESS_SIZE; i < all.n; i += YQ_FISCO3_ADDRESS_SIZE) {
        if (memcmp(all.p + i - YQ_FISCO3_ADDRESS_SIZE, all.p + i, YQ_FISCO3_ADDRESS_SIZE) >= 0) {
            yq_cur_fail_field(c, YQ_E_NONCANONICAL, at, "operators");
        }
    }
    return all;
}

void yq_fisco3_take_rules(yq_cur *c, yq_fisco3_state *out)
{
    yq_fisco3_take_version(c);
    size_t at = c->pos;
    out->suite = yq_cur_u8(c);
    if (out->suite != YQ_FISCO3_SUITE_SM && out->suite != YQ_FISCO3_SUITE_KECCAK) {
        yq_cur_fail_field(c, YQ_E_FIELD_UNKNOWN, at, "suite");
    }
    out->chain = take_name(c, "chain");
    out->group = take_name(c, "group");
    at = c->pos;
    out->depth = yq_cur_u8(c);
    if (out->depth == 0) {
        yq_cur_fail_field(c, YQ_E_THRESHOLD_LOW, at, "depth");
    }
    if (out->depth > YQ_FISCO3_DEPTH_MAX) {
        yq_cur_fail_field(c, YQ_E_RANGE, at, "depth");
    }
    at = c->pos;
    out->trust_ms = yq_cur_u64(c);
    if (out->trust_ms > TRUST_MS_MAX) {
        yq_cur_fail_field(c, YQ_E_RANGE, at, "trust period");
    }
    out->operators = take_operators(c);
}

static void put_rules(yq_writer *w, const yq_fisco3_state *state)
{
    yq_put_u8(w, YQ_FISCO3_LAYOUT_VERSION);
    yq_put_u8(w, state->suite);
    yq_put_str8(w, state->chain);
    yq_put_str8(w, state->group);
    yq_put_u8(w, state->depth);
    yq_put_u64(w, state->trust_ms);
    yq_put_u8(w, (uint8_t)(state->operators.n / YQ_FISCO3_ADDRESS_SIZE));
    yq_put(w, state->operators);
}

yq_status yq_fisco3_state_decode(yq_fisco3_call *call, yq_slice in, yq_fisco3_state *out)
{
    yq_cur c = yq_cur_of(in);
    *out = (yq_fisco3_state){0};
    if (!yq_fisco3_set_new(call, &out->set)) {
        return yq_fisco3_fail(call, YQ_E_LIMIT, "state");
    }
    yq_fisco3_take_rules(&c, out);
    out->trusted_from_ms = yq_cur_u64(&c);
    out->height = yq_cur_u64(&c);
    yq_fisco3_take_digest(&c, &out->hash);
    out->time_ms = yq_cur_u64(&c);
    yq_fisco3_take_digest(&c, &out->tx_root);
    yq_fisco3_take_digest(&c, &out->receipt_root);
    out->set_from = yq_cur_u64(&c);
    take_set(&c, &out->set);
    call->suite = out->suite;
    return yq_cur_done(&c, call->why);
}

yq_status yq_fisco3_state_encode(
    const yq_fisco3_call *call, const yq_fisco3_state *state, yq_buf *out)
{
    yq_writer w = yq_writer_of(out->p, out->cap);
    put_rules(&w, state);
    yq_put_u64(&w, state->trusted_from_ms);
    yq_put_u64(&w, state->height);
    yq_put_bytes(&w, state->hash.b, sizeof state->hash.b);
    yq_put_u64(&w, state->time_ms);
    yq_put_bytes(&w, state->tx_root.b, sizeof state->tx_root.b);
    yq_put_bytes(&w, state->receipt_root.b, sizeof state->receipt_root.b);
    yq_put_u64(&w, state->set_from);
    put_set(&w, &state->set);
    out->n = w.n;
    return w.status == YQ_OK ? YQ_OK : yq_fisco3_fail(call, YQ_E_LIMIT, "state");
}

static yq_status put_record(const yq_fisco3_call *call, char kind, uint64_t height, yq_slice value)
{
    uint8_t key[KEY_SIZE];
    return call->host->record_put(call->host->self, record_key(key, kind, height), value);
}

/* Drops one height that is too old, and its set when the next height has another one. */
static yq_status prune(const yq_fisco3_call *call, uint64_t height)
{
    const yq_fisco3_call quiet = {.host = call->host, .suite = call->suite};
    yq_fisco3_record old = {0}, after = {0};
    if (yq_fisco3_record_get(&quiet, height, &old) != YQ_OK ||
        yq_fisco3_record_get(&quiet, height + 1, &after) != YQ_OK) {
        return YQ_OK;
    }
    yq_status status = put_record(call, 'h', height, (yq_slice){0});
    if (status == YQ_OK && after.set_from != old.set_from) {
        status = put_record(call, 's', old.set_from, (yq_slice){0});
    }
    return status;
}

yq_status yq_fisco3_records_put(const yq_fisco3_call *call, const yq_fisco3_state *state)
{
    uint8_t room[RECORD_SIZE];
    yq_writer w = yq_writer_of(room, sizeof room);
    yq_put_bytes(&w, state->hash.b, sizeof state->hash.b);
    yq_put_u64(&w, state->time_ms);
    yq_put_bytes(&w, state->tx_root.b, sizeof state->tx_root.b);
    yq_put_bytes(&w, state->receipt_root.b, sizeof state->receipt_root.b);
    yq_put_u64(&w, state->set_from);
    yq_status status = put_record(call, 'h', state->height, yq_writer_slice(&w));
    if (status == YQ_OK && state->set_from == state->height) {
        size_t cap = 2 + state->set.n * (YQ_FISCO3_ID_SIZE + 8);
        uint8_t *set = call->host->scratch(call->host->self, cap);
        if (set == NULL) {
            return yq_fisco3_fail(call, YQ_E_LIMIT, "set");
        }
        w = yq_writer_of(set, cap);
        put_set(&w, &state->set);
        status = put_record(call, 's', state->height, yq_writer_slice(&w));
    }
    if (status == YQ_OK && state->height >= YQ_FISCO3_KEPT) {
        status = prune(call, state->height - YQ_FISCO3_KEPT);
    }
    return status == YQ_OK ? YQ_OK : yq_fisco3_fail(call, status, "records");
}

yq_status yq_fisco3_record_get(const yq_fisco3_call *call, uint64_t height, yq_fisco3_record *out)
{
    uint8_t key[KEY_SIZE];
    int found;
    yq_slice value = call->host->record_get(call->host->self, record_key(key, 'h', height), &found);
    if (!found) {
        return yq_fisco3_fail(call, YQ_E_HEADER_UNKNOWN, "no record of this height");
    }
    yq_cur c = yq_cur_of(value);
    yq_fisco3_take_digest(&c, &out->hash);
    out->time_ms = yq_cur_u64(&c);
    yq_fisco3_take_digest(&c, &out->tx_root);
    yq_fisco3_take_digest(&c, &out->receipt_root);
    out->set_from = yq_cur_u64(&c);
    return yq_cur_done(&c, call->why);
}

yq_status yq_fisco3_set_at(
    const yq_fisco3_call *call, const yq_fisco3_state *state, uint64_t height, yq_fisco3_set *out)
{
    if (height == state->height + 1) {
        *out = state->set;
        return YQ_OK;
    }
    yq_fisco3_record record = {0};
    yq_status status = yq_fisco3_record_get(call, height, &record);
    if (status != YQ_OK) {
        return status;
    }
    uint8_t key[KEY_SIZE];
    int found;
    yq_slice value =
        call->host->record_get(call->host->self, record_key(key, 's', record.set_from), &found);
    if (!found) {
        return yq_fisco3_fail(call, YQ_E_HEADER_UNKNOWN, "no set of this height");
    }
    if (!yq_fisco3_set_new(call, out)) {
        return yq_fisco3_fail(call, YQ_E_LIMIT, "set");
    }
    yq_cur c = yq_cur_of(value);
    take_set(&c, out);
    return yq_cur_done(&c, call->why);
}
