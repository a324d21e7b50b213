#ifndef YQ_RELAY_STORE_WAL_FORMAT_H
#define YQ_RELAY_STORE_WAL_FORMAT_H

/* Segment files of the log: shared by wal*.c, by nobody else. */

#include "relay/store/wal.h"

#define WAL_MAGIC        "YQWAL\r\n\032"
#define WAL_VERSION      1u
#define WAL_ALIGN        4096u
#define WAL_SEGMENT_SIZE (16u << 20)
#define WAL_NONCE_SIZE   16u
#define WAL_FLUSH_SIZE   (8u << 20) /* collected records are written at the latest here */

/* A group begins with this record: body = nonce of the segment, u64 offset of the group in the
 * file, u32 bytes and u32 count of the records behind it. */
#define WAL_GROUP      0x81u
#define WAL_GROUP_SIZE (4u + YQ_WAL_HEAD_SIZE + WAL_NONCE_SIZE + 16u + 4u)

/* u32 len and u32 crc around a record. */
#define WAL_FRAME_SIZE 8u
_Static_assert(
    WAL_ALIGN + WAL_GROUP_SIZE + WAL_FLUSH_SIZE + YQ_WAL_RECORD_SIZE_MAX + WAL_FRAME_SIZE +
            WAL_ALIGN <=
        WAL_SEGMENT_SIZE,
    "a group fits a segment");

typedef struct wal_head {
    uint64_t number;
    uint8_t nonce[WAL_NONCE_SIZE];
} wal_head;

/* Writes the first WAL_ALIGN bytes of a segment. */
void wal_head_put(uint8_t *block, const wal_head *head);
/* Writes WAL_GROUP_SIZE bytes. */
void wal_group_put(
    uint8_t *out, const wal_head *head, uint64_t offset, uint32_t size, uint32_t count);

/* A frame around a record: appended at out, WAL_FRAME_SIZE bytes longer than head and body. */
void wal_frame_put(uint8_t *out, yq_slice head, yq_slice body);

#endif /* YQ_RELAY_STORE_WAL_FORMAT_H */
