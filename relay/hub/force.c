#include "relay/crypto/crypto.h"
#include "relay/hub/group.h"
#include "relay/hub/mutants.h"
#include "relay/hub/org.h"
#include "relay/hub/packet.h"

/* MESSAGE_FORCE: where a destination's answer cannot be had, two persons name the outcome. */

#define SECOND_WITHIN_MS UINT64_C(86400000) /* a day */

typedef enum force_answer {
    FORCE_WAITS = 1, /* for a second person */
    FORCE_DONE = 2,
} force_answer;

/* What the first person said. */
typedef struct said {
    yq_digest signer;
    uint8_t outcome;
    uint64_t time_ms;
} said;

static int load_said(yq_hub *hub, const yq_state_key *key, said *out)
{
    yq_slice value;
    *out = (said){0};
    if (!yq_state_load(hub, key, &value)) {
        return 0;
    }
    yq_cur c = yq_cur_of(value);
    yq_cur_copy(&c, out->signer.b, YQ_DIGEST_SIZE);
    out->outcome = yq_cur_u8(&c);
    out->time_ms = yq_cur_u64(&c);
    yq_state_record_done(&c);
    return hub->time_ms - out->time_ms < SECOND_WITHIN_MS;
}

static void store_said(yq_hub *hub, const yq_state_key *key, const said *first)
{
    uint8_t b[YQ_DIGEST_SIZE + 9];
    yq_writer w = yq_writer_of(b, sizeof b);
    yq_put_bytes(&w, first->signer.b, YQ_DIGEST_SIZE);
    yq_put_u8(&w, first->outcome);
    yq_put_u64(&w, first->time_ms);
    yq_state_store(hub, key, yq_writer_slice(&w));
}

/* Administrators of an end's organisation, or of one that votes. */
static yq_status check_right(
    yq_hub *hub, const yq_call *call, const yq_chain_record *src, const yq_chain_record *dst)
{
    int own = call->who.role == YQ_ROLE_ADMIN && (yq_slice_equal(call->who.org, src->view.org) ||
                                                  yq_slice_equal(call->who.org, dst->view.org));
    return own || yq_org_is_voting_admin(hub, call)
               ? YQ_OK
               : yq_fail(
                     call->why,
                     YQ_E_PERMISSION,
                     0,
                     "an admin of a voting or an end's organisation");
}

/* The destination has its packet and has not answered: only that is in doubt. A group's member is
 * not before its group is decided, which is for the hub alone. */
static int is_in_doubt(yq_hub *hub, const yq_message_record *m)
{
    yq_group_decision decision;
    if (m->view.kind == YQ_PACKET_PREPARE) {
        return m->view.state == YQ_MESSAGE_PREPARED && yq_group_is_decided(hub, m, &decision);
    }
    return m->view.state == YQ_MESSAGE_COMMITTED || m->view.state == YQ_MESSAGE_CANCELLING;
}

static yq_status name_outcome(
    yq_hub *hub, const yq_tx_force *tx, yq_message_record *m, const yq_chain *dst)
{
    yq_digest reason;
    yq_status status = YQ_OK;
    if (m->cancel_due_ms != 0) {
        yq_due_drop(hub, m->cancel_due_ms, YQ_DUE_CANCEL, &m->view.id);
        m->cancel_due_ms = 0;
    }
    if (m->view.cancel_index == YQ_INDEX_NONE && m->view.state != YQ_MESSAGE_PREPARED &&
        !YQ_WITHOUT(FORCE_CANCEL)) {
        status = yq_packet_cancel(hub, m, dst); /* so that the destination decides one day, too */
    }
    if (status != YQ_OK) {
        return status;
    }
    m->view.forced = 1;
    m->view.status = tx->outcome;
    m->view.code = 0;
    yq_hash_one(YQ_HASH_SM3, tx->reason, reason.b);
    yq_message_step(hub, m, YQ_STEP_FORCED, &reason, 0, (yq_slice){0}, tx->outcome);
    yq_message_move(hub, m, YQ_MESSAGE_FORCED);
    if (!m->view.mapped) {
        status = yq_packet_acknowledge(hub, m, (yq_slice){0});
    }
    yq_message_store(hub, m);
    yq_state_alarm(hub, yq_slice_of(m->view.id.b, YQ_DIGEST_SIZE), YQ_E_NOT_PROVEN);
    yq_chain_count(hub, m->view.dst_chain, -1);
    if (m->view.mapped) {
        yq_chain_count(hub, m->view.src_chain, -1);
    }
    return status;
}

yq_status yq_message_force(yq_hub *hub, yq_call *call)
{
    const yq_tx_force *tx = &call->tx.as.force;
    yq_message_record m;
    yq_chain_record src, dst;
    yq_state_key key;
    said first;
    if (!yq_message_load(hub, &tx->message, &m) || !yq_chain_load(hub, m.view.src_chain, &src) ||
        !yq_chain_load(hub, m.view.dst_chain, &dst)) {
        return yq_fail(call->why, YQ_E_NOT_FOUND, 0, "message");
    }
    yq_status status = check_right(hub, call, &src, &dst);
    if (status != YQ_OK) {
        return status;
    }
    if (!is_in_doubt(hub, &m)) {
        return yq_fail(call->why, YQ_E_STATE, 0, yq_message_state_name(m.view.state));
    }
    yq_state_key_digest(&key, YQ_MODULE_PACKET, YQ_TABLE_PACKET_FORCE, &tx->message);
    if (!load_said(hub, &key, &first)) {
        first = (said){.signer = call->signer, .outcome = tx->outcome, .time_ms = hub->time_ms};
        store_said(hub, &key, &first);
        yq_put_u8(&call->data, FORCE_WAITS);
        return YQ_OK;
    }
    if (yq_digest_equal(&first.signer, &call->signer) && !YQ_WITHOUT(FORCE_TWO)) {
        return yq_fail(call->why, YQ_E_VOTED, 0, "a second person");
    }
    if (first.outcome != tx->outcome) {
        return yq_fail(call->why, YQ_E_CONFLICT, 0, "the first person named another outcome");
    }
    yq_state_erase(hub, &key);
    yq_put_u8(&call->data, FORCE_DONE);
    return name_outcome(hub, tx, &m, &dst.view);
}
