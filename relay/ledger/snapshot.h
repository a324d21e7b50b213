#ifndef YQ_RELAY_LEDGER_SNAPSHOT_H
#define YQ_RELAY_LEDGER_SNAPSHOT_H

#include "relay/ledger/ledger.h"

/*
 * State sync: a ledger that begins at a late height, taken from nodes that nobody has to trust. A
 * snapshot is given in parts; each part is checked alone, as it comes, against what is known by
 * then, so whoever gives a wrong byte is known at once:
 *   EPOCH     the block that ends an epoch with its certificate, and the next validators: from the
 *             genesis' validators on, each set is named by a certificate of the one before
 *   MANIFEST  the block that the snapshot stands at, its certificate, the history's peaks with
 *             their proof
 *   STATE     one place of the state tree: all leaves below it, or the sixteen places four levels
 *             below it
 * Layouts: docs/protocol/snapshot.md.
 */
typedef enum yq_snapshot_part {
    YQ_SNAPSHOT_INVALID = 0,
    YQ_SNAPSHOT_MANIFEST = 1,
    YQ_SNAPSHOT_EPOCH = 2,
    YQ_SNAPSHOT_STATE = 3,
} yq_snapshot_part;

#define YQ_SNAPSHOT_REQUEST_SIZE 50u
#define YQ_SNAPSHOT_PART_MAX     (2u << 20) /* bytes of one part */

typedef struct yq_snapshot_request {
    uint64_t height; /* that the snapshot stands at; 0: the newest there is */
    uint8_t part;
    uint64_t epoch;  /* EPOCH: the one that ends, else 0 */
    uint8_t nibbles; /* STATE: the place lies 4 x nibbles bits deep, else 0 */
    yq_digest place; /* STATE: those bits of a path, the rest 0; else 0 */
} yq_snapshot_request;

void yq_snapshot_request_put(yq_writer *w, const yq_snapshot_request *request);
/* Errors: decode codes; E_FIELD_UNKNOWN (part), E_NONCANONICAL (a field that the part does not
 * use, bits beyond the place), E_RANGE (epoch 0, a place below the deepest). */
YQ_NODISCARD yq_status
yq_snapshot_request_decode(yq_slice in, yq_snapshot_request *request, yq_fault *why);

/* ---- giving: snapshots that this node keeps ------------------------------------------------- */

typedef struct yq_snapshots yq_snapshots;

typedef struct yq_snapshots_config {
    const char *folder; /* of the snapshots; made when it is missing */
    unsigned kept;      /* newest ones; 1 .. YQ_SNAPSHOTS_MAX */
    uint64_t interval;  /* heights: one at the first certified block of each interval */
    uint64_t pause_ms;  /* but none earlier than this after the last, by the blocks' times */
    size_t part_size;   /* bytes of leaves of one part, about; 0: YQ_SNAPSHOT_LEAVES_SIZE */
} yq_snapshots_config;
#define YQ_SNAPSHOTS_MAX        8u
#define YQ_SNAPSHOT_LEAVES_SIZE (1u << 20)
#define YQ_SNAPSHOT_LEAVES_MAX  32768u /* of one part */

/* Finds what is kept; what a stop left unfinished is removed. Out: snapshots, freed with
 * yq_snapshots_close. In: ledger lives longer. Errors: E_IO. */
YQ_NODISCARD yq_status yq_snapshots_open(
    yq_ledger *ledger, const yq_snapshots_config *config, yq_snapshots **snapshots, yq_fault *why);
void yq_snapshots_close(yq_snapshots *snapshots);

/*
 * After a commit, in the committing thread: keeps the state of this block when it is due, and
 * drops what is too old. Out: taken. Errors: E_IO: none was kept; the ledger is not touched. Cost:
 * a flush of RocksDB's memory and hard links.
 */
YQ_NODISCARD yq_status yq_snapshots_after(
    yq_snapshots *snapshots, const yq_ledger_committed *committed, int *taken, yq_fault *why);

/* Any thread. Out: part, freed with yq_mem_free, at most YQ_SNAPSHOT_PART_MAX; size. Errors:
 * E_NOT_FOUND (no such snapshot, or nothing there), E_IO, E_CORRUPT. */
YQ_NODISCARD yq_status yq_snapshots_serve(
    yq_snapshots *snapshots, const yq_snapshot_request *request, uint8_t **part, size_t *size);

/* The heights that are kept, ascending. Returns their number, at most YQ_SNAPSHOTS_MAX. */
unsigned yq_snapshots_look(yq_snapshots *snapshots, uint64_t height[YQ_SNAPSHOTS_MAX]);

/* ---- taking --------------------------------------------------------------------------------- */

typedef struct yq_import yq_import;

/*
 * Begins an import into the new database folder path, or goes on with the one that is there. In:
 * ledger lives longer, and may go on meanwhile; one thread at a time. Owns: *import until
 * yq_import_close. Errors: E_IO, E_CORRUPT, E_DATA_VERSION, E_CONFIG_INVALID (of another chain).
 */
YQ_NODISCARD yq_status
yq_import_open(yq_ledger *ledger, const char *path, yq_import **import, yq_fault *why);
void yq_import_close(yq_import *import);

/* What is wanted next. Returns 0 when all is there. Out: request. */
int yq_import_want(const yq_import *import, yq_snapshot_request *request);

/*
 * Checks a part that answers the request of yq_import_want and makes it durable. Errors: the
 * peer's fault (-1xx to -3xx): nothing was taken, ask another; -4xx. Cost: hashes and writes what
 * it holds; MANIFEST and EPOCH a verification a signature.
 */
YQ_NODISCARD yq_status yq_import_take(yq_import *import, yq_slice part, yq_fault *why);

/* No peer has the snapshot any more: begins again with the newest there is. Errors: E_IO,
 * E_CORRUPT. */
YQ_NODISCARD yq_status yq_import_restart(yq_import *import, yq_fault *why);

typedef struct yq_import_progress {
    uint64_t height, epoch; /* height 0: not known yet */
    uint64_t keys, bytes;   /* of the state, taken so far */
    uint32_t permille;      /* of the state, about */
    int complete;
} yq_import_progress;
void yq_import_look(const yq_import *import, yq_import_progress *out);

/*
 * Puts a complete import at path in the place of the database at db, whatever moment it is
 * interrupted at, and removes one that the database has overtaken; without one does nothing, and
 * cleans up after an interrupted call. Out: adopted. Errors: E_IO (also where another process has
 * the database open), E_CORRUPT.
 */
YQ_NODISCARD yq_status
yq_import_adopt(const char *path, const char *db, int *adopted, yq_fault *why);

#endif /* YQ_RELAY_LEDGER_SNAPSHOT_H */
