#include "light-clients/fisco-bcos-3/fisco3.h"
#include "relay/codec/abi.h"

#define NONCE_MAX   38u /* with the 0 of 0x: shorter than an address */
#define RUN_MAX     40u /* digits of an address */
#define RUN_OF_TO   24u /* as many of `to` may be the beginning of another address */
#define NODE_MAX    64u
#define FIXED_PARTS 6u

/* ---- the path ---- */

/* The path is one of a tree: its shape alone, no hash. Out: index. */
static yq_status check_shape(
    const yq_fisco3_call *call, const yq_fisco3_inclusion *in, uint32_t *index)
{
    int last = 0;
    uint8_t kind = YQ_FISCO3_STEP_LEFT; /* of the uppermost step */
    *index = 0;
    for (size_t i = 0; i < in->step_n; i++) {
        kind = in->step[i].kind;
        if (last && kind == YQ_FISCO3_STEP_LEFT) {
            return yq_fisco3_fail(call, YQ_E_PROOF_BOUNDS, "a node behind the last one");
        }
        last |= kind == YQ_FISCO3_STEP_ALONE;
        *index |= (uint32_t)(kind == YQ_FISCO3_STEP_RIGHT) << i;
    }
    if (kind == YQ_FISCO3_STEP_ALONE) {
        return yq_fisco3_fail(call, YQ_E_PROOF_DEPTH, "a root over one node");
    }
    return YQ_OK;
}

/* One level up. In: other, empty when the node is alone. Out: room, n: what was hashed. */
static size_t climb(
    const yq_fisco3_call *call,
    uint8_t kind,
    yq_slice other,
    yq_digest *node,
    uint8_t room[NODE_MAX])
{
    const yq_slice own = yq_slice_of(node->b, sizeof node->b);
    yq_writer w = yq_writer_of(room, NODE_MAX);
    yq_put(&w, kind == YQ_FISCO3_STEP_RIGHT ? other : own);
    yq_put(&w, kind == YQ_FISCO3_STEP_RIGHT ? own : other);
    const yq_slice part = yq_writer_slice(&w);
    *node = yq_fisco3_hash(call, &part, 1);
    return part.n;
}

/* Every receipt ends so. A node that does is a receipt of a node's size, and what it holds is no
 * node. */
static int ends_as_receipt(uint64_t number, const uint8_t *node, size_t n)
{
    yq_cur tail = yq_cur_of(yq_slice_of(node + n - sizeof number, sizeof number));
    return yq_cur_u64(&tail) == number;
}

/* Both paths have the same steps: what is a leaf in one tree is one in the other. */
static yq_status check_paths(
    const yq_fisco3_call *call,
    const yq_digest root[2],
    uint64_t number,
    const yq_fisco3_inclusion *in,
    yq_digest tx,
    yq_digest receipt)
{
    uint8_t room[NODE_MAX] = {0};
    for (size_t i = 0; i < in->step_n; i++) {
        const yq_fisco3_step *step = &in->step[i];
        (void)climb(call, step->kind, step->tx, &tx, room);
        size_t n = climb(call, step->kind, step->receipt, &receipt, room);
        if (ends_as_receipt(number, room, n)) {
            return yq_fisco3_fail(call, YQ_E_PROOF_DEPTH, "a node that is a receipt");
        }
    }
    if (!yq_digest_equal(&tx, &root[0])) {
        return yq_fisco3_fail(call, YQ_E_PROOF, "transaction's path");
    }
    return yq_digest_equal(&receipt, &root[1]) ? YQ_OK
                                               : yq_fisco3_fail(call, YQ_E_PROOF, "receipt's path");
}

/* ---- the transaction ---- */

static int is_hex(uint8_t c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

static int is_nonce(yq_slice text)
{
    int fits = text.n > 0 && text.n <= NONCE_MAX;
    for (size_t i = 0; i < text.n && fits; i++) {
        fits = is_hex(text.p[i]) && !(text.p[i] >= 'A' && text.p[i] <= 'F');
    }
    return fits;
}

yq_status yq_fisco3_rest_check(const yq_fisco3_call *call, yq_slice rest)
{
    size_t run = RUN_OF_TO;
    for (size_t i = 0; i < rest.n; i++) {
        run = is_hex(rest.p[i]) ? run + 1 : 0;
        if (run == RUN_MAX) {
            return yq_fisco3_fail(call, YQ_E_NONCANONICAL, "text of an address behind to");
        }
    }
    return YQ_OK;
}

/* The hashed bytes have no lengths: nonce and `to` are such that no other
 * `to` can begin in them. */
static yq_status check_tx(
    const yq_fisco3_call *call, const yq_fisco3_tx *tx, uint8_t to[YQ_FISCO3_ADDRESS_SIZE])
{
    yq_buf out = {to, YQ_FISCO3_ADDRESS_SIZE, 0};
    if (!is_nonce(tx->nonce)) {
        return yq_fisco3_fail(call, YQ_E_NONCANONICAL, "nonce");
    }
    if (tx->to.p[0] != '0' || tx->to.p[1] != 'x' ||
        yq_hex_decode(&out, (const char *)tx->to.p + 2, YQ_FISCO3_ADDRESS_TEXT) != YQ_OK) {
        return yq_fisco3_fail(call, YQ_E_NONCANONICAL, "to");
    }
    return YQ_OK;
}

static yq_digest hash_tx(
    const yq_fisco3_call *call, const yq_fisco3_state *state, const yq_fisco3_tx *tx)
{
    uint8_t head[4], limit[8];
    yq_writer h = yq_writer_of(head, sizeof head), l = yq_writer_of(limit, sizeof limit);
    yq_put_u32(&h, tx->version);
    yq_put_u64(&l, tx->block_limit);
    const yq_slice part[] = {
        yq_writer_slice(&h),
        state->chain,
        state->group,
        yq_writer_slice(&l),
        tx->nonce,
        tx->to,
        tx->rest};
    return yq_fisco3_hash(call, part, YQ_ARRAY_N(part));
}

/* ---- the receipt ---- */

/* "", or 0x and digits. */
static int is_price(yq_slice text)
{
    int fits = text.n == 0 || (text.n > 2 && text.p[0] == '0' && text.p[1] == 'x');
    for (size_t i = 2; i < text.n && fits; i++) {
        fits = is_hex(text.p[i]);
    }
    return fits;
}

/* Each log tells where it ends, and each is of the contract that was called. */
static yq_status check_receipt(
    const yq_fisco3_call *call,
    const yq_fisco3_receipt *receipt,
    const uint8_t to[YQ_FISCO3_ADDRESS_SIZE])
{
    char address[YQ_FISCO3_ADDRESS_TEXT + 1];
    (void)yq_hex_encode(address, sizeof address, to, YQ_FISCO3_ADDRESS_SIZE);
    if (receipt->output.n != 0 && receipt->output.n != 32) {
        return yq_fisco3_fail(call, YQ_E_NONCANONICAL, "output");
    }
    if (!is_price(receipt->price)) {
        return yq_fisco3_fail(call, YQ_E_NONCANONICAL, "effectiveGasPrice");
    }
    for (size_t i = 0; i < receipt->log_n; i++) {
        const yq_fisco3_log *log = &receipt->log[i];
        yq_slice content;
        if (memcmp(log->address.p, address, YQ_FISCO3_ADDRESS_TEXT) != 0) {
            return yq_fisco3_fail(call, YQ_E_EMITTER, "a log of a contract that was not called");
        }
        if (!yq_abi_bytes_decode(log->data, &content)) {
            return yq_fisco3_fail(call, YQ_E_NONCANONICAL, "log data");
        }
    }
    return YQ_OK;
}

static yq_status hash_receipt(
    const yq_fisco3_call *call, uint64_t number, const yq_fisco3_receipt *receipt, yq_digest *out)
{
    uint8_t head[4], status[4], tail[8];
    yq_writer h = yq_writer_of(head, sizeof head), s = yq_writer_of(status, sizeof status);
    yq_writer t = yq_writer_of(tail, sizeof tail);
    yq_slice *part = yq_fisco3_room(call, FIXED_PARTS + 3 * receipt->log_n, sizeof *part);
    size_t n = 0;
    if (part == NULL) {
        return yq_fisco3_fail(call, YQ_E_LIMIT, "receipt");
    }
    yq_put_u32(&h, receipt->version);
    yq_put_u32(&s, receipt->status);
    yq_put_u64(&t, number);
    part[n++] = yq_writer_slice(&h);
    part[n++] = receipt->gas;
    part[n++] = yq_writer_slice(&s);
    part[n++] = receipt->output;
    part[n++] = receipt->price;
    for (size_t i = 0; i < receipt->log_n; i++) {
        part[n++] = receipt->log[i].address;
        part[n++] = receipt->log[i].topic;
        part[n++] = receipt->log[i].data;
    }
    part[n++] = yq_writer_slice(&t);
    *out = yq_fisco3_hash(call, part, n);
    return YQ_OK;
}

yq_status yq_fisco3_inclusion_check(
    const yq_fisco3_call *call,
    const yq_fisco3_state *state,
    const yq_digest root[2],
    uint64_t number,
    const yq_fisco3_inclusion *in,
    yq_fisco3_proven *out)
{
    yq_digest receipt = {{0}};
    *out = (yq_fisco3_proven){0};
    if (yq_digest_is_zero(&root[0]) || yq_digest_is_zero(&root[1])) {
        return yq_fisco3_fail(call, YQ_E_ZERO_ROOT, "block without transactions");
    }
    yq_status status = check_shape(call, in, &out->index);
    if (status == YQ_OK) {
        status = check_tx(call, &in->tx, out->to);
    }
    if (status == YQ_OK) {
        status = check_receipt(call, &in->receipt, out->to);
    }
    if (status == YQ_OK) {
        status = hash_receipt(call, number, &in->receipt, &receipt);
    }
    if (status != YQ_OK) {
        return status;
    }
    out->tx_hash = hash_tx(call, state, &in->tx);
    return check_paths(call, root, number, in, out->tx_hash, receipt);
}
