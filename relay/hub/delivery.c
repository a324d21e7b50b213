#include "relay/base/assert.h"
#include "relay/crypto/merkle.h"
#include "relay/hub/mutants.h"
#include "relay/hub/outbox.h"

/* Out: the destination's place in its suite's export tree, with the path. */
static yq_status export_place(yq_hub *hub, const yq_chain *chain, yq_delivery *out)
{
    yq_destination *list;
    size_t n, idx, path_n = 0;
    yq_status status = yq_outbox_destinations(hub, &list, &n);
    if (status != YQ_OK) {
        return status;
    }
    yq_digest *leaf = yq_state_room(hub, (n + 1) * sizeof *leaf);
    yq_digest *path = yq_state_room(hub, YQ_PROOF_DEPTH_MAX * sizeof *path);
    if (leaf == NULL || path == NULL) {
        return YQ_E_NOSPC;
    }
    size_t leaf_n = yq_export_leaves(list, n, chain->suite, chain->id, leaf, &idx);
    YQ_ASSERT(idx < leaf_n);
    yq_merkle_path(chain->hash, leaf, leaf_n, idx, path, &path_n);
    out->export_n = (uint16_t)leaf_n;
    out->export_idx = (uint16_t)idx;
    out->export_path = yq_slice_of(path, path_n * sizeof *path);
    return YQ_OK;
}

static yq_status take_packet(
    yq_hub *hub, const yq_chain *chain, const yq_delivery *delivery, yq_delivery_packet *out)
{
    size_t path_n = 0;
    yq_digest *path = yq_state_room(hub, YQ_PROOF_DEPTH_MAX * sizeof *path);
    if (path == NULL) {
        return YQ_E_NOSPC;
    }
    yq_status status =
        yq_outbox_path(hub, chain->id, delivery->size, out->index, chain->hash, path, &path_n);
    if (status == YQ_OK && !yq_outbox_packet(hub, chain->id, out->index, &out->packet)) {
        status = YQ_E_NOT_FOUND;
    }
    out->path = yq_slice_of(path, path_n * sizeof *path);
    return hub->exhausted ? YQ_E_NOSPC : status;
}

/* As many of the packets as fit, at least one. */
static yq_status encode_some(yq_delivery *delivery, yq_buf *out)
{
    yq_status status = yq_delivery_encode(delivery, out);
    while (status == YQ_E_NOSPC && delivery->n > 1) {
        delivery->n /= 2;
        status = yq_delivery_encode(delivery, out);
    }
    return status;
}

/* Control packets first, so that a halt is not behind a backlog; then the others in their order.
 * Returns the count. */
static size_t choose(yq_hub *hub, yq_slice chain, uint64_t from, uint64_t *index, size_t limit)
{
    uint64_t open[YQ_DELIVERY_PACKETS_MAX];
    size_t first = YQ_WITHOUT(CONTROL_FIRST) ? 0 : yq_outbox_first(hub, chain, from, index, limit);
    size_t open_n = yq_hub_outbox_open(hub, chain, from, open, limit), n = first;
    for (size_t i = 0; i < open_n && n < limit; i++) {
        size_t at = 0;
        while (at < first && index[at] != open[i]) {
            at++;
        }
        if (at == first) {
            index[n++] = open[i];
        }
    }
    return n;
}

static yq_status deliver(
    yq_hub *hub, yq_slice chain, uint64_t from, size_t limit, yq_slice certificate, yq_buf *out)
{
    yq_chain_record record;
    yq_outbox_view view;
    uint64_t index[YQ_DELIVERY_PACKETS_MAX];
    yq_delivery_packet packet[YQ_DELIVERY_PACKETS_MAX] = {0};
    hub->exhausted = 0;
    out->n = 0;
    if (!yq_chain_load(hub, chain, &record) ||
        !yq_outbox_root(hub, chain, record.view.hash, &view)) {
        return hub->exhausted ? YQ_E_NOSPC : YQ_E_NOT_FOUND;
    }
    limit = limit < YQ_DELIVERY_PACKETS_MAX ? limit : YQ_DELIVERY_PACKETS_MAX;
    size_t n = choose(hub, chain, from, index, limit);
    if (n == 0) {
        return hub->exhausted ? YQ_E_NOSPC : YQ_E_NOT_FOUND;
    }
    yq_delivery delivery = {
        .suite = record.view.suite,
        .certificate = certificate,
        .size = view.size,
        .outbox_root = view.root,
        .n = (uint16_t)n,
        .packet = packet};
    yq_status status = export_place(hub, &record.view, &delivery);
    for (size_t i = 0; i < n && status == YQ_OK; i++) {
        packet[i].index = index[i];
        status = take_packet(hub, &record.view, &delivery, &packet[i]);
    }
    return status == YQ_OK ? encode_some(&delivery, out) : status;
}

yq_status yq_hub_delivery(
    yq_hub *hub, yq_slice chain, uint64_t from, size_t limit, yq_slice certificate, yq_buf *out)
{
    size_t mark = hub->arena.used;
    yq_status status = deliver(hub, chain, from, limit, certificate, out);
    hub->arena.used = mark;
    return status;
}
