#include "conformance/chains/common/contract_parts.h"
#include "relay/crypto/crypto.h"
#include "relay/crypto/merkle.h"
#include "relay/hub/commitment.h"
#include "relay/hub/mutants.h"

#define COMMITMENT_TAG_SIZE 15u /* "YUQIAO-PACKET-1" */
#define KIND_OFFSET         2u  /* of a packet's kind */

static const yq_digest *nodes_of(yq_slice path)
{
    return (const yq_digest *)path.p;
}

static yq_status check_export_certificate(
    const yq_contract *c, const yq_delivery *delivery, yq_final_info *info, yq_fault *why)
{
    yq_export_cert cert;
    yq_status status = yq_export_cert_decode(delivery->certificate, &cert, why);
    if (status != YQ_OK) {
        return status;
    }
    if (!yq_slice_equal(cert.body.hub, yq_slice_of(c->hub, c->hub_n))) {
        return yq_fail(why, YQ_E_DOMAIN, 0, "certificate: hub");
    }
    status = yq_export_cert_check(&cert, &c->exports);
    if (status != YQ_OK) {
        return yq_fail(why, status, 0, "certificate");
    }
    *info = (yq_final_info){
        .chain_id_hash = cert.body.chain_id_hash,
        .epoch = cert.body.epoch,
        .height = cert.body.height,
        .export_root = cert.body.export_root,
        .next_valset_hash = cert.body.next_set,
        .time_ms = cert.body.time_ms};
    return YQ_OK;
}

static yq_status check_certificate(
    const yq_contract *c, const yq_delivery *delivery, yq_final_info *info, yq_fault *why)
{
    yq_cert cert;
    if (delivery->suite != c->set.suite) {
        return yq_fail(why, YQ_E_UNSUPPORTED, 0, "suite");
    }
    if (c->exports.n > 0) {
        return check_export_certificate(c, delivery, info, why);
    }
    yq_status status = yq_cert_decode(delivery->certificate, &cert, why);
    if (status != YQ_OK) {
        return status;
    }
    if (cert.type != YQ_SIGNED_FINALIZE) {
        return yq_fail(why, YQ_E_DOMAIN, 0, "certificate: type");
    }
    status = yq_cert_check(&cert, YQ_HASH_SM3, &c->set, c->check, c->self);
    if (status != YQ_OK && !YQ_WITHOUT(INBOX_CERTIFICATE)) {
        return yq_fail(why, status, 0, "certificate");
    }
    *info = cert.info;
    return YQ_OK;
}

static yq_status check_export(
    const yq_contract *c, const yq_delivery *delivery, const yq_final_info *info, yq_fault *why)
{
    yq_digest leaf;
    if (yq_bytes_are_zero(info->export_root.b, sizeof info->export_root.b)) {
        return yq_fail(why, YQ_E_ZERO_ROOT, 0, "export_root");
    }
    yq_export_leaf(
        c->hash, yq_slice_of(c->own, c->own_n), delivery->size, &delivery->outbox_root, &leaf);
    yq_status status = yq_merkle_check(
        c->hash,
        &info->export_root,
        delivery->export_n,
        delivery->export_idx,
        &leaf,
        nodes_of(delivery->export_path),
        delivery->export_path.n / YQ_DIGEST_SIZE);
    return status == YQ_OK || YQ_WITHOUT(INBOX_EXPORT) ? YQ_OK
                                                       : yq_fail(why, status, 0, "export path");
}

static int is_ours(const yq_contract *c, const yq_packet *packet)
{
    return yq_slice_equal(packet->hub, yq_slice_of(c->hub, c->hub_n)) &&
           yq_slice_equal(packet->dst_chain, yq_slice_of(c->own, c->own_n));
}

/* A packet of a later version's kind still has to be what the leaf commits to: its other fields
 * are read as those of a call. */
static yq_status read_unknown(
    const yq_contract *c, yq_slice in, yq_contract_arrival *out, yq_fault *why)
{
    uint8_t bytes[YQ_PACKET_SIZE_MAX], head[YQ_PACKET_HEAD_SIZE_MAX];
    yq_bytes_copy(bytes, in.p, in.n);
    bytes[KIND_OFFSET] = YQ_PACKET_CALL;
    yq_packet packet;
    yq_status status = yq_packet_decode(yq_slice_of(bytes, in.n), &packet, why);
    yq_buf room = {head, sizeof head, 0};
    if (status == YQ_OK) {
        status = yq_packet_commitment_head(&packet, &room);
    }
    if (status != YQ_OK) {
        return status;
    }
    head[COMMITMENT_TAG_SIZE + KIND_OFFSET] = in.p[KIND_OFFSET];
    yq_digest payload;
    yq_hash_one(c->hash, packet.payload, payload.b);
    const yq_slice part[] = {{head, room.n}, {payload.b, sizeof payload.b}};
    yq_hash(c->hash, part, YQ_ARRAY_N(part), out->commitment.b);
    if (!is_ours(c, &packet)) {
        return yq_fail(why, YQ_E_DOMAIN, 0, "hub, dst_chain");
    }
    out->unknown = 1;
    out->packet = (yq_packet){
        .hub = yq_slice_of(c->hub, c->hub_n), .dst_chain = yq_slice_of(c->own, c->own_n)};
    return YQ_OK;
}

static yq_status read_payload(yq_contract_arrival *a, yq_fault *why)
{
    uint64_t height;
    switch ((yq_packet_kind)a->packet.kind) {
    case YQ_PACKET_ACK:
        return yq_ack_decode(a->packet.payload, &a->ack, why);
    case YQ_PACKET_CANCEL:
        return yq_cancel_decode(a->packet.payload, &a->cancel, why);
    case YQ_PACKET_COMMIT:
    case YQ_PACKET_UNDO:
        return yq_decision_decode(a->packet.payload, &a->decision, why);
    case YQ_PACKET_HALT:
    case YQ_PACKET_RESUME:
        return yq_control_decode(a->packet.payload, &height, why);
    case YQ_PACKET_INVALID:
    case YQ_PACKET_CALL:
    case YQ_PACKET_PREPARE:
    case YQ_PACKET_QUERY:
    case YQ_PACKET_ANSWER:
        return YQ_OK;
    }
    return YQ_OK;
}

static int kind_is_known(yq_slice in)
{
    return in.n <= KIND_OFFSET ||
           (in.p[KIND_OFFSET] >= YQ_PACKET_CALL && in.p[KIND_OFFSET] <= YQ_PACKET_RESUME);
}

static yq_status read_packet(
    const yq_contract *c, yq_slice in, yq_contract_arrival *out, yq_fault *why)
{
    if (in.n > YQ_PACKET_SIZE_MAX) {
        return yq_fail(why, YQ_E_LIMIT, 0, "packet");
    }
    if (!kind_is_known(in)) {
        return read_unknown(c, in, out, why);
    }
    yq_status status = yq_packet_decode(in, &out->packet, why);
    if (status == YQ_OK) {
        status = yq_packet_commitment(c->hash, &out->packet, &out->commitment);
    }
    return status == YQ_OK ? read_payload(out, why) : status;
}

static yq_status check_packet(
    const yq_contract *c,
    const yq_delivery *delivery,
    const yq_delivery_packet *in,
    yq_contract_arrival *out,
    yq_fault *why)
{
    *out = (yq_contract_arrival){.index = in->index};
    yq_status status = read_packet(c, in->packet, out, why);
    if (status != YQ_OK) {
        return status;
    }
    if (!is_ours(c, &out->packet)) {
        return yq_fail(why, YQ_E_DOMAIN, 0, "hub, dst_chain");
    }
    yq_digest leaf;
    yq_outbox_leaf(c->hash, in->index, &out->commitment, &leaf);
    status = yq_merkle_check(
        c->hash,
        &delivery->outbox_root,
        delivery->size,
        in->index,
        &leaf,
        nodes_of(in->path),
        in->path.n / YQ_DIGEST_SIZE);
    return status == YQ_OK || YQ_WITHOUT(INBOX_PATH) ? YQ_OK
                                                     : yq_fail(why, status, 0, "outbox path");
}

yq_status yq_contract_check(
    const yq_contract *c, yq_slice in, yq_contract_delivery *out, yq_fault *why)
{
    yq_delivery delivery;
    yq_status status = yq_delivery_decode(in, out->packet, YQ_DELIVERY_PACKETS_MAX, &delivery, why);
    if (status == YQ_OK) {
        status = check_certificate(c, &delivery, &out->info, why);
    }
    if (status == YQ_OK && delivery.n > 0) {
        status = check_export(c, &delivery, &out->info, why);
    }
    for (size_t i = 0; i < delivery.n && status == YQ_OK; i++) {
        status = check_packet(c, &delivery, &delivery.packet[i], &out->arrival[i], why);
    }
    out->n = delivery.n;
    return status;
}
