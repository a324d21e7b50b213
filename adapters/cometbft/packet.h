#ifndef YQ_ADAPTERS_COMETBFT_PACKET_H
#define YQ_ADAPTERS_COMETBFT_PACKET_H

#include "yuqiao/types.h"

#include "relay/base/writer.h"
#include "relay/codec/json.h"

/*
 * IBC packets and acknowledgements, from the events of /block_results to the event proof of the
 * light client (light-clients/cometbft/README.md). Events are hints: what counts is the commitment
 * that the application stored.
 */
#define YQ_COMET_PAYLOADS_MAX 64u
#define YQ_COMET_NAME_MAX     128u /* ports, channels and clients, by IBC's own rule */
#define YQ_COMET_DATA_MAX     (1u << 20)
#define YQ_COMET_KEY_MAX      512u

typedef enum yq_comet_packet_kind {
    YQ_COMET_PACKET_V1 = 1,
    YQ_COMET_PACKET_V2 = 2,
    YQ_COMET_ACK_V1 = 3,
    YQ_COMET_ACK_V2 = 4,
} yq_comet_packet_kind;

typedef struct yq_comet_payload {
    yq_slice field[4]; /* source port, destination port, version, encoding; empty in an ACK_V2 */
    yq_slice value;
} yq_comet_payload;

typedef struct yq_comet_packet {
    yq_comet_packet_kind kind;
    yq_slice port, channel; /* version 1 */
    yq_slice client, other; /* version 2: this chain's client, the other end's */
    uint64_t sequence;
    uint64_t timeout;                  /* ns in version 1, s in version 2 */
    uint64_t revision, timeout_height; /* version 1 */
    yq_slice data;                     /* version 1: data or acknowledgement */
    size_t n;                          /* version 2: payloads or acknowledgements */
    yq_comet_payload payload[YQ_COMET_PAYLOADS_MAX];
} yq_comet_packet;

/* The events of one /block_results result that may be packets: of transactions that did not fail,
 * and of the block itself. Out: event[0..*n), values of the document. Errors: E_LIMIT. */
YQ_NODISCARD yq_status yq_comet_events_find(
    const yq_json *result, const yq_json **event, size_t cap, size_t *n, yq_fault *why);

/* A hash by which two nodes' events of one block are compared. */
void yq_comet_events_digest(const yq_json *const *event, size_t n, yq_digest *out);

/*
 * Reads one event; keys and values as text, or both in base64 (nodes before CometBFT 0.37). Out:
 * packet, whose bytes lie in room or the document; after a failure port and channel, or client,
 * are there as far as they could be read. Returns OK; E_NOT_FOUND for an event that is no packet of
 * IBC; E_LIMIT, E_RANGE for one that no proof can be made of; E_FIELD_MISSING, E_TYPE, decode codes
 * for one that cannot be read. All name the attribute.
 */
YQ_NODISCARD yq_status yq_comet_packet_of_event(
    const yq_json *event, yq_writer *room, yq_comet_packet *packet, yq_fault *why);

/* Writes the key under which the store "ibc" has the commitment. */
void yq_comet_packet_key(const yq_comet_packet *packet, yq_writer *w);
/* The commitment that stands there. */
void yq_comet_packet_commitment(const yq_comet_packet *packet, yq_digest *out);
/* How many events it is: a packet of version 2 is one for each payload. */
size_t yq_comet_packet_events(const yq_comet_packet *packet);
/* Writes emitter of event number chosen, as the light client names it. */
void yq_comet_packet_emitter(const yq_comet_packet *packet, size_t chosen, yq_writer *w);
/* The event's name. */
const char *yq_comet_packet_name(const yq_comet_packet *packet);

/* What a node answers to /abci_query with a proof. Slices lie in room. */
typedef struct yq_comet_answer {
    yq_slice value;
    yq_slice proof[2]; /* CommitmentProof in the store, and of the store */
} yq_comet_answer;

/* Reads a /abci_query result that has to hold a value and the proofs of two trees. Errors: E_PEER
 * (the application's own error), E_FIELD_MISSING, E_PROOF_TYPE, E_NOSPC, E_NONCANONICAL. */
YQ_NODISCARD yq_status
yq_comet_answer_read(const yq_json *result, yq_writer *room, yq_comet_answer *out, yq_fault *why);

/* Writes an event proof: the packet, the height whose header has the root, both proofs. */
YQ_NODISCARD yq_status yq_comet_event_put(
    const yq_comet_packet *packet,
    size_t chosen,
    uint64_t height,
    const yq_comet_answer *answer,
    yq_writer *w,
    yq_fault *why);

#endif /* YQ_ADAPTERS_COMETBFT_PACKET_H */
