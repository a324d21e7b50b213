#include "light-clients/cometbft/cometbft.h"

#define KEY_SIZE    9u
#define RECORD_SIZE 128u

static void take_time(yq_cur *c, yq_comet_time *out)
{
    uint64_t seconds = yq_cur_u64(c);
    out->nanos = yq_cur_u32(c);
    if (seconds > INT64_MAX || out->nanos > 999999999) {
        yq_cur_fail_field(c, YQ_E_RANGE, c->pos, "time");
    }
    out->seconds = (int64_t)seconds;
}

static void take_record(yq_cur *c, yq_comet_record *out)
{
    yq_comet_take_digest(c, &out->hash);
    take_time(c, &out->time);
    yq_comet_take_digest(c, &out->app_root);
    yq_comet_take_digest(c, &out->next_validators);
    out->next = yq_cur_u64(c);
}

static void put_record(yq_writer *w, const yq_comet_record *record)
{
    yq_put(w, YQ_SLICE_OF(record->hash.b));
    yq_put_u64(w, (uint64_t)record->time.seconds);
    yq_put_u32(w, record->time.nanos);
    yq_put(w, YQ_SLICE_OF(record->app_root.b));
    yq_put(w, YQ_SLICE_OF(record->next_validators.b));
    yq_put_u64(w, record->next);
}

yq_status yq_comet_state_decode(const yq_comet_call *call, yq_slice in, yq_comet_state *out)
{
    yq_cur c = yq_cur_of(in);
    yq_comet_take_version(&c);
    out->chain_id = yq_cur_str8(&c, YQ_COMET_CHAIN_ID_MAX);
    out->trusting_ms = yq_cur_u64(&c);
    out->drift_ms = yq_cur_u64(&c);
    out->level_num = yq_cur_u8(&c);
    out->level_den = yq_cur_u8(&c);
    out->stores = yq_cur_u8(&c);
    out->height = yq_cur_u64(&c);
    out->oldest = yq_cur_u64(&c);
    out->records = yq_cur_u32(&c);
    out->members = yq_cur_u16(&c);
    take_record(&c, &out->last);
    if (out->level_den == 0) {
        yq_cur_fail_field(&c, YQ_E_RANGE, 0, "trust level");
    }
    return yq_cur_done(&c, call->why);
}

yq_status yq_comet_state_encode(const yq_comet_call *call, const yq_comet_state *state, yq_buf *out)
{
    yq_writer w = yq_writer_of(out->p, out->cap);
    yq_put_u8(&w, YQ_COMET_LAYOUT_VERSION);
    yq_put_str8(&w, state->chain_id);
    yq_put_u64(&w, state->trusting_ms);
    yq_put_u64(&w, state->drift_ms);
    yq_put_u8(&w, state->level_num);
    yq_put_u8(&w, state->level_den);
    yq_put_u8(&w, state->stores);
    yq_put_u64(&w, state->height);
    yq_put_u64(&w, state->oldest);
    yq_put_u32(&w, state->records);
    yq_put_u16(&w, state->members);
    put_record(&w, &state->last);
    out->n = w.n;
    return w.status == YQ_OK ? YQ_OK : yq_comet_fail(call, YQ_E_LIMIT, "state");
}

static yq_slice record_key(uint8_t *room, uint64_t height)
{
    yq_writer w = yq_writer_of(room, KEY_SIZE);
    yq_put_u8(&w, 'h');
    yq_put_u64(&w, height);
    return yq_writer_slice(&w);
}

static yq_status read_record(const yq_comet_call *call, uint64_t height, yq_comet_record *out)
{
    uint8_t key[KEY_SIZE];
    int found;
    yq_slice value = call->host->record_get(call->host->self, record_key(key, height), &found);
    if (!found) {
        return yq_comet_fail(call, YQ_E_HEADER_UNKNOWN, "no record of this height");
    }
    yq_cur c = yq_cur_of(value);
    take_record(&c, out);
    return yq_cur_done(&c, call->why);
}

yq_status yq_comet_record_get(
    const yq_comet_call *call, const yq_comet_state *state, uint64_t height, yq_comet_record *out)
{
    if (height == state->height) {
        *out = state->last;
        return YQ_OK;
    }
    return read_record(call, height, out);
}

static yq_status write_record(
    const yq_comet_call *call, uint64_t height, const yq_comet_record *record)
{
    uint8_t key[KEY_SIZE], room[RECORD_SIZE];
    yq_writer w = yq_writer_of(room, sizeof room);
    put_record(&w, record);
    yq_status status =
        call->host->record_put(call->host->self, record_key(key, height), yq_writer_slice(&w));
    return status == YQ_OK ? YQ_OK : yq_comet_fail(call, status, "records");
}

static yq_status drop_oldest(const yq_comet_call *call, yq_comet_state *state)
{
    yq_comet_record oldest = {0};
    uint8_t key[KEY_SIZE];
    yq_status status = read_record(call, state->oldest, &oldest);
    if (status == YQ_OK) {
        status =
            call->host->record_put(call->host->self, record_key(key, state->oldest), (yq_slice){0});
    }
    if (status != YQ_OK) {
        return yq_comet_fail(call, status, "records");
    }
    state->oldest = oldest.next;
    state->records--;
    return YQ_OK;
}

yq_status yq_comet_record_put(
    const yq_comet_call *call,
    yq_comet_state *state,
    const yq_comet_record *before,
    uint64_t before_height)
{
    yq_status status = YQ_OK;
    if (before == NULL) {
        state->oldest = state->height;
    } else {
        yq_comet_record linked = *before;
        linked.next = state->height;
        status = write_record(call, before_height, &linked);
    }
    if (status == YQ_OK) {
        status = write_record(call, state->height, &state->last);
        state->records++;
    }
    if (status == YQ_OK && state->records > YQ_COMET_KEPT) {
        status = drop_oldest(call, state);
    }
    return status;
}
