#ifndef YQ_RELAY_NET_FRAMES_H
#define YQ_RELAY_NET_FRAMES_H

#include "yuqiao/limits.h"

#include "relay/base/cursor.h"
#include "relay/base/writer.h"

/*
 * What goes over a peer link: frames of u32 length (of the body), u8 type, body; all big-endian.
 * One table: X(name, number, smallest body, largest body, lane). A frame whose length is outside
 * its type's bounds ends the link before its body is read.
 */
#define YQ_FRAME_HEAD_SIZE   5u
#define YQ_FRAME_DIGESTS_MAX 1024u
#define YQ_FRAME_BLOCKS_MAX  64u /* heights of one request */

#define YQ_FRAME_BIND_SIZE      169u
#define YQ_FRAME_CONSENSUS_MAX  (128u << 10)
#define YQ_FRAME_DIGESTS_SIZE   (2u + 32u * YQ_FRAME_DIGESTS_MAX)
#define YQ_FRAME_CHUNK_MAX      (512u << 10)
#define YQ_FRAME_RANGE_SIZE_MAX (16u << 20) /* of all chunks of one answer */

#define YQ_FRAME_GET_SNAPSHOT_SIZE 58u
#define YQ_FRAME_RECOVERY_MAX      (20u << 10)

#define YQ_FRAME_GET_EXPORT_SIZE 9u
#define YQ_FRAME_EXPORT_MIN      (YQ_FRAME_GET_EXPORT_SIZE + 4u + 65u)
#define YQ_FRAME_EXPORT_MAX      (YQ_FRAME_GET_EXPORT_SIZE + 4u + 65u * YQ_VALIDATORS_MAX)

/* clang-format off */
#define YQ_FRAME_MAP(X)                                                                             \
    X(BIND,       1, YQ_FRAME_BIND_SIZE, YQ_FRAME_BIND_SIZE, URGENT) /* yq_link_bind */             \
    X(PING,       2, 8,  8,                       URGENT) /* u64 sender's clock */                  \
    X(PONG,       3, 8,  8,                       URGENT) /* the PING's */                          \
    X(CONSENSUS,  4, 1,  YQ_FRAME_CONSENSUS_MAX,  URGENT) /* a message of the consensus core */     \
    X(ENVELOPE,   5, 1,  YQ_ENVELOPE_SIZE_MAX,    BULK)   /* a client's envelope */                 \
    X(ANNOUNCE,   6, 34, YQ_FRAME_DIGESTS_SIZE,   BULK)   /* u16 n, n x b32: envelopes held */      \
    X(FETCH,      7, 34, YQ_FRAME_DIGESTS_SIZE,   URGENT) /* u16 n, n x b32: envelopes wanted */    \
    X(GET_BLOCKS, 8, 16, 16,                      URGENT) /* u64 from, u64 to */                    \
    X(BLOCKS,     9, 17, 16u + YQ_FRAME_CHUNK_MAX, BULK)  /* u64 from, u32 size, u32 offset, chunk */ \
    X(NO_BLOCKS,  10, 8, 8,                       BULK)   /* u64 from: nothing to give */           \
    X(GET_SNAPSHOT, 11, YQ_FRAME_GET_SNAPSHOT_SIZE, YQ_FRAME_GET_SNAPSHOT_SIZE, URGENT)             \
        /* u64 token, b50: a request of relay/ledger/snapshot.h */                                  \
    X(SNAPSHOT,   12, 17, 16u + YQ_FRAME_CHUNK_MAX, BULK) /* u64 token, u32 size, u32 offset, chunk */ \
    X(NO_SNAPSHOT, 13, 8, 8,                      BULK)   /* u64 token: not here */                 \
    X(RECOVERY,   14, 1, YQ_FRAME_RECOVERY_MAX,   BULK)   /* a statement of relay/ledger/recovery.h */ \
    X(EXPORT,     15, YQ_FRAME_EXPORT_MIN, YQ_FRAME_EXPORT_MAX, URGENT)                             \
        /* u8 suite, u64 height, signatures of relay/hub/export_cert.h */                           \
    X(GET_EXPORT, 16, YQ_FRAME_GET_EXPORT_SIZE, YQ_FRAME_GET_EXPORT_SIZE, URGENT)                   \
        /* u8 suite, u64 height: wanted */
/* clang-format on */

typedef enum yq_frame_type {
    YQ_FRAME_INVALID = 0,
#define YQ_X(name, number, min, max, lane) YQ_FRAME_##name = (number),
    YQ_FRAME_MAP(YQ_X)
#undef YQ_X
} yq_frame_type;
#define YQ_FRAME_TYPE_MAX 16u

/* URGENT goes out before BULK. */
typedef enum yq_frame_lane {
    YQ_LANE_URGENT = 0,
    YQ_LANE_BULK = 1,
} yq_frame_lane;
#define YQ_LANES 2u

typedef struct yq_frame_rule {
    const char *name;
    uint32_t size_min, size_max;
    yq_frame_lane lane;
} yq_frame_rule;

/* Returns the rule of a type as the wire gave it, NULL for an unknown one. */
const yq_frame_rule *yq_frame_rule_of(uint8_t type);

/*
 * Reads a frame's head (5 bytes) and judges the length by the type's rule. Out: type, size of the
 * body. Errors: E_TRUNCATED, E_FIELD_UNKNOWN (type), E_LIMIT and E_LEN (length above and below the
 * rule).
 */
YQ_NODISCARD yq_status
yq_frame_head(yq_slice head, yq_frame_type *type, uint32_t *size, yq_fault *why);

/* Writes a frame's head. In: size within the type's rule. */
void yq_frame_head_put(yq_writer *w, yq_frame_type type, uint32_t size);

/* ANNOUNCE and FETCH. Out: digest points into in, n x 32 bytes. Errors: -1xx; E_LIMIT for more
 * than YQ_FRAME_DIGESTS_MAX, E_RANGE for none. */
YQ_NODISCARD yq_status
yq_frame_digests_decode(yq_slice in, const uint8_t **digest, uint16_t *n, yq_fault *why);
void yq_frame_digests_put(yq_writer *w, const uint8_t *digest, uint16_t n);

/* GET_BLOCKS: 1 <= from <= to, at most YQ_FRAME_BLOCKS_MAX heights. Errors: -1xx. */
YQ_NODISCARD yq_status
yq_frame_range_decode(yq_slice in, uint64_t *from, uint64_t *to, yq_fault *why);
void yq_frame_range_put(yq_writer *w, uint64_t from, uint64_t to);

/* BLOCKS and SNAPSHOT: a piece of an answer; the pieces come in order, without gaps. */
typedef struct yq_frame_chunk {
    uint64_t from;         /* as the request said; SNAPSHOT: its token */
    uint32_t size, offset; /* of the whole answer; of this piece in it */
    yq_slice bytes;        /* 1 .. YQ_FRAME_CHUNK_MAX */
} yq_frame_chunk;

/* Out: chunk, which borrows from in. Errors: -1xx; E_LIMIT (size over YQ_FRAME_RANGE_SIZE_MAX),
 * E_LEN (a piece that does not lie within size). */
YQ_NODISCARD yq_status yq_frame_chunk_decode(yq_slice in, yq_frame_chunk *chunk, yq_fault *why);
void yq_frame_chunk_put(yq_writer *w, const yq_frame_chunk *chunk);

/* NO_BLOCKS and NO_SNAPSHOT. */
YQ_NODISCARD yq_status yq_frame_height_decode(yq_slice in, uint64_t *from, yq_fault *why);

/* GET_SNAPSHOT. Out: request borrows from in and is not looked at. */
YQ_NODISCARD yq_status
yq_frame_token_decode(yq_slice in, uint64_t *token, yq_slice *request, yq_fault *why);
void yq_frame_token_put(yq_writer *w, uint64_t token, yq_slice request);

/* EXPORT and GET_EXPORT. Out: sigs borrows from in and is not looked at. */
YQ_NODISCARD yq_status yq_frame_export_decode(
    yq_slice in, uint8_t *suite, uint64_t *height, yq_slice *sigs, yq_fault *why);
void yq_frame_export_put(yq_writer *w, uint8_t suite, uint64_t height, yq_slice sigs);

#endif /* YQ_RELAY_NET_FRAMES_H */
