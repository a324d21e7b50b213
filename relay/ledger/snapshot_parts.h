#ifndef YQ_RELAY_LEDGER_SNAPSHOT_PARTS_H
#define YQ_RELAY_LEDGER_SNAPSHOT_PARTS_H

/* The parts of a snapshot as bytes: shared by snapshot*.c and import.c, by nobody else. */

#include "relay/ledger/internal.h"
#include "relay/ledger/snapshot.h"

#define SNAPSHOT_FORMAT    2u
#define SNAPSHOT_PROOF_MAX YQ_STATE_PROOF_SIZE_MAX

/* Blocks as a peer gives them: digests points into its bytes; of the result only result_root and
 * export_root are there, computed from the roots. */
typedef struct snapshot_manifest {
    yq_view_block at;
    yq_merkle_peaks history;
    yq_state_proof proof; /* that the state says so */
} snapshot_manifest;

/* How an epoch ended: by its last block's certificate, or by a recovery on that block. */
typedef struct snapshot_epoch {
    yq_view_block end;
    yq_valset next;
    int is_recovery;
    yq_slice statement; /* is_recovery */
    yq_recovery recovery;
} snapshot_epoch;

typedef struct snapshot_state {
    int is_leaves;
    yq_state_subtree child[YQ_STATE_FANOUT]; /* not is_leaves */
    uint32_t n;                              /* is_leaves */
    yq_slice leaves;                         /* n x {blob16 key, blob32 value} */
} snapshot_state;

/* What a part is checked against. */
typedef struct snapshot_trust {
    const yq_ledger *ledger;
    const yq_valset *set;
    const yq_digest *end; /* the block that ended the epoch before */
} snapshot_trust;

/* Errors: decode codes with the offset. */
YQ_NODISCARD yq_status snapshot_manifest_decode(
    const yq_ledger_identity *id, yq_slice in, snapshot_manifest *out, yq_fault *why);
YQ_NODISCARD yq_status snapshot_epoch_decode(
    const yq_ledger_identity *id, yq_slice in, snapshot_epoch *out, yq_fault *why);
YQ_NODISCARD yq_status snapshot_state_decode(yq_slice in, snapshot_state *out, yq_fault *why);

/* Errors: E_DOMAIN, E_EPOCH_OLD, E_BODY_MISMATCH, E_HASH, E_NONCANONICAL, E_PROOF..., those of a
 * certificate's check. */
YQ_NODISCARD yq_status
snapshot_manifest_check(const snapshot_trust *t, const snapshot_manifest *m, yq_fault *why);
YQ_NODISCARD yq_status
snapshot_epoch_check(const snapshot_trust *t, const snapshot_epoch *e, yq_fault *why);

void snapshot_manifest_put(yq_writer *w, const snapshot_manifest *m);
void snapshot_epoch_put(yq_writer *w, const snapshot_epoch *e);
void snapshot_places_put(yq_writer *w, const yq_state_subtree child[YQ_STATE_FANOUT]);

/* The first `nibbles` of a path and zeros, with the next four bits `next`. */
void snapshot_place_below(
    const yq_digest *place, unsigned nibbles, unsigned next, yq_digest *below);
/* Whether a path begins with the place's bits. */
int snapshot_place_has(const yq_digest *place, unsigned nibbles, const yq_digest *path);

#endif /* YQ_RELAY_LEDGER_SNAPSHOT_PARTS_H */
