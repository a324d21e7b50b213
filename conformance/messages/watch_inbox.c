#include "conformance/messages/world.h"
#include "relay/base/assert.h"

/* Rules that hold at every step, as an inbox's records show it. Records are in the order of what
 * the inbox did. */

static int runs_a_service(uint8_t kind)
{
    return kind == YQ_PACKET_CALL || kind == YQ_PACKET_PREPARE || kind == YQ_PACKET_QUERY ||
           kind == YQ_PACKET_ANSWER;
}

/* ---- numbers of ordered lanes ---------------------------------------------------------------- */

static int is_closed(const msim_lane *lane, uint64_t number)
{
    return number <= lane->closed_n && lane->closed[number - 1];
}

static void close_number(msim_lane *lane, uint64_t number)
{
    lane->closed = msim_grow(lane->closed, &lane->closed_cap, (size_t)number, 1);
    lane->closed_n = number > lane->closed_n ? (size_t)number : lane->closed_n;
    lane->closed[number - 1] = 1;
}

static msim_lane *lane_of(msim *w, const yq_packet *p)
{
    uint32_t src = msim_chain_of(w, p->src_chain), dst = msim_chain_of(w, p->dst_chain);
    return &w->lane[src][dst][msim_service_of(p->src_service)];
}

static void check_order(msim_chain *c, const yq_packet *p, const yq_done *done)
{
    msim_lane *lane = lane_of(c->world, p);
    uint64_t below = 1;
    while (below < p->sequence && is_closed(lane, below)) {
        below++;
    }
    int out_of_order = below < p->sequence || is_closed(lane, p->sequence);
    if (done->status != YQ_DONE_CANCELLED && out_of_order) {
        msim_fail(
            c->world,
            "number %llu of an ordered lane ran out of order",
            (unsigned long long)p->sequence);
    }
    close_number(lane, p->sequence);
}

static void take_skip(msim_chain *c, const yq_packet *p)
{
    yq_cancel cancel;
    if (yq_cancel_decode(p->payload, &cancel, NULL) == YQ_OK && cancel.index == YQ_INDEX_NONE) {
        for (uint64_t i = cancel.first; i <= p->sequence; i++) {
            close_number(lane_of(c->world, p), i);
        }
    }
}

/* ---- receipts -------------------------------------------------------------------------------- */

static void check_run(msim_chain *c, const msim_leaf *leaf, const yq_packet *p)
{
    int decision = p->kind == YQ_PACKET_COMMIT || p->kind == YQ_PACKET_UNDO;
    if (!decision && leaf->src < MSIM_CHAINS_MAX && c->halted[leaf->src]) {
        msim_fail(c->world, "%s ran a packet of a chain that is halted there", c->id);
    }
    if (p->deadline_ms != 0 && !c->no_clock && c->time_ms >= p->deadline_ms) {
        msim_fail(c->world, "%s ran a packet after its deadline", c->id);
    }
}

static void take_control(msim_chain *c, const msim_leaf *leaf, const yq_packet *p)
{
    if (leaf->src < MSIM_CHAINS_MAX && p->sequence > c->halt_seen[leaf->src]) {
        c->halt_seen[leaf->src] = p->sequence;
        c->halted[leaf->src] = p->kind == YQ_PACKET_HALT;
    }
}

static void take_first(msim_chain *c, msim_leaf *leaf, const yq_packet *p, const yq_done *done)
{
    msim *w = c->world;
    msim_message *m = msim_message_at(w, leaf->message);
    leaf->status = done->status;
    w->result.count.delivered++;
    if (runs_a_service(p->kind) && m != NULL) {
        m->dst_status = done->status;
        w->result.count.cancelled += done->status == YQ_DONE_CANCELLED;
        w->result.count.errors += done->status == YQ_DONE_ERROR;
    }
    if (p->order == YQ_ORDER_ORDERED) {
        check_order(c, p, done);
    }
    if (p->kind == YQ_PACKET_CANCEL) {
        take_skip(c, p);
    } else if (p->kind == YQ_PACKET_HALT || p->kind == YQ_PACKET_RESUME) {
        take_control(c, leaf, p);
    } else if (done->status == YQ_DONE_OK) {
        check_run(c, leaf, p);
    }
}

/* A call that fails takes its mark back: no end. */
static int is_open_error(uint8_t kind, uint8_t status)
{
    return status == YQ_DONE_ERROR &&
           (kind == YQ_PACKET_ACK || kind == YQ_PACKET_COMMIT || kind == YQ_PACKET_UNDO);
}

static void watch_done(msim_chain *c, yq_slice body)
{
    msim *w = c->world;
    yq_done done;
    yq_packet p;
    yq_status status = yq_done_decode(body, &done, NULL);
    if (status != YQ_OK || done.index >= c->leaf_n) {
        msim_fail(w, "%s tells of an index that never was", c->id);
        return;
    }
    msim_leaf *leaf = &c->leaf[done.index];
    status = yq_packet_decode(msim_slice(leaf->bytes), &p, NULL);
    YQ_ASSERT(status == YQ_OK);
    msim_say(
        w,
        "done %s %llu kind %u status %u again %u",
        c->id,
        (unsigned long long)done.index,
        p.kind,
        done.status,
        done.again);
    if (is_open_error(p.kind, done.status)) {
        return;
    }
    if (done.again) {
        w->result.count.repeated++;
    }
    if (leaf->status == 0 && !done.again) {
        take_first(c, leaf, &p, &done);
    } else if (!done.again || leaf->status != done.status) {
        msim_fail(
            w,
            "%s told index %llu twice: %u, then %u",
            c->id,
            (unsigned long long)done.index,
            leaf->status,
            done.status);
    }
}

static void watch_state(msim_chain *c, yq_slice body)
{
    yq_inbox_state state;
    yq_status status = yq_inbox_state_decode(body, &state, NULL);
    if (status != YQ_OK || state.epoch < c->state_epoch || state.height < c->state_height) {
        msim_fail(c->world, "the state of %s went back", c->id);
        return;
    }
    c->state_epoch = state.epoch;
    c->state_height = state.height;
}

void msim_watch_records(msim_chain *c, yq_slice records)
{
    static yq_record record[YQ_EVENT_RECORDS_MAX];
    size_t n = 0;
    yq_status status = yq_records_decode(records, record, YQ_EVENT_RECORDS_MAX, &n, NULL);
    YQ_ASSERT(status == YQ_OK);
    for (size_t i = 0; i < n && !c->world->result.bad; i++) {
        if (record[i].kind == YQ_RECORD_DONE) {
            watch_done(c, record[i].body);
        } else if (record[i].kind == YQ_RECORD_STATE) {
            watch_state(c, record[i].body);
        }
        c->world->result.count.checks++;
    }
}

static void take_state(msim_chain *c, uint64_t height, yq_slice body)
{
    yq_inbox_state state;
    yq_status status = yq_inbox_state_decode(body, &state, NULL);
    YQ_ASSERT(status == YQ_OK);
    int older = height < c->newest_height ||
                (height == c->newest_height &&
                 (state.epoch < c->newest.epoch ||
                  (state.epoch == c->newest.epoch && state.height < c->newest.height)));
    if (!older) {
        c->newest = state;
        c->newest_height = height;
    }
}

/* The states of one event; the chain's own order of events counts. */
void msim_watch_state(msim_chain *c, const msim_event *e)
{
    msim *w = c->world;
    static yq_record record[YQ_EVENT_RECORDS_MAX];
    size_t n = 0;
    yq_chain v;
    if (e->message != 0) {
        return;
    }
    yq_status status =
        yq_records_decode(msim_slice(e->data), record, YQ_EVENT_RECORDS_MAX, &n, NULL);
    YQ_ASSERT(status == YQ_OK);
    for (size_t i = 0; i < n; i++) {
        if (record[i].kind == YQ_RECORD_STATE) {
            take_state(c, e->height, record[i].body);
        }
    }
    status = w->rules->hub_chain(&w->hub, msim_chain_id(w, c->number), &v);
    YQ_ASSERT(status == YQ_OK);
    if (c->newest_height > 0 &&
        (v.inbox_state.epoch != c->newest.epoch || v.inbox_state.height != c->newest.height ||
         v.inbox_state.paused != c->newest.paused)) {
        msim_fail(w, "the hub does not hold the newest state of the inbox of %s", c->id);
    }
}
