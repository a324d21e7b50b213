#include "adapters/fabric/seek.h"

#include "relay/base/cursor.h"
#include "relay/base/writer.h"
#include "relay/codec/protobuf.h"

#include <stdio.h>

#define TYPE_DELIVER_SEEK_INFO 5u
#define FAIL_IF_NOT_READY      1u
#define HEADER_WITH_SIG        1u

static void put_nonempty(yq_writer *w, uint32_t number, yq_slice bytes)
{
    if (bytes.n > 0) {
        yq_pb_put_bytes(w, number, bytes);
    }
}

static void put_nonzero(yq_writer *w, uint32_t number, uint64_t value)
{
    if (value != 0) {
        yq_pb_put_varint(w, number, value);
    }
}

/* ChannelHeader {1: type, 3: timestamp {1: seconds, 2: nanos}, 4: channel_id, 8: tls_cert_hash}. */
static void put_channel_header(yq_writer *w, const yq_fabric_seek *seek)
{
    yq_pb_put_varint(w, 1, TYPE_DELIVER_SEEK_INFO);
    size_t mark = yq_pb_begin(w);
    put_nonzero(w, 1, seek->now_ms / 1000);
    put_nonzero(w, 2, seek->now_ms % 1000 * 1000000);
    yq_pb_end(w, mark, 3);
    yq_pb_put_bytes(w, 4, seek->channel);
    put_nonempty(w, 8, seek->tls_cert_hash);
}

/* SignatureHeader {1: SerializedIdentity {1: mspid, 2: PEM}, 2: nonce}. */
static void put_signature_header(yq_writer *w, const yq_fabric_seek *seek)
{
    if (seek->msp_id.n > 0) {
        size_t mark = yq_pb_begin(w);
        yq_pb_put_bytes(w, 1, seek->msp_id);
        yq_pb_put_bytes(w, 2, seek->cert_pem);
        yq_pb_end(w, mark, 1);
    }
    yq_pb_put_bytes(w, 2, yq_slice_of(seek->nonce, sizeof seek->nonce));
}

/* SeekPosition: one of {1: newest {}, 3: specified {1: number}}. */
static void put_position(yq_writer *w, uint32_t number, uint64_t height)
{
    size_t mark = yq_pb_begin(w);
    size_t inner = yq_pb_begin(w);
    if (height != YQ_FABRIC_NEWEST) {
        put_nonzero(w, 1, height);
    }
    yq_pb_end(w, inner, height == YQ_FABRIC_NEWEST ? 1 : 3);
    yq_pb_end(w, mark, number);
}

yq_status yq_fabric_seek_payload(const yq_fabric_seek *seek, yq_buf *out)
{
    yq_writer w = yq_writer_of(out->p + out->n, out->cap - out->n);
    size_t header = yq_pb_begin(&w);
    size_t part = yq_pb_begin(&w);
    put_channel_header(&w, seek);
    yq_pb_end(&w, part, 1);
    part = yq_pb_begin(&w);
    put_signature_header(&w, seek);
    yq_pb_end(&w, part, 2);
    yq_pb_end(&w, header, 1);
    /* SeekInfo {1: start, 2: stop, 3: behavior, 5: content_type}. */
    size_t data = yq_pb_begin(&w);
    put_position(&w, 1, seek->from);
    put_position(&w, 2, seek->to);
    yq_pb_put_varint(&w, 3, FAIL_IF_NOT_READY);
    put_nonzero(&w, 5, seek->headers_only ? HEADER_WITH_SIG : 0);
    yq_pb_end(&w, data, 2);
    out->n += w.status == YQ_OK ? w.n : 0;
    return w.status;
}

yq_status yq_fabric_seek_envelope(yq_slice payload, yq_slice signature, yq_buf *out)
{
    yq_writer w = yq_writer_of(out->p + out->n, out->cap - out->n);
    yq_pb_put_bytes(&w, 1, payload);
    put_nonempty(&w, 2, signature);
    out->n += w.status == YQ_OK ? w.n : 0;
    return w.status;
}

yq_status yq_fabric_deliver_decode(yq_slice in, yq_fabric_deliver *out, yq_fault *why)
{
    *out = (yq_fabric_deliver){0};
    yq_cur c = yq_cur_of(in);
    yq_pb_field f;
    int found = 0;
    while (yq_pb_next(&c, &f)) {
        if (f.number == 1 && f.type == YQ_PB_VARINT) {
            out->is_block = 0;
            out->status = f.value > UINT32_MAX ? 0 : (uint32_t)f.value;
            found = 1;
        } else if (f.number == 2 && f.type == YQ_PB_BYTES) {
            out->is_block = 1;
            out->block = f.bytes;
            found = 1;
        }
    }
    if (yq_cur_ok(&c) && !found) {
        yq_cur_fail_field(&c, YQ_E_FIELD_MISSING, 0, "DeliverResponse");
    }
    return yq_cur_done(&c, why);
}

yq_status yq_fabric_deliver_outcome(uint32_t status, yq_fault *why)
{
    char text[sizeof why->text];
    (void)snprintf(text, sizeof text, "the node answered %u", status);
    switch (status) {
    case 200:
        return YQ_OK;
    case 403:
        return yq_fail(why, YQ_E_PERMISSION, 0, "the node answered 403: identity not admitted");
    case 404:
        return yq_fail(why, YQ_E_NOT_FOUND, 0, text);
    case 503:
        return yq_fail(why, YQ_E_UNAVAILABLE, 0, text);
    default:
        return yq_fail(why, YQ_E_PEER, 0, text);
    }
}
