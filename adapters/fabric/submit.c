#include "yuqiao/packet.h"

#include "adapters/fabric/session.h"
#include "relay/base/bytes.h"
#include "relay/base/writer.h"

#include <stdlib.h>

#define METHOD "receiveMessages"

/* ---- endorsing ---- */

/* What a gateway prepared: a payload that lies in the reply. */
typedef struct endorsed {
    yq_fabric_bytes reply;
    yq_slice payload;
} endorsed;

/* Out: what one gateway prepared, and nothing but what was proposed. */
static yq_status endorse_at(
    yq_fabric_session *s,
    size_t gateway,
    const yq_fabric_proposal *proposal,
    yq_slice request,
    uint64_t until_ms,
    endorsed *out,
    yq_fault *why)
{
    yq_status status =
        yq_fabric_gateway_call(s, gateway, YQ_FABRIC_ENDORSE, request, until_ms, &out->reply, why);
    if (status == YQ_OK) {
        yq_slice reply = yq_slice_of(out->reply.p, out->reply.n);
        status = yq_fabric_endorse_decode(reply, &out->payload, why);
    }
    return status == YQ_OK ? yq_fabric_prepared_check(proposal, out->payload, why) : status;
}

/* The first gateway that prepares it; what the inbox said of it counts for more than what else went
 * wrong. */
static yq_status endorse(
    yq_fabric_session *s,
    const yq_fabric_proposal *proposal,
    yq_slice request,
    uint64_t until_ms,
    endorsed *out,
    yq_fault *why)
{
    yq_status worst = YQ_E_UNAVAILABLE;
    for (size_t i = 0; i < s->gateway_n; i++) {
        size_t gateway = (s->preferred_gateway + i) % s->gateway_n;
        yq_fault theirs = {0};
        uint64_t share = yq_fabric_share(until_ms, s->gateway_n - i);
        yq_status status = endorse_at(s, gateway, proposal, request, share, out, &theirs);
        if (status == YQ_OK) {
            s->preferred_gateway = gateway;
            return YQ_OK;
        }
        free(out->reply.p);
        *out = (endorsed){0};
        s->counts.disagreements += status == YQ_E_SOURCE_DISAGREE ? 1 : 0;
        if (i == 0 || (worst != YQ_E_TX_FAILED && status != YQ_E_UNAVAILABLE)) {
            worst = yq_fail(why, status, 0, theirs.text);
        }
    }
    return worst;
}

/* ---- handing over ---- */

static yq_status sign_and_wrap(
    const yq_fabric_session *s, const yq_fabric_proposal *proposal, yq_slice payload, yq_buf *out)
{
    uint8_t der[YQ_FABRIC_SIGNATURE_MAX];
    yq_buf signature = {der, sizeof der, 0};
    yq_status status = yq_fabric_member_sign(&s->access.member, payload, &signature);
    return status == YQ_OK
               ? yq_fabric_submit_request(proposal, payload, yq_slice_of(der, signature.n), out)
               : status;
}

/* The same transaction to one gateway after the other until one takes it: its id is its own. An
 * answer that is lost is no failure: the transaction is followed. */
static yq_status order(
    yq_fabric_session *s,
    const yq_fabric_proposal *proposal,
    yq_slice payload,
    uint64_t until_ms,
    yq_fault *why)
{
    size_t cap = payload.n + 1024 + proposal->channel.n;
    yq_buf request = {malloc(cap), cap, 0};
    yq_status status =
        request.p == NULL ? YQ_E_MEMORY : sign_and_wrap(s, proposal, payload, &request);
    if (status != YQ_OK) {
        free(request.p);
        return yq_fail(why, status, 0, "transaction");
    }
    int is_uncertain = 0;
    status = YQ_E_UNAVAILABLE;
    for (size_t i = 0; i < s->gateway_n && status != YQ_OK; i++) {
        size_t gateway = (s->preferred_gateway + i) % s->gateway_n;
        uint64_t share = yq_fabric_share(until_ms, s->gateway_n - i);
        yq_fabric_bytes reply;
        status = yq_fabric_gateway_call(
            s, gateway, YQ_FABRIC_SUBMIT, yq_slice_of(request.p, request.n), share, &reply, why);
        is_uncertain |= reply.is_uncertain;
        free(reply.p);
    }
    free(request.p);
    return is_uncertain ? YQ_OK : status;
}

/* Two deliveries in one block would read the same keys: all but the first would be void. So one
 * waits until the other is in a block. */
static yq_status settle(yq_fabric_session *s, uint64_t until_ms, yq_fault *why)
{
    yq_receipt_view view;
    yq_fault theirs = {0};
    if (!s->is_under_way) {
        return YQ_OK;
    }
    yq_status status = yq_fabric_fate(s, YQ_SLICE_OF(s->under_way), until_ms, &view, &theirs);
    if (!s->is_under_way) {
        return YQ_OK;
    }
    return status == YQ_OK ? yq_fail(why, YQ_E_BUSY, 0, "an earlier delivery is in no block yet")
                           : yq_fail(why, status, 0, theirs.text);
}

static yq_status keep_reference(
    yq_fabric_session *s, const yq_fabric_proposal *proposal, yq_slice *reference)
{
    uint8_t *p = s->host.alloc(s->host.self, YQ_FABRIC_REFERENCE_SIZE);
    if (p == NULL) {
        return YQ_E_MEMORY;
    }
    yq_writer w = yq_writer_of(p, YQ_FABRIC_REFERENCE_SIZE);
    yq_put_bytes(&w, proposal->tx_id, YQ_FABRIC_TX_ID_SIZE);
    yq_put_u64(&w, s->host.now_ms(s->host.self) / 1000 + s->lifetime_s);
    *reference = yq_writer_slice(&w);
    yq_bytes_copy(s->under_way, p, sizeof s->under_way);
    return YQ_OK;
}

yq_status yq_fabric_hand_in(
    yq_fabric_session *s,
    const char *function,
    yq_slice argument,
    uint64_t until_ms,
    yq_slice *reference,
    yq_fault *why)
{
    yq_fabric_bytes room = {0};
    endorsed prepared = {0};
    yq_fabric_proposal proposal;
    yq_slice request;
    if (s->inbox == NULL) {
        return yq_fail(why, YQ_E_UNSUPPORTED, 0, "no inbox is configured: read only");
    }
    yq_status status = settle(s, yq_fabric_share(until_ms, 2), why);
    if (status == YQ_OK) {
        status = yq_fabric_request_make(s, function, argument, &room, &proposal, &request, why);
    }
    if (status == YQ_OK) {
        uint64_t share = yq_fabric_share(until_ms, 2);
        status = endorse(s, &proposal, request, share, &prepared, why);
    }
    if (status == YQ_OK && keep_reference(s, &proposal, reference) != YQ_OK) {
        status = yq_fail(why, YQ_E_MEMORY, 0, "reference");
    }
    if (status == YQ_OK) {
        status = order(s, &proposal, prepared.payload, until_ms, why);
        s->is_under_way = status == YQ_OK;
        s->counts.submitted += status == YQ_OK ? 1 : 0;
    }
    free(room.p);
    free(prepared.reply.p);
    return status;
}

yq_status yq_fabric_delivery_fit(yq_slice delivery, yq_buf *out)
{
    yq_delivery_packet packet[YQ_DELIVERY_PACKETS_MAX];
    yq_delivery d;
    yq_status status = yq_delivery_decode(delivery, packet, YQ_DELIVERY_PACKETS_MAX, &d, NULL);
    size_t size = status == YQ_OK ? d.certificate.n + d.export_path.n + 64 : 0;
    uint16_t kept = 0;
    while (status == YQ_OK && kept < d.n) {
        size += packet[kept].path.n + packet[kept].packet.n + 16;
        if (size > YQ_FABRIC_DELIVERY_MAX) {
            break;
        }
        kept++;
    }
    d.n = kept;
    return status == YQ_OK ? yq_delivery_encode(&d, out) : status;
}

yq_status yq_fabric_submit(
    yq_fabric_session *s, yq_slice delivery, uint64_t until_ms, yq_slice *reference, yq_fault *why)
{
    if (delivery.n <= YQ_FABRIC_DELIVERY_MAX) {
        return yq_fabric_hand_in(s, METHOD, delivery, until_ms, reference, why);
    }
    yq_buf shorter = {malloc(delivery.n), delivery.n, 0};
    yq_status status = shorter.p == NULL ? YQ_E_MEMORY : yq_fabric_delivery_fit(delivery, &shorter);
    status = status == YQ_OK
                 ? yq_fabric_hand_in(
                       s, METHOD, yq_slice_of(shorter.p, shorter.n), until_ms, reference, why)
                 : yq_fail(why, status, 0, "delivery");
    free(shorter.p);
    return status;
}
