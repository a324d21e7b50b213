#include "conformance/chains/xuperchain/message.h"
#include "relay/base/bytes.h"

/* A transaction as the command line prints it, made into its message: bytes stand as hex, as text
 * or, for amounts, as decimal numbers. */

#define NUMBER_MAX 64u /* bytes of an amount */

const char xuper_lost[] = "some bytes were no text, and stand in it as the sign for that";

int xuper_digest(const yq_json *value, yq_digest *out)
{
    yq_buf room = {out->b, sizeof out->b, 0};
    return yq_json_hex(value, &room) && room.n == sizeof out->b;
}

uint64_t xuper_number(const yq_json *object, const char *key)
{
    const yq_json *v = yq_json_get(object, key);
    uint64_t value = 0;
    int64_t negative = 0;
    return yq_json_uint(v, &value) ? value : yq_json_int(v, &negative) ? (uint64_t)negative : 0;
}

yq_slice xuper_text(const yq_json *object, const char *key)
{
    yq_slice text = {0};
    (void)yq_json_text(yq_json_get(object, key), &text);
    return text;
}

static void fail(yq_writer *w)
{
    w->status = w->status == YQ_OK ? YQ_E_TYPE : w->status;
}

static void put_number(yq_writer *w, uint32_t field, uint64_t value)
{
    if (value != 0) {
        yq_pb_put_varint(w, field, value);
    }
}

static void put_text(yq_writer *w, uint32_t field, yq_slice text)
{
    if (text.n > 0) {
        yq_pb_put_bytes(w, field, text);
    }
}

static void put_hex(yq_writer *w, uint32_t field, const yq_json *object, const char *key)
{
    uint8_t room[256];
    yq_buf out = {room, sizeof room, 0};
    const yq_json *v = yq_json_get(object, key);
    if (v != NULL && !yq_json_hex(v, &out)) {
        fail(w);
    }
    put_text(w, field, yq_slice_of(out.p, out.n));
}

/* A decimal number as its shortest bytes. */
static void put_amount(yq_writer *w, uint32_t field, yq_slice text)
{
    uint8_t v[NUMBER_MAX] = {0};
    for (size_t i = 0; i < text.n; i++) {
        unsigned carry = (unsigned)text.p[i] - '0';
        int digit = carry <= 9;
        for (size_t k = NUMBER_MAX; k > 0 && digit; k--) {
            carry += 10u * v[k - 1];
            v[k - 1] = (uint8_t)carry;
            carry >>= 8;
        }
        if (!digit || carry != 0) {
            fail(w);
            return;
        }
    }
    size_t zeros = 0;
    while (zeros < NUMBER_MAX && v[zeros] == 0) {
        zeros++;
    }
    put_text(w, field, yq_slice_of(v + zeros, NUMBER_MAX - zeros));
}

static void put_input(yq_writer *w, const yq_json *in)
{
    put_hex(w, 1, in, "refTxid");
    put_number(w, 2, xuper_number(in, "refOffset"));
    put_text(w, 5, xuper_text(in, "fromAddr"));
    put_amount(w, 6, xuper_text(in, "amount"));
    put_number(w, 7, xuper_number(in, "frozenHeight"));
}

static void put_output(yq_writer *w, const yq_json *out)
{
    put_amount(w, 1, xuper_text(out, "amount"));
    put_text(w, 2, xuper_text(out, "toAddr"));
    put_number(w, 4, xuper_number(out, "frozenHeight"));
}

static void put_read(yq_writer *w, const yq_json *in)
{
    put_text(w, 1, xuper_text(in, "bucket"));
    put_text(w, 2, xuper_text(in, "key"));
    put_hex(w, 3, in, "refTxid");
    put_number(w, 4, xuper_number(in, "refOffset"));
}

static void put_write(yq_writer *w, const yq_json *out)
{
    put_text(w, 1, xuper_text(out, "bucket"));
    put_text(w, 2, xuper_text(out, "key"));
    put_text(w, 3, xuper_text(out, "value"));
}

static void put_signature(yq_writer *w, const yq_json *sign)
{
    put_text(w, 1, xuper_text(sign, "publickey"));
    put_hex(w, 2, sign, "sign");
}

static void put_limit(yq_writer *w, const yq_json *limit)
{
    static const char *const types[] = {"CPU", "MEMORY", "DISK", "XFEE"};
    const yq_slice type = xuper_text(limit, "type");
    size_t i = 0;
    while (i < YQ_ARRAY_N(types) && !yq_slice_equal(type, yq_slice_text(types[i]))) {
        i++;
    }
    if (i == YQ_ARRAY_N(types)) {
        fail(w);
    }
    put_number(w, 1, i);
    put_number(w, 2, xuper_number(limit, "limit"));
}

typedef void (*put_item)(yq_writer *w, const yq_json *item);

static void put_list(
    yq_writer *w, uint32_t field, const yq_json *object, const char *key, put_item put)
{
    const yq_json *list = yq_json_get(object, key);
    for (size_t i = 0; i < yq_json_count(list); i++) {
        size_t begin = yq_pb_begin(w);
        put(w, yq_json_at(list, i));
        yq_pb_end(w, begin, field);
    }
}

static void put_request(yq_writer *w, const yq_json *request)
{
    const yq_json *args = yq_json_get(request, "args");
    put_text(w, 1, xuper_text(request, "moduleName"));
    put_text(w, 2, xuper_text(request, "contractName"));
    put_text(w, 3, xuper_text(request, "methodName"));
    for (const char *name = yq_json_key_next(args, NULL); name != NULL;
         name = yq_json_key_next(args, name)) {
        size_t begin = yq_pb_begin(w);
        yq_pb_put_bytes(w, 1, yq_slice_text(name));
        yq_pb_put_bytes(w, 2, xuper_text(args, name));
        yq_pb_end(w, begin, 4);
    }
    put_list(w, 5, request, "resource_limits", put_limit);
    put_text(w, 6, xuper_text(request, "amount"));
}

static uint64_t flag(const yq_json *object, const char *key)
{
    int value = 0;
    (void)yq_json_bool(yq_json_get(object, key), &value);
    return value != 0;
}

int xuper_message_of_json(const yq_json *tx, yq_writer *w)
{
    const yq_json *signers = yq_json_get(tx, "authRequire");
    yq_slice one;
    put_hex(w, 1, tx, "txid");
    put_list(w, 3, tx, "txInputs", put_input);
    put_list(w, 4, tx, "txOutputs", put_output);
    put_text(w, 6, xuper_text(tx, "desc"));
    put_number(w, 7, flag(tx, "coinbase"));
    put_text(w, 8, xuper_text(tx, "nonce"));
    put_number(w, 9, xuper_number(tx, "timestamp"));
    put_number(w, 10, xuper_number(tx, "version"));
    put_number(w, 11, flag(tx, "autogen"));
    put_list(w, 23, tx, "txInputsExt", put_read);
    put_list(w, 24, tx, "txOutputsExt", put_write);
    put_list(w, 25, tx, "contractRequests", put_request);
    put_text(w, 26, xuper_text(tx, "initiator"));
    for (size_t i = 0; i < yq_json_count(signers); i++) {
        if (!yq_json_text(yq_json_at(signers, i), &one)) {
            fail(w);
            break;
        }
        yq_pb_put_bytes(w, 27, one);
    }
    put_list(w, 28, tx, "initiatorSigns", put_signature);
    put_list(w, 29, tx, "authRequireSigns", put_signature);
    return w->status == YQ_OK;
}

static int has_sign(yq_slice text)
{
    return memmem(text.p == NULL ? "" : (const char *)text.p, text.n, "\xef\xbf\xbd", 3) != NULL;
}

int xuper_lost_bytes(const yq_json *tx)
{
    const yq_json *writes = yq_json_get(tx, "txOutputsExt"),
                  *reads = yq_json_get(tx, "txInputsExt");
    const yq_json *requests = yq_json_get(tx, "contractRequests");
    int lost = has_sign(xuper_text(tx, "desc"));
    for (size_t i = 0; i < yq_json_count(reads); i++) {
        lost |= has_sign(xuper_text(yq_json_at(reads, i), "key"));
    }
    for (size_t i = 0; i < yq_json_count(writes); i++) {
        lost |= has_sign(xuper_text(yq_json_at(writes, i), "key")) ||
                has_sign(xuper_text(yq_json_at(writes, i), "value"));
    }
    for (size_t i = 0; i < yq_json_count(requests); i++) {
        const yq_json *args = yq_json_get(yq_json_at(requests, i), "args");
        for (const char *name = yq_json_key_next(args, NULL); name != NULL;
             name = yq_json_key_next(args, name)) {
            lost |= has_sign(xuper_text(args, name));
        }
    }
    return lost;
}
