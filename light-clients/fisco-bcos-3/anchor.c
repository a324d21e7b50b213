#include "light-clients/fisco-bcos-3/fisco3.h"

#define ID_TEXT_SIZE ((size_t)2 * YQ_FISCO3_ID_SIZE)
#define KIND_HEADER  1u
#define KIND_GENESIS 2u

/* Cuts the text's first line off. */
static yq_slice take_line(yq_slice *text)
{
    size_t n = 0;
    while (n < text->n && text->p[n] != '\n') {
        n++;
    }
    yq_slice line = yq_slice_of(text->p, n);
    size_t used = n < text->n ? n + 1 : n;
    *text = yq_slice_of(text->p + used, text->n - used);
    return line;
}

/* Is this text next? Past it then. */
static int take_text(yq_cur *c, const char *text)
{
    const yq_slice want = yq_slice_text(text);
    yq_cur ahead = *c;
    int is_next = yq_slice_equal(yq_cur_take(&ahead, want.n), want);
    *c = is_next ? ahead : *c;
    return is_next;
}

static yq_slice take_rest(yq_cur *c)
{
    return yq_cur_take(c, yq_cur_left(c));
}

/* "name:value", with or without one space. */
static int take_value(yq_slice line, const char *name, yq_slice *value)
{
    yq_cur c = yq_cur_of(line);
    if (!take_text(&c, name) || !take_text(&c, ":")) {
        return 0;
    }
    (void)take_text(&c, " ");
    *value = take_rest(&c);
    return 1;
}

/* At most 18 digits: their number has 64 bits. */
static int take_weight(yq_cur *c, uint64_t *weight)
{
    const yq_slice digits = take_rest(c);
    int fits = digits.n > 0 && digits.n <= 18;
    *weight = 0;
    for (size_t i = 0; i < digits.n && fits; i++) {
        fits = digits.p[i] >= '0' && digits.p[i] <= '9';
        *weight = *weight * 10 + (uint64_t)(digits.p[i] - '0');
    }
    return fits;
}

/* "node.<i>:<id>,<weight>", numbered from 0 without gaps. A line that is wrong, or
 * names a node again, counts and adds none to the set. */
static void take_node(yq_slice line, yq_fisco3_set *set, size_t *lines)
{
    char name[32] = "node.";
    uint8_t id[YQ_FISCO3_ID_SIZE];
    yq_cur head = yq_cur_of(line);
    yq_slice value = {0};
    uint64_t weight;
    if (!take_text(&head, name)) {
        return;
    }
    (*lines)++;
    (void)yq_decimal_encode(name + strlen(name), set->n);
    (void)take_value(line, name, &value);
    yq_cur c = yq_cur_of(value);
    if (yq_fisco3_id_decode(yq_cur_take(&c, ID_TEXT_SIZE), id) && take_text(&c, ",") &&
        take_weight(&c, &weight)) {
        (void)yq_fisco3_set_put(set, id, weight);
    }
}

static int says(yq_slice value, const char *text)
{
    return yq_slice_equal(value, yq_slice_text(text));
}

/* The text from which the node makes its genesis: configuration, each part once, and the first
 * sealers. */
static yq_status read_genesis(const yq_fisco3_call *call, yq_slice text, yq_fisco3_state *state)
{
    yq_slice sm_crypto = {0}, chain = {0}, group = {0}, consensus = {0}, wasm = {0};
    const struct {
        const char *name;
        yq_slice *value;
    } field[] = {
        {"sm_crypto", &sm_crypto},
        {"chainID", &chain},
        {"grouID", &group}, /* so written by the chain */
        {"groupID", &group},
        {"consensus_type", &consensus},
        {"iswasm", &wasm},
    };
    size_t nodes = 0, found = 0;
    while (text.n > 0) {
        yq_slice line = take_line(&text);
        for (size_t i = 0; i < YQ_ARRAY_N(field); i++) {
            found += take_value(line, field[i].name, field[i].value) ? 1 : 0;
        }
        take_node(line, &state->set, &nodes);
    }
    if (found != 5 || !says(sm_crypto, state->suite == YQ_FISCO3_SUITE_SM ? "1" : "0") ||
        !yq_slice_equal(chain, state->chain) || !yq_slice_equal(group, state->group)) {
        return yq_fisco3_fail(call, YQ_E_ANCHOR, "genesis: of another chain");
    }
    if (!says(consensus, "pbft") || !says(wasm, "0")) {
        return yq_fisco3_fail(call, YQ_E_ANCHOR, "genesis: neither pbft nor EVM");
    }
    return nodes == state->set.n ? YQ_OK : yq_fisco3_fail(call, YQ_E_ANCHOR, "genesis: sealers");
}

/* Roots and gas of a genesis are empty where they are hashed. */
static void take_genesis(
    const yq_fisco3_call *call, yq_cur *c, yq_slice *text, yq_fisco3_header *out)
{
    static const uint8_t number[8] = {0};
    size_t at = c->pos;
    const yq_slice version = yq_cur_take(c, 4);
    yq_cur v = yq_cur_of(version);
    uint64_t value = yq_cur_u32(&v);
    if (value < YQ_FISCO3_VERSION_MIN || value > YQ_FISCO3_VERSION_MAX) {
        yq_cur_fail_field(c, YQ_E_VERSION, at, "compatibility version");
    }
    const yq_slice clock = yq_cur_take(c, 16); /* timestamp, sealer */
    yq_cur k = yq_cur_of(clock);
    out->time_ms = yq_cur_u64(&k);
    *text = yq_cur_blob32(c, YQ_FISCO3_EXTRA_MAX);
    if (yq_cur_ok(c)) {
        const yq_slice part[] = {version, yq_slice_of(number, sizeof number), clock, *text};
        out->hash = yq_fisco3_hash(call, part, YQ_ARRAY_N(part));
    }
}

static yq_status read_checkpoint(
    const yq_fisco3_call *call, const yq_fisco3_header *header, yq_fisco3_state *state)
{
    for (size_t i = 1; i < header->sealers.n; i++) {
        const yq_fisco3_sealer *s = &header->sealers.sealer[i];
        if (memcmp(s[-1].id, s->id, sizeof s->id) >= 0) {
            return yq_fisco3_fail(call, YQ_E_ANCHOR, "sealers are not sorted");
        }
    }
    state->set = header->sealers;
    return YQ_OK;
}

static yq_status read_anchor(
    yq_fisco3_call *call, yq_slice anchor, yq_fisco3_state *state, yq_fisco3_header *header)
{
    yq_cur c = yq_cur_of(anchor);
    yq_digest hash;
    yq_slice text = {0};
    yq_fisco3_take_rules(&c, state);
    call->suite = state->suite;
    yq_fisco3_take_digest(&c, &hash);
    size_t at = c.pos;
    uint8_t kind = yq_cur_u8(&c);
    if (kind == KIND_HEADER) {
        yq_fisco3_take_header(call, &c, header);
    } else if (kind == KIND_GENESIS) {
        take_genesis(call, &c, &text, header);
    } else {
        yq_cur_fail_field(&c, YQ_E_FIELD_UNKNOWN, at, "kind");
    }
    yq_status status = yq_cur_done(&c, call->why);
    if (status != YQ_OK) {
        return status;
    }
    if (yq_digest_is_zero(&hash)) {
        return yq_fisco3_fail(call, YQ_E_ZERO_ROOT, "hash");
    }
    if (!yq_digest_equal(&hash, &header->hash)) {
        return yq_fisco3_fail(call, YQ_E_HASH, "header");
    }
    return kind == KIND_GENESIS ? read_genesis(call, text, state)
                                : read_checkpoint(call, header, state);
}

yq_status yq_fisco3_init(
    const yq_verifier_host *host, yq_slice anchor, uint64_t now_ms, yq_buf *out, yq_fault *why)
{
    yq_fisco3_call call = {.host = host, .why = why};
    yq_fisco3_state state = {0};
    yq_fisco3_header header = {0};
    uint64_t total;
    if (!yq_fisco3_set_new(&call, &state.set)) {
        return yq_fisco3_fail(&call, YQ_E_LIMIT, "set");
    }
    yq_status status = read_anchor(&call, anchor, &state, &header);
    if (status == YQ_OK && state.set.n == 0) {
        status = yq_fisco3_fail(&call, YQ_E_ANCHOR, "genesis: no sealers");
    }
    if (status == YQ_OK) {
        status = yq_fisco3_set_total(&call, &state.set, &total);
    }
    if (status != YQ_OK) {
        return status;
    }
    state.trusted_from_ms = now_ms; /* the organisations' vote */
    state.height = header.number;
    state.hash = header.hash;
    state.time_ms = header.time_ms;
    state.tx_root = header.tx_root;
    state.receipt_root = header.receipt_root;
    state.set_from = header.number;
    status = yq_fisco3_records_put(&call, &state);
    return status == YQ_OK ? yq_fisco3_state_encode(&call, &state, out) : status;
}
