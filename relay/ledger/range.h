#ifndef YQ_RELAY_LEDGER_RANGE_H
#define YQ_RELAY_LEDGER_RANGE_H

/*
 * Ranges of blocks for sync: u64 from, u16 n, n x { header, header.n_env x blob32 envelope, u8
 * has_cert, blob16 certificate if so }. The last block and every one that ends an epoch bring their
 * certificate.
 */
#include "relay/ledger/internal.h"

typedef struct range_block {
    yq_header header;
    yq_digest h;
    yq_slice envelopes; /* n_env x blob32 */
    int has_cert;
    yq_slice cert;
} range_block;

typedef struct range {
    uint64_t from;
    uint16_t n;
    range_block block[YQ_SYNC_BLOCKS_MAX];
} range;

/* Reads the frame of a range; envelopes and certificates are decoded when their turn comes. Out:
 * range, which borrows from in. Checks heights and the hash chain within. Errors: decode codes,
 * E_HEIGHT, E_PARENT, E_SIGNATURES_MISSING (the last block has no certificate). */
yq_status range_decode(uint32_t alg, yq_slice in, range *out, yq_fault *why);

/* The bodies of one block. Out: bodies, n_env of them, to be released, also on failure. Errors:
 * decode codes, E_BODY_MISMATCH. */
yq_status range_bodies(uint32_t alg, const range_block *block, body **bodies, yq_fault *why);

#endif /* YQ_RELAY_LEDGER_RANGE_H */
