#ifndef YQ_CONFORMANCE_CHAINS_FABRIC_ASK_H
#define YQ_CONFORMANCE_CHAINS_FABRIC_ASK_H

#include "yuqiao/types.h"

/* What a Deliver request asks for: the SeekInfo of its envelope. */
typedef enum yq_fbmock_position {
    YQ_FBMOCK_POSITION_NONE = 0,
    YQ_FBMOCK_NEWEST = 1,
    YQ_FBMOCK_OLDEST = 2,
    YQ_FBMOCK_SPECIFIED = 3,
    YQ_FBMOCK_NEXT_COMMIT = 4,
} yq_fbmock_position;

typedef struct yq_fbmock_ask {
    yq_slice channel;
    uint8_t from, to; /* yq_fbmock_position */
    uint64_t from_number, to_number;
    int fail_if_not_ready, headers_only;
} yq_fbmock_ask;

/* Reads an Envelope with a SeekInfo, whole input; the signature is not looked at. Errors: decode
 * codes; E_FIELD_MISSING without header, start or stop; E_RANGE. */
YQ_NODISCARD yq_status yq_fbmock_ask_decode(yq_slice envelope, yq_fbmock_ask *out, yq_fault *why);

/* Statuses of DeliverResponse. */
#define YQ_FBMOCK_SUCCESS     200u
#define YQ_FBMOCK_BAD_REQUEST 400u
#define YQ_FBMOCK_NOT_FOUND   404u

/* Where an ask stands. */
typedef struct yq_fbmock_walk {
    int active, fail_if_not_ready, headers_only;
    uint64_t next, last;
} yq_fbmock_walk;

/* Starts a walk over n blocks of channel. Returns SUCCESS, BAD_REQUEST or NOT_FOUND as a node. */
uint32_t yq_fbmock_walk_begin(
    const yq_fbmock_ask *ask, const char *channel, uint64_t n, yq_fbmock_walk *out);

#endif /* YQ_CONFORMANCE_CHAINS_FABRIC_ASK_H */
