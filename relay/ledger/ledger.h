#ifndef YQ_RELAY_LEDGER_LEDGER_H
#define YQ_RELAY_LEDGER_LEDGER_H

#include "relay/bft/bft.h"
#include "relay/hub/hub.h"
#include "relay/ledger/genesis.h"
#include "relay/ledger/pool.h"
#include "relay/ledger/recovery_book.h"

/*
 * The host's half of the core's duties that touches blocks and state: PAYLOAD, VALIDATE, EXECUTE,
 * COMMIT and SYNC of bft.h.
 *
 * Threads: execute, commit and apply belong to one thread (the executor). payload,
 * validate, submit, start and everything of the pool may be called from any thread, also while the
 * executor works. Reading committed state: view.h.
 *
 * A status of -4xx is a fault of this machine: the process must stop, never retry. Running out of
 * memory stops it here.
 */
typedef struct yq_ledger yq_ledger;

typedef struct yq_ledger_config {
    const char *path; /* of the database's folder */
    yq_slice genesis; /* bytes; copied */
    const yq_verifier *const *verifier;
    size_t verifier_n;
    const yq_signature_checker *checker; /* NULL: one by one */
    yq_pool_config pool;
    uint32_t env_n_max; /* envelopes of an own proposal; 0: YQ_BLOCK_ENVELOPE_N_MAX */
    uint32_t versions;  /* heights below the newest whose state can be read and proven; 0: none */
    size_t payload_size_max; /* bytes of an own proposal's envelopes; 0: YQ_BLOCK_SIZE_MAX */
    /* Called on the committing thread when a block is durable and visible to new views; never
     * before. May be NULL. */
    void (*committed)(void *self, const yq_bft_tip *tip);
    /* Whether this node has waited long enough to let a recovery take effect; it notes the first
     * sight of one that it does not know. Asked where a snapshot's epochs lead over one. Errors:
     * E_HELD: not yet. NULL: never. */
    yq_status (*recovery)(void *self, yq_slice statement);
    void *self;
} yq_ledger_config;

/*
 * Opens a ledger, or makes it from the genesis. Owns: *ledger until yq_ledger_close. Errors:
 * E_IO, E_CORRUPT, E_DATA_VERSION, those of yq_genesis_decode and yq_hub_genesis, E_CONFIG_INVALID
 * (the database is another chain's). Cost: the first time, one write of the first state.
 */
YQ_NODISCARD yq_status
yq_ledger_open(const yq_ledger_config *config, yq_ledger **ledger, yq_fault *why);

/* In: ledger may be NULL; no other call runs and every view is closed. */
void yq_ledger_close(yq_ledger *ledger);

/* What never changes. */
typedef struct yq_ledger_identity {
    yq_slice genesis; /* bytes */
    yq_slice hub;     /* chain id */
    yq_slice display;
    yq_digest chain_id_hash;
    uint32_t alg;
    uint8_t suite;
    uint8_t single_operator;
} yq_ledger_identity;
const yq_ledger_identity *yq_ledger_identity_of(const yq_ledger *ledger);

/* The lowest height whose block is here, but for the genesis and the ends of epochs: 0, or that of
 * the snapshot that the ledger began with (snapshot.h). */
uint64_t yq_ledger_base(const yq_ledger *ledger);

/* The fields of the core's START event. cert is valid when has_cert. */
typedef struct yq_ledger_start {
    yq_bft_tip tip, base;
    yq_valset set;
    int has_cert;
    yq_cert cert;
} yq_ledger_start;
YQ_NODISCARD yq_status yq_ledger_start_of(yq_ledger *ledger, yq_ledger_start *out);

yq_pool *yq_ledger_pool(yq_ledger *ledger);

/* ---- the core's questions ------------------------------------------------------------------- */

/*
 * PAYLOAD: envelopes that may follow parent_hash. Out: digests (room for cap x 32 bytes), digest_n,
 * tx_n. In: time_ms, the wall clock: what expires before it is left out. Takes turns between
 * signers, each in order of arrival. None where the parent is not executed here. Errors: E_IO,
 * E_CORRUPT.
 */
YQ_NODISCARD yq_status yq_ledger_payload(
    yq_ledger *ledger,
    const yq_digest *parent_hash,
    uint64_t time_ms,
    uint8_t *digests,
    uint32_t cap,
    uint32_t *digest_n,
    uint32_t *tx_n);

/*
 * VALIDATE. Out: verdict: WAIT where the parent is not executed or bodies are missing (ask
 * yq_pool_missing for them); INVALID: a repeated or spent sequence, a wrong signature or chain, an
 * unknown signer, expired or valid for more than 24 h, counts, sizes or costs that do not agree.
 * Verifies what is held unverified. Errors: E_IO, E_CORRUPT.
 */
YQ_NODISCARD yq_status yq_ledger_validate(
    yq_ledger *ledger, const yq_header *header, const uint8_t *digests, yq_bft_verdict *verdict);

/*
 * EXECUTE on the state after header->parent_hash. Any transaction ends in a code. Out: result. Not
 * for SUFFIX blocks. Done already: the same result, at no cost. Errors: E_PARENT (the parent is not
 * executed or committed), E_NOT_FOUND (a body is missing: yq_pool_missing), E_NONCANONICAL (bodies
 * are not those of the header), E_IO, E_CORRUPT.
 */
YQ_NODISCARD yq_status yq_ledger_execute(
    yq_ledger *ledger,
    const yq_digest *h,
    const yq_header *header,
    const uint8_t *digests,
    yq_bft_result *result);

/* The fields of the core's COMMITTED event. set is valid when has_set (the block ended an epoch).
 */
typedef struct yq_ledger_committed {
    yq_bft_tip tip;
    int has_cert;
    yq_cert cert;
    int has_set;
    yq_valset set;
} yq_ledger_committed;

/*
 * COMMIT of an executed block that follows the tip: block, certificate (NULL: it has no own one),
 * state, indices and result nodes in one synced batch; then tells config.committed. Committed
 * already: OK. Out: out. Errors: E_PARENT (not on the tip), E_NOT_FOUND (not executed), E_CONFLICT
 * (cert is not for this block, or its result is another), E_IO, E_CORRUPT.
 */
YQ_NODISCARD yq_status yq_ledger_commit(
    yq_ledger *ledger, const yq_digest *h, const yq_cert *cert, yq_ledger_committed *out);

/* ---- certificates of other suites ------------------------------------------------------------ */

/* Any thread. Keeps a certificate (export_cert.h), durably and for ever. In: checked by the caller
 * against what the state calls for. Errors: E_IO. */
YQ_NODISCARD yq_status
yq_ledger_export_put(yq_ledger *ledger, uint8_t suite, uint64_t height, yq_slice certificate);

/* Any thread. Out: out, at most YQ_EXPORT_CERT_SIZE_MAX bytes. Errors: E_NOT_FOUND, E_NOSPC, E_IO,
 * E_CORRUPT. */
YQ_NODISCARD yq_status
yq_ledger_export_get(yq_ledger *ledger, uint8_t suite, uint64_t height, yq_buf *out);

/* ---- recovery ------------------------------------------------------------------------------- */

typedef enum yq_recovery_stage {
    YQ_RECOVERY_INVALID = 0,
    YQ_RECOVERY_WAITS = 1,     /* for its block or its epoch: this ledger is not so far */
    YQ_RECOVERY_READY = 2,     /* the ledger stands at its block */
    YQ_RECOVERY_DONE = 3,      /* it ended its epoch */
    YQ_RECOVERY_OVERRULED = 4, /* its epoch went on, or ended otherwise: it never takes effect */
} yq_recovery_stage;
const char *yq_recovery_stage_name(yq_recovery_stage stage);

/* Any thread. In: checked with yq_recovery_check. Errors: E_IO, E_CORRUPT. */
YQ_NODISCARD yq_status
yq_ledger_recovery(yq_ledger *ledger, const yq_recovery *recovery, yq_recovery_stage *stage);

/*
 * Any thread. Returns 1 when a statement of the book may take effect: this node has waited, stands
 * at its block, and knows of no later final one. In: fin_height, of the newest block of this epoch
 * that the core knows as final; now_ms, wall clock. 0 also where the database cannot be read.
 */
int yq_ledger_recovery_ripe(
    yq_ledger *ledger,
    const yq_recovery_book *book,
    unsigned idx,
    uint64_t fin_height,
    uint64_t now_ms);

/*
 * The executor's: ends the epoch by a statement whose time has come, durably; blocks above the tip
 * are forgotten. The core must be started again (yq_ledger_start_of). In: the caller has waited,
 * and knows no later final block of the epoch. Done already: OK. Errors: those of
 * yq_recovery_check and yq_hub_recover; E_HEIGHT, E_HASH, E_EPOCH_OLD (not at its block);
 * E_SIGNATURES_MISSING (the tip has no certificate of its own), E_IO, E_CORRUPT.
 */
YQ_NODISCARD yq_status yq_ledger_recover(yq_ledger *ledger, yq_slice statement, yq_fault *why);

/* The genesis, decoded; lives as long as the ledger. */
const yq_genesis *yq_ledger_genesis(const yq_ledger *ledger);

/* ---- block sync ----------------------------------------------------------------------------- */

#define YQ_SYNC_BLOCKS_MAX 64u
#define YQ_SYNC_SIZE_MAX   (16u << 20) /* of one range */

/*
 * Takes a served range (yq_view_serve): checks everything against the tip (hash chain, bodies,
 * every certificate in it, the last one above all), executes, compares each result with the
 * certified one and commits. Blocks at or below the tip are skipped after a check that they are the
 * same. each is called after every commit. Errors: the peer's fault (-1xx, -2xx, -3xx: drop it;
 * nothing of the rest was taken): decode codes, E_PARENT, E_HEIGHT, E_HASH, E_BODY_MISMATCH,
 * E_QUORUM, ...; E_STATE_DIVERGENCE: this node executes otherwise than the others: alarm, sign
 * nothing more; -4xx.
 */
YQ_NODISCARD yq_status yq_ledger_apply(
    yq_ledger *ledger,
    yq_slice range,
    void (*each)(void *self, const yq_ledger_committed *committed),
    void *self,
    yq_fault *why);

#endif /* YQ_RELAY_LEDGER_LEDGER_H */
