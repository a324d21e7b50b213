#include "adapters/chainmaker/wire.h"
#include "relay/base/bytes.h"
#include "relay/codec/protobuf.h"

/* Reads fields 1 to 3 of a message: a code, and two of bytes. */
static void read_three(
    yq_slice in, uint32_t *code, yq_slice *second, yq_slice *third, yq_cur *outer)
{
    yq_cur c = yq_cur_of(in);
    yq_pb_field f;
    while (yq_pb_next(&c, &f)) {
        if (f.number == 1 && f.type == YQ_PB_VARINT) {
            *code = f.value > UINT32_MAX ? UINT32_MAX : (uint32_t)f.value;
        } else if (f.number == 2 && f.type == YQ_PB_BYTES) {
            *second = f.bytes;
        } else if (f.number == 3 && f.type == YQ_PB_BYTES) {
            *third = f.bytes;
        }
    }
    if (!yq_cur_ok(&c)) {
        yq_cur_fail_field(outer, c.status, 0, "result");
    }
}

static void read_payload(yq_slice in, yq_cma_tx *out, yq_cur *outer)
{
    yq_cur c = yq_cur_of(in);
    yq_pb_field f;
    while (yq_pb_next(&c, &f)) {
        if (f.type != YQ_PB_BYTES) {
            continue;
        }
        if (f.number == 1) {
            out->chain_id = f.bytes;
        } else if (f.number == 3) {
            out->tx_id = f.bytes;
        } else if (f.number == 6) {
            out->contract_name = f.bytes;
        }
    }
    if (!yq_cur_ok(&c)) {
        yq_cur_fail_field(outer, c.status, 0, "payload");
    }
}

static void read_message(yq_slice result, yq_slice *out)
{
    yq_cur c = yq_cur_of(result);
    yq_pb_field f;
    while (yq_pb_next(&c, &f)) {
        if (f.number == 4 && f.type == YQ_PB_BYTES) {
            *out = f.bytes;
        }
    }
}

yq_status yq_cma_tx_decode(yq_slice raw, yq_cma_tx *out, yq_fault *why)
{
    yq_cur c = yq_cur_of(raw);
    yq_pb_field f;
    yq_slice payload = {0}, result = {0}, hash = {0};
    *out = (yq_cma_tx){0};
    while (yq_pb_next(&c, &f)) {
        if (f.type == YQ_PB_BYTES && f.number == 1) {
            payload = f.bytes;
        } else if (f.type == YQ_PB_BYTES && f.number == 4) {
            result = f.bytes;
        }
    }
    read_payload(payload, out, &c);
    read_three(result, &out->code, &out->contract_result, &hash, &c);
    read_message(result, &out->message);
    read_three(out->contract_result, &out->contract, &out->result, &out->words, &c);
    return yq_cur_done(&c, why);
}

/* Copies a message without a field, and with one inner message rewritten by this same rule. */
static void put_result(yq_slice result, yq_writer *w)
{
    yq_cur c = yq_cur_of(result);
    yq_pb_field f, inner;
    while (yq_pb_next(&c, &f)) {
        if (f.number != 2 || f.type != YQ_PB_BYTES) {
            yq_put(w, f.whole);
            continue;
        }
        yq_cur contract = yq_cur_of(f.bytes);
        size_t mark = yq_pb_begin(w);
        while (yq_pb_next(&contract, &inner)) {
            if (inner.number != 4) { /* gas_used */
                yq_put(w, inner.whole);
            }
        }
        yq_pb_end(w, mark, 2);
    }
}

void yq_cma_tx_put(yq_slice raw, uint32_t version, yq_writer *w)
{
    yq_cur c = yq_cur_of(raw);
    yq_pb_field f;
    if (version < YQ_CMA_NO_GAS) {
        yq_put(w, raw);
        return;
    }
    while (yq_pb_next(&c, &f)) {
        if (f.number != 4 || f.type != YQ_PB_BYTES) {
            yq_put(w, f.whole);
            continue;
        }
        size_t mark = yq_pb_begin(w);
        put_result(f.bytes, w);
        yq_pb_end(w, mark, 4);
    }
}

int yq_cma_event_next(yq_cur *at, yq_cma_event *out)
{
    yq_pb_field f, inner;
    while (yq_pb_next(at, &f)) {
        if (f.number != 5 || f.type != YQ_PB_BYTES) {
            continue;
        }
        yq_cur c = yq_cur_of(f.bytes);
        *out = (yq_cma_event){0};
        while (yq_pb_next(&c, &inner)) {
            if (inner.type == YQ_PB_BYTES && inner.number == 1) {
                out->topic = inner.bytes;
            } else if (inner.type == YQ_PB_BYTES && inner.number == 2) {
                out->tx_id = inner.bytes;
            } else if (inner.type == YQ_PB_BYTES && inner.number == 3) {
                out->contract_name = inner.bytes;
            }
        }
        return 1;
    }
    return 0;
}
