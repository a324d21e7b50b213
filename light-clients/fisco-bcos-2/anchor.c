#include "light-clients/fisco-bcos-2/fisco.h"

#define ID_TEXT_SIZE ((size_t)2 * YQ_FISCO2_ID_SIZE)

/* Reads `<digits>-`; no sign, no leading zero, below 2^32. Returns 0 if it is not that. */
static int take_group(yq_slice *text, uint64_t *group)
{
    size_t n = 0;
    *group = 0;
    while (n < text->n && n < 10 && text->p[n] >= '0' && text->p[n] <= '9') {
        *group = *group * 10 + (uint64_t)(text->p[n] - '0');
        n++;
    }
    if (n == 0 || n == text->n || text->p[0] == '0' || text->p[n] != '-') {
        return 0;
    }
    *text = yq_slice_of(text->p + n + 1, text->n - n - 1);
    return 1;
}

static int take_text(yq_slice *text, const char *expected)
{
    yq_slice want = yq_slice_text(expected);
    if (text->n < want.n || memcmp(text->p, want.p, want.n) != 0) {
        return 0;
    }
    *text = yq_slice_of(text->p + want.n, text->n - want.n);
    return 1;
}

/* "<group>-<id>,<id>,...,-pbft-..." */
static yq_status read_genesis(
    const yq_fisco2_call *call, const yq_fisco2_header *header, yq_fisco2_state *state)
{
    yq_slice text = header->extra;
    uint64_t group;
    if (header->sealers.n != 0 || header->extra_n != 1 || !take_group(&text, &group)) {
        return yq_fisco2_fail(call, YQ_E_ANCHOR, "genesis: extraData");
    }
    if (group != state->group_id) {
        return yq_fisco2_fail(call, YQ_E_ANCHOR, "genesis: of another group");
    }
    while (text.n > ID_TEXT_SIZE && text.p[0] != '-') {
        uint8_t id[YQ_FISCO2_ID_SIZE];
        size_t place;
        if (text.p[ID_TEXT_SIZE] != ',' ||
            !yq_fisco2_id_decode(yq_slice_of(text.p, ID_TEXT_SIZE), id) ||
            yq_fisco2_set_find(&state->set, id, &place) || !yq_fisco2_set_add(&state->set, id)) {
            return yq_fisco2_fail(call, YQ_E_ANCHOR, "genesis: sealers");
        }
        text = yq_slice_of(text.p + ID_TEXT_SIZE + 1, text.n - ID_TEXT_SIZE - 1);
    }
    if (state->set.n == 0) {
        return yq_fisco2_fail(call, YQ_E_ANCHOR, "genesis: no sealers");
    }
    return take_text(&text, "-pbft-")
               ? YQ_OK
               : yq_fisco2_fail(call, YQ_E_ANCHOR, "genesis: consensus is not pbft");
}

static yq_status read_checkpoint(
    const yq_fisco2_call *call, const yq_fisco2_header *header, yq_fisco2_state *state)
{
    if (yq_digest_is_zero(&header->tx_root) || yq_digest_is_zero(&header->receipt_root)) {
        return yq_fisco2_fail(call, YQ_E_ZERO_ROOT, "roots");
    }
    if (header->sealers.n == 0) {
        return yq_fisco2_fail(call, YQ_E_ANCHOR, "no sealers");
    }
    for (size_t i = 1; i < header->sealers.n; i++) {
        const uint8_t *id = header->sealers.id + i * YQ_FISCO2_ID_SIZE;
        if (memcmp(id - YQ_FISCO2_ID_SIZE, id, YQ_FISCO2_ID_SIZE) >= 0) {
            return yq_fisco2_fail(call, YQ_E_ANCHOR, "sealers are not sorted");
        }
    }
    state->set = header->sealers;
    return YQ_OK;
}

static yq_status read_anchor(
    yq_fisco2_call *call, yq_slice anchor, yq_fisco2_state *state, yq_fisco2_header *header)
{
    yq_cur c = yq_cur_of(anchor);
    yq_digest hash;
    yq_fisco2_take_version(&c);
    state->suite = yq_cur_u8(&c);
    if (state->suite != YQ_FISCO2_SUITE_SM && state->suite != YQ_FISCO2_SUITE_KECCAK) {
        yq_cur_fail_field(&c, YQ_E_FIELD_UNKNOWN, 1, "suite");
    }
    state->chain_id = yq_cur_u64(&c);
    state->group_id = yq_cur_u32(&c);
    yq_fisco2_take_digest(&c, &hash);
    yq_slice raw = yq_cur_blob32(&c, YQ_FISCO2_HEADER_MAX);
    yq_status status = yq_cur_done(&c, call->why);
    if (status != YQ_OK) {
        return status;
    }
    call->suite = state->suite;
    if (yq_digest_is_zero(&hash)) {
        return yq_fisco2_fail(call, YQ_E_ZERO_ROOT, "hash");
    }
    status = yq_fisco2_header_decode(call, raw, header);
    if (status != YQ_OK) {
        return status;
    }
    if (!yq_digest_equal(&hash, &header->hash)) {
        return yq_fisco2_fail(call, YQ_E_HASH, "header");
    }
    return YQ_OK;
}

yq_status yq_fisco2_init(
    const yq_verifier_host *host, yq_slice anchor, uint64_t now_ms, yq_buf *out, yq_fault *why)
{
    yq_fisco2_call call = {.host = host, .why = why};
    yq_fisco2_state state = {0};
    yq_fisco2_header header = {0};
    (void)now_ms;
    if (!yq_fisco2_set_new(&call, &state.set)) {
        return yq_fisco2_fail(&call, YQ_E_LIMIT, "set");
    }
    yq_status status = read_anchor(&call, anchor, &state, &header);
    if (status != YQ_OK) {
        return status;
    }
    status = header.number == 0 ? read_genesis(&call, &header, &state)
                                : read_checkpoint(&call, &header, &state);
    if (status != YQ_OK) {
        return status;
    }
    state.height = header.number;
    state.hash = header.hash;
    state.time_ms = header.time_ms;
    state.tx_root = header.tx_root;
    state.receipt_root = header.receipt_root;
    state.set_from = header.number;
    status = yq_fisco2_records_put(&call, &state);
    return status == YQ_OK ? yq_fisco2_state_encode(&call, &state, out) : status;
}
