#include "adapters/chainmaker/request.h"

#include "relay/base/bytes.h"
#include "relay/codec/protobuf.h"

#define SIGNATURE_MAX 80u
#define OVERHEAD      1024u

void yq_cma_tx_id_make(char out[YQ_CMA_TX_ID_SIZE + 1])
{
    uint8_t random[YQ_CMA_TX_ID_SIZE / 2];
    yq_random(random, sizeof random);
    (void)yq_hex_encode(out, YQ_CMA_TX_ID_SIZE + 1, random, sizeof random);
}

size_t yq_cma_request_size(const yq_cma_sender *sender, const yq_cma_call *call)
{
    size_t n = OVERHEAD + sender->chain_id.n + sender->org.n + sender->member_info.n +
               strlen(call->contract) + strlen(call->method);
    for (size_t i = 0; i < call->param_n; i++) {
        n += strlen(call->param[i].key) + call->param[i].value.n + 32;
    }
    return n;
}

/* What is zero or empty is not written. */
static void put_number(yq_writer *w, uint32_t number, uint64_t value)
{
    if (value != 0) {
        yq_pb_put_varint(w, number, value);
    }
}

static void put_bytes(yq_writer *w, uint32_t number, yq_slice bytes)
{
    if (bytes.n != 0) {
        yq_pb_put_bytes(w, number, bytes);
    }
}

static void put_payload(yq_writer *w, yq_slice chain_id, const yq_cma_call *call)
{
    put_bytes(w, 1, chain_id);
    put_number(w, 2, call->type);
    put_bytes(w, 3, yq_slice_text(call->tx_id));
    put_number(w, 4, call->time_s);
    put_number(w, 5, call->expires_s);
    put_bytes(w, 6, yq_slice_text(call->contract));
    put_bytes(w, 7, yq_slice_text(call->method));
    for (size_t i = 0; i < call->param_n; i++) {
        size_t mark = yq_pb_begin(w);
        put_bytes(w, 1, yq_slice_text(call->param[i].key));
        put_bytes(w, 2, call->param[i].value);
        yq_pb_end(w, mark, 8);
    }
    if (call->gas_limit != 0) {
        size_t mark = yq_pb_begin(w);
        put_number(w, 1, call->gas_limit);
        yq_pb_end(w, mark, 10);
    }
}

yq_status yq_cma_request_put(const yq_cma_sender *sender, const yq_cma_call *call, yq_buf *out)
{
    uint8_t room[SIGNATURE_MAX];
    yq_buf signature = {room, sizeof room, 0};
    yq_writer w = yq_writer_of(out->p + out->n, out->cap - out->n);
    /* The payload first, where it stands in the end: its bytes are what is signed. */
    size_t payload = yq_pb_begin(&w);
    put_payload(&w, sender->chain_id, call);
    if (w.status != YQ_OK) {
        return w.status;
    }
    yq_status status = yq_cma_sign(
        sender->scheme, sender->key, yq_slice_of(w.p + payload, w.n - payload), &signature);
    if (status != YQ_OK) {
        return status;
    }
    yq_pb_end(&w, payload, 1);
    size_t entry = yq_pb_begin(&w), member = yq_pb_begin(&w);
    put_bytes(&w, 1, sender->org);
    put_number(&w, 2, sender->member_type);
    put_bytes(&w, 3, sender->member_info);
    yq_pb_end(&w, member, 1);
    put_bytes(&w, 2, yq_slice_of(signature.p, signature.n));
    yq_pb_end(&w, entry, 2);
    out->n += w.status == YQ_OK ? w.n : 0;
    return w.status;
}
