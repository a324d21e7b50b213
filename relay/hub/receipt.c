#include "relay/base/assert.h"
#include "relay/hub/export.h"
#include "relay/hub/group.h"
#include "relay/hub/mutants.h"
#include "relay/hub/packet.h"
#include "relay/hub/validators.h"

/* DONE and STATE records of inboxes. */

static yq_slice id_of(const yq_message_record *m)
{
    return yq_slice_of(m->view.id.b, YQ_DIGEST_SIZE);
}

static void step(
    yq_hub *hub,
    const yq_proven *proven,
    yq_message_record *m,
    yq_trace_step what,
    const yq_done *done)
{
    yq_message_step(
        hub,
        m,
        what,
        &proven->proof,
        proven->event->height,
        proven->event->tx_id,
        (int32_t)done->code);
}

/* A second receipt that says something else: the first stands, people are told once. */
static void contradicted(
    yq_hub *hub, const yq_proven *proven, yq_message_record *m, const yq_done *done)
{
    if (m->view.conflict) {
        return;
    }
    m->view.conflict = 1;
    step(hub, proven, m, YQ_STEP_CONFLICT, done);
    yq_message_store(hub, m);
    yq_state_alarm(hub, id_of(m), YQ_E_CONFLICT);
}

static yq_message_state outcome(uint8_t status)
{
    switch ((yq_done_status)status) {
    case YQ_DONE_OK:
    case YQ_DONE_ERROR:
        return YQ_MESSAGE_ACKED;
    case YQ_DONE_CANCELLED:
        return YQ_MESSAGE_CANCELLED;
    case YQ_DONE_REFUSED:
        return YQ_MESSAGE_REFUSED;
    case YQ_DONE_INVALID:
        break;
    }
    return YQ_MESSAGE_INVALID;
}

/* What was named is over for everybody; the receipt only tells whether it was true. */
static void done_forced(
    yq_hub *hub, const yq_proven *proven, yq_message_record *m, const yq_done *done)
{
    if ((m->view.status == YQ_DONE_OK) != (done->status == YQ_DONE_OK) &&
        !YQ_WITHOUT(FORCE_CONFLICT)) {
        contradicted(hub, proven, m, done);
        return;
    }
    step(hub, proven, m, YQ_STEP_DONE, done);
    yq_message_store(hub, m);
}

static yq_status done_packet(
    yq_hub *hub, const yq_proven *proven, yq_message_record *m, yq_leaf *leaf, const yq_done *done)
{
    /* A repeated DONE carries no result, which is all that a query is about. */
    if (m->view.kind == YQ_PACKET_QUERY && done->again && !YQ_WITHOUT(QUERY_RESULT)) {
        return YQ_OK;
    }
    yq_message *v = &m->view;
    yq_outbox_done(hub, v->dst_chain, done->index, leaf, done->status, done->code);
    if (v->forced) {
        done_forced(hub, proven, m, done);
        return YQ_OK;
    }
    if (m->cancel_due_ms != 0) {
        yq_due_drop(hub, m->cancel_due_ms, YQ_DUE_CANCEL, &v->id);
        m->cancel_due_ms = 0;
    }
    step(hub, proven, m, YQ_STEP_DONE, done);
    if (v->kind == YQ_PACKET_PREPARE && done->status == YQ_DONE_OK && !YQ_WITHOUT(GROUP_PREPARED)) {
        return yq_group_prepared(hub, m);
    }
    v->status = done->status;
    v->code = (int32_t)done->code;
    yq_message_move(hub, m, outcome(done->status));
    yq_status status = v->mapped ? YQ_OK : yq_packet_acknowledge(hub, m, done->result);
    yq_message_store(hub, m);
    yq_chain_count(hub, v->dst_chain, -1);
    if (v->mapped) {
        yq_chain_count(hub, v->src_chain, -1);
    }
    return status == YQ_OK && v->kind == YQ_PACKET_PREPARE ? yq_group_spoil(hub, m) : status;
}

/* A commit or undo: only OK is an end; a service may not refuse what it prepared. */
static yq_status done_decision(
    yq_hub *hub, const yq_proven *proven, yq_message_record *m, yq_leaf *leaf, const yq_done *done)
{
    yq_message *v = &m->view;
    yq_group_decision decision;
    if (done->status == YQ_DONE_ERROR && !YQ_WITHOUT(DECISION_RETRY)) {
        yq_state_alarm(hub, id_of(m), YQ_E_TX_FAILED); /* it took its mark back: again */
        return YQ_OK;
    }
    yq_outbox_done(hub, v->dst_chain, done->index, leaf, done->status, done->code);
    if (!yq_group_is_decided(hub, m, &decision)) {
        return YQ_E_LIMIT;
    }
    uint8_t outcome_status = decision == YQ_GROUP_COMMIT ? YQ_DONE_OK : YQ_DONE_CANCELLED;
    if (done->status != YQ_DONE_OK || (v->forced && v->status != outcome_status)) {
        contradicted(hub, proven, m, done);
        return YQ_OK;
    }
    step(hub, proven, m, YQ_STEP_DONE, done);
    if (v->forced) {
        yq_message_store(hub, m);
        return YQ_OK;
    }
    v->status = outcome_status;
    v->code = (int32_t)done->code;
    yq_message_move(hub, m, outcome(v->status));
    yq_status status = yq_packet_acknowledge(hub, m, done->result);
    yq_message_store(hub, m);
    yq_chain_count(hub, v->dst_chain, -1);
    return status;
}

static void done_ack(
    yq_hub *hub, const yq_proven *proven, yq_message_record *m, yq_leaf *leaf, const yq_done *done)
{
    yq_message *v = &m->view;
    if (done->status == YQ_DONE_ERROR && !YQ_WITHOUT(ACK_RETRY)) {
        /* The inbox took its mark back: any later delivery tries again. */
        if (v->state != YQ_MESSAGE_UNDO_FAILED) {
            step(hub, proven, m, YQ_STEP_UNDO_FAILED, done);
            yq_message_move(hub, m, YQ_MESSAGE_UNDO_FAILED);
            yq_message_store(hub, m);
            yq_state_alarm(hub, id_of(m), YQ_E_TX_FAILED);
        }
        return;
    }
    yq_outbox_done(hub, v->src_chain, done->index, leaf, done->status, done->code);
    if (done->status == YQ_DONE_OK) {
        step(hub, proven, m, YQ_STEP_SETTLED, done);
        yq_message_move(hub, m, YQ_MESSAGE_SETTLED);
    } else {
        step(hub, proven, m, YQ_STEP_UNDO_FAILED, done);
        yq_message_move(hub, m, YQ_MESSAGE_UNDO_FAILED);
        yq_state_alarm(hub, id_of(m), YQ_E_CONFLICT);
    }
    yq_message_store(hub, m);
    yq_chain_count(hub, v->src_chain, -1);
}

static yq_status first_done(
    yq_hub *hub, const yq_proven *proven, yq_message_record *m, yq_leaf *leaf, const yq_done *done)
{
    switch ((yq_leaf_role)leaf->role) {
    case YQ_LEAF_PACKET:
        return done_packet(hub, proven, m, leaf, done);
    case YQ_LEAF_CANCEL:
        yq_outbox_done(hub, proven->chain->view.id, done->index, leaf, done->status, done->code);
        if (done->status != YQ_DONE_OK) {
            yq_state_alarm(hub, id_of(m), YQ_E_CONFLICT); /* a cancel has no other answer */
        }
        return YQ_OK;
    case YQ_LEAF_ACK:
        done_ack(hub, proven, m, leaf, done);
        return YQ_OK;
    case YQ_LEAF_DECISION:
        return done_decision(hub, proven, m, leaf, done);
    case YQ_LEAF_CONTROL:
    case YQ_LEAF_INVALID:
        break;
    }
    return YQ_E_LIMIT;
}

/* HALT and RESUME have no other answer than OK, and no message. */
static void done_control(yq_hub *hub, const yq_proven *proven, yq_leaf *leaf, const yq_done *done)
{
    if (done->status != YQ_DONE_OK) {
        yq_state_alarm(hub, proven->chain->view.id, YQ_E_CONFLICT);
    }
    if (leaf->status == 0) {
        yq_outbox_done(hub, proven->chain->view.id, done->index, leaf, done->status, done->code);
    }
}

/* An acknowledgement or a decision that failed took its mark back and was tried again: the word of
 * that failure may come after the end, since events are brought in any order. */
static int is_failed_try(const yq_leaf *leaf, const yq_done *done)
{
    return done->status == YQ_DONE_ERROR && !YQ_WITHOUT(LATE_ERROR) &&
           (leaf->role == YQ_LEAF_ACK || leaf->role == YQ_LEAF_DECISION);
}

yq_status yq_receipt_done(yq_hub *hub, const yq_proven *proven, yq_slice body)
{
    yq_done done;
    yq_fault *why = proven->call->why;
    yq_status status = yq_done_decode(body, &done, why);
    if (status != YQ_OK) {
        return status;
    }
    yq_leaf leaf;
    yq_message_record m;
    if (!yq_leaf_load(hub, proven->chain->view.id, done.index, &leaf)) {
        return yq_fail(why, YQ_E_NOT_FOUND, 0, "index");
    }
    if (memcmp(leaf.commitment.b, done.commitment.b, YQ_DIGEST_SIZE) != 0 &&
        !YQ_WITHOUT(DONE_COMMITMENT)) {
        return yq_fail(why, YQ_E_BODY_MISMATCH, 0, "commitment");
    }
    if (leaf.role == YQ_LEAF_CONTROL) {
        done_control(hub, proven, &leaf, &done);
        yq_put_bytes(&proven->call->data, leaf.message.b, YQ_DIGEST_SIZE);
        return YQ_OK;
    }
    if (!yq_message_load(hub, &leaf.message, &m)) {
        return YQ_E_LIMIT;
    }
    yq_put_bytes(&proven->call->data, m.view.id.b, YQ_DIGEST_SIZE);
    if (leaf.status == 0 || YQ_WITHOUT(FIRST_DONE)) {
        return first_done(hub, proven, &m, &leaf, &done);
    }
    if (leaf.status != done.status && !is_failed_try(&leaf, &done) && !YQ_WITHOUT(CONFLICT)) {
        contradicted(hub, proven, &m, &done);
    }
    return YQ_OK;
}

static int is_export_set(yq_hub *hub, const yq_inbox_state *state, uint8_t suite)
{
    yq_export_set set;
    yq_validators now;
    yq_digest hash;
    if (!yq_validators_load(hub, 0, &now) || state->epoch > now.epoch ||
        !yq_export_set_load(hub, state->epoch, suite, &set)) {
        return 0;
    }
    yq_export_set_hash(&set, &hash);
    return memcmp(hash.b, state->set_hash.b, YQ_DIGEST_SIZE) == 0;
}

static int is_own_set(yq_hub *hub, const yq_inbox_state *state, uint8_t suite)
{
    if (suite != hub->rules.suite) {
        return is_export_set(hub, state, suite);
    }
    yq_state_key key;
    yq_slice value;
    yq_state_key_begin(&key, YQ_MODULE_SYS, YQ_TABLE_SYS_SET);
    yq_put_u64(&key.w, state->epoch);
    yq_put_u8(&key.w, suite);
    return yq_state_load(hub, &key, &value) &&
           yq_slice_equal(value, yq_slice_of(state->set_hash.b, YQ_DIGEST_SIZE));
}

/* Events may be brought in any order; the chain's own order counts. */
static int is_older(
    const yq_chain_record *chain, const yq_verified_event *event, const yq_inbox_state *state)
{
    const yq_inbox_state *known = &chain->view.inbox_state;
    if (!chain->view.inbox_open || event->height != chain->state_height) {
        return chain->view.inbox_open && event->height < chain->state_height;
    }
    return state->epoch < known->epoch ||
           (state->epoch == known->epoch && state->height < known->height);
}

yq_status yq_receipt_state(yq_hub *hub, const yq_proven *proven, yq_slice body)
{
    yq_inbox_state state;
    yq_fault *why = proven->call->why;
    yq_chain_record chain;
    yq_status status = yq_inbox_state_decode(body, &state, why);
    if (status != YQ_OK) {
        return status;
    }
    if (!yq_chain_load(hub, proven->chain->view.id, &chain)) {
        return YQ_E_LIMIT;
    }
    if (!is_own_set(hub, &state, chain.view.suite) && !YQ_WITHOUT(STATE_SET)) {
        return yq_fail(why, YQ_E_VALSET_HASH, 0, "epoch and set hash");
    }
    if (state.height > hub->height && !YQ_WITHOUT(STATE_HEIGHT)) {
        return yq_fail(why, YQ_E_HEADER_UNKNOWN, 0, "a height that this hub has not reached");
    }
    if (is_older(&chain, proven->event, &state) && !YQ_WITHOUT(STATE_ORDER)) {
        return YQ_OK;
    }
    int was_ready = chain.view.inbox_open && !chain.view.inbox_state.paused;
    chain.view.inbox_open = 1;
    chain.view.inbox_state = state;
    chain.state_height = proven->event->height;
    yq_chain_store(hub, &chain);
    yq_state_tell(hub, YQ_HUB_EVENT_INBOX, chain.view.id, state.height);
    if (!was_ready && !state.paused) {
        yq_chain_resume(hub, chain.view.id);
    }
    return YQ_OK;
}
