#include "conformance/runner/fisco3.h"
#include "relay/base/bytes.h"
#include "relay/base/cursor.h"

/* Types of a field's head. */
#define INT8         0u
#define INT64        3u
#define STRING1      6u
#define STRING4      7u
#define STRUCT_BEGIN 10u
#define STRUCT_END   11u
#define ZERO         12u
#define BYTES        13u

#define BYTES_MAX (1u << 20)

/* Returns the tag, at most 15; out: the type. */
static uint8_t take_head(yq_cur *c, uint8_t *type)
{
    size_t at = c->pos;
    uint8_t head = yq_cur_u8(c);
    uint8_t tag = head >> 4;
    *type = head & 15u;
    if (tag == 15) {
        tag = yq_cur_u8(c);
        if (tag < 15) {
            yq_cur_fail_field(c, YQ_E_NONCANONICAL, at, "tag");
        }
    }
    return tag;
}

/* A number in its shortest form; two's complement. */
static int64_t take_int(yq_cur *c, uint8_t type)
{
    static const uint64_t sign[] = {0x80, 0x8000, 0x80000000, UINT64_C(1) << 63};
    static const uint8_t sizes[] = {1, 2, 4, 8};
    size_t at = c->pos;
    if (type == ZERO) {
        return 0;
    }
    if (type > INT64) {
        yq_cur_fail_field(c, YQ_E_TYPE, at, "number");
        return 0;
    }
    int64_t value = (int64_t)((yq_cur_be(c, sizes[type]) ^ sign[type]) - sign[type]);
    int64_t half =
        type == INT8 ? 0 : (int64_t)sign[type - 1]; /* what the next shorter form holds */
    if (type == INT8 ? value == 0 : value >= -half && value < half) {
        yq_cur_fail_field(c, YQ_E_NONCANONICAL, at, "number");
    }
    return value;
}

static yq_slice take_string(yq_cur *c, uint8_t type)
{
    size_t at = c->pos;
    if (type == STRING1) {
        return yq_cur_str8(c, UINT8_MAX);
    }
    yq_slice text = {0};
    if (type == STRING4) {
        text = yq_cur_blob32(c, BYTES_MAX);
    }
    if (text.n <= UINT8_MAX) {
        yq_cur_fail_field(c, YQ_E_TYPE, at, "string");
    }
    return text;
}

static yq_slice take_bytes(yq_cur *c, uint8_t type)
{
    size_t at = c->pos;
    uint8_t inner = 1;
    uint8_t length = 0;
    if (type != BYTES || take_head(c, &inner) != 0 || inner != INT8 || take_head(c, &length) != 0) {
        yq_cur_fail_field(c, YQ_E_TYPE, at, "bytes");
        return (yq_slice){0};
    }
    int64_t n = take_int(c, length);
    if (n < 0 || n > BYTES_MAX) {
        yq_cur_fail_field(c, YQ_E_LIMIT, at, "bytes");
        return (yq_slice){0};
    }
    return yq_cur_take(c, (size_t)n);
}

/* The fields of TransactionData, by tag. */
typedef enum field_kind {
    FIELD_NONE = 0,
    FIELD_INT4,
    FIELD_INT8,
    FIELD_TEXT,
    FIELD_BYTES
} field_kind;

static const field_kind data_fields[] = {
    [1] = FIELD_INT4,  /* version */
    [2] = FIELD_TEXT,  /* chainID */
    [3] = FIELD_TEXT,  /* groupID */
    [4] = FIELD_INT8,  /* blockLimit */
    [5] = FIELD_TEXT,  /* nonce */
    [6] = FIELD_TEXT,  /* to */
    [7] = FIELD_BYTES, /* input */
    [8] = FIELD_TEXT,  /* abi */
    [9] = FIELD_TEXT,  /* value */
    [10] = FIELD_TEXT, /* gasPrice */
    [11] = FIELD_INT8, /* gasLimit */
    [12] = FIELD_TEXT, /* maxFeePerGas */
    [13] = FIELD_TEXT, /* maxPriorityFeePerGas */
    [14] = FIELD_BYTES /* extension */
};

typedef struct data {
    int64_t number[YQ_ARRAY_N(data_fields)];
    yq_slice text[YQ_ARRAY_N(data_fields)];
} data;

static void take_data(yq_cur *c, data *out)
{
    uint8_t type = STRUCT_END, tag, before = 0;
    while (yq_cur_ok(c)) {
        size_t at = c->pos;
        tag = take_head(c, &type);
        if (type == STRUCT_END && tag == 0) {
            return;
        }
        if (tag <= before || tag >= YQ_ARRAY_N(data_fields)) {
            yq_cur_fail_field(c, YQ_E_FIELD_UNKNOWN, at, "field");
            return;
        }
        before = tag;
        switch (data_fields[tag]) {
        case FIELD_INT4:
            out->number[tag] = take_int(c, type);
            if (out->number[tag] < INT32_MIN || out->number[tag] > INT32_MAX) {
                yq_cur_fail_field(c, YQ_E_RANGE, at, "number");
            }
            break;
        case FIELD_INT8:
            out->number[tag] = take_int(c, type);
            break;
        case FIELD_TEXT:
            out->text[tag] = take_string(c, type);
            break;
        case FIELD_BYTES:
            out->text[tag] = take_bytes(c, type);
            break;
        case FIELD_NONE:
            yq_cur_fail_field(c, YQ_E_FIELD_UNKNOWN, at, "field");
            break;
        }
    }
}

/* From version 1 on the fields behind abi are hashed, from 2 on the extension. */
static void put_data(const data *d, yq_writer *w)
{
    size_t end = d->number[1] >= 2 ? 15 : d->number[1] == 1 ? 14 : 9;
    for (size_t tag = 1; tag < end; tag++) {
        if (data_fields[tag] == FIELD_INT4 || data_fields[tag] == FIELD_INT8) {
            yq_put_be(w, (uint64_t)d->number[tag], data_fields[tag] == FIELD_INT4 ? 4 : 8);
        } else {
            yq_put(w, d->text[tag]);
        }
    }
}

yq_status fisco3_tars_tx(
    yq_slice bytes, yq_writer *hashed, yq_slice *stated, yq_slice *sig, yq_fault *why)
{
    yq_cur c = yq_cur_of(bytes);
    data d = {0};
    uint8_t type;
    size_t at = c.pos;
    if (take_head(&c, &type) != 1 || type != STRUCT_BEGIN) {
        yq_cur_fail_field(&c, YQ_E_TYPE, at, "data");
    }
    take_data(&c, &d);
    at = c.pos;
    if (take_head(&c, &type) != 2) {
        yq_cur_fail_field(&c, YQ_E_FIELD_MISSING, at, "dataHash");
    }
    *stated = take_bytes(&c, type);
    at = c.pos;
    if (take_head(&c, &type) != 3) {
        yq_cur_fail_field(&c, YQ_E_FIELD_MISSING, at, "signature");
    }
    *sig = take_bytes(&c, type);
    put_data(&d, hashed);
    yq_status status = yq_cur_done(&c, why);
    return status == YQ_OK ? hashed->status : status;
}
