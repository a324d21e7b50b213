#include "adapters/fabric/session.h"
#include "relay/base/bytes.h"
#include "relay/codec/base64.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define FAILED_PRECONDITION 9u
#define CREATOR_MAX         (YQ_FABRIC_FILE_MAX + 512u)
#define REQUEST_EXTRA       512u

uint64_t yq_fabric_now_ms(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

uint64_t yq_fabric_share(uint64_t until_ms, size_t left)
{
    uint64_t now = yq_fabric_now_ms();
    return until_ms <= now ? now : now + (until_ms - now) / (left == 0 ? 1 : left);
}

/* ---- what went wrong ---- */

/* gRPC writes base64 without its padding. */
static yq_slice decode_details(const yq_grpc_reply *reply, uint8_t *room, size_t cap)
{
    char text[YQ_GRPC_DETAILS_MAX + 3];
    size_t n = reply->details_n;
    yq_buf out = {room, cap, 0};
    yq_bytes_copy(text, reply->details, n);
    for (; n % 4 != 0; n++) {
        text[n] = '=';
    }
    return yq_base64_decode(yq_slice_of(text, n), &out, NULL) == YQ_OK ? yq_slice_of(room, out.n)
                                                                       : (yq_slice){0};
}

static yq_status classify(const yq_grpc_reply *reply, yq_status status, yq_fault *why)
{
    uint8_t room[YQ_GRPC_DETAILS_MAX];
    char said[128], text[sizeof why->text];
    if (!reply->has_status || reply->grpc_status == 0) {
        return status;
    }
    yq_slice details = decode_details(reply, room, sizeof room);
    yq_fabric_trouble trouble = yq_fabric_trouble_of(details, said, sizeof said);
    const char *words = said[0] != '\0' ? said : reply->message;
    switch (trouble) {
    case YQ_FABRIC_TROUBLE_REFUSED:
        (void)snprintf(text, sizeof text, "the inbox refused: %.90s", words);
        return yq_fail(why, YQ_E_TX_FAILED, 0, text);
    case YQ_FABRIC_TROUBLE_MISMATCH:
        (void)snprintf(text, sizeof text, "endorsers have different results: %.70s", words);
        return yq_fail(why, YQ_E_SOURCE_DISAGREE, 0, text);
    case YQ_FABRIC_TROUBLE_OTHER:
        break;
    }
    (void)snprintf(text, sizeof text, "gRPC status %u: %.90s", reply->grpc_status, words);
    return yq_fail(
        why, reply->grpc_status == FAILED_PRECONDITION ? YQ_E_ENDORSEMENT : status, 0, text);
}

/* ---- a call ---- */

/* The one message of a reply. */
static yq_status take_one(void *self, yq_slice message)
{
    yq_fabric_bytes *out = self;
    if (out->p != NULL) {
        return YQ_E_PEER;
    }
    out->p = malloc(message.n + 1);
    if (out->p == NULL) {
        return YQ_E_MEMORY;
    }
    yq_bytes_copy(out->p, message.p, message.n);
    out->n = message.n;
    return YQ_OK;
}

yq_status yq_fabric_gateway_call(
    yq_fabric_session *s,
    size_t gateway,
    const char *method,
    yq_slice request,
    uint64_t until_ms,
    yq_fabric_bytes *reply,
    yq_fault *why)
{
    uint64_t now = yq_fabric_now_ms();
    yq_fault theirs = {0};
    *reply = (yq_fabric_bytes){0};
    if (until_ms <= now) {
        return yq_fail(why, YQ_E_TIMEOUT, 0, "no time is left to ask");
    }
    if (s->gateway[gateway] == NULL) {
        s->gateway[gateway] = yq_grpc_link_open(&s->access.grpc, s->gateway_url[gateway]);
    }
    yq_grpc_link *link = s->gateway[gateway];
    if (link == NULL) {
        return yq_fail(why, YQ_E_MEMORY, 0, "gateway");
    }
    uint64_t left = until_ms - now;
    uint32_t deadline_ms = left > UINT32_MAX ? UINT32_MAX : (uint32_t)left;
    s->counts.requests++;
    yq_status status = yq_grpc_call(link, method, request, deadline_ms, take_one, reply, &theirs);
    if (status == YQ_OK) {
        return reply->p != NULL ? YQ_OK : yq_fail(why, YQ_E_PEER, 0, "the gateway sent no reply");
    }
    s->counts.failures++;
    reply->is_uncertain =
        yq_grpc_link_is_sent(link) && (status == YQ_E_TIMEOUT || status == YQ_E_UNAVAILABLE);
    status = classify(yq_grpc_link_reply(link), status, &theirs);
    return yq_fail(why, status, 0, theirs.text);
}

/* ---- requests ---- */

static yq_status make(
    const yq_fabric_session *s,
    const yq_fabric_invocation *call,
    yq_buf *out,
    yq_fabric_proposal *proposal,
    yq_slice *request)
{
    uint8_t der[YQ_FABRIC_SIGNATURE_MAX];
    yq_buf signature = {der, sizeof der, 0};
    yq_status status = yq_fabric_propose(call, out, proposal);
    if (status == YQ_OK) {
        status = yq_fabric_member_sign(&s->access.member, proposal->bytes, &signature);
    }
    size_t at = out->n;
    if (status == YQ_OK) {
        status = yq_fabric_endorse_request(proposal, yq_slice_of(der, signature.n), out);
    }
    *request = yq_slice_of(out->p + at, out->n - at);
    return status;
}

yq_status yq_fabric_request_make(
    yq_fabric_session *s,
    const char *function,
    yq_slice argument,
    yq_fabric_bytes *room,
    yq_fabric_proposal *proposal,
    yq_slice *request,
    yq_fault *why)
{
    yq_buf creator = {malloc(CREATOR_MAX), CREATOR_MAX, 0};
    yq_status status =
        creator.p == NULL ? YQ_E_MEMORY : yq_fabric_member_identity(&s->access.member, &creator);
    yq_fabric_invocation call = {
        .channel = s->access.channel,
        .chaincode = yq_slice_text(s->inbox),
        .function = yq_slice_text(function),
        .argument = argument,
        .creator = yq_slice_of(creator.p, creator.n),
        .tls_cert_hash = s->access.tls_cert_hash,
        .tx_hash = s->access.member.tx_hash,
        .now_ms = s->host.now_ms(s->host.self)};
    yq_random(call.nonce, sizeof call.nonce);
    size_t cap = yq_fabric_proposal_room(&call);
    cap += cap / 2 + REQUEST_EXTRA + call.channel.n;
    yq_buf out = {malloc(cap), cap, 0};
    *room = (yq_fabric_bytes){.p = out.p};
    if (status == YQ_OK) {
        status = out.p == NULL ? YQ_E_MEMORY : make(s, &call, &out, proposal, request);
    }
    free(creator.p);
    room->n = out.n;
    return status == YQ_OK ? YQ_OK : yq_fail(why, status, 0, "proposal");
}
