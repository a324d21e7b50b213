#ifndef YQ_ADAPTERS_GRPC_FRAME_H
#define YQ_ADAPTERS_GRPC_FRAME_H

#include "yuqiao/types.h"

/*
 * gRPC's framing over HTTP/2 as bytes: u8 compressed (0), u32 length, message; the outcome in the
 * trailers grpc-status and grpc-message. No I/O here.
 */
#define YQ_GRPC_HEAD 5u

/* Writes the head of a message of n bytes. Out: head, YQ_GRPC_HEAD bytes. */
void yq_grpc_head(uint32_t n, uint8_t *head);

/* Reassembles messages out of pieces of any size. */
typedef struct yq_grpc_deframer {
    uint8_t head[YQ_GRPC_HEAD];
    size_t head_n;
    uint8_t *message; /* room of the caller */
    size_t cap, want, n;
    yq_status status; /* sticky */
} yq_grpc_deframer;

static inline yq_grpc_deframer yq_grpc_deframer_of(uint8_t *room, size_t cap)
{
    return (yq_grpc_deframer){.message = room, .cap = cap};
}

/*
 * Takes bytes until a message is whole or none are left. Returns 1 and the message, which lives
 * until the next call; *in is moved behind what was used. Returns 0 when more bytes are needed, and
 * after a failure. Errors, in status: E_LIMIT (a message larger than the room), E_UNSUPPORTED
 * (compressed), E_NONCANONICAL (another flag).
 */
int yq_grpc_deframer_take(yq_grpc_deframer *d, yq_slice *in, yq_slice *message);

/* Returns 1 when nothing of a message is pending: the stream may end here. */
int yq_grpc_deframer_is_idle(const yq_grpc_deframer *d);

#define YQ_GRPC_DETAILS_MAX 4096u

/* What the headers and trailers of a reply said. */
typedef struct yq_grpc_reply {
    int http_status; /* 0: none seen */
    int is_grpc;     /* content-type application/grpc */
    int has_status;
    uint32_t grpc_status;
    char message[96];                  /* grpc-message, printable ASCII */
    size_t details_n;                  /* 0: none, or larger than the room */
    char details[YQ_GRPC_DETAILS_MAX]; /* grpc-status-details-bin as it came: base64 */
} yq_grpc_reply;

/* Takes one header or trailer line as it came ("name: value" with or without line end, or the
 * status line). Lines that mean nothing here, or are not in form, are passed over. */
void yq_grpc_line(yq_grpc_reply *reply, yq_slice line);

/* Returns OK for a reply that ended well; E_PEER (text from the reply), E_UNAVAILABLE (status 14),
 * E_TIMEOUT (4), E_PERMISSION (7, 16), E_NOT_FOUND (5), E_UNSUPPORTED (12). */
YQ_NODISCARD yq_status yq_grpc_outcome(const yq_grpc_reply *reply, yq_fault *why);

#endif /* YQ_ADAPTERS_GRPC_FRAME_H */
