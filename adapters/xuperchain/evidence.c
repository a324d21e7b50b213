#include "adapters/xuperchain/evidence.h"

#include "relay/base/bytes.h"

#include <stdlib.h>

#define PROPOSAL_TYPE 1u
#define FIXED_SIZE    1024u

/* The chain's integers, as they are hashed. */
static void put_le(yq_writer *w, uint64_t value, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        yq_put_u8(w, (uint8_t)(value >> (8 * i)));
    }
}

/* What is written twice: in the layout, and as it is hashed, where nothing has a length. */
typedef struct pair {
    yq_writer *wire, hashed;
} pair;

static void put_both(pair *p, yq_slice bytes)
{
    yq_put(p->wire, bytes);
    yq_put(&p->hashed, bytes);
}

static void put_str8(pair *p, yq_slice text)
{
    yq_put_str8(p->wire, text);
    yq_put(&p->hashed, text);
}

static void put_blob16(pair *p, yq_slice text)
{
    yq_put_blob16(p->wire, text);
    yq_put(&p->hashed, text);
}

static void put_number(pair *p, uint64_t value, size_t size)
{
    yq_put_be(p->wire, value, size);
    put_le(&p->hashed, value, size);
}

static yq_status put_errors(pair *p, const yq_xua_block *block, yq_fault *why)
{
    yq_xua_error *error = calloc(YQ_XUA_ERRORS_MAX, sizeof *error);
    size_t n = 0, size = 0;
    if (error == NULL) {
        return yq_fail(why, YQ_E_MEMORY, 0, "failed transactions");
    }
    yq_status status = yq_xua_errors_decode(block, error, &n, why);
    for (size_t i = 0; i < n && status == YQ_OK; i++) {
        size += error[i].text.n;
    }
    yq_put_u16(p->wire, (uint16_t)size);
    for (size_t i = 0; i < n && status == YQ_OK; i++) {
        put_both(p, error[i].text);
    }
    free(error);
    return status == YQ_OK && size > UINT16_MAX
               ? yq_fail(why, YQ_E_LIMIT, 0, "failed_txs: texts too long for the light client")
               : status;
}

static yq_status put_cert(pair *p, const yq_xua_block *block, yq_fault *why)
{
    yq_xua_cert cert;
    yq_put_u8(p->wire, block->has_cert ? 1 : 0);
    if (!block->has_cert) {
        return YQ_OK;
    }
    yq_status status = yq_xua_cert_decode(block->cert, &cert, why);
    if (status != YQ_OK) {
        return status;
    }
    if (cert.proposal.n != YQ_DIGEST_SIZE || cert.message.n != 0 || cert.type != PROPOSAL_TYPE) {
        return yq_fail(why, YQ_E_PEER, 0, "Justify: not a certificate of a proposal");
    }
    put_both(p, cert.proposal);
    put_le(&p->hashed, cert.type, 4);
    put_number(p, cert.view, 8);
    yq_put_u8(p->wire, (uint8_t)cert.vote_n);
    for (size_t i = 0; i < cert.vote_n; i++) {
        put_str8(p, cert.vote[i].address);
        put_blob16(p, cert.vote[i].key_text);
        put_str8(p, cert.vote[i].signature);
    }
    return YQ_OK;
}

yq_status yq_xua_header_put(
    const yq_xua_block *block, yq_buf hashed, yq_writer *w, yq_digest *id, yq_fault *why)
{
    pair p = {w, yq_writer_of(hashed.p, hashed.cap)};
    if (block->parent.n != YQ_DIGEST_SIZE || block->root.n != YQ_DIGEST_SIZE) {
        return yq_fail(why, YQ_E_PEER, 0, "pre_hash or merkle_root is no hash");
    }
    if (block->target_bits != 0) {
        return yq_fail(why, YQ_E_UNSUPPORTED, 0, "targetBits: proof of work, or a rollback");
    }
    put_number(&p, block->version, 4);
    put_number(&p, block->nonce, 4);
    put_number(&p, block->tx_count, 4);
    put_str8(&p, block->proposer);
    put_number(&p, block->time_ns, 8);
    put_blob16(&p, block->key_text);
    put_both(&p, block->parent);
    put_both(&p, block->root);
    yq_status status = put_errors(&p, block, why);
    if (status != YQ_OK) {
        return status;
    }
    put_number(&p, block->term, 8);
    put_number(&p, block->number, 8);
    status = put_cert(&p, block, why);
    if (status != YQ_OK) {
        return status;
    }
    yq_put_str8(w, block->signature);
    if (p.hashed.status != YQ_OK || w->status != YQ_OK) {
        return yq_fail(why, YQ_E_LIMIT, 0, "header: a text is too long for the light client");
    }
    const yq_slice preimage = yq_writer_slice(&p.hashed);
    *id = yq_xua_hash(&preimage, 1);
    return YQ_OK;
}

/* Of its transactions nothing is in it, of all else hardly more than the block has. */
size_t yq_xua_header_size(const yq_xua_block *block)
{
    return block->raw.n + FIXED_SIZE;
}

int yq_xua_certifies(const yq_xua_block *block)
{
    yq_xua_cert cert;
    return block->has_cert && yq_xua_cert_decode(block->cert, &cert, NULL) == YQ_OK &&
           cert.vote_n > 0 && cert.view == block->height - 1 &&
           yq_slice_equal(cert.proposal, block->parent);
}
