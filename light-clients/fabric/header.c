#include "light-clients/fabric/header.h"

#define NONCE 2u

/* ChannelHeader {1: type, 2: version, 3: timestamp, 4: channel_id, 5: tx_id, 6: epoch, 7:
 * extension, 8: tls_cert_hash}. */
static void decode_channel_header(yq_fabric_payload *out, yq_fabric_form *form)
{
    yq_fabric_wire w = yq_fabric_wire_of(out->channel_header, form);
    yq_fabric_field f;
    yq_slice ignored;
    uint64_t version;
    while (yq_fabric_wire_next(&w, &f)) {
        switch (f.number) {
        case 1:
            yq_fabric_wire_uint(&w, &f, &out->type);
            break;
        case 2:
            yq_fabric_wire_uint(&w, &f, &version);
            break;
        case 4:
            yq_fabric_wire_text(&w, &f, &out->channel_id);
            break;
        case 5:
            yq_fabric_wire_text(&w, &f, &out->tx_id);
            break;
        case 6:
            yq_fabric_wire_uint(&w, &f, &out->epoch);
            break;
        case 7:
            yq_fabric_wire_bytes(&w, &f, &out->extension);
            break;
        case 3:
        case 8:
            yq_fabric_wire_bytes(&w, &f, &ignored);
            break;
        default:
            yq_fabric_wire_unknown(&w);
        }
    }
    /* The number is an int32: of a longer one, every node keeps the low bits. */
    if (out->type > INT32_MAX) {
        form->strict = 0;
        out->type &= UINT32_MAX;
    }
}

static void decode_signature_header(yq_fabric_payload *out, yq_fabric_form *form)
{
    yq_fabric_wire w = yq_fabric_wire_of(out->signature_header, form);
    yq_fabric_field f;
    while (yq_fabric_wire_next(&w, &f)) {
        if (f.number == 1) {
            yq_fabric_wire_bytes(&w, &f, &out->creator);
        } else if (f.number == NONCE) {
            yq_fabric_wire_bytes(&w, &f, &out->nonce);
        } else {
            yq_fabric_wire_unknown(&w);
        }
    }
}

static void decode_header(yq_slice in, yq_fabric_payload *out, yq_fabric_form *form)
{
    yq_fabric_wire w = yq_fabric_wire_of(in, form);
    yq_fabric_field f;
    while (yq_fabric_wire_next(&w, &f)) {
        if (f.number == 1) {
            yq_fabric_wire_bytes(&w, &f, &out->channel_header);
        } else if (f.number == 2) {
            yq_fabric_wire_bytes(&w, &f, &out->signature_header);
        } else {
            yq_fabric_wire_unknown(&w);
        }
    }
}

void yq_fabric_payload_decode(yq_slice in, yq_fabric_payload *out, yq_fabric_form *form)
{
    *out = (yq_fabric_payload){0};
    yq_fabric_form *outer = &out->channel_form;
    *outer = (yq_fabric_form){1, 1};
    yq_fabric_wire w = yq_fabric_wire_of(in, outer);
    yq_fabric_field f;
    unsigned headers = 0;
    while (yq_fabric_wire_next(&w, &f)) {
        if (f.number == 1 && f.type == YQ_FABRIC_BYTES) {
            outer->strict &= headers++ == 0;
            decode_header(f.bytes, out, outer);
        } else if (f.number == 2) {
            yq_fabric_wire_bytes(&w, &f, &out->data);
        } else {
            yq_fabric_wire_unknown(&w);
        }
    }
    decode_channel_header(out, outer);
    *form = *outer;
    decode_signature_header(out, form);
}

int yq_fabric_is_tx_id(const yq_fabric_call *call, uint32_t alg, const yq_fabric_payload *head)
{
    const yq_slice part[] = {head->nonce, head->creator};
    char text[2 * YQ_DIGEST_SIZE + 1];
    yq_digest md = yq_fabric_hash(call, alg, part, YQ_ARRAY_N(part));
    yq_hex_encode(text, sizeof text, md.b, sizeof md.b);
    return yq_slice_equal(head->tx_id, yq_slice_of(text, 2 * (size_t)YQ_DIGEST_SIZE));
}
