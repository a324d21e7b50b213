#include "light-clients/evm/evm.h"

#define KEY_SIZE    9u
#define RECORD_SIZE 160u

void yq_evm_take_digest(yq_cur *c, yq_digest *out)
{
    yq_cur_copy(c, out->b, sizeof out->b);
}

void yq_evm_take_version(yq_cur *c)
{
    size_t at = c->pos;
    if (yq_cur_u8(c) != YQ_EVM_LAYOUT_VERSION) {
        yq_cur_fail_field(c, YQ_E_VERSION, at, "version");
    }
}

static void take_record(yq_cur *c, yq_evm_record *out)
{
    yq_evm_take_digest(c, &out->hash);
    yq_evm_take_digest(c, &out->state_root);
    yq_evm_take_digest(c, &out->tx_root);
    yq_evm_take_digest(c, &out->receipt_root);
    out->time = yq_cur_u64(c);
    out->set_from = yq_cur_u64(c);
}

static void put_record(yq_writer *w, const yq_evm_record *record)
{
    yq_put(w, YQ_SLICE_OF(record->hash.b));
    yq_put(w, YQ_SLICE_OF(record->state_root.b));
    yq_put(w, YQ_SLICE_OF(record->tx_root.b));
    yq_put(w, YQ_SLICE_OF(record->receipt_root.b));
    yq_put_u64(w, record->time);
    yq_put_u64(w, record->set_from);
}

static size_t take_count(yq_cur *c, size_t max, const char *field)
{
    size_t at = c->pos, n = yq_cur_u16(c);
    if (n > max) {
        yq_cur_fail_field(c, YQ_E_LIMIT, at, field);
    }
    return yq_cur_ok(c) ? n : 0;
}

static void take_set(yq_cur *c, yq_evm_set *out)
{
    out->n = take_count(c, YQ_EVM_VALIDATORS_MAX, "validators");
    yq_cur_copy(c, out->address, out->n * YQ_EVM_ADDRESS_SIZE);
}

static void put_set(yq_writer *w, const yq_evm_set *set)
{
    yq_put_u16(w, (uint16_t)set->n);
    yq_put_bytes(w, set->address, set->n * YQ_EVM_ADDRESS_SIZE);
}

int yq_evm_state_new(const yq_evm_call *call, yq_evm_state *out)
{
    const yq_verifier_host *host = call->host;
    *out = (yq_evm_state){0};
    out->vote = host->scratch(host->self, YQ_EVM_VOTES_MAX * sizeof *out->vote);
    out->recent = host->scratch(host->self, YQ_EVM_RECENTS_MAX * sizeof *out->recent);
    return yq_evm_set_new(call, &out->set) && out->vote != NULL && out->recent != NULL;
}

void yq_evm_state_copy(yq_evm_state *to, const yq_evm_state *from)
{
    yq_evm_set set = to->set;
    yq_evm_vote *vote = to->vote;
    yq_evm_recent *recent = to->recent;
    *to = *from;
    to->set = set;
    to->vote = vote;
    to->recent = recent;
    yq_evm_set_copy(&to->set, &from->set);
    yq_bytes_copy(vote, from->vote, from->votes * sizeof *vote);
    yq_bytes_copy(recent, from->recent, from->recents * sizeof *recent);
}

yq_status yq_evm_state_decode(const yq_evm_call *call, yq_slice in, yq_evm_state *out)
{
    yq_cur c = yq_cur_of(in);
    if (!yq_evm_state_new(call, out)) {
        return yq_evm_fail(call, YQ_E_LIMIT, "state");
    }
    yq_evm_take_version(&c);
    out->mode = yq_cur_u8(&c);
    out->epoch = yq_cur_u64(&c);
    out->depth = yq_cur_u16(&c);
    yq_cur_copy(&c, out->contract, sizeof out->contract);
    yq_evm_take_digest(&c, &out->slot);
    out->height = yq_cur_u64(&c);
    take_record(&c, &out->last);
    out->set_from = yq_cur_u64(&c);
    yq_evm_take_digest(&c, &out->storage_root);
    take_set(&c, &out->set);
    out->votes = take_count(&c, YQ_EVM_VOTES_MAX, "votes");
    for (size_t i = 0; i < out->votes; i++) {
        yq_cur_copy(&c, out->vote[i].voter, YQ_EVM_ADDRESS_SIZE);
        yq_cur_copy(&c, out->vote[i].candidate, YQ_EVM_ADDRESS_SIZE);
        out->vote[i].add = yq_cur_u8(&c);
    }
    out->recents = take_count(&c, YQ_EVM_RECENTS_MAX, "recent signers");
    for (size_t i = 0; i < out->recents; i++) {
        out->recent[i].number = yq_cur_u64(&c);
        yq_cur_copy(&c, out->recent[i].signer, YQ_EVM_ADDRESS_SIZE);
    }
    if (out->mode < YQ_EVM_IBFT1 || out->mode > YQ_EVM_CLIQUE || out->epoch == 0) {
        yq_cur_fail_field(&c, YQ_E_RANGE, 1, "mode, epoch");
    }
    return yq_cur_done(&c, call->why);
}

yq_status yq_evm_state_encode(const yq_evm_call *call, const yq_evm_state *state, yq_buf *out)
{
    yq_writer w = yq_writer_of(out->p, out->cap);
    yq_put_u8(&w, YQ_EVM_LAYOUT_VERSION);
    yq_put_u8(&w, state->mode);
    yq_put_u64(&w, state->epoch);
    yq_put_u16(&w, state->depth);
    yq_put_bytes(&w, state->contract, sizeof state->contract);
    yq_put(&w, YQ_SLICE_OF(state->slot.b));
    yq_put_u64(&w, state->height);
    put_record(&w, &state->last);
    yq_put_u64(&w, state->set_from);
    yq_put(&w, YQ_SLICE_OF(state->storage_root.b));
    put_set(&w, &state->set);
    yq_put_u16(&w, (uint16_t)state->votes);
    for (size_t i = 0; i < state->votes; i++) {
        yq_put_bytes(&w, state->vote[i].voter, YQ_EVM_ADDRESS_SIZE);
        yq_put_bytes(&w, state->vote[i].candidate, YQ_EVM_ADDRESS_SIZE);
        yq_put_u8(&w, state->vote[i].add);
    }
    yq_put_u16(&w, (uint16_t)state->recents);
    for (size_t i = 0; i < state->recents; i++) {
        yq_put_u64(&w, state->recent[i].number);
        yq_put_bytes(&w, state->recent[i].signer, YQ_EVM_ADDRESS_SIZE);
    }
    out->n = w.n;
    return w.status == YQ_OK ? YQ_OK : yq_evm_fail(call, YQ_E_LIMIT, "state");
}

static yq_slice record_key(uint8_t *room, char kind, uint64_t height)
{
    yq_writer w = yq_writer_of(room, KEY_SIZE);
    yq_put_u8(&w, (uint8_t)kind);
    yq_put_u64(&w, height);
    return yq_writer_slice(&w);
}

/* The record that falls out of what is kept, and its set when the next height has another. */
static yq_status drop_old(const yq_evm_call *call, uint64_t height)
{
    const yq_verifier_host *host = call->host;
    uint8_t key[KEY_SIZE];
    yq_evm_record gone, next;
    yq_fault ignored;
    const yq_evm_call quiet = {host, &ignored, call->room};
    const uint64_t old = height - YQ_EVM_KEPT; /* of a short chain: a height that nobody knows */
    if (yq_evm_record_get(&quiet, old, &gone) != YQ_OK) {
        return YQ_OK;
    }
    yq_status status = host->record_put(host->self, record_key(key, 'h', old), (yq_slice){0});
    if (status == YQ_OK && yq_evm_record_get(&quiet, old + 1, &next) == YQ_OK &&
        next.set_from != gone.set_from) {
        status = host->record_put(host->self, record_key(key, 's', gone.set_from), (yq_slice){0});
    }
    return status;
}

yq_status yq_evm_records_put(
    const yq_evm_call *call, const yq_evm_state *state, const yq_evm_set *sealers)
{
    const yq_verifier_host *host = call->host;
    uint8_t key[KEY_SIZE], room[RECORD_SIZE];
    yq_writer w = yq_writer_of(room, sizeof room);
    put_record(&w, &state->last);
    yq_status status =
        host->record_put(host->self, record_key(key, 'h', state->height), yq_writer_slice(&w));
    if (status == YQ_OK && state->last.set_from == state->height && sealers->n > 0) {
        uint8_t *set_room = host->scratch(host->self, 2 + sealers->n * YQ_EVM_ADDRESS_SIZE);
        if (set_room == NULL) {
            return yq_evm_fail(call, YQ_E_LIMIT, "records");
        }
        yq_writer s = yq_writer_of(set_room, 2 + sealers->n * YQ_EVM_ADDRESS_SIZE);
        put_set(&s, sealers);
        status =
            host->record_put(host->self, record_key(key, 's', state->height), yq_writer_slice(&s));
    }
    if (status == YQ_OK) {
        status = drop_old(call, state->height);
    }
    return status == YQ_OK ? YQ_OK : yq_evm_fail(call, status, "records");
}

yq_status yq_evm_record_get(const yq_evm_call *call, uint64_t height, yq_evm_record *out)
{
    uint8_t key[KEY_SIZE];
    int found;
    *out = (yq_evm_record){0};
    yq_slice value = call->host->record_get(call->host->self, record_key(key, 'h', height), &found);
    if (!found) {
        return yq_evm_fail(call, YQ_E_HEADER_UNKNOWN, "no record of this height");
    }
    yq_cur c = yq_cur_of(value);
    take_record(&c, out);
    return yq_cur_done(&c, call->why);
}

yq_status yq_evm_set_at(
    const yq_evm_call *call, const yq_evm_state *state, uint64_t height, yq_evm_set *out)
{
    yq_evm_record record;
    uint8_t key[KEY_SIZE];
    int found;
    if (!yq_evm_set_new(call, out)) {
        return yq_evm_fail(call, YQ_E_LIMIT, "set");
    }
    if (height == state->height + 1 && state->mode != YQ_EVM_QBFT_CONTRACT) {
        yq_evm_set_copy(out, &state->set);
        return YQ_OK;
    }
    yq_status status = yq_evm_record_get(call, height, &record);
    if (status != YQ_OK) {
        return status;
    }
    yq_slice value =
        call->host->record_get(call->host->self, record_key(key, 's', record.set_from), &found);
    if (!found) {
        return yq_evm_fail(call, YQ_E_HEADER_UNKNOWN, "no set of this height");
    }
    yq_cur c = yq_cur_of(value);
    take_set(&c, out);
    return yq_cur_done(&c, call->why);
}
