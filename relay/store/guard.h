#ifndef YQ_RELAY_STORE_GUARD_H
#define YQ_RELAY_STORE_GUARD_H

#include "relay/store/wal.h"

/*
 * The sign guard: a file outside the node's home that remembers the highest (epoch, view) for which
 * a key was used, so that a node whose log was lost or rolled back never signs again with it. Two
 * slots are written in turn, each with a counter and a crc. One thread. The file is locked: a
 * second process with the same guard folder and key is E_TWIN_KEY.
 */
typedef struct yq_guard yq_guard;

/* Opens dir/<key id in hex>.guard; a missing file is made by yq_guard_check. Owns:
 * *guard until yq_guard_close. Errors: E_IO, E_TWIN_KEY, E_CORRUPT (neither slot can be read). */
YQ_NODISCARD yq_status
yq_guard_open(const char *dir, const yq_digest *key_id, yq_guard **guard, yq_fault *why);
void yq_guard_close(yq_guard *guard);

/* Returns 1 when the file existed or was written. Out: epoch, view (may be NULL). */
int yq_guard_look(const yq_guard *guard, uint64_t *epoch, uint64_t *view);

/*
 * Whether this key may vote here; if so, a missing file is made, so that from the first vote on a
 * guard exists whenever the process dies. In: found of yq_wal_open; tip_epoch, tip_view: of the
 * newest committed block (0, 0 at genesis), at or below which nothing is ever signed again. Errors:
 * E_SIGN_GUARD: the guard is ahead of log and tip, or is missing while the log has votes; why says
 * what to do; E_IO.
 */
YQ_NODISCARD yq_status yq_guard_check(
    yq_guard *guard,
    const yq_wal_found *found,
    uint64_t tip_epoch,
    uint64_t tip_view,
    yq_fault *why);

/* Notes that a signature for (epoch, view) is about to be made; durable when it returns. Cost: one
 * fdatasync where it raises the mark, else nothing. Errors: E_IO: do not sign, stop. */
YQ_NODISCARD yq_status yq_guard_note(yq_guard *guard, uint64_t epoch, uint64_t view, yq_fault *why);

#endif /* YQ_RELAY_STORE_GUARD_H */
