#include "adapters/xinghuo/session.h"
#include "relay/base/bytes.h"
#include "relay/codec/protobuf.h"

#include <stdlib.h>

#define PAY_COIN 7u /* the operation that calls a contract */

/* {"method": ..., "params": {key: hex}} */
static yq_json_out *make_input(const yq_xha_call *call)
{
    yq_json_out *out = yq_json_out_new(2 * call->bytes.n + 256);
    if (out == NULL) {
        return NULL;
    }
    yq_json_out_object(out, NULL);
    yq_json_out_str(out, "method", call->method);
    yq_json_out_object(out, "params");
    yq_json_out_hex(out, call->key, call->bytes);
    yq_json_out_end(out);
    yq_json_out_end(out);
    return out;
}

static void put_number(yq_writer *w, uint32_t number, uint64_t value)
{
    if (value != 0) { /* proto3 leaves zeros out */
        yq_pb_put_varint(w, number, value);
    }
}

static void put_transaction(
    const yq_xha_session *s, const yq_xha_call *call, yq_slice input, yq_writer *w)
{
    char source[YQ_XH_ADDRESS_SIZE];
    uint8_t suite =
        yq_key_alg(s->account) == YQ_SIG_ED25519_MESSAGE ? YQ_SUITE_ED25519 : YQ_SUITE_SM2;
    size_t n = yq_xh_address(suite, yq_key_public(s->account), source);
    yq_pb_put_bytes(w, 1, yq_slice_of(source, n));
    put_number(w, 2, call->nonce);
    size_t operation = yq_pb_begin(w);
    yq_pb_put_varint(w, 1, PAY_COIN);
    size_t pay = yq_pb_begin(w);
    yq_pb_put_bytes(w, 1, yq_slice_text(s->inbox));
    yq_pb_put_bytes(w, 3, input);
    yq_pb_end(w, pay, 10);
    yq_pb_end(w, operation, 4);
    put_number(w, 6, s->fee_limit);
    put_number(w, 7, s->gas_price);
    put_number(w, 8, call->ceil);
}

yq_status yq_xha_transaction_make(
    const yq_xha_session *s, const yq_xha_call *call, yq_buf *blob, yq_fault *why)
{
    size_t size = 0;
    yq_json_out *out = make_input(call);
    const char *input = out == NULL ? NULL : yq_json_out_done(out, &size);
    *blob = (yq_buf){input == NULL ? NULL : malloc(size + 512), size + 512, 0};
    yq_status status = blob->p == NULL ? yq_fail(why, YQ_E_MEMORY, 0, "transaction") : YQ_OK;
    if (status == YQ_OK) {
        yq_writer w = yq_writer_of(blob->p, blob->cap);
        put_transaction(s, call, yq_slice_of(input, size), &w);
        status = w.status == YQ_OK ? YQ_OK : yq_fail(why, w.status, 0, "transaction");
        blob->n = w.n;
    }
    yq_json_out_free(out);
    return status;
}
