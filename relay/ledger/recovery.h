#ifndef YQ_RELAY_LEDGER_RECOVERY_H
#define YQ_RELAY_LEDGER_RECOVERY_H

#include "relay/hub/change.h"
#include "relay/hub/tx.h"
#include "relay/ledger/genesis.h"

/*
 * RECOVER: what k of the genesis' recovery keys sign when more validators are lost for good than
 * the ledger bears. It ends an epoch at the last certified block and names who orders from there
 * on. A node lets it take effect only after the genesis' delay from its own first sight of it, and
 * never once a later block of that epoch is final: the old validators overrule it by going on.
 * Layout: docs/protocol/recovery.md. Needs no database (target yq_envelope).
 */
#define YQ_RECOVERY_REASON_MAX 512u
/* Unsigned part and signatures. */
#define YQ_RECOVERY_SIZE_MAX                                                                       \
    (2u + 32u + 8u + 4u + 8u + 64u + 4u + YQ_CHANGE_SIZE_MAX + 2u + YQ_RECOVERY_REASON_MAX + 1u +  \
     YQ_RECOVERY_KEYS_MAX * 65u)

typedef struct yq_recovery {
    yq_digest chain_id_hash;
    uint64_t epoch;  /* that ends */
    uint32_t serial; /* a later statement for the epoch replaces one of a lower number */
    uint64_t height; /* of the last certified block; the next one is the new epoch's first */
    yq_digest h, result_root;
    yq_slice change; /* relay/hub/change.h, proofs for epoch + 1 */
    yq_slice reason; /* UTF-8 */
    size_t sig_n;
    struct {
        uint8_t key; /* index of the genesis' list; ascending */
        uint8_t sig[64];
    } sig[YQ_RECOVERY_KEYS_MAX];
} yq_recovery;

/* Out: recovery, which borrows from in. Errors: decode codes with the offset. */
YQ_NODISCARD yq_status yq_recovery_decode(yq_slice in, yq_recovery *recovery, yq_fault *why);

/* Writers never fail but by E_NOSPC in the writer. */
void yq_recovery_put(yq_writer *w, const yq_recovery *recovery);
/* The same without signatures: what the state keeps. */
void yq_recovery_put_unsigned(yq_writer *w, const yq_recovery *recovery);

/* The m that is signed, which also names the statement: it does not depend on who has signed. */
void yq_recovery_digest(uint32_t alg, const yq_recovery *recovery, yq_digest *m);

/*
 * Checks all that needs no state: the chain, the signers, every signature, the proofs of who joins.
 * Errors: E_UNSUPPORTED (the genesis has no recovery set), E_DOMAIN, E_SIGNER_UNKNOWN, E_QUORUM,
 * E_SIG..., decode codes of the change. Cost: a verification a signature and a joining key.
 */
YQ_NODISCARD yq_status yq_recovery_check(
    const yq_genesis *genesis,
    const yq_digest *chain_id_hash,
    const yq_recovery *recovery,
    yq_fault *why);

/* The validators after it. In: now, of recovery->epoch. Errors: those of yq_change_apply,
 * E_EPOCH_OLD (now is another epoch's). */
YQ_NODISCARD yq_status
yq_recovery_next(const yq_recovery *recovery, const yq_valset *now, yq_valset *next, yq_fault *why);

#endif /* YQ_RELAY_LEDGER_RECOVERY_H */
