#include "light-clients/chainmaker/chainmaker.h"

#define KEY_SIZE    9u
#define RECORD_SIZE 96u

static void take_record(yq_cur *c, yq_cmaker_record *out)
{
    yq_cmaker_take_digest(c, &out->hash);
    yq_cmaker_take_digest(c, &out->tx_root);
    out->block_version = yq_cur_u32(c);
    out->tx_count = yq_cur_u32(c);
    out->time_s = yq_cur_u64(c);
}

static void put_record(yq_writer *w, const yq_cmaker_record *record)
{
    yq_put(w, YQ_SLICE_OF(record->hash.b));
    yq_put(w, YQ_SLICE_OF(record->tx_root.b));
    yq_put_u32(w, record->block_version);
    yq_put_u32(w, record->tx_count);
    yq_put_u64(w, record->time_s);
}

yq_status yq_cmaker_state_decode(yq_cmaker_call *call, yq_slice in, yq_cmaker_state *out)
{
    yq_cur c = yq_cur_of(in);
    yq_cmaker_take_version(&c);
    out->alg = yq_cur_u8(&c);
    out->chain_id = yq_cur_str8(&c, YQ_CMAKER_CHAIN_MAX);
    out->height = yq_cur_u64(&c);
    out->conf_height = yq_cur_u64(&c);
    take_record(&c, &out->last);
    yq_cmaker_take_set(call, &c, &out->set);
    call->alg = out->alg;
    if (yq_cur_ok(&c) && out->alg != YQ_HASH_SM3 && out->alg != YQ_HASH_SHA256 &&
        out->alg != YQ_HASH_SHA3_256) {
        yq_cur_fail_field(&c, YQ_E_RANGE, 1, "hash");
    }
    return yq_cur_done(&c, call->why);
}

yq_status yq_cmaker_state_encode(
    const yq_cmaker_call *call, const yq_cmaker_state *state, yq_buf *out)
{
    yq_writer w = yq_writer_of(out->p, out->cap);
    yq_put_u8(&w, YQ_CMAKER_LAYOUT_VERSION);
    yq_put_u8(&w, state->alg);
    yq_put_str8(&w, state->chain_id);
    yq_put_u64(&w, state->height);
    yq_put_u64(&w, state->conf_height);
    put_record(&w, &state->last);
    yq_cmaker_put_set(&w, &state->set);
    out->n = w.n;
    return w.status == YQ_OK ? YQ_OK : yq_cmaker_fail(call, YQ_E_LIMIT, "state");
}

static yq_slice record_key(uint8_t *room, char kind, uint64_t height)
{
    yq_writer w = yq_writer_of(room, KEY_SIZE);
    yq_put_u8(&w, (uint8_t)kind);
    yq_put_u64(&w, height);
    return yq_writer_slice(&w);
}

yq_status yq_cmaker_record_put(const yq_cmaker_call *call, const yq_cmaker_state *state)
{
    const yq_verifier_host *host = call->host;
    uint8_t key[KEY_SIZE], room[RECORD_SIZE];
    yq_writer w = yq_writer_of(room, sizeof room);
    put_record(&w, &state->last);
    yq_status status =
        host->record_put(host->self, record_key(key, 'h', state->height), yq_writer_slice(&w));
    if (status == YQ_OK && state->height >= YQ_CMAKER_KEPT) {
        status = host->record_put(
            host->self, record_key(key, 'h', state->height - YQ_CMAKER_KEPT), (yq_slice){0});
    }
    return status == YQ_OK ? YQ_OK : yq_cmaker_fail(call, status, "records");
}

yq_status yq_cmaker_record_get(const yq_cmaker_call *call, uint64_t height, yq_cmaker_record *out)
{
    uint8_t key[KEY_SIZE];
    int found;
    *out = (yq_cmaker_record){0};
    yq_slice value = call->host->record_get(call->host->self, record_key(key, 'h', height), &found);
    if (!found) {
        return yq_cmaker_fail(call, YQ_E_HEADER_UNKNOWN, "no record of this height");
    }
    yq_cur c = yq_cur_of(value);
    take_record(&c, out);
    return yq_cur_done(&c, call->why);
}
