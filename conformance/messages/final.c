#include "conformance/messages/world.h"
#include "relay/base/assert.h"

/* Rules that hold when everything has come to its end. */

static yq_message at_hub(msim *w, const msim_message *m)
{
    yq_message out;
    w->rules->hub_reset(&w->hub);
    yq_status status = w->rules->hub_message(&w->hub, &m->id, &out);
    YQ_ASSERT(status == YQ_OK);
    return out;
}

static const char *name_of(const msim_message *m)
{
    return msim_service_name[m->service];
}

/* ---- does anything still wait? --------------------------------------------------------------- */

/* Its source knows how it ended. */
static int is_answered(const msim_message *m)
{
    return m->service == MSIM_MAPPED || m->forged || m->acks > 0;
}

static int message_waits(msim *w, const msim_message *m)
{
    if (!m->taken) {
        return !m->forged && !msim_is_displaced(w, m);
    }
    const yq_message v = at_hub(w, m);
    return !yq_message_is_final(&v) || !is_answered(m);
}

/* A leaf that the hub still wants to be spent; what it holds for done by a forged receipt it does
 * not. */
static int is_open(msim *w, const msim_leaf *leaf)
{
    const msim_message *m = msim_message_at(w, leaf->message);
    return leaf->status == 0 && (m == NULL || !m->touched || leaf->kind != YQ_PACKET_CALL);
}

static int chain_waits(msim *w, const msim_chain *c)
{
    yq_contract_view view;
    yq_chain v;
    w->rules->contract_look(c->contract, &view);
    w->rules->hub_reset(&w->hub);
    yq_status status = w->rules->hub_chain(&w->hub, msim_chain_id(w, c->number), &v);
    YQ_ASSERT(status == YQ_OK);
    for (size_t i = 0; i < c->leaf_n; i++) {
        if (is_open(w, &c->leaf[i])) {
            return 1;
        }
    }
    for (uint32_t i = 0; i < w->chain_n; i++) {
        if (c->halted[i]) {
            return 1;
        }
    }
    return view.epoch != w->epoch || v.state != YQ_CHAIN_ACTIVE || v.inbox_state.paused ||
           c->event_from < c->event_n;
}

int msim_is_waiting(msim *w)
{
    for (uint32_t i = 0; i < w->chain_n; i++) {
        if (chain_waits(w, &w->chain[i])) {
            return 1;
        }
    }
    for (size_t i = 0; i < w->message_n; i++) {
        if (message_waits(w, &w->message[i])) {
            return 1;
        }
    }
    return 0;
}

/* ---- one message ----------------------------------------------------------------------------- */

/* What its destination kept of it. */
static int has_effect(const msim_message *m)
{
    return m->kind == YQ_PACKET_PREPARE ? m->committed > 0 : m->executed > 0;
}

static void check_answer(msim *w, const msim_message *m, const yq_message *v)
{
    int ok = m->src_status == YQ_DONE_OK;
    if (m->touched && !v->conflict) {
        w->result.count.harmed++; /* the hub believes the forged receipt: messages.md, section 7 */
    }
    if (m->touched && !v->conflict && !v->forced && m->dst_status != 0 &&
        m->dst_status != v->status) {
        msim_fail(w, "%s: a receipt against a forged one is no conflict", name_of(m));
    }
    if (m->probe && m->dst_status != YQ_DONE_OK) {
        w->result.count.blocked++;
        msim_fail(w, "%s: a lane that is open carries nothing (%u)", name_of(m), m->dst_status);
    }
    if (v->conflict || m->touched || m->service == MSIM_MAPPED || m->forged) {
        return;
    }
    if (ok && !has_effect(m)) {
        msim_fail(
            w,
            "%s: message %zu: ok at the source, no effect at the destination",
            name_of(m),
            (size_t)(m - w->message) + 1);
    } else if (!ok && has_effect(m)) {
        msim_fail(
            w,
            "%s: the source heard %u, and the destination kept an effect",
            name_of(m),
            m->src_status);
    } else if (ok && m->kind == YQ_PACKET_QUERY && !m->src_result && !v->forced) {
        msim_fail(w, "a query was answered ok without its result");
    } else if (m->kind == YQ_PACKET_PREPARE && m->executed > 0 && m->committed + m->undone != 1) {
        msim_fail(w, "a prepared member was neither committed nor undone");
    }
}

static void check_refused(msim *w, const msim_message *m, const yq_message *v)
{
    if (v->index == YQ_INDEX_NONE && m->executed > 0) {
        msim_fail(w, "%s: refused by the hub, and executed", name_of(m));
    }
}

static void count_end(msim *w, const msim_message *m, const yq_message *v)
{
    msim_counts *n = &w->result.count;
    n->settled += v->state == YQ_MESSAGE_SETTLED;
    n->undo_failed += v->state == YQ_MESSAGE_UNDO_FAILED;
    n->refused += v->index == YQ_INDEX_NONE;
    n->forced += v->forced != 0;
    n->conflicts += v->conflict != 0;
    if (v->conflict && !v->forced && !m->touched && !m->forged) {
        msim_fail(
            w,
            "%s: message %zu: a conflict that nothing was forged or forced for",
            name_of(m),
            (size_t)(m - w->message) + 1);
    }
    if (v->state == YQ_MESSAGE_UNDO_FAILED && !m->forged) {
        msim_fail(w, "%s: the source could not execute the acknowledgement", name_of(m));
    }
}

static void check_message(msim *w, const msim_message *m)
{
    if (!m->taken) {
        if (m->acks > 0) {
            msim_fail(w, "%s: the source heard of another message's end", name_of(m));
        } else if (!m->forged && msim_is_displaced(w, m)) {
            w->result.count.displaced++;
        } else if (!m->forged) {
            w->result.count.lost++;
            msim_fail(w, "%s: lost, the hub never took it", name_of(m));
        }
        return;
    }
    const yq_message v = at_hub(w, m);
    if (!yq_message_is_final(&v)) {
        w->result.count.blocked++;
        msim_fail(
            w,
            "%s: message %zu: blocked in %s (%d)",
            name_of(m),
            (size_t)(m - w->message) + 1,
            yq_message_state_name(v.state),
            (int)v.code);
        return;
    }
    if (!is_answered(m)) {
        w->result.count.lost++;
        msim_fail(w, "%s: lost, the source never heard of it", name_of(m));
        return;
    }
    check_answer(w, m, &v);
    check_refused(w, m, &v);
    count_end(w, m, &v);
}

/* ---- groups ---------------------------------------------------------------------------------- */

static void check_groups(msim *w)
{
    for (uint64_t g = 1; g <= w->group_n; g++) {
        unsigned ok = 0, other = 0;
        for (size_t i = 0; i < w->message_n; i++) {
            const msim_message *m = &w->message[i];
            ok += m->group == g && m->src_status == YQ_DONE_OK;
            other += m->group == g && m->src_status != YQ_DONE_OK;
        }
        if (ok > 0 && (other > 0 || ok != w->chain_n - 1)) {
            msim_fail(w, "a group is committed in part: %u of %u", ok, w->chain_n - 1);
        }
        w->result.count.committed_groups += ok > 0;
        w->result.count.undone_groups += ok == 0;
    }
}

/* ---- chains and lanes ------------------------------------------------------------------------ */

static void check_chain(msim *w, const msim_chain *c)
{
    yq_contract_view view;
    yq_chain v;
    yq_outbox_view box;
    const yq_slice id = msim_chain_id(w, c->number);
    w->rules->hub_reset(&w->hub);
    w->rules->contract_look(c->contract, &view);
    yq_status status = w->rules->hub_chain(&w->hub, id, &v);
    YQ_ASSERT(status == YQ_OK);
    status = w->rules->hub_outbox(&w->hub, id, &box);
    YQ_ASSERT(status == YQ_OK);
    for (size_t i = 0; i < c->leaf_n; i++) {
        if (is_open(w, &c->leaf[i])) {
            w->result.count.blocked++;
            msim_fail(w, "%s: index %zu of kind %u was never spent", c->id, i, c->leaf[i].kind);
        }
    }
    for (uint32_t i = 0; i < w->chain_n; i++) {
        if (c->halted[i]) {
            w->result.count.blocked++;
            msim_fail(w, "%s is halted for ever at %s", w->chain[i].id, c->id);
        }
    }
    if (view.epoch != w->epoch) {
        w->result.count.blocked++;
        msim_fail(w, "the inbox of %s stays in an old epoch", c->id);
    } else if (v.inbox_state.epoch != view.epoch || v.inbox_state.height != view.height) {
        msim_fail(w, "the hub does not know the state of the inbox of %s", c->id);
    } else if (v.state != YQ_CHAIN_ACTIVE) {
        msim_fail(w, "%s is %s for ever", c->id, yq_chain_state_name(v.state));
    } else if (box.size != c->leaf_n || box.done != c->leaf_n) {
        msim_fail(w, "the hub holds leaves of %s open that are spent", c->id);
    } else if (view.sent != view.settled + view.open) {
        msim_fail(w, "%s: sent is not settled and open", c->id);
    }
}

/* Every number of a lane has one end, and the counts say so. */
static void check_lane(msim *w, uint32_t src, uint32_t dst, uint8_t service)
{
    const msim_lane *lane = &w->lane[src][dst][service];
    uint64_t ended = 0;
    for (uint64_t i = 1; i <= lane->sent; i++) {
        const msim_message *m = msim_message_of(w, src, dst, service, i);
        int ends = (m->dst_status != 0 || m->touched) + (m->taken && !m->has_leaf) + !m->taken;
        ended += ends == 1;
    }
    if (ended != lane->sent) {
        msim_fail(
            w,
            "a lane of %s: %llu sent, %llu ended",
            w->chain[src].id,
            (unsigned long long)lane->sent,
            (unsigned long long)ended);
    }
}

void msim_check_end(msim *w)
{
    for (size_t i = 0; i < w->message_n && !w->result.bad; i++) {
        check_message(w, &w->message[i]);
    }
    check_groups(w);
    for (uint32_t src = 0; src < w->chain_n && !w->result.bad; src++) {
        check_chain(w, &w->chain[src]);
        for (uint32_t dst = 0; dst < w->chain_n; dst++) {
            for (uint8_t service = 0; service < MSIM_SERVICES; service++) {
                check_lane(w, src, dst, service);
            }
        }
    }
}
