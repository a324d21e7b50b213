#ifndef YQ_RELAY_STORE_WAL_H
#define YQ_RELAY_STORE_WAL_H

#include "relay/base/bytes.h"

/*
 * The consensus log. A record is u32 len, u8 type, u64 epoch, u64 view, body, u32 crc32c (len
 * counts type to body); what lies between len and crc is what yq_bft's PERSIST gives and RECORD
 * takes. Types below 0x80 are the core's, YQ_WAL_BODY is the host's: one envelope, before the
 * record of the block that needs it. Records are collected in memory and written by yq_wal_sync as
 * one group that begins on a 4 KiB boundary of a preallocated segment file, so that no durable byte
 * is written again. One thread.
 */
typedef struct yq_wal yq_wal;

#define YQ_WAL_BODY            0x80u
#define YQ_WAL_RECORD_SIZE_MAX (3u << 20) /* type to body */
#define YQ_WAL_HEAD_SIZE       17u        /* type, epoch, view */

/* What the log told when it was read. */
typedef struct yq_wal_found {
    uint64_t records;
    int torn; /* 1: an unfinished group at the end was cut */
    /* The highest (epoch, view) of an own vote or proposal (types PROPOSED to FINALIZED of bft.h).
     */
    int has_vote;
    uint64_t vote_epoch, vote_view;
} yq_wal_found;

/* Takes one record (type to body); a status other than OK stops the reading and is returned. */
typedef yq_status (*yq_wal_reader)(void *self, yq_slice record);

/*
 * Opens or makes the log in the folder dir, gives every record to reader in order (NULL: to nobody)
 * and readies a new segment. A torn group at the end is cut; anything else that is damaged is
 * E_CORRUPT. Out: found (may be NULL). Owns: *wal until yq_wal_close. Errors: E_IO (also: another
 * process has it open), E_CORRUPT, reader's.
 */
YQ_NODISCARD yq_status yq_wal_open(
    const char *dir,
    yq_wal **wal,
    yq_wal_reader reader,
    void *self,
    yq_wal_found *found,
    yq_fault *why);

/* Closes without a sync. */
void yq_wal_close(yq_wal *wal);

/* Collects one record as PERSIST gave it, or one envelope of a block. Nothing is durable before
 * yq_wal_sync, but a large collection may be written
 * and synced at once. Errors: E_IO; E_LIMIT for a record over YQ_WAL_RECORD_SIZE_MAX. */
YQ_NODISCARD yq_status yq_wal_append(yq_wal *wal, yq_slice record, yq_fault *why);
YQ_NODISCARD yq_status
yq_wal_append_body(yq_wal *wal, uint64_t epoch, uint64_t view, yq_slice envelope, yq_fault *why);

/* Makes all that was appended durable: one write, one fdatasync; nothing to do is OK. After a
 * failure the process must stop: what is durable is not known. Errors: E_IO. */
YQ_NODISCARD yq_status yq_wal_sync(yq_wal *wal, yq_fault *why);

/* Records of (epoch, view) and below are no longer needed: removes whole segments that hold nothing
 * else, the oldest first, never the present one. Errors: E_IO. */
YQ_NODISCARD yq_status yq_wal_drop(yq_wal *wal, uint64_t epoch, uint64_t view, yq_fault *why);

/* Reads one segment's bytes as yq_wal_open does: total over any bytes. last: 1 for the newest
 * segment, where a torn end is cut (Out: torn), else it is E_CORRUPT. Out: number of the segment,
 * end: first byte not used. Errors: E_CORRUPT, E_DATA_VERSION, reader's. */
YQ_NODISCARD yq_status yq_wal_read_segment(
    yq_slice bytes, int last, yq_wal_reader reader, void *self, size_t *end, int *torn);

#endif /* YQ_RELAY_STORE_WAL_H */
