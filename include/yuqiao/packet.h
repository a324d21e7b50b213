#ifndef YQ_PACKET_H
#define YQ_PACKET_H

/*
 * The layouts of a message: docs/protocol/messages.md. Integers are big-endian; every layout is
 * fixed, a decoder takes exactly the bytes that its encoder writes, and decoded slices borrow from
 * the input. Encoders append to out (p, cap lent by the caller; n grows) and give E_NOSPC when it
 * is too small, E_LIMIT or E_RANGE for a value that the layout cannot hold.
 */

#include "yuqiao/limits.h"
#include "yuqiao/types.h"

#ifdef __cplusplus
extern "C" {
#endif

#define YQ_PACKET_VERSION   1u
#define YQ_RECORDS_VERSION  1u
#define YQ_DELIVERY_VERSION 1u
#define YQ_INDEX_NONE       UINT64_MAX /* never had a leaf */

typedef enum yq_packet_kind {
    YQ_PACKET_INVALID = 0,
    YQ_PACKET_CALL = 1,
    YQ_PACKET_ACK = 2,
    YQ_PACKET_CANCEL = 3,
    YQ_PACKET_PREPARE = 4,
    YQ_PACKET_COMMIT = 5,
    YQ_PACKET_UNDO = 6,
    YQ_PACKET_QUERY = 7,
    YQ_PACKET_ANSWER = 8,
    YQ_PACKET_HALT = 9,
    YQ_PACKET_RESUME = 10,
} yq_packet_kind;

typedef enum yq_order {
    YQ_ORDER_INVALID = 0,
    YQ_ORDER_UNORDERED = 1,
    YQ_ORDER_ORDERED = 2,
} yq_order;

typedef struct yq_packet {
    uint8_t kind, order, grade_min;
    yq_slice hub, src_chain, src_service, dst_chain, dst_service;
    uint64_t sequence, deadline_ms; /* destination's clock; 0 = none */
    yq_slice sender;
    yq_digest grant, group; /* zero = none */
    yq_slice payload;
} yq_packet;

/* Errors: decode codes; E_VERSION; E_FIELD_UNKNOWN (kind, order); E_RANGE (grade, sequence 0, a
 * control packet with services); E_NONCANONICAL (reserved byte). */
YQ_NODISCARD yq_status yq_packet_decode(yq_slice in, yq_packet *out, yq_fault *why);
YQ_NODISCARD yq_status yq_packet_encode(const yq_packet *packet, yq_buf *out);

/*
 * The bytes that a commitment hashes are "YUQIAO-PACKET-1" || head || H(payload): this appends the
 * tag and the head (all fields, of the payload its u32 length only). relay/hub/commitment.h hashes
 * them.
 */
YQ_NODISCARD yq_status yq_packet_commitment_head(const yq_packet *packet, yq_buf *out);
#define YQ_PACKET_HEAD_SIZE_MAX 640u

/* Payloads of packets that the hub makes, and of an answer. */
typedef struct yq_ack { /* kind 2 */
    uint64_t index;     /* YQ_INDEX_NONE: it never had a leaf */
    yq_digest commitment;
    uint8_t status; /* yq_done_status */
    uint32_t code;
    uint8_t forced;
    yq_slice result;
} yq_ack;

typedef struct yq_cancel { /* kind 3 */
    uint64_t index;
    yq_digest commitment;
    uint8_t kind, order; /* of the packet that it names */
    uint64_t first;
} yq_cancel;

typedef struct yq_decision { /* kinds 5, 6 */
    uint64_t index;          /* of the prepare */
    yq_digest commitment;
} yq_decision;

typedef struct yq_answer { /* kind 8 */
    uint64_t sequence;     /* of the query */
    uint8_t status;
    yq_slice data;
} yq_answer;

YQ_NODISCARD yq_status yq_ack_decode(yq_slice in, yq_ack *out, yq_fault *why);
YQ_NODISCARD yq_status yq_ack_encode(const yq_ack *ack, yq_buf *out);
YQ_NODISCARD yq_status yq_cancel_decode(yq_slice in, yq_cancel *out, yq_fault *why);
YQ_NODISCARD yq_status yq_cancel_encode(const yq_cancel *cancel, yq_buf *out);
YQ_NODISCARD yq_status yq_decision_decode(yq_slice in, yq_decision *out, yq_fault *why);
YQ_NODISCARD yq_status yq_decision_encode(const yq_decision *decision, yq_buf *out);
YQ_NODISCARD yq_status yq_answer_decode(yq_slice in, yq_answer *out, yq_fault *why);
YQ_NODISCARD yq_status yq_answer_encode(const yq_answer *answer, yq_buf *out);
/* Kinds 9, 10: the height, for people. */
YQ_NODISCARD yq_status yq_control_decode(yq_slice in, uint64_t *height, yq_fault *why);
YQ_NODISCARD yq_status yq_control_encode(uint64_t height, yq_buf *out);

/* Records of the one event "Yuqiao" that outboxes and inboxes emit. */
typedef enum yq_record_kind {
    YQ_RECORD_INVALID = 0,
    YQ_RECORD_SENT = 1,
    YQ_RECORD_DONE = 2,
    YQ_RECORD_STATE = 3,
} yq_record_kind;

typedef enum yq_done_status {
    YQ_DONE_INVALID = 0,
    YQ_DONE_OK = 1,
    YQ_DONE_ERROR = 2,
    YQ_DONE_CANCELLED = 3,
    YQ_DONE_REFUSED = 4,
} yq_done_status;

typedef struct yq_done {
    uint64_t index;
    yq_digest commitment;
    uint8_t status; /* yq_done_status */
    uint32_t code;
    uint8_t again;   /* 1: repeated, result empty */
    yq_slice result; /* at most YQ_RESULT_SIZE_MAX */
} yq_done;

typedef struct yq_inbox_state {
    uint64_t epoch;
    yq_digest set_hash;
    uint64_t height; /* highest that the inbox has accepted */
    uint8_t paused;
} yq_inbox_state;

typedef struct yq_record {
    uint8_t kind;  /* yq_record_kind */
    yq_slice body; /* SENT: a packet; DONE, STATE: as below */
} yq_record;

YQ_NODISCARD yq_status yq_done_decode(yq_slice in, yq_done *out, yq_fault *why);
YQ_NODISCARD yq_status yq_done_encode(const yq_done *done, yq_buf *out);
YQ_NODISCARD yq_status yq_inbox_state_decode(yq_slice in, yq_inbox_state *out, yq_fault *why);
YQ_NODISCARD yq_status yq_inbox_state_encode(const yq_inbox_state *state, yq_buf *out);

/* Decodes the list; bodies are not looked into. Out: record[0..*n); cap at least
 * YQ_EVENT_RECORDS_MAX takes every list. Errors: decode codes, E_RANGE (none), E_NOSPC. */
YQ_NODISCARD yq_status
yq_records_decode(yq_slice in, yq_record *record, size_t cap, size_t *n, yq_fault *why);
YQ_NODISCARD yq_status yq_records_encode(const yq_record *record, size_t n, yq_buf *out);

/* What a business contract hands to an outbox to send; the outbox adds chain, number and sender. */
typedef struct yq_send {
    yq_slice service, dst_chain, dst_service;
    uint64_t deadline_ms;
    yq_digest grant;
    yq_slice payload;
} yq_send;

YQ_NODISCARD yq_status yq_send_decode(yq_slice in, yq_send *out, yq_fault *why);
YQ_NODISCARD yq_status yq_send_encode(const yq_send *send, yq_buf *out);

/* The bytes that an export certificate of another suite signs. */
typedef struct yq_export {
    yq_digest chain_id_hash;
    yq_slice hub;
    uint8_t suite;
    uint64_t epoch, height, time_ms;
    yq_digest export_root, next_set;
} yq_export;

YQ_NODISCARD yq_status yq_export_decode(yq_slice in, yq_export *out, yq_fault *why);
YQ_NODISCARD yq_status yq_export_encode(const yq_export *export_, yq_buf *out);

/* What an adapter hands to an inbox: certificate, paths, packets. Paths are runs of 32-byte nodes,
 * borrowed. */
typedef struct yq_delivery_packet {
    uint64_t index;
    yq_slice path; /* path_n * 32 bytes, from the leaf up */
    yq_slice packet;
} yq_delivery_packet;

typedef struct yq_delivery {
    uint8_t suite;
    yq_slice certificate;
    uint64_t size; /* of the destination's outbox */
    yq_digest outbox_root;
    uint16_t export_n,
        export_idx; /* destinations in the suite's export tree, and this one's place */
    yq_slice export_path;
    uint16_t n;
    const yq_delivery_packet *packet;
} yq_delivery;

/* Out: delivery, whose packets lie in packet[0..cap); cap YQ_DELIVERY_PACKETS_MAX takes every
 * delivery. Errors: decode codes, E_PROOF_BOUNDS (an index outside the size, export_idx outside
 * export_n), E_PROOF_DEPTH, E_NOSPC. */
YQ_NODISCARD yq_status yq_delivery_decode(
    yq_slice in, yq_delivery_packet *packet, size_t cap, yq_delivery *out, yq_fault *why);
YQ_NODISCARD yq_status yq_delivery_encode(const yq_delivery *delivery, yq_buf *out);
#define YQ_CERTIFICATE_SIZE_MAX (8u << 10)

#ifdef __cplusplus
}
#endif

#endif /* YQ_PACKET_H */
