#include "adapters/fabric/deliver.h"

#include "relay/base/bytes.h"

#include <stdlib.h>

#define REQUEST_SIZE_MAX (32u << 10)

struct yq_fabric_link {
    const yq_fabric_access *access;
    yq_grpc_link *grpc;
};

/* A call in progress. */
typedef struct stream {
    yq_fabric_take_block take;
    void *self;
    int ended; /* the node's last status was seen */
    uint32_t node_status;
    yq_status status; /* why it was given up */
    yq_fault *why;
} stream;

yq_fabric_link *yq_fabric_link_open(const yq_fabric_access *access, const char *url)
{
    yq_fabric_link *link = calloc(1, sizeof *link);
    if (link == NULL) {
        return NULL;
    }
    link->access = access;
    link->grpc = yq_grpc_link_open(&access->grpc, url);
    if (link->grpc == NULL) {
        yq_fabric_link_close(link);
        return NULL;
    }
    return link;
}

void yq_fabric_link_close(yq_fabric_link *link)
{
    if (link != NULL) {
        yq_grpc_link_close(link->grpc);
        free(link);
    }
}

static yq_status read_message(stream *s, yq_slice message)
{
    yq_fabric_deliver response;
    yq_status status = yq_fabric_deliver_decode(message, &response, s->why);
    if (status != YQ_OK) {
        return status;
    }
    if (s->ended) {
        return yq_fail(s->why, YQ_E_PEER, 0, "a message behind the last status");
    }
    if (!response.is_block) {
        s->ended = 1;
        s->node_status = response.status;
        return YQ_OK;
    }
    return s->take(s->self, response.block);
}

static yq_status take_message(void *self, yq_slice message)
{
    stream *s = self;
    s->status = read_message(s, message);
    return s->status;
}

/* Builds the envelope that asks. */
static yq_status build_request(const yq_fabric_link *link, const yq_fabric_seek *seek, yq_buf *out)
{
    uint8_t payload_room[REQUEST_SIZE_MAX / 2], der[YQ_FABRIC_SIGNATURE_MAX];
    yq_buf payload = {payload_room, sizeof payload_room, 0};
    yq_buf signature = {der, sizeof der, 0};
    yq_status status = yq_fabric_seek_payload(seek, &payload);
    if (status != YQ_OK) {
        return status;
    }
    yq_slice signed_bytes = yq_slice_of(payload.p, payload.n);
    status = yq_fabric_member_sign(&link->access->member, signed_bytes, &signature);
    return status == YQ_OK
               ? yq_fabric_seek_envelope(signed_bytes, yq_slice_of(signature.p, signature.n), out)
               : status;
}

/* The node's own status counts for more than how the connection ended behind it. */
static yq_status outcome(const stream *s, yq_status call)
{
    if (s->status != YQ_OK) {
        return s->status;
    }
    if (call == YQ_E_LIMIT || call == YQ_E_NONCANONICAL) {
        return call;
    }
    if (s->ended) {
        return yq_fabric_deliver_outcome(s->node_status, s->why);
    }
    return call == YQ_OK ? yq_fail(s->why, YQ_E_PEER, 0, "the stream ended without a status")
                         : call;
}

yq_status yq_fabric_deliver_blocks(
    yq_fabric_link *link,
    const yq_fabric_seek *seek,
    uint32_t deadline_ms,
    yq_fabric_take_block take,
    void *self,
    yq_fault *why)
{
    uint8_t request_room[REQUEST_SIZE_MAX];
    yq_buf request = {request_room, sizeof request_room, 0};
    yq_fault none = {0};
    stream s = {.take = take, .self = self, .why = why == NULL ? &none : why};
    if (build_request(link, seek, &request) != YQ_OK) {
        return yq_fail(why, YQ_E_CONFIG_INVALID, 0, "the client certificate is too large");
    }
    yq_status status = yq_grpc_call(
        link->grpc,
        link->access->service,
        yq_slice_of(request.p, request.n),
        deadline_ms,
        take_message,
        &s,
        s.why);
    return outcome(&s, status);
}
