#ifndef YQ_RELAY_LEDGER_VIEW_H
#define YQ_RELAY_LEDGER_VIEW_H

#include "relay/ledger/ledger.h"
#include "relay/ledger/result.h"

/*
 * The reading side: one committed height, with its certificate, that stands still while blocks are
 * committed. A view belongs to one thread; any number of views may be open. It shows the newest
 * height that has a certificate of its own (right after a restart, and for the genesis, has_cert
 * may be 0). Bytes that a view gives out live until yq_view_reset or yq_view_refresh.
 *
 * Faults of the disk cannot be told by the hub's typed reads: after them ask yq_view_fault.
 */
typedef struct yq_view yq_view;

/* Owns: *view until yq_view_close, which comes before yq_ledger_close. Cost: 24 MiB of address
 * space. */
YQ_NODISCARD yq_status yq_view_open(yq_ledger *ledger, yq_view **view);
void yq_view_close(yq_view *view);

/* Goes to the newest height; drops all that was given out. Returns 1 when it changed. */
int yq_view_refresh(yq_view *view);

/* Drops what was given out and stays at the height. */
void yq_view_reset(yq_view *view);

/* OK, or the first fault of a read (E_IO, E_CORRUPT): what was read since is not to be used. */
YQ_NODISCARD yq_status yq_view_fault(const yq_view *view);

/* One block. h, result and roots are of the block; cert when has_cert. */
typedef struct yq_view_block {
    yq_bft_tip tip; /* header, h, result */
    yq_block_roots roots;
    const uint8_t *digests; /* header.n_env x 32 */
    int has_cert;
    yq_cert cert;
} yq_view_block;

/* The block that the view stands at. */
const yq_view_block *yq_view_tip(const yq_view *view);

/* Errors: E_NOT_FOUND (above the view's height), E_IO, E_CORRUPT. */
YQ_NODISCARD yq_status yq_view_block_at(yq_view *view, uint64_t height, yq_view_block *out);
YQ_NODISCARD yq_status yq_view_height_of(yq_view *view, const yq_digest *h, uint64_t *height);

/* The validator set of an epoch, and the first height that it decides. Errors: E_NOT_FOUND. */
YQ_NODISCARD yq_status
yq_view_valset(yq_view *view, uint64_t epoch, yq_valset *set, uint64_t *first_height);

/* The statement that ended the next epoch after *epoch which a recovery ended. Out: epoch, that
 * one; statement. Errors: E_NOT_FOUND (none), E_IO. */
YQ_NODISCARD yq_status yq_view_recovery_after(yq_view *view, uint64_t *epoch, yq_slice *statement);

/* The state machine's read context at this height. Valid until the view is closed. */
yq_hub *yq_view_hub(yq_view *view);

/* A state value with its proof under roots.state_root of yq_view_tip. Out: value (empty when there
 * is none), found, proof (yq_state_proof_encode). Errors: E_RANGE (key over YQ_STATE_KEY_MAX or
 * empty), E_IO, E_CORRUPT. */
YQ_NODISCARD yq_status
yq_view_state(yq_view *view, yq_slice key, yq_slice *value, int *found, yq_slice *proof);

/*
 * As yq_view_state, of the state after the block of an earlier height, under that block's
 * state_root. Out: also block. Errors: E_NOT_FOUND too: above the view's height, or no longer kept
 * (config.versions).
 */
YQ_NODISCARD yq_status yq_view_state_at(
    yq_view *view,
    uint64_t height,
    yq_slice key,
    yq_view_block *block,
    yq_slice *value,
    int *found,
    yq_slice *proof);

typedef enum yq_tx_stage {
    YQ_TX_UNKNOWN = 0,
    YQ_TX_PENDING = 1, /* an envelope of this id waits in the pool */
    YQ_TX_FINAL = 2,
} yq_tx_stage;

/* Where a transaction or envelope stands. */
typedef struct yq_tx_where {
    yq_tx_stage stage;
    int is_envelope; /* id names an envelope: code is that of its first transaction */
    uint64_t height; /* FINAL */
    uint32_t index;  /* of its result in the block (of the first one) */
    uint16_t n_tx;   /* 1, or the envelope's */
    int32_t code;    /* FINAL: a yq_status */
} yq_tx_where;

/* In: id of an envelope or of a transaction (yq_envelope_tx_id). Errors: E_IO, E_CORRUPT. */
YQ_NODISCARD yq_status yq_view_tx(yq_view *view, const yq_digest *id, yq_tx_where *out);

/* The bytes of one result (yq_result_decode) and its path under the block's results_root. In: proof
 * may be NULL. Errors: E_NOT_FOUND, E_IO, E_CORRUPT. */
YQ_NODISCARD yq_status yq_view_result(
    yq_view *view, uint64_t height, uint32_t index, yq_slice *leaf, yq_result_proof *proof);

/* An event with its place. Position: (height, event) counts within the block. */
typedef struct yq_view_event {
    uint64_t height;
    uint32_t event; /* number in the block, from 0 */
    uint32_t index; /* of the result that it belongs to; 0: the block's own work */
    yq_result_event what;
} yq_view_event;

/* Events from (height, event) on, in order. Out: at most cap. Returns their count; fewer than cap:
 * these are all up to the view's height. */
size_t yq_view_events(
    yq_view *view, uint64_t height, uint32_t event, yq_view_event *out, size_t cap);

/* An envelope of a committed block by its digest, or by its place. Errors: E_NOT_FOUND. */
YQ_NODISCARD yq_status yq_view_body(yq_view *view, const uint8_t *digest, yq_slice *bytes);
YQ_NODISCARD yq_status
yq_view_body_at(yq_view *view, uint64_t height, uint32_t idx, yq_slice *bytes);

/* The path of the header hash of `height` in the history of the view's state: under the root that
 * the state key sys/history holds (u64 n, b32 root), leaf H(0x00 || h). Errors: E_NOT_FOUND (at or
 * above the view's height, or below yq_ledger_base). */
YQ_NODISCARD yq_status
yq_view_history(yq_view *view, uint64_t height, uint64_t *n, yq_digest *path, size_t *path_n);

/*
 * Decodes an envelope and checks all that a node checks before it takes it: signature and key by
 * the state of this height, chain, a known signer, sequence not spent, valid until after time_ms
 * and at most 24 h ahead. Out: env, which borrows from in. Errors: as yq_envelope_decode and
 * yq_envelope_check, E_SIGNER_UNKNOWN, E_REPLAY, E_EXPIRED, E_RANGE. Cost: one verification.
 */
YQ_NODISCARD yq_status yq_view_check_envelope(
    yq_view *view, yq_slice in, uint64_t time_ms, yq_envelope *env, yq_fault *why);

/*
 * A range of blocks with bodies for a peer's sync: from `from`, at most to `to`, 64 blocks and
 * YQ_SYNC_SIZE_MAX bytes, ending at a height that has its own certificate. Out: range. Errors:
 * E_NOT_FOUND (nothing that ends so), E_RANGE (from 0 or above to), E_IO, E_CORRUPT.
 */
YQ_NODISCARD yq_status yq_view_serve(yq_view *view, uint64_t from, uint64_t to, yq_slice *range);

#endif /* YQ_RELAY_LEDGER_VIEW_H */
