#ifndef YQ_RELAY_HUB_EXPORT_CERT_H
#define YQ_RELAY_HUB_EXPORT_CERT_H

#include "yuqiao/limits.h"
#include "yuqiao/packet.h"

#include "relay/base/cursor.h"
#include "relay/base/writer.h"
#include "relay/hub/export_key.h"

/*
 * Certificates for contracts that cannot check the ledger's own signatures (messages.md, section
 * 3): Export bytes, then who signed their Keccak-256, and the signatures. Needs no state (target
 * yq_tx).
 */

/* The keys of one epoch in a suite, in the order of the validators' indices. */
typedef struct yq_export_set {
    yq_digest chain_id_hash;
    uint64_t epoch;
    uint8_t suite;
    uint16_t n; /* 1 .. YQ_VALIDATORS_MAX */
    uint8_t key[YQ_VALIDATORS_MAX][YQ_ADDRESS_SIZE];
} yq_export_set;
#define YQ_EXPORT_SET_SIZE_MAX (13u + YQ_VALIDATORS_MAX * (1u + YQ_ADDRESS_SIZE))

/* So many of n sign a certificate: n - (n - 1) / 3. */
uint16_t yq_export_quorum(uint16_t n);

/* u64 epoch, u8 suite, u16 quorum, u16 n, n x str8 key: what an inbox is handed to step. */
void yq_export_set_put(yq_writer *w, const yq_export_set *set);

/* Reads it whole. Out: set, whose chain_id_hash is zero: it is the reader's. Errors: decode codes;
 * E_UNSUPPORTED (suite), E_QUORUM (not that of n), E_RANGE (nobody), E_LIMIT, E_LEN (a key's size).
 */
YQ_NODISCARD yq_status yq_export_set_decode(yq_slice in, yq_export_set *set, yq_fault *why);

/* Keccak-256(0x03 || chain_id_hash || those bytes): what next_set and STATE name. */
void yq_export_set_hash(const yq_export_set *set, yq_digest *hash);

/* Who signed, one after the other in the order of the index: bitmap[4] || popcount x b65. */
typedef struct yq_export_sigs {
    uint32_t bitmap; /* bit i: validator i; wire bytes least significant first */
    uint8_t sig[YQ_VALIDATORS_MAX][YQ_EXPORT_SIG_SIZE];
} yq_export_sigs;
#define YQ_EXPORT_SIGS_SIZE_MAX (4u + YQ_VALIDATORS_MAX * YQ_EXPORT_SIG_SIZE)

unsigned yq_export_signers(uint32_t bitmap);
void yq_export_sigs_put(yq_writer *w, const yq_export_sigs *sigs);
/* Errors, in the cursor: E_TRUNCATED; E_SIGNER_UNKNOWN (bit 31), E_SIGNATURES_MISSING (none). */
void yq_export_sigs_get(yq_cur *c, yq_export_sigs *sigs);

/* The signature of a signer whose bit is set. */
const uint8_t *yq_export_sig_of(const yq_export_sigs *sigs, unsigned idx);

/* Adds a signature; the bit is not set yet. */
void yq_export_sigs_add(yq_export_sigs *sigs, unsigned idx, const uint8_t *sig);

typedef struct yq_export_cert {
    yq_export body; /* hub borrows from the decoded bytes, or is the caller's */
    yq_export_sigs sigs;
} yq_export_cert;
#define YQ_EXPORT_SIZE_MAX      (15u + 32u + 49u + 1u + 24u + 64u)
#define YQ_EXPORT_CERT_SIZE_MAX (YQ_EXPORT_SIZE_MAX + YQ_EXPORT_SIGS_SIZE_MAX)

_Static_assert(YQ_EXPORT_CERT_SIZE_MAX <= YQ_CERTIFICATE_SIZE_MAX, "a delivery holds it");

/* Errors: decode codes, those of yq_export_decode and yq_export_sigs_get. */
YQ_NODISCARD yq_status yq_export_cert_decode(yq_slice in, yq_export_cert *cert, yq_fault *why);
/* In: a body that yq_export_encode takes. */
void yq_export_cert_put(yq_writer *w, const yq_export_cert *cert);

/* What is signed: Keccak-256 of the Export bytes. In: as above. */
void yq_export_digest(const yq_export *body, yq_digest *m);

/*
 * Checks a certificate by a set: chain, suite, epoch (E_DOMAIN), signers (E_SIGNER_UNKNOWN), at
 * least a quorum (E_QUORUM), every signature (those of yq_export_signed_by). Does not check the
 * hub's name. Cost: one recovery a signer.
 */
YQ_NODISCARD yq_status yq_export_cert_check(const yq_export_cert *cert, const yq_export_set *set);

#endif /* YQ_RELAY_HUB_EXPORT_CERT_H */
