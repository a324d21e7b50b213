#include "light-clients/xuperchain/xuperchain.h"

#define KEY_SIZE    9u
#define RECORD_SIZE 77u
#define DELAY_MIN   3u
#define DELAY_MAX   4u

static void take_record(yq_cur *c, yq_xuper_record *out)
{
    yq_xuper_take_digest(c, &out->id);
    yq_xuper_take_digest(c, &out->root);
    out->tx_count = yq_cur_u32(c);
    size_t at = c->pos;
    out->failed = yq_cur_u8(c);
    if (out->failed > 1) {
        yq_cur_fail_field(c, YQ_E_RANGE, at, "failed");
    }
    out->time_ns = yq_cur_u64(c);
}

static void put_record(yq_writer *w, const yq_xuper_record *record)
{
    yq_put(w, YQ_SLICE_OF(record->id.b));
    yq_put(w, YQ_SLICE_OF(record->root.b));
    yq_put_u32(w, record->tx_count);
    yq_put_u8(w, record->failed);
    yq_put_u64(w, record->time_ns);
}

void yq_xuper_take_set(yq_cur *c, yq_xuper_set *out)
{
    size_t at = c->pos;
    out->n = yq_cur_u16(c);
    if (out->n > YQ_XUPER_MEMBERS_MAX) {
        yq_cur_fail_field(c, YQ_E_LIMIT, at, "validators");
        out->n = 0;
    }
    if (yq_cur_ok(c) && out->n == 0) {
        yq_cur_fail_field(c, YQ_E_ANCHOR, at, "no validators");
    }
    for (size_t i = 0; i < out->n && yq_cur_ok(c); i++) {
        at = c->pos;
        out->address[i] = yq_cur_str8(c, YQ_XUPER_ADDRESS_MAX);
        if (yq_cur_ok(c) && !yq_xuper_address_valid(out->address[i])) {
            yq_cur_fail_field(c, YQ_E_NONCANONICAL, at, "address");
        }
        for (size_t k = 0; k < i; k++) {
            if (yq_slice_equal(out->address[k], out->address[i])) {
                yq_cur_fail_field(c, YQ_E_DUP_SIGNER, at, "validators");
            }
        }
    }
}

void yq_xuper_put_set(yq_writer *w, const yq_xuper_set *set)
{
    yq_put_u16(w, (uint16_t)set->n);
    for (size_t i = 0; i < set->n; i++) {
        yq_put_str8(w, set->address[i]);
    }
}

void yq_xuper_take_rules(yq_cur *c, yq_xuper_state *out)
{
    size_t at = c->pos;
    out->scheme = yq_cur_u8(c);
    if (yq_cur_ok(c) && out->scheme != YQ_XUPER_P256 && out->scheme != YQ_XUPER_SM2) {
        yq_cur_fail_field(c, YQ_E_RANGE, at, "scheme");
    }
    at = c->pos;
    out->delay = yq_cur_u8(c);
    out->bucket = yq_cur_str8(c, YQ_XUPER_NAME_MAX);
    out->key = yq_cur_str8(c, YQ_XUPER_NAME_MAX);
    const int pinned = out->delay == 0 && out->bucket.n == 0 && out->key.n == 0;
    const int followed =
        out->delay >= DELAY_MIN && out->delay <= DELAY_MAX && out->bucket.n != 0 && out->key.n != 0;
    if (yq_cur_ok(c) && !pinned && !followed) {
        yq_cur_fail_field(c, YQ_E_ANCHOR, at, "where validators are written");
    }
}

yq_status yq_xuper_state_decode(yq_xuper_call *call, yq_slice in, yq_xuper_state *out)
{
    yq_cur c = yq_cur_of(in);
    yq_xuper_take_version(&c);
    yq_xuper_take_rules(&c, out);
    call->scheme = out->scheme;
    out->height = yq_cur_u64(&c);
    take_record(&c, &out->last);
    out->changed = yq_cur_u64(&c);
    out->changed_index = yq_cur_u32(&c);
    size_t at = c.pos;
    out->set_n = yq_cur_u8(&c);
    if (yq_cur_ok(&c) && (out->set_n == 0 || out->set_n > YQ_XUPER_SETS_MAX)) {
        yq_cur_fail_field(&c, YQ_E_RANGE, at, "sets");
    }
    if (!yq_cur_ok(&c)) {
        return yq_cur_status(&c, call->why);
    }
    if (!yq_xuper_sets_new(call, out)) {
        return yq_xuper_fail(call, YQ_E_LIMIT, "sets");
    }
    for (size_t i = 0; i < out->set_n && yq_cur_ok(&c); i++) {
        at = c.pos;
        out->set[i].from = yq_cur_u64(&c);
        yq_xuper_take_set(&c, &out->set[i]);
        if (i > 0 && out->set[i].from <= out->set[i - 1].from) {
            yq_cur_fail_field(&c, YQ_E_NONCANONICAL, at, "order of sets");
        }
    }
    return yq_cur_done(&c, call->why);
}

yq_status yq_xuper_state_encode(const yq_xuper_call *call, const yq_xuper_state *state, yq_buf *out)
{
    yq_writer w = yq_writer_of(out->p, out->cap);
    yq_put_u8(&w, YQ_XUPER_LAYOUT_VERSION);
    yq_put_u8(&w, state->scheme);
    yq_put_u8(&w, state->delay);
    yq_put_str8(&w, state->bucket);
    yq_put_str8(&w, state->key);
    yq_put_u64(&w, state->height);
    put_record(&w, &state->last);
    yq_put_u64(&w, state->changed);
    yq_put_u32(&w, state->changed_index);
    yq_put_u8(&w, (uint8_t)state->set_n);
    for (size_t i = 0; i < state->set_n; i++) {
        yq_put_u64(&w, state->set[i].from);
        yq_xuper_put_set(&w, &state->set[i]);
    }
    out->n = w.n;
    return w.status == YQ_OK ? YQ_OK : yq_xuper_fail(call, YQ_E_LIMIT, "state");
}

static yq_slice record_key(uint8_t *room, uint64_t height)
{
    yq_writer w = yq_writer_of(room, KEY_SIZE);
    yq_put_u8(&w, 'h');
    yq_put_u64(&w, height);
    return yq_writer_slice(&w);
}

yq_status yq_xuper_record_put(
    const yq_xuper_call *call, uint64_t height, const yq_xuper_record *record)
{
    const yq_verifier_host *host = call->host;
    uint8_t key[KEY_SIZE], room[RECORD_SIZE];
    yq_writer w = yq_writer_of(room, sizeof room);
    put_record(&w, record);
    yq_status status = host->record_put(host->self, record_key(key, height), yq_writer_slice(&w));
    if (status == YQ_OK && height >= YQ_XUPER_KEPT) {
        status =
            host->record_put(host->self, record_key(key, height - YQ_XUPER_KEPT), (yq_slice){0});
    }
    return status == YQ_OK ? YQ_OK : yq_xuper_fail(call, status, "records");
}

yq_status yq_xuper_record_get(const yq_xuper_call *call, uint64_t height, yq_xuper_record *out)
{
    uint8_t key[KEY_SIZE];
    int found;
    *out = (yq_xuper_record){0};
    yq_slice value = call->host->record_get(call->host->self, record_key(key, height), &found);
    if (!found) {
        return yq_xuper_fail(call, YQ_E_HEADER_UNKNOWN, "no record of this height");
    }
    yq_cur c = yq_cur_of(value);
    take_record(&c, out);
    return yq_cur_done(&c, call->why);
}
