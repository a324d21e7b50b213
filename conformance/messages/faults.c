#include "conformance/messages/proof.h"
#include "conformance/messages/world.h"
#include "relay/base/assert.h"
#include "relay/base/writer.h"

#include <stdio.h>
#include <stdlib.h>

/* Chains that freeze, are misled and are recovered; outcomes that people name. */

#define FREEZE_MS 7200000u

static yq_tx act(const msim *w, uint32_t chain, uint16_t method, uint64_t duration_ms)
{
    return (yq_tx){
        .method = method,
        .as.chain_act = {
            .chain = msim_chain_id(w, chain),
            .reason = yq_slice_text("drill"),
            .duration_ms = duration_ms}};
}

void msim_freeze(msim *w, uint32_t chain)
{
    const yq_tx tx = act(w, chain, YQ_METHOD_CHAIN_FREEZE, 1 + sim_below(&w->rng, FREEZE_MS));
    uint32_t who = sim_below(&w->rng, MSIM_ORGS);
    w->result.count.freezes += msim_execute(w, &w->signer[MSIM_ADMIN][who], &tx) == YQ_OK;
}

static void recover(msim *w, uint32_t chain)
{
    msim_chain *c = &w->chain[chain];
    uint8_t anchor[64];
    yq_writer out = yq_writer_of(anchor, sizeof anchor);
    c->key.b[0] = (uint8_t)++c->anchors;
    msim_put_anchor(&out, &c->key, c->height);
    const yq_tx tx = {
        .method = YQ_METHOD_CHAIN_RECOVER,
        .as.chain_recover = {
            .anchor = yq_writer_slice(&out),
            .chain = msim_chain_id(w, chain),
            .reason = yq_slice_text("drill"),
            .verifier = 1}};
    yq_status status = msim_approve(w, &w->signer[MSIM_ADMIN][0], &tx);
    YQ_ASSERT(status == YQ_OK);
    c->client_height = c->height;
    c->misled = 0;
    w->result.count.recovered++;
}

void msim_go_on(msim *w, uint32_t chain)
{
    yq_chain c;
    const yq_tx unfreeze = act(w, chain, YQ_METHOD_CHAIN_UNFREEZE, 0);
    yq_status status = w->rules->hub_chain(&w->hub, msim_chain_id(w, chain), &c);
    YQ_ASSERT(status == YQ_OK);
    if (w->chain[chain].misled) {
        status = msim_approve(w, &w->signer[MSIM_ADMIN][0], &unfreeze);
        if (status == YQ_OK) {
            msim_fail(w, "a chain that misbehaved was unfrozen without a new anchor");
        }
        recover(w, chain);
    } else if (c.state == YQ_CHAIN_FROZEN) {
        status = msim_approve(w, &w->signer[MSIM_ADMIN][0], &unfreeze);
        YQ_ASSERT(status == YQ_OK);
    }
}

/* ---- what never happened --------------------------------------------------------------------- */

static yq_status submit_forged(msim_chain *c, const yq_record *record, uint64_t message)
{
    msim *w = c->world;
    static uint8_t room[4096];
    yq_buf out = {room, sizeof room, 0};
    yq_status status = yq_records_encode(record, 1, &out);
    YQ_ASSERT(status == YQ_OK);
    const msim_event e = {
        .height = c->client_height,
        .number = ++w->event_numbers,
        .emitter = MSIM_INBOX,
        .name = MSIM_EVENT,
        .data = {room, out.n},
        .grade = YQ_GRADE_ENDORSED};
    w->result.count.forged_events++;
    status = msim_submit_proof(c, &e, &c->key);
    if (status == YQ_OK) {
        msim_watch_taken(c, &e, message);
    }
    return status;
}

static void forge_packet(msim *w, uint32_t chain)
{
    uint32_t dst = (chain + 1 + sim_below(&w->rng, w->chain_n - 1)) % w->chain_n;
    uint8_t service = sim_permille(&w->rng, 500) ? MSIM_UNORDERED : MSIM_ORDERED;
    const msim_lane *lane = &w->lane[chain][dst][service];
    uint8_t payload[16], room[1024];
    const msim_message made = {
        .src = chain,
        .dst = dst,
        .service = service,
        .kind = YQ_PACKET_CALL,
        .order = service == MSIM_ORDERED ? YQ_ORDER_ORDERED : YQ_ORDER_UNORDERED,
        .grade = YQ_GRADE_ENDORSED,
        .payload_n = 8,
        .forged = 1,
        .sequence = lane->taken + 1};
    uint64_t number = msim_message_new(w, &made);
    yq_writer text = yq_writer_of(payload, sizeof payload);
    yq_put_u64(&text, number);
    const yq_packet packet = {
        .kind = made.kind,
        .order = made.order,
        .grade_min = YQ_GRADE_ATTESTED,
        .hub = yq_slice_text(MSIM_HUB),
        .src_chain = msim_chain_id(w, chain),
        .src_service = yq_slice_text(msim_service_name[service]),
        .dst_chain = msim_chain_id(w, dst),
        .dst_service = yq_slice_text(MSIM_TARGET),
        .sequence = made.sequence,
        .payload = yq_writer_slice(&text)};
    yq_buf body = {room, sizeof room, 0};
    yq_status status = yq_packet_encode(&packet, &body);
    YQ_ASSERT(status == YQ_OK);
    const yq_record record = {YQ_RECORD_SENT, yq_slice_of(body.p, body.n)};
    (void)submit_forged(&w->chain[chain], &record, number);
}

/* Receipts of what was sent to the chain and is not answered. Returns how many the hub took. */
static unsigned forge_receipts(msim *w, uint32_t chain, uint32_t permille)
{
    msim_chain *c = &w->chain[chain];
    unsigned n = 0;
    for (size_t i = 0; i < w->message_n; i++) {
        msim_message *m = &w->message[i];
        int open = m->hub_state == YQ_MESSAGE_COMMITTED || m->hub_state == YQ_MESSAGE_CANCELLING;
        if (m->dst != chain || !open || m->kind != YQ_PACKET_CALL ||
            !sim_permille(&w->rng, permille)) {
            continue;
        }
        yq_message at_hub;
        uint8_t room[128];
        yq_status status = w->rules->hub_message(&w->hub, &m->id, &at_hub);
        YQ_ASSERT(status == YQ_OK);
        const yq_done done = {
            .index = at_hub.index,
            .commitment = at_hub.commitment,
            .status = sim_permille(&w->rng, 500) ? YQ_DONE_OK : YQ_DONE_CANCELLED};
        yq_buf body = {room, sizeof room, 0};
        status = yq_done_encode(&done, &body);
        YQ_ASSERT(status == YQ_OK);
        const yq_record record = {YQ_RECORD_DONE, yq_slice_of(body.p, body.n)};
        if (submit_forged(c, &record, 0) == YQ_OK) {
            w->message[i].touched = 1;
            n++;
        }
    }
    return n;
}

static void prove_fork(msim *w, uint32_t chain)
{
    msim_chain *c = &w->chain[chain];
    uint8_t bytes[64];
    yq_writer out = yq_writer_of(bytes, sizeof bytes);
    msim_put_fork(&out, &c->key, c->height);
    const yq_tx tx = {
        .method = YQ_METHOD_CLIENT_MISBEHAVIOUR,
        .as.evidence = {.chain = msim_chain_id(w, chain), .bytes = yq_writer_slice(&out)}};
    yq_status status = msim_execute(w, &w->signer[MSIM_ADAPTER][0], &tx);
    YQ_ASSERT(status == YQ_OK);
    c->misled = 1;
    w->result.count.misled++;
}

void msim_mislead(msim *w, uint32_t chain)
{
    msim_chain *c = &w->chain[chain];
    if (c->misled || c->client_height == 0) {
        return;
    }
    for (uint32_t i = sim_between(&w->rng, 0, 2); i > 0; i--) {
        forge_packet(w, chain);
    }
    (void)forge_receipts(w, chain, 400);
    prove_fork(w, chain);
    if (forge_receipts(w, chain, 700) > 0) {
        msim_fail(w, "a receipt of a chain that misbehaved was taken");
    }
}

/* ---- outcomes that people name --------------------------------------------------------------- */

static msim_message *in_doubt(msim *w)
{
    uint32_t from = sim_below(&w->rng, (uint32_t)w->message_n);
    for (size_t i = 0; i < w->message_n; i++) {
        msim_message *m = &w->message[(from + i) % w->message_n];
        if (m->kind == YQ_PACKET_CALL &&
            (m->hub_state == YQ_MESSAGE_COMMITTED || m->hub_state == YQ_MESSAGE_CANCELLING)) {
            return m;
        }
    }
    return NULL;
}

void msim_force(msim *w)
{
    msim_message *m = w->message_n == 0 ? NULL : in_doubt(w);
    if (m == NULL) {
        return;
    }
    const yq_tx tx = {
        .method = YQ_METHOD_MESSAGE_FORCE,
        .as.force = {
            .message = m->id,
            .outcome = sim_permille(&w->rng, 500) ? YQ_DONE_OK : YQ_DONE_CANCELLED,
            .reason = yq_slice_text("drill")}};
    w->forcing = 1;
    for (unsigned i = 0; i < 2; i++) {
        uint32_t who = sim_below(&w->rng, MSIM_ORGS);
        uint8_t before = m->forcers;
        m->forcers |= (uint8_t)(1u << who);
        if (msim_execute(w, &w->signer[MSIM_ADMIN][who], &tx) != YQ_OK) {
            m->forcers = before;
        }
    }
    w->forcing = 0;
}
