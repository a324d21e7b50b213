#include "light-clients/xuperchain/xuperchain.h"

#define TX_VERSION 3u

static yq_slice take_text(yq_cur *c)
{
    size_t at = c->pos;
    uint64_t n = yq_cur_u64(c);
    if (n > YQ_XUPER_TX_MAX) {
        yq_cur_fail_field(c, YQ_E_LIMIT, at, "length");
        n = 0;
    }
    return yq_cur_take(c, (size_t)n);
}

static uint64_t take_count(yq_cur *c)
{
    size_t at = c->pos;
    uint64_t n = yq_cur_u64(c);
    if (n > YQ_XUPER_ITEMS_MAX) {
        yq_cur_fail_field(c, YQ_E_LIMIT, at, "count");
    }
    return yq_cur_ok(c) ? n : 0;
}

static void take_flag(yq_cur *c)
{
    size_t at = c->pos;
    if (yq_cur_u64(c) > 1) {
        yq_cur_fail_field(c, YQ_E_RANGE, at, "flag");
    }
}

/* A list whose items are texts ('t') and numbers ('n') in this order. */
static void skip_list(yq_cur *c, const char *form)
{
    for (uint64_t n = take_count(c); n > 0 && yq_cur_ok(c); n--) {
        for (const char *f = form; *f != '\0'; f++) {
            if (*f == 't') {
                (void)take_text(c);
            } else {
                (void)yq_cur_u64(c);
            }
        }
    }
}

static void take_writes(yq_cur *c, uint64_t idx, yq_xuper_tx *out)
{
    out->write_n = (size_t)take_count(c);
    for (size_t i = 0; i < out->write_n && yq_cur_ok(c); i++) {
        yq_slice bucket = take_text(c), key = take_text(c), value = take_text(c);
        if (i == idx) {
            out->bucket = bucket;
            out->key = key;
            out->value = value;
        }
    }
}

static void skip_requests(yq_cur *c)
{
    for (uint64_t n = take_count(c); n > 0 && yq_cur_ok(c); n--) {
        yq_slice before = {0};
        (void)take_text(c); /* module */
        (void)take_text(c); /* contract */
        (void)take_text(c); /* method */
        uint64_t args = take_count(c);
        for (uint64_t i = 0; i < args && yq_cur_ok(c); i++) {
            size_t at = c->pos;
            yq_slice name = take_text(c);
            if (i > 0 && yq_slice_compare(before, name) >= 0) {
                yq_cur_fail_field(c, YQ_E_NONCANONICAL, at, "arguments");
            }
            before = name;
            (void)take_text(c);
        }
        skip_list(c, "nn"); /* limits */
        (void)take_text(c); /* amount */
    }
}

yq_status yq_xuper_tx_decode(
    const yq_xuper_call *call, yq_slice raw, uint64_t idx, yq_xuper_tx *out)
{
    yq_cur c = yq_cur_of(raw);
    *out = (yq_xuper_tx){0};
    skip_list(&c, "tnttn"); /* inputs */
    skip_list(&c, "ttn");   /* outputs */
    (void)take_text(&c);    /* description */
    take_flag(&c);          /* coinbase */
    (void)take_text(&c);    /* nonce */
    (void)yq_cur_u64(&c);   /* time */
    size_t at = c.pos;
    if (yq_cur_u64(&c) != TX_VERSION) {
        yq_cur_fail_field(&c, YQ_E_VERSION, at, "transaction");
    }
    take_flag(&c);         /* autogen */
    skip_list(&c, "tttn"); /* reads */
    take_writes(&c, idx, out);
    skip_requests(&c);
    (void)take_text(&c); /* initiator */
    skip_list(&c, "t");  /* required signers */
    skip_list(&c, "tt"); /* the initiator's signatures */
    skip_list(&c, "tt"); /* the required signers' */
    skip_list(&c, "t");  /* keys of a joint signature */
    (void)take_text(&c); /* the joint signature */
    (void)take_text(&c); /* HD public key */
    (void)take_text(&c); /* HD original hash */
    yq_status status = yq_cur_done(&c, call->why);
    if (status == YQ_OK) {
        out->id = yq_xuper_hash(call->host, &raw, 1);
    }
    return status;
}

/* Two children; where the right one is missing the left one stands twice. Which of them is missing
 * follows from the number of transactions, which the block's id covers. */
static yq_digest parent_of(const yq_xuper_call *call, const uint8_t *left, const uint8_t *right)
{
    const yq_slice part[] = {{left, YQ_DIGEST_SIZE}, {right, YQ_DIGEST_SIZE}};
    return yq_xuper_hash(call->host, part, YQ_ARRAY_N(part));
}

yq_status yq_xuper_path_check(
    const yq_xuper_call *call,
    const yq_xuper_record *record,
    const yq_digest *leaf,
    const yq_xuper_path *path)
{
    yq_digest cur = *leaf;
    uint64_t at = path->index, n = record->tx_count;
    size_t used = 0;
    if (n == 0 || yq_digest_is_zero(&record->root)) {
        return yq_xuper_fail(call, YQ_E_ZERO_ROOT, "block without transactions");
    }
    if (at >= n) {
        return yq_xuper_fail(call, YQ_E_PROOF_BOUNDS, "index");
    }
    for (; n > 1; n = (n + 1) / 2, at /= 2) {
        int alone = (at ^ 1) >= n;
        if (!alone && used == path->n) {
            return yq_xuper_fail(call, YQ_E_PROOF_DEPTH, "path is too short");
        }
        const uint8_t *other = alone ? cur.b : path->nodes.p + YQ_DIGEST_SIZE * used++;
        cur = (at & 1) != 0 ? parent_of(call, other, cur.b) : parent_of(call, cur.b, other);
    }
    if (used != path->n) {
        return yq_xuper_fail(call, YQ_E_PROOF_DEPTH, "path is too long");
    }
    return yq_digest_equal(&cur, &record->root) ? YQ_OK : yq_xuper_fail(call, YQ_E_PROOF, "path");
}
