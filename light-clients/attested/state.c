#include "light-clients/attested/attested.h"

#define KEY_SIZE 9u

yq_status yq_attest_state_decode(const yq_attest_call *call, yq_slice in, yq_attest_state *out)
{
    yq_cur c = yq_cur_of(in);
    yq_attest_take_version(&c);
    out->chain = yq_cur_str8(&c, YQ_ATTEST_CHAIN_MAX);
    out->epoch = yq_cur_u64(&c);
    out->height = yq_cur_u64(&c);
    out->time_ms = yq_cur_u64(&c);
    yq_attest_take_digest(&c, &out->hash);
    yq_attest_take_set(call, &c, &out->set);
    return yq_cur_done(&c, call->why);
}

yq_status yq_attest_state_encode(
    const yq_attest_call *call, const yq_attest_state *state, yq_buf *out)
{
    yq_writer w = yq_writer_of(out->p, out->cap);
    yq_put_u8(&w, YQ_ATTEST_LAYOUT_VERSION);
    yq_put_str8(&w, state->chain);
    yq_put_u64(&w, state->epoch);
    yq_put_u64(&w, state->height);
    yq_put_u64(&w, state->time_ms);
    yq_put(&w, YQ_SLICE_OF(state->hash.b));
    yq_put(&w, state->set.raw);
    out->n = w.n;
    return w.status == YQ_OK ? YQ_OK : yq_attest_fail(call, YQ_E_LIMIT, "state");
}

static yq_slice record_key(uint8_t *room, uint64_t height)
{
    yq_writer w = yq_writer_of(room, KEY_SIZE);
    yq_put_u8(&w, 'h');
    yq_put_u64(&w, height);
    return yq_writer_slice(&w);
}

/* Statements may leave heights out, so what is kept is a ring: height modulo its size, with the
 * height beside the hash. */
yq_status yq_attest_record_put(const yq_attest_call *call, const yq_attest_state *state)
{
    uint8_t key[KEY_SIZE], room[8 + YQ_DIGEST_SIZE];
    yq_writer w = yq_writer_of(room, sizeof room);
    yq_put_u64(&w, state->height);
    yq_put(&w, YQ_SLICE_OF(state->hash.b));
    yq_status status = call->host->record_put(
        call->host->self, record_key(key, state->height % YQ_ATTEST_KEPT), yq_writer_slice(&w));
    return status == YQ_OK ? YQ_OK : yq_attest_fail(call, status, "records");
}

int yq_attest_record_get(const yq_attest_call *call, uint64_t height, yq_digest *hash)
{
    uint8_t key[KEY_SIZE];
    int found;
    yq_slice value =
        call->host->record_get(call->host->self, record_key(key, height % YQ_ATTEST_KEPT), &found);
    yq_cur c = yq_cur_of(value);
    uint64_t own = yq_cur_u64(&c);
    yq_attest_take_digest(&c, hash);
    return found && yq_cur_done(&c, NULL) == YQ_OK && own == height;
}
