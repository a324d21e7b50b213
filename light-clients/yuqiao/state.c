#include "light-clients/yuqiao/yuqiao.h"
#include "relay/crypto/crypto.h"

#define KEY_SIZE    9u
#define RECORD_SIZE (YQ_FINAL_INFO_SIZE + 8u)

void yq_yuqiao_take_version(yq_cur *c)
{
    size_t at = c->pos;
    if (yq_cur_u8(c) != YQ_YUQIAO_LAYOUT_VERSION) {
        yq_cur_fail_field(c, YQ_E_VERSION, at, "version");
    }
}

void yq_yuqiao_take_digest(yq_cur *c, yq_digest *out)
{
    yq_cur_copy(c, out->b, sizeof out->b);
}

void yq_yuqiao_take_keys(yq_cur *c, yq_valset *set)
{
    size_t at = c->pos, size = yq_suite_key_size(set->suite);
    set->n = yq_cur_u16(c);
    if (set->n < YQ_VALIDATORS_MIN || set->n > YQ_VALIDATORS_MAX) {
        yq_cur_fail_field(c, YQ_E_LIMIT, at, "validators");
        set->n = 0;
    }
    for (size_t i = 0; i < set->n && yq_cur_ok(c); i++) {
        at = c->pos;
        yq_cur_copy(c, set->key[i], size);
        int order = i == 0 ? 1 : memcmp(set->key[i], set->key[i - 1], size);
        if (yq_cur_ok(c) && order <= 0) {
            yq_cur_fail_field(
                c, order == 0 ? YQ_E_DUP_SIGNER : YQ_E_NONCANONICAL, at, "validators");
        }
    }
}

void yq_yuqiao_take_set(yq_cur *c, yq_valset *set)
{
    set->epoch = yq_cur_u64(c);
    size_t at = c->pos;
    set->suite = yq_cur_u8(c);
    if (yq_suite_key_size(set->suite) == 0) {
        yq_cur_fail_field(c, YQ_E_FIELD_UNKNOWN, at, "suite");
    }
    yq_yuqiao_take_keys(c, set);
}

/* A name of 3 to 48 bytes; what is in it is not looked at. */
static yq_slice take_name(yq_cur *c, const char *field)
{
    size_t at = c->pos;
    yq_slice name = yq_cur_str8(c, YQ_CHAIN_ID_SIZE_MAX);
    if (name.n < YQ_CHAIN_ID_SIZE_MIN) {
        yq_cur_fail_field(c, YQ_E_LEN, at, field);
    }
    return name;
}

void yq_yuqiao_take_identity(yq_cur *c, yq_yuqiao_state *out)
{
    yq_yuqiao_take_version(c);
    size_t at = c->pos;
    out->alg = yq_cur_u8(c);
    if (out->alg != YQ_HASH_SM3 && out->alg != YQ_HASH_SHA256) {
        yq_cur_fail_field(c, YQ_E_FIELD_UNKNOWN, at, "hash");
    }
    out->trust_ms = yq_cur_u64(c);
    out->hub = take_name(c, "hub");
    at = c->pos;
    out->suite = yq_cur_u8(c);
    if (out->suite > YQ_SUITE_ED25519) {
        yq_cur_fail_field(c, YQ_E_FIELD_UNKNOWN, at, "outbox suite");
    }
    if (out->suite != 0) {
        out->own = take_name(c, "own chain");
    }
    at = c->pos;
    yq_yuqiao_take_digest(c, &out->chain_id_hash);
    if (yq_digest_is_zero(&out->chain_id_hash)) {
        yq_cur_fail_field(c, YQ_E_ZERO_ROOT, at, "chain_id_hash");
    }
}

static void put_keys(yq_writer *w, const yq_valset *set)
{
    yq_put_u16(w, set->n);
    for (size_t i = 0; i < set->n; i++) {
        yq_put_bytes(w, set->key[i], yq_suite_key_size(set->suite));
    }
}

static void put_set(yq_writer *w, const yq_valset *set)
{
    yq_put_u64(w, set->epoch);
    yq_put_u8(w, set->suite);
    put_keys(w, set);
}

yq_status yq_yuqiao_state_decode(yq_yuqiao_call *call, yq_slice in, yq_yuqiao_state *out)
{
    yq_cur c = yq_cur_of(in);
    yq_yuqiao_take_identity(&c, out);
    out->oldest = yq_cur_u64(&c);
    out->kept = yq_cur_u32(&c);
    yq_final_info_get(&c, &out->last);
    yq_yuqiao_take_set(&c, &out->set);
    out->set.chain_id_hash = out->chain_id_hash;
    call->alg = out->alg;
    return yq_cur_done(&c, call->why);
}

yq_status yq_yuqiao_state_encode(
    const yq_yuqiao_call *call, const yq_yuqiao_state *state, yq_buf *out)
{
    yq_writer w = yq_writer_of(out->p, out->cap);
    yq_put_u8(&w, YQ_YUQIAO_LAYOUT_VERSION);
    yq_put_u8(&w, state->alg);
    yq_put_u64(&w, state->trust_ms);
    yq_put_str8(&w, state->hub);
    yq_put_u8(&w, state->suite);
    if (state->suite != 0) {
        yq_put_str8(&w, state->own);
    }
    yq_put(&w, YQ_SLICE_OF(state->chain_id_hash.b));
    yq_put_u64(&w, state->oldest);
    yq_put_u32(&w, state->kept);
    yq_final_info_put(&w, &state->last);
    put_set(&w, &state->set);
    out->n = w.n;
    return w.status == YQ_OK ? YQ_OK : yq_yuqiao_fail(call, YQ_E_LIMIT, "state");
}

/* ---- records ---- */

static yq_slice record_key(uint8_t *room, char kind, uint64_t number)
{
    yq_writer w = yq_writer_of(room, KEY_SIZE);
    yq_put_u8(&w, (uint8_t)kind);
    yq_put_u64(&w, number);
    return yq_writer_slice(&w);
}

static yq_status put(const yq_yuqiao_call *call, char kind, uint64_t number, yq_slice value)
{
    uint8_t key[KEY_SIZE];
    yq_status status =
        call->host->record_put(call->host->self, record_key(key, kind, number), value);
    return status == YQ_OK ? YQ_OK : yq_yuqiao_fail(call, status, "records");
}

/* next: the height of the block that was kept after it, 0 for the newest. */
static yq_status put_block(const yq_yuqiao_call *call, const yq_final_info *info, uint64_t next)
{
    uint8_t room[RECORD_SIZE];
    yq_writer w = yq_writer_of(room, sizeof room);
    yq_final_info_put(&w, info);
    yq_put_u64(&w, next);
    return put(call, 'h', info->height, yq_writer_slice(&w));
}

static yq_status get_block(
    const yq_yuqiao_call *call, uint64_t height, yq_final_info *out, uint64_t *next)
{
    uint8_t key[KEY_SIZE];
    int found;
    yq_slice value = call->host->record_get(call->host->self, record_key(key, 'h', height), &found);
    *out = (yq_final_info){.height = 0};
    *next = 0;
    if (!found) {
        return yq_yuqiao_fail(call, YQ_E_HEADER_UNKNOWN, "no certificate of this height is kept");
    }
    yq_cur c = yq_cur_of(value);
    yq_final_info_get(&c, out);
    *next = yq_cur_u64(&c);
    return yq_cur_done(&c, call->why);
}

yq_status yq_yuqiao_block_get(const yq_yuqiao_call *call, uint64_t height, yq_final_info *out)
{
    uint64_t next;
    return get_block(call, height, out, &next);
}

yq_status yq_yuqiao_block_put(
    const yq_yuqiao_call *call,
    yq_yuqiao_state *state,
    const yq_final_info *before,
    const yq_final_info *info)
{
    yq_final_info oldest;
    uint64_t next;
    yq_status status = before == NULL ? YQ_OK : put_block(call, before, info->height);
    if (status == YQ_OK) {
        status = put_block(call, info, 0);
    }
    if (status != YQ_OK) {
        return status;
    }
    state->last = *info;
    if (state->kept < YQ_YUQIAO_KEPT) {
        state->kept++;
        return YQ_OK;
    }
    status = get_block(call, state->oldest, &oldest, &next);
    if (status == YQ_OK) {
        status = put(call, 'h', state->oldest, (yq_slice){0});
    }
    state->oldest = next;
    return status;
}

yq_status yq_yuqiao_set_step(
    const yq_yuqiao_call *call, yq_yuqiao_state *state, const yq_valset *next)
{
    uint8_t room[YQ_YUQIAO_SET_MAX];
    yq_writer w = yq_writer_of(room, sizeof room);
    put_set(&w, &state->set);
    yq_status status = put(call, 's', state->set.epoch, yq_writer_slice(&w));
    if (status == YQ_OK && state->set.epoch >= YQ_YUQIAO_KEPT_SETS) {
        status = put(call, 's', state->set.epoch - YQ_YUQIAO_KEPT_SETS, (yq_slice){0});
    }
    state->set = *next;
    return status;
}

yq_status yq_yuqiao_set_get(
    const yq_yuqiao_call *call, const yq_yuqiao_state *state, uint64_t epoch, yq_valset *out)
{
    uint8_t key[KEY_SIZE];
    int found;
    if (epoch > state->set.epoch) {
        return yq_yuqiao_fail(call, YQ_E_SET_CHANGE, "an epoch whose validators nothing proves");
    }
    *out = state->set;
    if (epoch == state->set.epoch) {
        return YQ_OK;
    }
    yq_slice value = call->host->record_get(call->host->self, record_key(key, 's', epoch), &found);
    if (!found) {
        return yq_yuqiao_fail(call, YQ_E_EPOCH_OLD, "the validators of this epoch are not kept");
    }
    yq_cur c = yq_cur_of(value);
    yq_yuqiao_take_set(&c, out);
    return yq_cur_done(&c, call->why);
}
