#include "light-clients/attested/attested.h"

void yq_attest_take_version(yq_cur *c)
{
    size_t at = c->pos;
    if (yq_cur_u8(c) != YQ_ATTEST_LAYOUT_VERSION) {
        yq_cur_fail_field(c, YQ_E_VERSION, at, "version");
    }
}

void yq_attest_take_digest(yq_cur *c, yq_digest *out)
{
    yq_cur_copy(c, out->b, sizeof out->b);
}

static void take_event(yq_cur *c, yq_attest_statement *out)
{
    size_t at = c->pos;
    out->emitter = yq_cur_str8(c, YQ_ATTEST_NAME_MAX);
    out->name = yq_cur_str8(c, YQ_ATTEST_NAME_MAX);
    out->tx_id = yq_cur_str8(c, YQ_ATTEST_NAME_MAX);
    out->index = yq_cur_u32(c);
    out->data = yq_cur_blob32(c, YQ_ATTEST_DATA_MAX);
    if (yq_cur_ok(c) && (out->emitter.n == 0 || out->tx_id.n == 0)) {
        yq_cur_fail_field(c, YQ_E_FIELD_MISSING, at, "emitter, tx_id");
    }
}

static void take_value(yq_cur *c, yq_attest_statement *out)
{
    out->key = yq_cur_blob16(c, UINT16_MAX);
    size_t at = c->pos;
    out->present = yq_cur_u8(c);
    out->data = yq_cur_blob32(c, YQ_ATTEST_DATA_MAX);
    if (yq_cur_ok(c) && (out->present > 1 || (!out->present && out->data.n > 0))) {
        yq_cur_fail_field(c, YQ_E_NONCANONICAL, at, "present");
    }
}

static void take_signatures(const yq_attest_call *call, yq_cur *c, yq_attest_statement *out)
{
    size_t at = c->pos;
    out->n = yq_cur_u16(c);
    if (out->n > YQ_ATTEST_MEMBERS_MAX) {
        yq_cur_fail_field(c, YQ_E_LIMIT, at, "signatures");
    }
    if (!yq_cur_ok(c)) {
        out->n = 0;
        return;
    }
    out->signer =
        call->host->scratch(call->host->self, YQ_ATTEST_MEMBERS_MAX * sizeof *out->signer);
    out->signature =
        call->host->scratch(call->host->self, YQ_ATTEST_MEMBERS_MAX * sizeof *out->signature);
    if (out->signer == NULL || out->signature == NULL) {
        yq_cur_fail_field(c, YQ_E_LIMIT, at, "signatures");
        return;
    }
    for (size_t i = 0; i < out->n; i++) {
        out->signer[i] = yq_cur_u16(c);
        out->signature[i] = yq_cur_take(c, 64);
    }
}

void yq_attest_take_statement(const yq_attest_call *call, yq_cur *c, yq_attest_statement *out)
{
    *out = (yq_attest_statement){.epoch = yq_cur_u64(c)};
    size_t begin = c->pos;
    out->kind = (yq_attest_kind)yq_cur_u8(c);
    out->height = yq_cur_u64(c);
    yq_attest_take_digest(c, &out->hash);
    out->time_ms = yq_cur_u64(c);
    switch (out->kind) {
    case YQ_ATTEST_BLOCK:
        break;
    case YQ_ATTEST_EVENT:
        take_event(c, out);
        break;
    case YQ_ATTEST_VALUE:
        take_value(c, out);
        break;
    case YQ_ATTEST_SET:
        yq_attest_take_set(call, c, &out->set);
        break;
    default:
        yq_cur_fail_field(c, YQ_E_FIELD_UNKNOWN, begin, "kind");
        break;
    }
    if (yq_cur_ok(c)) {
        out->body = yq_slice_of(c->p + begin, c->pos - begin);
    }
    take_signatures(call, c, out);
    if (yq_cur_ok(c) && yq_digest_is_zero(&out->hash)) {
        yq_cur_fail_field(c, YQ_E_ZERO_ROOT, begin, "hash");
    }
}

/* SM3 over prefix, chain, epoch and body: what every attester signs, whatever its suite. */
static yq_digest signed_digest(
    const yq_attest_call *call, const yq_attest_state *state, const yq_attest_statement *s)
{
    uint8_t room[16 + 1 + YQ_ATTEST_CHAIN_MAX + 8];
    yq_writer w = yq_writer_of(room, sizeof room);
    yq_digest md;
    yq_put(&w, yq_slice_text(YQ_ATTEST_PREFIX));
    yq_put_str8(&w, state->chain);
    yq_put_u64(&w, s->epoch);
    const yq_slice part[] = {yq_writer_slice(&w), s->body};
    call->host->hash(call->host->self, YQ_HASH_SM3, part, YQ_ARRAY_N(part), md.b);
    return md;
}

/* Sorts signatures by signer, so that the verdict does not depend on their order. */
static yq_status by_signer(
    const yq_attest_call *call,
    const yq_attest_set *set,
    const yq_attest_statement *s,
    yq_slice *slot)
{
    if (s->n == 0) {
        return yq_attest_fail(call, YQ_E_SIGNATURES_MISSING, "signatures");
    }
    for (size_t i = 0; i < s->n; i++) {
        if (s->signer[i] >= set->n) {
            return yq_attest_fail(call, YQ_E_SIGNER_UNKNOWN, "index outside the attesters");
        }
        if (slot[s->signer[i]].n != 0) {
            return yq_attest_fail(call, YQ_E_DUP_SIGNER, "signature");
        }
        slot[s->signer[i]] = s->signature[i];
    }
    return s->n >= set->threshold ? YQ_OK : yq_attest_fail(call, YQ_E_QUORUM, "signatures");
}

/* By suite, whatever its byte; where there is none, nothing verifies. */
static const uint16_t sig_alg[UINT8_MAX + 1] = {
    [1] = YQ_SIG_SM2_MESSAGE,
    [2] = YQ_SIG_P256_DIGEST,
    [3] = YQ_SIG_SECP256K1_DIGEST,
    [4] = YQ_SIG_ED25519_MESSAGE,
};

yq_status yq_attest_statement_check(
    const yq_attest_call *call, const yq_attest_state *state, const yq_attest_statement *s)
{
    const yq_attest_set *set = &state->set;
    yq_slice slot[YQ_ATTEST_MEMBERS_MAX] = {{0}};
    yq_signature sig[YQ_ATTEST_MEMBERS_MAX];
    yq_status valid[YQ_ATTEST_MEMBERS_MAX];
    size_t n = 0;
    if (s->epoch != state->epoch) {
        return s->epoch < state->epoch ? yq_attest_fail(call, YQ_E_EPOCH_OLD, "epoch")
                                       : yq_attest_fail(call, YQ_E_DOMAIN, "epoch");
    }
    yq_status status = by_signer(call, set, s, slot);
    if (status != YQ_OK) {
        return status;
    }
    const yq_digest m = signed_digest(call, state, s);
    for (size_t i = 0; i < set->n; i++) {
        uint8_t suite = set->member[i].suite;
        if (slot[i].n == 0) {
            continue;
        }
        sig[n++] = (yq_signature){
            .alg = sig_alg[suite],
            .flags = suite == 2 || suite == 3 ? YQ_SIG_FLAG_LOW_S : 0,
            .key = set->member[i].key,
            .msg = YQ_SLICE_OF(m.b),
            .sig = slot[i]};
    }
    status = call->host->check_signatures(call->host->self, sig, n, valid);
    for (size_t i = 0; i < n && status == YQ_OK; i++) {
        status = valid[i];
    }
    return status == YQ_OK ? YQ_OK : yq_attest_fail(call, status, "signature");
}

yq_status yq_attest_set_advance(
    const yq_attest_call *call, yq_attest_state *state, const yq_attest_statement *s)
{
    if (s->height != state->height || !yq_digest_equal(&s->hash, &state->hash)) {
        return yq_attest_fail(call, YQ_E_HEIGHT, "a change of attesters names the present block");
    }
    yq_status status = yq_attest_statement_check(call, state, s);
    if (status == YQ_OK) {
        status = yq_attest_set_check(call, &s->set);
    }
    if (status == YQ_OK && state->epoch == UINT64_MAX) {
        status = yq_attest_fail(call, YQ_E_OVERFLOW, "epoch");
    }
    if (status == YQ_OK) {
        state->epoch++;
        state->set = s->set;
    }
    return status;
}

void yq_attest_event_of(const yq_attest_statement *s, yq_verified_event *out)
{
    *out = (yq_verified_event){
        .height = s->height,
        .time_ms = s->time_ms,
        .emitter = s->emitter,
        .name = s->name,
        .data = s->data,
        .bytes = s->data,
        .tx_id = s->tx_id,
        .event_index = s->index,
        .grade = YQ_GRADE_ATTESTED};
}
