#include "light-clients/fisco-bcos-3/fisco3.h"

#define SELECTOR_SIZE 4u
#define WORD_SIZE     32u
#define ID_TEXT_SIZE  ((size_t)2 * YQ_FISCO3_ID_SIZE)

typedef struct method {
    const char *signature;
    size_t words; /* of the arguments: the place of the id's text, then numbers */
    int removes, adds;
} method;

/* A sealer that is made an observer leaves the set; the third number of addSealer is for rPBFT. */
static const method methods[] = {
    {"addSealer(string,uint256)", 2, 0, 1},
    {"addSealer(string,uint256,uint256)", 3, 0, 1},
    {"addObserver(string)", 1, 1, 0},
    {"remove(string)", 1, 1, 0},
    {"setWeight(string,uint256)", 2, 0, 0},
};

static const method *method_of(const yq_fisco3_call *call, yq_slice data)
{
    yq_cur c = yq_cur_of(data);
    const yq_slice selector = yq_cur_take(&c, SELECTOR_SIZE); /* empty when there is none */
    for (size_t i = 0; i < YQ_ARRAY_N(methods); i++) {
        const yq_slice text = yq_slice_text(methods[i].signature);
        yq_digest md = yq_fisco3_hash(call, &text, 1);
        if (yq_slice_equal(selector, yq_slice_of(md.b, SELECTOR_SIZE))) {
            return &methods[i];
        }
    }
    return NULL;
}

/* A number of 256 bits as the chain's code has it: of 64. Larger ones are cut there, here refused.
 */
static uint64_t take_word(yq_cur *c)
{
    size_t at = c->pos;
    yq_slice high = yq_cur_take(c, WORD_SIZE - 8);
    if (!yq_bytes_are_zero(high.p, high.n)) {
        yq_cur_fail(c, YQ_E_RANGE, at);
    }
    return yq_cur_u64(c);
}

/* The arguments stand at the head of rest; a transaction of version 0 has nothing behind them. */
static int read_call(
    const yq_fisco3_tx *tx, const method *m, uint8_t id[YQ_FISCO3_ID_SIZE], uint64_t *weight)
{
    yq_cur c = yq_cur_of(tx->rest);
    (void)yq_cur_take(&c, SELECTOR_SIZE);
    int fits = take_word(&c) == WORD_SIZE * m->words;
    for (size_t i = 1; i < m->words; i++) {
        uint64_t value = take_word(&c);
        *weight = i == 1 ? value : *weight;
    }
    fits = fits && take_word(&c) == ID_TEXT_SIZE;
    yq_slice text = yq_cur_take(&c, ID_TEXT_SIZE);
    return fits && (tx->version > 0 || yq_cur_left(&c) == 0) && yq_fisco3_id_decode(text, id);
}

static yq_status apply(const yq_fisco3_call *call, const yq_fisco3_tx *tx, yq_fisco3_set *set)
{
    uint8_t id[YQ_FISCO3_ID_SIZE];
    uint64_t weight = 0;
    size_t place;
    const method *m = method_of(call, tx->rest);
    if (m == NULL) {
        return yq_fisco3_fail(call, YQ_E_SET_CHANGE, "method");
    }
    if (!read_call(tx, m, id, &weight)) {
        return yq_fisco3_fail(call, YQ_E_SET_CHANGE, "arguments");
    }
    if (!m->adds && !yq_fisco3_set_find(set, id, &place)) {
        return yq_fisco3_fail(call, YQ_E_SET_CHANGE, "a node that is no sealer");
    }
    int changes = m->removes ? yq_fisco3_set_remove(set, id) : yq_fisco3_set_put(set, id, weight);
    return changes ? YQ_OK : yq_fisco3_fail(call, YQ_E_SET_CHANGE, "a call that changes nothing");
}

static int is_precompiled(const uint8_t to[YQ_FISCO3_ADDRESS_SIZE])
{
    static const uint8_t address[YQ_FISCO3_ADDRESS_SIZE] = {[18] = 0x10, [19] = 0x03};
    return memcmp(to, address, sizeof address) == 0;
}

static yq_status check_operator(
    const yq_fisco3_call *call, yq_slice operators, const yq_digest *hash, yq_slice sig)
{
    uint8_t address[YQ_FISCO3_ADDRESS_SIZE];
    yq_status status = yq_fisco3_sender(call, hash, sig, address);
    if (status != YQ_OK) {
        return status;
    }
    for (size_t at = 0; at < operators.n; at += sizeof address) {
        if (memcmp(operators.p + at, address, sizeof address) == 0) {
            return YQ_OK;
        }
    }
    return yq_fisco3_fail(call, YQ_E_PERMISSION, "not the call of an operator");
}

static yq_status take_change(
    const yq_fisco3_call *call,
    const yq_fisco3_state *state,
    const yq_fisco3_change *change,
    const yq_fisco3_proven *proven,
    yq_fisco3_set *set)
{
    static const uint8_t done[WORD_SIZE];
    const yq_fisco3_receipt *receipt = &change->in.receipt;
    if (receipt->status != 0) {
        return yq_fisco3_fail(call, YQ_E_TX_FAILED, "set change");
    }
    /* The contract answers int32 0 when it has done something, and logs nothing. */
    if (!is_precompiled(proven->to) || receipt->log_n != 0 ||
        !yq_slice_equal(receipt->output, YQ_SLICE_OF(done))) {
        return yq_fisco3_fail(call, YQ_E_SET_CHANGE, "address, output");
    }
    yq_status status = check_operator(call, state->operators, &proven->tx_hash, change->sig);
    return status == YQ_OK ? apply(call, &change->in.tx, set) : status;
}

yq_status yq_fisco3_set_change(
    const yq_fisco3_call *call,
    const yq_fisco3_state *state,
    const yq_fisco3_change *change,
    size_t n,
    yq_fisco3_set *next)
{
    const yq_digest root[2] = {state->tx_root, state->receipt_root};
    uint32_t before = 0;
    if (!yq_fisco3_set_new(call, next)) {
        return yq_fisco3_fail(call, YQ_E_LIMIT, "set");
    }
    next->n = state->set.n;
    yq_bytes_copy(next->sealer, state->set.sealer, state->set.n * sizeof *next->sealer);
    for (size_t i = 0; i < n; i++) {
        yq_fisco3_proven proven;
        yq_status status =
            yq_fisco3_inclusion_check(call, state, root, state->height, &change[i].in, &proven);
        if (status != YQ_OK) {
            return status;
        }
        if (i > 0 && proven.index <= before) {
            int same = proven.index == before;
            return yq_fisco3_fail(call, same ? YQ_E_DUP_LEAF : YQ_E_NONCANONICAL, "set changes");
        }
        before = proven.index;
        status = take_change(call, state, &change[i], &proven, next);
        if (status != YQ_OK) {
            return status;
        }
    }
    return next->n > 0 ? YQ_OK : yq_fisco3_fail(call, YQ_E_SET_CHANGE, "no sealer is left");
}
