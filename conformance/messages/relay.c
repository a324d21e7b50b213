#include "conformance/messages/proof.h"
#include "conformance/messages/world.h"
#include "relay/base/assert.h"
#include "relay/base/writer.h"

#include <stdio.h>
#include <stdlib.h>

/* What relayers carry, well and badly. */

#define BATCH_MAX 12u

/* ---- from a chain to the hub ----------------------------------------------------------------- */

static void update_client(msim_chain *c, uint64_t height)
{
    msim *w = c->world;
    uint8_t bytes[64];
    yq_writer out = yq_writer_of(bytes, sizeof bytes);
    if (height <= c->client_height) {
        return;
    }
    msim_put_update(&out, &c->key, height);
    const yq_tx tx = {
        .method = YQ_METHOD_CLIENT_UPDATE,
        .as.evidence = {.chain = msim_chain_id(w, c->number), .bytes = yq_writer_slice(&out)}};
    if (msim_execute(w, &w->signer[MSIM_ADAPTER][0], &tx) == YQ_OK) {
        c->client_height = height;
    }
}

yq_status msim_submit_proof(msim_chain *c, const msim_event *e, const yq_digest *key)
{
    msim *w = c->world;
    char tx_id[32];
    (void)snprintf(tx_id, sizeof tx_id, "tx-%llu", (unsigned long long)e->number);
    yq_writer out = yq_writer_of(w->delivery_room, YQ_TX_SIZE_MAX);
    const msim_event_proof proof = {
        .height = e->height,
        .emitter = yq_slice_text(e->emitter),
        .name = yq_slice_text(e->name),
        .tx_id = yq_slice_text(tx_id),
        .data = msim_slice(e->data),
        .grade = e->grade};
    msim_put_event(&out, key, &proof);
    YQ_ASSERT(out.status == YQ_OK);
    const yq_tx tx = {
        .method = YQ_METHOD_PACKET_EVENT,
        .as.evidence = {.chain = msim_chain_id(w, c->number), .bytes = yq_writer_slice(&out)}};
    return msim_execute(w, &w->signer[MSIM_ADAPTER][0], &tx);
}

/* A true event that lost its number to a forged one. */
static int is_displaced(msim *w, const msim_event *e)
{
    const msim_message *m = msim_message_at(w, e->message);
    return m != NULL && msim_is_displaced(w, m);
}

yq_status msim_submit(msim_chain *c, msim_event *e)
{
    msim *w = c->world;
    int again = e->state == MSIM_EVENT_TAKEN;
    update_client(c, e->height);
    yq_status status = msim_submit_proof(c, e, &c->key);
    if (again && status == YQ_OK) {
        msim_fail(w, "the hub took an event twice");
    } else if (status == YQ_OK) {
        e->state = MSIM_EVENT_TAKEN;
        msim_watch_taken(c, e, e->message);
        msim_watch_state(c, e);
    } else if (!again && status == YQ_E_REPLAY) {
        if (!is_displaced(w, e)) {
            msim_fail(w, "the hub refuses an event that it never took");
        }
        e->state = MSIM_EVENT_DEAD;
    }
    return status;
}

static void skip_taken(msim_chain *c)
{
    while (c->event_from < c->event_n && c->event[c->event_from].state != MSIM_EVENT_OPEN) {
        c->event_from++;
    }
}

/* In order, but what waits for finality. */
static void carry_in_order(msim_chain *c)
{
    for (size_t i = c->event_from; i < c->event_n; i++) {
        msim_event *e = &c->event[i];
        if (e->state == MSIM_EVENT_OPEN && e->ready_ms <= c->world->now) {
            (void)msim_submit(c, e);
        }
    }
}

/* Some of the newer ones in any order, and now and then one that is long known. */
static void carry_some(msim_chain *c)
{
    msim *w = c->world;
    uint32_t n = sim_between(&w->rng, 1, BATCH_MAX), open = (uint32_t)(c->event_n - c->event_from);
    for (uint32_t i = 0; i < n && c->event_n > 0; i++) {
        size_t at = open == 0 || sim_permille(&w->rng, 80)
                        ? sim_below(&w->rng, (uint32_t)c->event_n)
                        : c->event_from + sim_below(&w->rng, open);
        if (c->event[at].ready_ms <= w->now && c->event[at].state != MSIM_EVENT_DEAD) {
            (void)msim_submit(c, &c->event[at]);
        }
    }
}

void msim_relay_events(msim_chain *c, int faithful)
{
    msim *w = c->world;
    msim_block_begin(w);
    if (faithful || sim_permille(&w->rng, 500)) {
        carry_in_order(c);
    } else {
        carry_some(c);
    }
    skip_taken(c);
    msim_block_end(w, 0);
}

/* ---- from the hub to a chain ----------------------------------------------------------------- */

/* Control packets are before all others, and each part is in the order of indices. */
static void check_order(msim_chain *c, const yq_delivery *d)
{
    int others = 0;
    for (size_t i = 0; i < d->n; i++) {
        uint64_t index = d->packet[i].index;
        uint8_t kind = index < c->leaf_n ? c->leaf[index].kind : 0;
        int first = kind == YQ_PACKET_HALT || kind == YQ_PACKET_RESUME;
        if (first && others) {
            msim_fail(c->world, "a control packet is behind others");
        }
        others |= !first;
    }
}

/* Leaves out, doubles and changes places. */
static yq_slice mangle(msim *w, const yq_delivery *d, yq_delivery_packet *packet, yq_buf *room)
{
    yq_delivery out = *d;
    for (uint16_t i = 0; i < out.n; i++) {
        uint32_t j = sim_below(&w->rng, out.n);
        if (sim_permille(&w->rng, 700)) {
            yq_delivery_packet x = packet[i];
            packet[i] = packet[j];
            packet[j] = x;
        } else if (sim_permille(&w->rng, 300)) {
            packet[i] = packet[j];
        }
    }
    out.n = (uint16_t)sim_between(&w->rng, 1, out.n);
    out.packet = packet;
    room->n = 0;
    yq_status status = yq_delivery_encode(&out, room);
    YQ_ASSERT(status == YQ_OK);
    return yq_slice_of(room->p, room->n);
}

static yq_slice fresh(msim_chain *c, uint64_t from, size_t limit)
{
    msim *w = c->world;
    static yq_delivery_packet packet[YQ_DELIVERY_PACKETS_MAX];
    yq_buf out = {w->delivery_room, YQ_ENVELOPE_SIZE_MAX, 0};
    yq_delivery d;
    yq_status status = w->rules->hub_delivery(
        &w->hub, msim_chain_id(w, c->number), from, limit, msim_slice(w->cert), &out);
    w->rules->hub_reset(&w->hub);
    if (status != YQ_OK) {
        return (yq_slice){0};
    }
    const yq_slice bytes = yq_slice_of(out.p, out.n);
    status = yq_delivery_decode(bytes, packet, YQ_DELIVERY_PACKETS_MAX, &d, NULL);
    YQ_ASSERT(status == YQ_OK);
    check_order(c, &d);
    if (w->healed || d.n == 0 || sim_permille(&w->rng, 400)) {
        return bytes;
    }
    yq_buf other = {w->room, YQ_CONTRACT_RECORDS_MAX, 0};
    return mangle(w, &d, packet, &other);
}

static void keep(msim_chain *c, yq_slice delivery)
{
    msim_blob *place = &c->stock[sim_below(&c->world->rng, MSIM_STOCK)];
    free(place->p);
    *place = msim_blob_of(delivery);
}

/* A delivery of the present epoch by a member of the current set is never refused. */
static void hand_in(msim_chain *c, yq_slice delivery)
{
    msim *w = c->world;
    yq_contract_view view;
    w->rules->contract_look(c->contract, &view);
    yq_status status = msim_deliver(c, delivery);
    if (status != YQ_OK && view.epoch == w->epoch && !c->paused) {
        msim_fail(w, "%s refuses a good delivery (%d)", c->id, (int)status);
    }
}

void msim_relay_packets(msim_chain *c, int faithful)
{
    msim *w = c->world;
    if (faithful || sim_permille(&w->rng, 700)) {
        msim_catch_up(c);
    }
    const msim_blob *old = &c->stock[sim_below(&w->rng, MSIM_STOCK)];
    if (!faithful && old->n > 0 && sim_permille(&w->rng, 300)) {
        const msim_blob copy = msim_blob_of(msim_slice(*old));
        (void)msim_deliver(c, msim_slice(copy));
        free(copy.p);
        return;
    }
    uint64_t from = faithful ? 0 : sim_below(&w->rng, (uint32_t)c->leaf_n / 2 + 1);
    size_t limit = faithful ? YQ_DELIVERY_PACKETS_MAX : sim_between(&w->rng, 1, 16);
    yq_slice made = fresh(c, from, limit);
    if (made.n == 0) {
        return;
    }
    const msim_blob copy = msim_blob_of(made); /* services use the room */
    if (!faithful && sim_permille(&w->rng, 300)) {
        keep(c, made);
    }
    if (faithful || !sim_permille(&w->rng, 100)) {
        hand_in(c, msim_slice(copy));
    }
    free(copy.p);
}
