#ifndef YQ_RELAY_LEDGER_AUDIT_H
#define YQ_RELAY_LEDGER_AUDIT_H

#include "relay/ledger/ledger.h"

/* Copies of a ledger, and the proof that one is whole. */

/* Writes a copy of the committed ledger as it is now into the new folder path; blocks go on being
 * committed meanwhile. Any thread. Errors: E_IO. */
YQ_NODISCARD yq_status yq_ledger_checkpoint(yq_ledger *ledger, const char *path, yq_fault *why);

typedef struct yq_audit {
    yq_bft_tip tip;
    uint64_t certified;    /* the newest height that has a certificate of its own */
    uint64_t epochs, keys; /* of the state */
} yq_audit;

/*
 * Checks what is stored, from the genesis on: the chain of headers, each block's envelopes, roots
 * and results, every certificate by the validators of its epoch (these by the certificate that
 * ended the one before), the state tree and each key's value in it against the certified state
 * root. Does not check the indices that only help to find (by id, by event, the history's nodes).
 * Not while blocks are committed. progress: told of each thousand of blocks and of keys; may be
 * NULL. Out: out. Errors: E_CORRUPT and those of a certificate's check, with the height and the
 * part in why; E_IO. Cost: reads all of it; a verification a signature, about 20 hashes a key.
 */
YQ_NODISCARD yq_status yq_ledger_audit(
    yq_ledger *ledger,
    void (*progress)(void *self, const char *what, uint64_t done),
    void *self,
    yq_audit *out,
    yq_fault *why);

#endif /* YQ_RELAY_LEDGER_AUDIT_H */
