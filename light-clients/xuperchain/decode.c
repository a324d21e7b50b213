#include "light-clients/xuperchain/xuperchain.h"
#include "relay/codec/der.h"

#define CERT_TYPE 1u /* of a proposal: the only one that stands in blocks */

void yq_xuper_take_version(yq_cur *c)
{
    if (yq_cur_u8(c) != YQ_XUPER_LAYOUT_VERSION) {
        yq_cur_fail_field(c, YQ_E_VERSION, 0, "layout");
    }
}

void yq_xuper_take_digest(yq_cur *c, yq_digest *out)
{
    yq_cur_copy(c, out->b, sizeof out->b);
}

void yq_xuper_take_path(yq_cur *c, yq_xuper_path *out)
{
    size_t at = c->pos;
    out->index = yq_cur_u32(c);
    out->n = yq_cur_u8(c);
    if (out->n > YQ_XUPER_LEVELS_MAX) {
        yq_cur_fail_field(c, YQ_E_LIMIT, at, "levels");
    }
    out->nodes = yq_cur_take(c, out->n * YQ_DIGEST_SIZE);
}

/* The chain's integers, as they are hashed. */
static void put_le(yq_writer *w, uint64_t value, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        yq_put_u8(w, (uint8_t)(value >> (8 * i)));
    }
}

static void take_signature(yq_cur *c, yq_slice *der, uint8_t *sig)
{
    size_t at = c->pos;
    *der = yq_cur_str8(c, YQ_XUPER_DER_MAX);
    if (yq_cur_ok(c)) {
        yq_status status = yq_der_signature_decode(*der, 32, sig, NULL);
        if (status != YQ_OK) {
            yq_cur_fail_field(c, status, at, "signature");
        }
    }
}

/* The texts of an address and its key. */
static void check_signer(
    const yq_xuper_call *call, yq_cur *c, yq_slice address, yq_slice key_text, uint8_t *key)
{
    char own[YQ_XUPER_ADDRESS_MAX];
    if (!yq_cur_ok(c)) {
        return;
    }
    yq_status status = yq_xuper_key_decode(call->scheme, key_text, key, NULL);
    if (status != YQ_OK) {
        yq_cur_fail_field(c, status, c->pos, "public key");
        return;
    }
    size_t n = yq_xuper_address(call->host, call->scheme, key, own);
    if (!yq_slice_equal(address, yq_slice_of(own, n))) {
        yq_cur_fail_field(c, YQ_E_SIGNER_MISMATCH, c->pos, "address is not the key's");
    }
}

/* Reads the certificate and writes it as it is hashed. */
static void take_cert(const yq_xuper_call *call, yq_cur *c, yq_writer *w, yq_xuper_header *out)
{
    out->has_cert = 1;
    yq_xuper_take_digest(c, &out->proposal);
    out->view = yq_cur_u64(c);
    size_t at = c->pos;
    out->vote_n = yq_cur_u8(c);
    if (out->vote_n > YQ_XUPER_MEMBERS_MAX) {
        yq_cur_fail_field(c, YQ_E_LIMIT, at, "votes");
        return;
    }
    yq_put(w, YQ_SLICE_OF(out->proposal.b));
    put_le(w, CERT_TYPE, 4);
    put_le(w, out->view, 8);
    if (out->vote_n == 0 || !yq_cur_ok(c)) {
        return;
    }
    out->vote = call->host->scratch(call->host->self, out->vote_n * sizeof *out->vote);
    if (out->vote == NULL) {
        yq_cur_fail_field(c, YQ_E_LIMIT, at, "votes");
        return;
    }
    for (size_t i = 0; i < out->vote_n && yq_cur_ok(c); i++) {
        yq_xuper_vote *vote = &out->vote[i];
        vote->address = yq_cur_str8(c, YQ_XUPER_ADDRESS_MAX);
        vote->key_text = yq_cur_blob16(c, YQ_XUPER_KEY_TEXT_MAX);
        take_signature(c, &vote->der, vote->sig);
        check_signer(call, c, vote->address, vote->key_text, vote->key);
        yq_put(w, vote->address);
        yq_put(w, vote->key_text);
        yq_put(w, vote->der);
    }
}

/* What the id is the hash of has no lengths. It can be read in one way only when the texts of
 * errors stand before a certificate of the parent, whose place in it is known. */
static void check_errors(yq_cur *c, const yq_xuper_header *header, yq_slice errors)
{
    if (errors.n != 0 && (!header->has_cert || header->vote_n == 0 ||
                          !yq_digest_equal(&header->proposal, &header->parent))) {
        yq_cur_fail_field(c, YQ_E_PROOF_NONCANONICAL, c->pos, "errors without a certificate");
    }
}

/* Room for what is hashed: a certificate's kind is not on the wire. */
static yq_writer preimage_room(const yq_xuper_call *call, yq_cur *c)
{
    size_t size = yq_cur_left(c) + 4;
    const size_t most = 8192u + YQ_XUPER_MEMBERS_MAX * 512u;
    size = size < most ? size : most;
    uint8_t *p = call->host->scratch(call->host->self, size);
    if (p == NULL) {
        yq_cur_fail_field(c, YQ_E_LIMIT, c->pos, "header");
    }
    return yq_writer_of(p, p == NULL ? 0 : size);
}

void yq_xuper_take_header(const yq_xuper_call *call, yq_cur *c, yq_xuper_header *out)
{
    yq_slice der;
    yq_writer w = preimage_room(call, c);
    put_le(&w, yq_cur_u32(c), 4); /* version */
    put_le(&w, yq_cur_u32(c), 4); /* nonce */
    out->record.tx_count = yq_cur_u32(c);
    put_le(&w, out->record.tx_count, 4);
    out->proposer = yq_cur_str8(c, YQ_XUPER_ADDRESS_MAX);
    yq_put(&w, out->proposer);
    out->record.time_ns = yq_cur_u64(c);
    put_le(&w, out->record.time_ns, 8);
    yq_slice key_text = yq_cur_blob16(c, YQ_XUPER_KEY_TEXT_MAX);
    yq_put(&w, key_text);
    check_signer(call, c, out->proposer, key_text, out->key);
    yq_xuper_take_digest(c, &out->parent);
    yq_put(&w, YQ_SLICE_OF(out->parent.b));
    yq_xuper_take_digest(c, &out->record.root);
    yq_put(&w, YQ_SLICE_OF(out->record.root.b));
    yq_slice errors = yq_cur_blob16(c, YQ_XUPER_ERRORS_MAX);
    out->record.failed = errors.n != 0;
    yq_put(&w, errors);
    put_le(&w, yq_cur_u64(c), 8); /* term */
    put_le(&w, yq_cur_u64(c), 8); /* block in the term */
    size_t at = c->pos;
    uint8_t cert = yq_cur_u8(c);
    if (cert > 1) {
        yq_cur_fail_field(c, YQ_E_RANGE, at, "certificate");
    } else if (cert == 1) {
        take_cert(call, c, &w, out);
    }
    check_errors(c, out, errors);
    take_signature(c, &der, out->sig);
    const yq_slice preimage = yq_writer_slice(&w);
    out->record.id = yq_xuper_hash(call->host, &preimage, 1);
    out->id = out->record.id;
}

void yq_xuper_take_headers(const yq_xuper_call *call, yq_cur *c, yq_xuper_headers *out)
{
    out->first = yq_cur_u64(c);
    size_t at = c->pos;
    out->n = yq_cur_u16(c);
    if (out->n > YQ_XUPER_HEADERS_MAX) {
        yq_cur_fail_field(c, YQ_E_LIMIT, at, "headers");
    }
    if (yq_cur_ok(c) && out->n < YQ_XUPER_HEADERS_MIN) {
        yq_cur_fail_field(c, YQ_E_PROOF_INCOMPLETE, at, "three certificates are needed");
    }
    if (!yq_cur_ok(c)) {
        return;
    }
    out->header = call->host->scratch(call->host->self, out->n * sizeof *out->header);
    if (out->header == NULL) {
        yq_cur_fail_field(c, YQ_E_LIMIT, at, "headers");
        return;
    }
    for (size_t i = 0; i < out->n && yq_cur_ok(c); i++) {
        yq_xuper_take_header(call, c, &out->header[i]);
    }
}
