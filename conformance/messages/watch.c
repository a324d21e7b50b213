#include "conformance/messages/world.h"
#include "relay/base/assert.h"

/* Rules that hold at every step, as the hub's events and records show it. */

#define MINUTE_MS    UINT64_C(60000)
#define GROUP_MS_MAX UINT64_C(600000)

static yq_chain chain_at_hub(msim *w, uint32_t number)
{
    yq_chain c;
    yq_status status = w->rules->hub_chain(&w->hub, msim_chain_id(w, number), &c);
    YQ_ASSERT(status == YQ_OK);
    return c;
}

static int is_stopped(const yq_chain *c, int inbox_needed)
{
    return c->state == YQ_CHAIN_FROZEN || c->state == YQ_CHAIN_LAGGING || c->misbehaved ||
           (inbox_needed && (!c->inbox_open || c->inbox_state.paused));
}

static int ends_are_stopped(msim *w, const msim_message *m)
{
    const yq_chain src = chain_at_hub(w, m->src), dst = chain_at_hub(w, m->dst);
    return is_stopped(&src, m->service != MSIM_MAPPED) || is_stopped(&dst, 1);
}

/* ---- leaves ---------------------------------------------------------------------------------- */

static uint64_t message_of_packet(msim *w, const yq_packet *p)
{
    uint32_t from = msim_chain_of(w, p->src_chain), to = msim_chain_of(w, p->dst_chain);
    yq_cur c = yq_cur_of(p->payload);
    if (p->kind == YQ_PACKET_CALL || p->kind == YQ_PACKET_PREPARE || p->kind == YQ_PACKET_QUERY ||
        p->kind == YQ_PACKET_ANSWER) {
        return yq_cur_u64(&c);
    }
    const msim_message *m =
        p->kind == YQ_PACKET_ACK
            ? msim_message_of(w, to, from, msim_service_of(p->dst_service), p->sequence)
            : msim_message_of(w, from, to, msim_service_of(p->src_service), p->sequence);
    return m == NULL ? 0 : (uint64_t)(m - w->message) + 1;
}

static void watch_leaf(msim *w, yq_slice chain, uint64_t index)
{
    msim_chain *c = &w->chain[msim_chain_of(w, chain)];
    yq_slice bytes;
    yq_packet p;
    if (index != c->leaf_n || !w->rules->hub_packet(&w->hub, chain, index, &bytes) ||
        yq_packet_decode(bytes, &p, NULL) != YQ_OK) {
        msim_fail(w, "a leaf of %s is not the next one", c->id);
        return;
    }
    c->leaf = msim_grow(c->leaf, &c->leaf_cap, c->leaf_n, sizeof *c->leaf);
    c->leaf[c->leaf_n++] = (msim_leaf){
        .bytes = msim_blob_of(bytes),
        .kind = p.kind,
        .src = msim_chain_of(w, p.src_chain),
        .message = message_of_packet(w, &p)};
    if (p.kind == YQ_PACKET_HALT || p.kind == YQ_PACKET_RESUME) {
        c->told[msim_chain_of(w, p.src_chain)] = p.kind;
    }
    msim_say(
        w,
        "leaf %s %llu kind %u message %llu",
        c->id,
        (unsigned long long)index,
        p.kind,
        (unsigned long long)c->leaf[c->leaf_n - 1].message);
}

/* ---- moves ----------------------------------------------------------------------------------- */

#define BIT(state) (1u << (state))

/* Where a state may go. */
static const unsigned next_states[] = {
    [YQ_MESSAGE_INVALID] =
        BIT(YQ_MESSAGE_HELD) | BIT(YQ_MESSAGE_COMMITTED) | BIT(YQ_MESSAGE_REFUSED),
    [YQ_MESSAGE_HELD] = BIT(YQ_MESSAGE_HELD) | BIT(YQ_MESSAGE_COMMITTED) | BIT(YQ_MESSAGE_REFUSED),
    [YQ_MESSAGE_COMMITTED] = BIT(YQ_MESSAGE_CANCELLING) | BIT(YQ_MESSAGE_ACKED) |
                             BIT(YQ_MESSAGE_CANCELLED) | BIT(YQ_MESSAGE_REFUSED) |
                             BIT(YQ_MESSAGE_PREPARED) | BIT(YQ_MESSAGE_FORCED),
    [YQ_MESSAGE_CANCELLING] = BIT(YQ_MESSAGE_ACKED) | BIT(YQ_MESSAGE_CANCELLED) |
                              BIT(YQ_MESSAGE_REFUSED) | BIT(YQ_MESSAGE_PREPARED) |
                              BIT(YQ_MESSAGE_FORCED),
    [YQ_MESSAGE_PREPARED] = BIT(YQ_MESSAGE_ACKED) | BIT(YQ_MESSAGE_CANCELLED),
    [YQ_MESSAGE_ACKED] = BIT(YQ_MESSAGE_SETTLED) | BIT(YQ_MESSAGE_UNDO_FAILED),
    [YQ_MESSAGE_CANCELLED] = BIT(YQ_MESSAGE_SETTLED) | BIT(YQ_MESSAGE_UNDO_FAILED),
    [YQ_MESSAGE_REFUSED] = BIT(YQ_MESSAGE_SETTLED) | BIT(YQ_MESSAGE_UNDO_FAILED),
    [YQ_MESSAGE_FORCED] = BIT(YQ_MESSAGE_SETTLED) | BIT(YQ_MESSAGE_UNDO_FAILED),
    [YQ_MESSAGE_UNDO_FAILED] = BIT(YQ_MESSAGE_SETTLED) | BIT(YQ_MESSAGE_UNDO_FAILED),
    [YQ_MESSAGE_SETTLED] = 0,
};

static void count_rate(msim *w, msim_lane *lane)
{
    uint64_t minute = w->hub_ms / MINUTE_MS;
    lane->in_minute = lane->minute == minute ? lane->in_minute + 1 : 1;
    lane->minute = minute;
    if (lane->in_minute > lane->per_minute) {
        msim_fail(w, "a lane took more than its rate");
    }
}

/* Another member was refused or cancelled: the group is undone. */
static int is_spoiled(const msim *w, const msim_message *m)
{
    for (size_t i = 0; i < w->message_n && m->group != 0; i++) {
        const msim_message *x = &w->message[i];
        if (x->group == m->group && x != m &&
            (x->hub_state == YQ_MESSAGE_REFUSED || x->hub_state == YQ_MESSAGE_CANCELLED)) {
            return 1;
        }
    }
    return 0;
}

static void watch_commit(msim *w, msim_message *m)
{
    msim_lane *lane = &w->lane[m->src][m->dst][m->service];
    yq_lane at_hub = {
        .src_chain = msim_chain_id(w, m->src),
        .src_service = yq_slice_text(msim_service_name[m->service]),
        .dst_chain = msim_chain_id(w, m->dst),
        .dst_service = yq_slice_text(MSIM_TARGET)};
    m->has_leaf = 1;
    m->committed_ms = w->hub_ms;
    m->index = w->chain[m->dst].leaf_n - 1;
    count_rate(w, lane);
    if (!lane->open || w->rules->hub_lane(&w->hub, &at_hub) != YQ_OK) {
        msim_fail(w, "a message was routed without a lane");
    } else if (at_hub.paused) {
        msim_fail(w, "a message was routed on a lane that is paused");
    } else if (m->order != at_hub.order) {
        msim_fail(w, "a message was routed in another order than its lane's");
    } else if (m->grade < at_hub.grade_min) {
        msim_fail(w, "a message was routed below its lane's grade");
    } else if (m->payload_n > at_hub.payload_max) {
        msim_fail(w, "a message was routed that is too large for its lane");
    } else if (m->deadline_ms != 0 && w->hub_ms >= m->deadline_ms) {
        msim_fail(w, "a message was routed after its deadline");
    } else if (ends_are_stopped(w, m)) {
        msim_fail(w, "a message was routed while an end is stopped");
    } else if (m->kind == YQ_PACKET_PREPARE && m->deadline_ms - w->hub_ms > GROUP_MS_MAX) {
        msim_fail(w, "a prepare was routed with a deadline too far ahead");
    } else if (m->granted) {
        msim_fail(w, "a message was routed with a grant that nobody gave");
    } else if (is_spoiled(w, m)) {
        msim_fail(w, "a prepare was routed after its group was undone");
    }
}

/* A cancel that nobody ordered is written in time, and never while nothing is heard. */
static void watch_cancel(msim *w, const msim_message *m)
{
    const msim_lane *lane = &w->lane[m->src][m->dst][m->service];
    uint64_t base = m->deadline_ms != 0 ? m->deadline_ms : m->committed_ms;
    if (w->forcing || m->kind == YQ_PACKET_PREPARE) {
        return;
    }
    if (m->deadline_ms == 0 && lane->patience_ms == 0) {
        msim_fail(w, "a message without an end was cancelled");
    } else if (w->hub_ms < base + lane->patience_ms) {
        msim_fail(w, "a message was cancelled before its lane's patience was over");
    } else if (w->hub_ms < w->quiet_until_ms) {
        msim_fail(w, "a message was cancelled in the quiet after an outage");
    } else if (ends_are_stopped(w, m)) {
        msim_fail(w, "a message was cancelled while an end is stopped");
    }
}

static int two_persons(uint8_t bits)
{
    return (bits & (bits - 1)) != 0;
}

static void watch_move(msim *w, const yq_digest *id, uint64_t state)
{
    msim_message *m = NULL;
    yq_message at_hub;
    if (w->rules->hub_message(&w->hub, id, &at_hub) != YQ_OK) {
        return; /* told before it was stored: what follows is told again at the end */
    }
    for (size_t i = w->message_n; i > 0 && m == NULL; i--) {
        msim_message *x = &w->message[i - 1];
        m = x->taken && memcmp(x->id.b, id->b, sizeof id->b) == 0 ? x : NULL;
    }
    if (m == NULL) {
        return; /* being taken just now: msim_watch_taken looks at it */
    }
    if (state >= YQ_ARRAY_N(next_states) || !(next_states[m->hub_state] & BIT(state))) {
        msim_fail(
            w,
            "a message went from %s to %s",
            yq_message_state_name(m->hub_state),
            yq_message_state_name((uint8_t)state));
    }
    m->hub_state = (uint8_t)state;
    msim_say(
        w, "message %zu: %s", (size_t)(m - w->message) + 1, yq_message_state_name((uint8_t)state));
    if (state == YQ_MESSAGE_COMMITTED) {
        watch_commit(w, m);
    } else if (state == YQ_MESSAGE_CANCELLING) {
        watch_cancel(w, m);
    } else if (state == YQ_MESSAGE_FORCED && !two_persons(m->forcers)) {
        msim_fail(w, "an outcome was forced by fewer than two persons");
    }
}

/* ---- events of a call ------------------------------------------------------------------------ */

void msim_watch_hub(msim *w)
{
    for (size_t i = 0; i < w->said.event_n && !w->result.bad; i++) {
        const yq_hub_event *e = &w->said.event[i];
        if (e->kind == YQ_HUB_EVENT_OUTBOX) {
            watch_leaf(w, e->subject, e->value);
        } else if (e->kind == YQ_HUB_EVENT_MESSAGE && e->subject.n == YQ_DIGEST_SIZE) {
            yq_digest id;
            memcpy(id.b, e->subject.p, sizeof id.b);
            watch_move(w, &id, e->value);
        }
        w->result.count.checks++;
    }
}

static int has_lane(const msim *w, uint32_t src, uint32_t dst)
{
    int any = 0;
    for (uint8_t service = 0; service < MSIM_SERVICES; service++) {
        any |= w->lane[src][dst][service].open;
    }
    return any;
}

void msim_watch_told(msim *w)
{
    for (uint32_t src = 0; src < w->chain_n; src++) {
        const yq_chain c = chain_at_hub(w, src);
        for (uint32_t dst = 0; dst < w->chain_n; dst++) {
            int halted = w->chain[dst].told[src] == YQ_PACKET_HALT;
            if (has_lane(w, src, dst) && halted != (c.state == YQ_CHAIN_FROZEN)) {
                msim_fail(
                    w,
                    "%s is %s, and %s was told otherwise",
                    w->chain[src].id,
                    yq_chain_state_name(c.state),
                    w->chain[dst].id);
            }
        }
    }
}

/* A message that the hub has just taken: what it made of it. */
void msim_watch_taken(msim_chain *c, const msim_event *e, uint64_t message)
{
    msim *w = c->world;
    msim_message *m = msim_message_at(w, message);
    yq_message at_hub;
    (void)e;
    if (m == NULL) {
        return;
    }
    YQ_ASSERT(w->data_n == YQ_DIGEST_SIZE);
    memcpy(m->id.b, w->data, sizeof m->id.b);
    m->taken = 1;
    yq_status status = w->rules->hub_message(&w->hub, &m->id, &at_hub);
    YQ_ASSERT(status == YQ_OK);
    msim_lane *lane = &w->lane[m->src][m->dst][m->service];
    if (m->service == MSIM_ORDERED && m->sequence != lane->taken + 1) {
        msim_fail(w, "a number of an ordered lane was left out");
    }
    lane->taken = m->sequence > lane->taken ? m->sequence : lane->taken;
    m->hub_state = at_hub.state;
    msim_say(
        w,
        "message %zu: taken, %s %d, group %u",
        (size_t)message,
        yq_message_state_name(at_hub.state),
        (int)at_hub.code,
        (unsigned)m->group);
    w->result.count.held += at_hub.state == YQ_MESSAGE_HELD;
    if (at_hub.index != YQ_INDEX_NONE) {
        watch_commit(w, m);
        m->index = at_hub.index;
    }
}
