#include "light-clients/fabric/block.h"

#include "light-clients/fabric/wire.h"
#include "relay/base/assert.h"
#include "relay/codec/der.h"
#include "relay/codec/protobuf.h"

yq_status yq_fabric_block_decode(const yq_fabric_call *call, yq_slice in, yq_fabric_block *block)
{
    *block = (yq_fabric_block){0};
    yq_cur c = yq_cur_of(in);
    if (yq_cur_u8(&c) != YQ_FABRIC_LAYOUT_VERSION) {
        yq_cur_fail_field(&c, YQ_E_VERSION, 0, "block layout");
    }
    block->number = yq_cur_u64(&c);
    size_t at = c.pos;
    block->previous_hash = yq_cur_str8(&c, YQ_DIGEST_SIZE);
    if (block->previous_hash.n != (block->number == 0 ? 0 : YQ_DIGEST_SIZE)) {
        yq_cur_fail_field(&c, YQ_E_LEN, at, "previous_hash");
    }
    block->data_hash = yq_cur_take(&c, YQ_DIGEST_SIZE);
    block->signatures = yq_cur_blob32(&c, YQ_FABRIC_METADATA_MAX);
    block->flags = yq_cur_blob16(&c, YQ_FABRIC_BLOCK_TX_N_MAX);
    at = c.pos;
    block->n = yq_cur_u32(&c);
    if (block->n == 0 || block->n > YQ_FABRIC_BLOCK_TX_N_MAX) {
        yq_cur_fail_field(&c, YQ_E_LIMIT, at, "elements");
    }
    if (!yq_cur_ok(&c)) {
        return yq_cur_status(&c, call->why);
    }
    block->element = yq_fabric_room(call, block->n, sizeof *block->element);
    if (block->element == NULL) {
        return yq_fail(call->why, YQ_E_LIMIT, at, "elements");
    }
    for (size_t i = 0; i < block->n; i++) {
        block->element[i] = yq_cur_blob32(&c, YQ_TX_SIZE_MAX);
    }
    return yq_cur_done(&c, call->why);
}

yq_slice yq_fabric_header_bytes(const yq_fabric_block *block, uint8_t *out)
{
    uint8_t number[9] = {0};
    for (unsigned i = 0; i < 8; i++) {
        number[1 + i] = (uint8_t)(block->number >> (56 - 8 * i));
    }
    /* Minimal, and positive: a leading zero stays in front of a set top bit. */
    size_t skip = 0;
    while (skip < 8 && number[skip] == 0 && number[skip + 1] < 0x80) {
        skip++;
    }
    yq_writer w = yq_writer_of(out, YQ_FABRIC_HEADER_BYTES_MAX);
    size_t mark = yq_der_begin(&w);
    yq_der_put(&w, YQ_DER_INTEGER, yq_slice_of(number + skip, sizeof number - skip));
    yq_der_put(&w, YQ_DER_OCTET_STRING, block->previous_hash);
    yq_der_put(&w, YQ_DER_OCTET_STRING, block->data_hash);
    yq_der_end(&w, mark, YQ_DER_SEQUENCE);
    return yq_writer_slice(&w);
}

yq_digest yq_fabric_header_hash(const yq_fabric_call *call, const yq_fabric_block *block)
{
    uint8_t bytes[YQ_FABRIC_HEADER_BYTES_MAX];
    yq_slice in = yq_fabric_header_bytes(block, bytes);
    return yq_fabric_hash(call, call->dialect->header_hash, &in, 1);
}

/* A length-delimited field that is not empty, in its shortest form. */
static int take_field(yq_cur *c, uint32_t number, yq_slice *out)
{
    yq_pb_field f;
    if (!yq_pb_next(c, &f) || f.number != number || f.type != YQ_PB_BYTES || f.bytes.n == 0) {
        return 0;
    }
    *out = f.bytes;
    return 1;
}

int yq_fabric_envelope_split(yq_slice in, yq_fabric_envelope *out)
{
    *out = (yq_fabric_envelope){0};
    yq_cur c = yq_cur_of(in);
    if (!take_field(&c, 1, &out->payload)) {
        return 0;
    }
    if (yq_cur_left(&c) > 0 && !take_field(&c, 2, &out->signature)) {
        return 0;
    }
    return yq_cur_ok(&c) && c.pos == c.n;
}

yq_fabric_envelope yq_fabric_envelope_of(yq_slice element)
{
    yq_fabric_envelope out;
    int is_split = yq_fabric_envelope_split(element, &out);
    YQ_ASSERT(is_split);
    return out;
}

yq_status yq_fabric_block_check_data(const yq_fabric_call *call, const yq_fabric_block *block)
{
    yq_digest md = yq_fabric_hash(call, call->dialect->data_hash, block->element, block->n);
    if (!yq_slice_equal(block->data_hash, YQ_SLICE_OF(md))) {
        return yq_fabric_fail(call, YQ_E_HASH, "data_hash");
    }
    for (size_t i = 0; i < block->n; i++) {
        yq_fabric_envelope envelope;
        if (!yq_fabric_envelope_split(block->element[i], &envelope) ||
            (envelope.signature.n == 0 && block->n > 1)) {
            return yq_fabric_fail(call, YQ_E_NONCANONICAL, "envelope");
        }
    }
    return YQ_OK;
}

/* LastConfig {1: index}. */
static void last_config_index(yq_slice in, yq_fabric_form *form, uint64_t *index)
{
    yq_fabric_wire w = yq_fabric_wire_of(in, form);
    yq_fabric_field f;
    while (yq_fabric_wire_next(&w, &f)) {
        if (f.number != 1 || !yq_fabric_wire_uint(&w, &f, index)) {
            yq_fabric_wire_unknown(&w);
        }
    }
}

/* OrdererBlockMetadata {1: LastConfig, 2: consenter_metadata}. */
static yq_status last_config_of(yq_slice value, uint64_t *index)
{
    yq_fabric_form form = {1, 1};
    yq_fabric_wire w = yq_fabric_wire_of(value, &form);
    yq_fabric_field f;
    yq_slice ignored;
    int found = 0;
    *index = 0;
    while (yq_fabric_wire_next(&w, &f)) {
        yq_slice body = {0};
        if (f.number == 1 && yq_fabric_wire_bytes(&w, &f, &body)) {
            last_config_index(body, &form, index);
            found = 1;
        } else if (f.number != 2 || !yq_fabric_wire_bytes(&w, &f, &ignored)) {
            yq_fabric_wire_unknown(&w);
        }
    }
    if (!form.ok || !form.strict) {
        return YQ_E_NONCANONICAL;
    }
    return found ? YQ_OK : YQ_E_FIELD_MISSING;
}

/* SignatureHeader {1: creator, 2: nonce} or IdentifierHeader {1: identifier, 2: nonce}. */
static int signer_of(yq_fabric_block_signature *s)
{
    yq_fabric_form form = {1, 1};
    yq_fabric_wire w = yq_fabric_wire_of(s->signed_header, &form);
    yq_fabric_field f;
    yq_slice nonce = {0};
    uint64_t identifier = 0;
    while (yq_fabric_wire_next(&w, &f)) {
        if (f.number == 1 && s->by_identifier) {
            yq_fabric_wire_uint(&w, &f, &identifier);
        } else if (f.number == 1) {
            yq_fabric_wire_bytes(&w, &f, &s->creator);
        } else if (f.number == 2) {
            yq_fabric_wire_bytes(&w, &f, &nonce);
        } else {
            yq_fabric_wire_unknown(&w);
        }
    }
    s->identifier = (uint32_t)identifier;
    return form.ok && form.strict && identifier <= UINT32_MAX &&
           (s->by_identifier || s->creator.n > 0);
}

/* MetadataSignature {1: signature_header, 2: signature, 3: identifier_header}: one of 1 and 3. */
static void take_signature(yq_cur *c, yq_slice in, size_t at, yq_fabric_block_signature *out)
{
    yq_slice part[4] = {0};
    uint32_t last = 0;
    yq_cur inner = yq_cur_of(in);
    yq_pb_field f;
    while (yq_pb_next(&inner, &f)) {
        if (f.type != YQ_PB_BYTES || f.number > 3 || f.number <= last || f.bytes.n == 0) {
            yq_cur_fail(&inner, YQ_E_NONCANONICAL, f.at);
            break;
        }
        last = f.number;
        part[f.number] = f.bytes;
    }
    if (!yq_cur_ok(&inner)) {
        yq_cur_fail_field(c, inner.status, at + inner.bad_at, "signature of the block");
        return;
    }
    out->by_identifier = part[3].n > 0;
    out->signed_header = out->by_identifier ? part[3] : part[1];
    out->signature = part[2];
    if (part[2].n == 0 || (part[1].n > 0) == (part[3].n > 0) || !signer_of(out)) {
        yq_cur_fail_field(c, YQ_E_NONCANONICAL, at, "signature of the block");
    }
}

yq_status yq_fabric_signatures_decode(
    const yq_fabric_call *call, yq_slice in, yq_fabric_signatures *out)
{
    out->value = (yq_slice){0};
    out->n = 0;
    yq_cur c = yq_cur_of(in);
    yq_pb_field f;
    while (yq_pb_next(&c, &f)) {
        int is_value = f.number == 1 && out->value.n == 0 && out->n == 0;
        if (f.type != YQ_PB_BYTES || f.bytes.n == 0 || (!is_value && f.number != 2)) {
            yq_cur_fail_field(&c, YQ_E_NONCANONICAL, f.at, "metadata");
        } else if (is_value) {
            out->value = f.bytes;
        } else if (out->n == YQ_FABRIC_SIGNATURES_MAX) {
            yq_cur_fail_field(&c, YQ_E_LIMIT, f.at, "signatures of the block");
        } else {
            out->item[out->n] = (yq_fabric_block_signature){0};
            size_t content_at = (size_t)(f.bytes.p - in.p);
            take_signature(&c, f.bytes, content_at, &out->item[out->n++]);
        }
    }
    yq_status status = yq_cur_done(&c, call->why);
    if (status != YQ_OK) {
        return status;
    }
    if (out->n == 0) {
        return yq_fabric_fail(call, YQ_E_SIGNATURES_MISSING, "metadata");
    }
    status = last_config_of(out->value, &out->last_config);
    return status == YQ_OK ? YQ_OK : yq_fabric_fail(call, status, "last_config");
}
