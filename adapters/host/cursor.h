#ifndef YQ_ADAPTERS_HOST_CURSOR_H
#define YQ_ADAPTERS_HOST_CURSOR_H

#include "yuqiao/limits.h"

#include "relay/base/bytes.h"

/*
 * The durable cursor: how far the hub has this chain's evidence, for good. It moves only after the
 * hub has made the evidence final, so losing it, or going back, costs work and never a message.
 *
 * File: "YUQIAO-CURSOR-1"; str8 chain; u64 next; u16 n, n x filter { str8 emitter; str8 event; u64
 * from_height }; u16 n, n x parked { u64 height; str8 tx_id; u32 event_index; i32 code; u32
 * attempts }; b32 SM3 of all before it.
 */
#define YQ_HOST_FILTERS_MAX 256u
#define YQ_HOST_PARKED_MAX  256u
#define YQ_HOST_NAME_MAX    128u
#define YQ_HOST_TX_ID_MAX   128u

typedef struct yq_host_name {
    uint8_t b[YQ_HOST_NAME_MAX];
    uint8_t n;
} yq_host_name;

/* An emitter and event that somebody registered, and that every height below next was searched
 * for. */
typedef struct yq_host_filter {
    yq_host_name emitter, event;
    uint64_t from_height;
} yq_host_filter;

/* An event that the hub refused and may take later (an unopened lane, a gap). */
typedef struct yq_host_parked {
    uint64_t height;
    yq_host_name tx_id;
    uint32_t event_index;
    int32_t code;
    uint32_t attempts;
    uint64_t retry_ms; /* steady clock; not stored: a restart tries at once */
} yq_host_parked;

typedef struct yq_host_cursor {
    char chain[YQ_CHAIN_ID_SIZE_MAX + 1];
    uint64_t next; /* every height below is done */
    size_t filter_n, parked_n;
    yq_host_filter filter[YQ_HOST_FILTERS_MAX];
    yq_host_parked parked[YQ_HOST_PARKED_MAX];
} yq_host_cursor;

/* Sets a name; returns 0 when the bytes are too many. */
int yq_host_name_set(yq_host_name *name, yq_slice bytes);
yq_slice yq_host_name_get(const yq_host_name *name);

/*
 * Reads dir/cursor. In: chain. Out: cursor; next = 0 and nothing else where there is no file.
 * Errors: E_NOT_FOUND (no file), E_IO, E_CORRUPT (damaged: start anew), E_CONFIG_INVALID (another
 * chain's).
 */
YQ_NODISCARD yq_status
yq_host_cursor_load(yq_host_cursor *cursor, const char *dir, const char *chain, yq_fault *why);

/* Replaces dir/cursor at once or not at all, and durably: a new file, fsync, rename, fsync of the
 * folder. Errors: E_IO; why names the step. */
YQ_NODISCARD yq_status
yq_host_cursor_store(const yq_host_cursor *cursor, const char *dir, yq_fault *why);

/* Replaces dir/name by these bytes in the same way; sync 0 leaves out the fsyncs. */
YQ_NODISCARD yq_status
yq_host_file_replace(const char *dir, const char *name, yq_slice bytes, int sync, yq_fault *why);

/* Takes dir for this process alone, until it ends. Out: fd of the lock. Errors: E_IO, E_STATE (an
 * adapter runs on it). */
YQ_NODISCARD yq_status yq_host_dir_lock(const char *dir, int *fd, yq_fault *why);

#endif /* YQ_ADAPTERS_HOST_CURSOR_H */
