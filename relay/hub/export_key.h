#ifndef YQ_RELAY_HUB_EXPORT_KEY_H
#define YQ_RELAY_HUB_EXPORT_KEY_H

#include "yuqiao/types.h"

#include "relay/crypto/crypto.h"

/*
 * How a validator's key and its key for certificates of another suite prove that they belong
 * together: each signs the other. Both proofs name this chain, the suite and what the other key is,
 * in a domain of their own, so that neither can be used for another binding or as anything else.
 * One suite is offered: 3, whose keys are addresses. Needs no state (target yq_tx).
 */
#define YQ_PROOF_EXPORT_KEY 2u /* first byte of a GOV body; 1 is a validator's (change.h) */
#define YQ_EXPORT_SIG_SIZE  65u
#define YQ_EXPORT_OWNER_TAG "YUQIAO-EXPORT-KEY-1"

typedef struct yq_export_binding {
    uint8_t suite;
    yq_slice validator; /* public key of the ledger's suite */
    yq_slice address;
} yq_export_binding;

/* The m that the validator's key signs: type GOV, epoch and view 0, body = u8 2, str8 validator, u8
 * suite, str8 address. alg: the ledger's hash. */
void yq_export_key_digest(
    uint32_t alg, const yq_digest *chain_id_hash, const yq_export_binding *b, yq_digest *m);

/* What the address signs: Keccak-256("YUQIAO-EXPORT-KEY-1" || chain_id_hash || u8 suite || str8
 * validator). */
void yq_export_owner_digest(
    const yq_digest *chain_id_hash, const yq_export_binding *b, yq_digest *m);

/* Checks a signature of the suite: E_SIG_RANGE, E_SIG_HIGH_S; E_SIG (also of another address). In:
 * address of YQ_ADDRESS_SIZE, sig of YQ_EXPORT_SIG_SIZE bytes. Cost: one recovery. */
YQ_NODISCARD yq_status
yq_export_signed_by(const uint8_t *address, const yq_digest *m, const uint8_t *sig);

#endif /* YQ_RELAY_HUB_EXPORT_KEY_H */
