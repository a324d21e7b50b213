#ifndef YQ_ADAPTERS_XUPERCHAIN_EVIDENCE_H
#define YQ_ADAPTERS_XUPERCHAIN_EVIDENCE_H

/*
 * From what a node sends to the bytes that the light client reads
 * (light-clients/xuperchain/README.md). Writers append; E_NOSPC is the writer's. Signatures, quorum
 * and validators are the light client's to judge.
 */
#include "adapters/xuperchain/wire.h"
#include "relay/crypto/crypto.h"

#define YQ_XUA_LAYOUT      1u
#define YQ_XUA_HEADERS_MIN 4u
#define YQ_XUA_HEADERS_MAX 64u
#define YQ_XUA_LEVELS_MAX  17u

/* SHA-256 of SHA-256. */
yq_digest yq_xua_hash(const yq_slice *part, size_t n);

/*
 * Writes a header in the light client's layout, and computes its id. In: hashed, room for what is
 * hashed, as large as the block. Out: id. Errors: E_PEER for what the layout does not carry
 * (digests that are none, a certificate of another kind or with a message, a rollback's target),
 * E_LIMIT, decode codes.
 */
YQ_NODISCARD yq_status yq_xua_header_put(
    const yq_xua_block *block, yq_buf hashed, yq_writer *w, yq_digest *id, yq_fault *why);
/* Room that a header needs at most. */
size_t yq_xua_header_size(const yq_xua_block *block);

/* Returns 1 when a block's certificate is of the block below it, and has votes. */
int yq_xua_certifies(const yq_xua_block *block);

/* ---- tree.c ---- */

/* A block's tree: the levels one behind the other, leaves first. */
typedef struct yq_xua_tree {
    size_t n; /* leaves */
    yq_digest *node;
} yq_xua_tree;

/* Nodes that a tree of n leaves has. */
size_t yq_xua_tree_size(size_t n);
/* Makes the levels above the leaves, node[0..n). Returns the root, zero for no leaves. */
yq_digest yq_xua_tree_make(const yq_xua_tree *tree);
/* Writes the path of leaf index: u8 count, siblings from the leaf upwards. */
void yq_xua_path_put(const yq_xua_tree *tree, size_t index, yq_writer *w);

/* A write: tx as hashed, number that of the write in it. */
void yq_xua_write_put(
    uint64_t height,
    const yq_xua_tree *tree,
    size_t place,
    yq_slice tx,
    uint32_t number,
    yq_writer *w);
/* Room that such a proof needs at most. */
size_t yq_xua_write_size(yq_slice tx);

/* ---- account.c ---- */

/* The curve of a chain's keys, which is also its address's version byte. */
#define YQ_XUA_P256 1u
#define YQ_XUA_SM2  2u

#define YQ_XUA_ADDRESS_MAX  36u
#define YQ_XUA_KEY_TEXT_MAX 256u

/* Writes a public key (x || y, 64 bytes) as the chain writes it. Returns its length. */
size_t yq_xua_key_text(uint8_t scheme, const uint8_t *key, char text[YQ_XUA_KEY_TEXT_MAX]);
/* Writes the address of a public key. Returns its length. */
size_t yq_xua_address(uint8_t scheme, const uint8_t *key, char text[YQ_XUA_ADDRESS_MAX]);
/* Appends a signature over a digest, in DER. Errors: E_NOSPC. */
YQ_NODISCARD yq_status
yq_xua_sign(uint8_t scheme, const yq_key *key, const yq_digest *digest, yq_buf *out);

#endif /* YQ_ADAPTERS_XUPERCHAIN_EVIDENCE_H */
