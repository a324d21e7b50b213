#include "conformance/chains/fisco-bcos-3/mock3.h"
#include "relay/base/cursor.h"

/* Types of a field's head. */
enum {
    INT8 = 0,
    INT64 = 3,
    STRING1 = 6,
    STRING4 = 7,
    STRUCT_BEGIN = 10,
    STRUCT_END = 11,
    ZERO = 12,
    BYTES = 13,
};

/* ---- reading ---- */

static uint8_t take_head(yq_cur *c, uint8_t *type)
{
    uint8_t head = yq_cur_u8(c);
    *type = head & 15u;
    return head >> 4;
}

/* None that a transaction holds is negative. */
static uint64_t take_int(yq_cur *c, uint8_t type)
{
    static const uint8_t sizes[] = {1, 2, 4, 8};
    size_t at = c->pos;
    if (type == ZERO) {
        return 0;
    }
    if (type > INT64) {
        yq_cur_fail_field(c, YQ_E_TYPE, at, "number");
        return 0;
    }
    uint64_t value = yq_cur_be(c, sizes[type]);
    if (value >> (8u * sizes[type] - 1u) != 0) {
        yq_cur_fail_field(c, YQ_E_RANGE, at, "number");
    }
    return value;
}

static yq_slice take_text(yq_cur *c, uint8_t type)
{
    if (type == STRING1) {
        return yq_cur_str8(c, UINT8_MAX);
    }
    if (type == STRING4) {
        return yq_cur_blob32(c, YQ_MOCK3_TX_MAX);
    }
    yq_cur_fail_field(c, YQ_E_TYPE, c->pos, "text");
    return (yq_slice){0};
}

static yq_slice take_bytes(yq_cur *c, uint8_t type)
{
    uint8_t inner = ZERO, length = ZERO;
    size_t at = c->pos;
    if (type != BYTES || take_head(c, &inner) != 0 || inner != INT8 || take_head(c, &length) != 0) {
        yq_cur_fail_field(c, YQ_E_TYPE, at, "bytes");
        return (yq_slice){0};
    }
    uint64_t n = take_int(c, length);
    if (n > YQ_MOCK3_TX_MAX) {
        yq_cur_fail_field(c, YQ_E_LIMIT, at, "bytes");
        return (yq_slice){0};
    }
    return yq_cur_take(c, (size_t)n);
}

/* A field of TransactionData. Returns 0 for a tag that it does not have. */
static int take_field(yq_cur *c, uint8_t tag, uint8_t type, yq_mock3_tx *tx)
{
    yq_slice *const text[] = {
        [2] = &tx->chain,
        [3] = &tx->group,
        [5] = &tx->nonce,
        [6] = &tx->to,
        [8] = &tx->abi,
        [9] = &tx->value,
        [10] = &tx->gas_price,
        [12] = &tx->fee,
        [13] = &tx->priority_fee,
    };
    if (tag == 1) {
        tx->version = (uint32_t)take_int(c, type);
    } else if (tag == 4) {
        tx->block_limit = take_int(c, type);
    } else if (tag == 11) {
        tx->gas_limit = take_int(c, type);
    } else if (tag == 7) {
        tx->data = take_bytes(c, type);
    } else if (tag == 14) {
        tx->extension = take_bytes(c, type);
    } else if (tag < YQ_ARRAY_N(text) && text[tag] != NULL) {
        *text[tag] = take_text(c, type);
    } else {
        return 0;
    }
    return 1;
}

static void take_data(yq_cur *c, yq_mock3_tx *tx)
{
    uint8_t before = 0;
    while (yq_cur_ok(c)) {
        uint8_t type = STRUCT_END;
        size_t at = c->pos;
        uint8_t tag = take_head(c, &type);
        if (tag == 0 && type == STRUCT_END) {
            return;
        }
        if (tag <= before || !take_field(c, tag, type, tx)) {
            yq_cur_fail_field(c, YQ_E_FIELD_UNKNOWN, at, "data");
        }
        before = tag;
    }
}

yq_status yq_mock3_tars_read(yq_slice raw, yq_mock3_tx *tx, yq_fault *why)
{
    yq_cur c = yq_cur_of(raw);
    uint8_t type = ZERO;
    if (take_head(&c, &type) != 1 || type != STRUCT_BEGIN) {
        yq_cur_fail_field(&c, YQ_E_TYPE, 0, "data");
    }
    take_data(&c, tx);
    if (take_head(&c, &type) != 2) {
        yq_cur_fail_field(&c, YQ_E_FIELD_MISSING, c.pos, "dataHash");
    }
    tx->stated = take_bytes(&c, type);
    if (take_head(&c, &type) != 3) {
        yq_cur_fail_field(&c, YQ_E_FIELD_MISSING, c.pos, "signature");
    }
    tx->signature = take_bytes(&c, type);
    return yq_cur_done(&c, why);
}

/* ---- writing ---- */

void yq_mock3_tars_hashed(const yq_mock3_tx *tx, yq_writer *w)
{
    yq_put_u32(w, tx->version);
    yq_put(w, tx->chain);
    yq_put(w, tx->group);
    yq_put_u64(w, tx->block_limit);
    yq_put(w, tx->nonce);
    yq_put(w, tx->to);
    yq_put(w, tx->data);
    yq_put(w, tx->abi);
    if (tx->version >= 1) {
        yq_put(w, tx->value);
        yq_put(w, tx->gas_price);
        yq_put_u64(w, tx->gas_limit);
        yq_put(w, tx->fee);
        yq_put(w, tx->priority_fee);
    }
    if (tx->version >= 2) {
        yq_put(w, tx->extension);
    }
}

static void put_head(yq_writer *w, unsigned tag, unsigned type)
{
    yq_put_u8(w, (uint8_t)(tag << 4 | type));
}

static void put_int(yq_writer *w, unsigned tag, uint64_t value)
{
    unsigned type = ZERO;
    for (unsigned i = 0; i < 4 && value != 0 && type == ZERO; i++) {
        if (value >> ((8u << i) - 1u) == 0) {
            type = i;
        }
    }
    put_head(w, tag, type);
    yq_put_be(w, value, type == ZERO ? 0 : (size_t)1 << type);
}

static void put_text(yq_writer *w, unsigned tag, yq_slice text)
{
    if (text.n > 0) {
        put_head(w, tag, text.n > UINT8_MAX ? STRING4 : STRING1);
        yq_put_be(w, text.n, text.n > UINT8_MAX ? 4 : 1);
        yq_put(w, text);
    }
}

static void put_bytes(yq_writer *w, unsigned tag, yq_slice bytes)
{
    put_head(w, tag, BYTES);
    put_head(w, 0, INT8);
    put_int(w, 0, bytes.n);
    yq_put(w, bytes);
}

void yq_mock3_tars_put(const yq_mock3_tx *tx, yq_writer *w)
{
    put_head(w, 1, STRUCT_BEGIN);
    put_int(w, 1, tx->version);
    put_text(w, 2, tx->chain);
    put_text(w, 3, tx->group);
    put_int(w, 4, tx->block_limit);
    put_text(w, 5, tx->nonce);
    put_text(w, 6, tx->to);
    put_bytes(w, 7, tx->data);
    put_text(w, 8, tx->abi);
    put_head(w, 0, STRUCT_END);
    put_bytes(w, 2, tx->stated);
    put_bytes(w, 3, tx->signature);
}
