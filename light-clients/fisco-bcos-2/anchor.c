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

/* Takes what stands before the next '-', and that; all of it when there is none. Out: field.
 * Returns 0 when nothing is left. */
static int take_field(yq_slice *text, yq_slice *field)
{
    size_t n = 0;
    if (text->p == NULL) {
        return 0;
    }
    while (n < text->n && text->p[n] != '-') {
        n++;
    }
    *field = yq_slice_of(text->p, n);
    if (n == text->n) {
        *text = (yq_slice){0};
    } else {
        *text = yq_slice_of(text->p + n + 1, text->n - n - 1);
    }
    return 1;
}

/* A name of the configuration, which the chain compares without regard to case. In: name, in small
 * letters. */
static int is_name(yq_slice field, const char *name)
{
    yq_slice want = yq_slice_text(name);
    if (field.n != want.n) {
        return 0;
    }
    for (size_t i = 0; i < field.n; i++) {
        uint8_t c = field.p[i];
        if ((c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c) != want.p[i]) {
            return 0;
        }
    }
    return 1;
}

/* Digits without a leading zero, of a number below 10^19. */
static int is_number(yq_slice field)
{
    for (size_t i = 0; i < field.n; i++) {
        if (field.p[i] < '0' || field.p[i] > '9') {
            return 0;
        }
    }
    return field.n > 0 && field.n < 20 && (field.p[0] != '0' || field.n == 1);
}

static yq_status check_consensus(const yq_fisco2_call *call, yq_slice name)
{
    if (is_name(name, "pbft")) {
        return YQ_OK;
    }
    if (is_name(name, "rpbft")) {
        return yq_fisco2_fail(
            call, YQ_E_UNSUPPORTED, "genesis: no header proves which sealers of rPBFT work");
    }
    return is_name(name, "raft")
               ? yq_fisco2_fail(call, YQ_E_UNSUPPORTED, "genesis: Raft signs no headers")
               : yq_fisco2_fail(call, YQ_E_ANCHOR, "genesis: consensus");
}

/* "-<consensus>-<state>-<numbers>": two numbers from 2.2 on, three from 2.4, four from 2.6. */
static yq_status read_rules(const yq_fisco2_call *call, yq_slice text)
{
    yq_slice field = {0};
    size_t numbers = 0;
    if (!take_field(&text, &field) || field.n != 0 || !take_field(&text, &field)) {
        return yq_fisco2_fail(call, YQ_E_ANCHOR, "genesis: consensus");
    }
    yq_status status = check_consensus(call, field);
    if (status != YQ_OK) {
        return status;
    }
    if (!take_field(&text, &field) || (!is_name(field, "storage") && !is_name(field, "mpt"))) {
        return yq_fisco2_fail(call, YQ_E_ANCHOR, "genesis: state");
    }
    while (take_field(&text, &field)) {
        if (!is_number(field)) {
            return yq_fisco2_fail(call, YQ_E_ANCHOR, "genesis: numbers");
        }
        numbers++;
    }
    return numbers >= 2 && numbers <= 4 ? YQ_OK
                                        : yq_fisco2_fail(call, YQ_E_ANCHOR, "genesis: numbers");
}

/* "<group>-<id>,<id>,...,", then the rules */
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
    while (text.n > ID_TEXT_SIZE) { /* the rules are shorter than an id */
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
    return read_rules(call, text);
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
