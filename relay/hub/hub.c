#include "relay/hub/hub.h"

#include "relay/base/assert.h"
#include "relay/crypto/crypto.h"
#include "relay/crypto/merkle.h"
#include "relay/hub/client.h"
#include "relay/hub/evidence.h"
#include "relay/hub/export.h"
#include "relay/hub/freeze.h"
#include "relay/hub/governance.h"
#include "relay/hub/group.h"
#include "relay/hub/org.h"
#include "relay/hub/packet.h"
#include "relay/hub/protocol.h"
#include "relay/hub/trust.h"
#include "relay/hub/validators.h"

/* The frame around the modules: blocks, transactions, due work. */

#define EXECUTE_EVENTS_MAX 1024u /* 256 records say at most three things each */
#define QUIET_GAP_MS       60000u
#define QUIET_MS           600000u

void yq_hub_init(
    yq_hub *hub,
    const yq_kv *kv,
    void *memory,
    const yq_verifier *const *verifier,
    size_t verifier_n,
    const yq_signature_checker *checker)
{
    memset(hub, 0, sizeof *hub);
    hub->kv = kv;
    hub->arena = yq_arena_of(memory, YQ_HUB_ARENA_SIZE);
    hub->verifier = verifier;
    hub->verifier_n = verifier_n;
    hub->checker = checker;
}

void yq_hub_reset(yq_hub *hub)
{
    yq_arena_reset(&hub->arena);
    hub->exhausted = 0;
    hub->event = NULL;
    hub->event_n = 0;
}

static void give_events(const yq_hub *hub, yq_hub_result *result)
{
    result->event = hub->event;
    result->event_n = hub->event_n;
}

/* ---- begin
 * --------------------------------------------------------------------------------------- */

static void store_clock(yq_hub *hub)
{
    uint8_t b[24];
    yq_state_key key;
    yq_writer w = yq_writer_of(b, sizeof b);
    yq_put_u64(&w, hub->height);
    yq_put_u64(&w, hub->time_ms);
    yq_put_u64(&w, hub->quiet_until_ms);
    yq_state_key_begin(&key, YQ_MODULE_SYS, YQ_TABLE_SYS_CLOCK);
    yq_state_store(hub, &key, yq_writer_slice(&w));
}

static void work(yq_hub *hub, uint64_t due_ms, yq_due what, const yq_digest *id, yq_slice whose)
{
    switch (what) {
    case YQ_DUE_INVALID:
        break;
    case YQ_DUE_PROPOSAL: {
        yq_cur c = yq_cur_of(whose);
        yq_governance_due(hub, yq_cur_u64(&c));
        break;
    }
    case YQ_DUE_THAW:
        yq_chain_due(hub, whose);
        break;
    case YQ_DUE_TRUST:
        yq_trust_due(hub, whose);
        break;
    case YQ_DUE_GROUP: {
        yq_status status = yq_group_due(hub, whose);
        YQ_ASSERT(status == YQ_OK || hub->exhausted);
        break;
    }
    case YQ_DUE_CANCEL: {
        yq_status status = yq_packet_cancel_due(hub, id);
        YQ_ASSERT(status == YQ_OK || hub->exhausted);
        break;
    }
    case YQ_DUE_RESUME:
        yq_held_resume(hub, due_ms, whose);
        break;
    }
}

/* Does the first piece of work that is due. Returns 0 when there is none. */
static int work_one(yq_hub *hub)
{
    yq_state_key prefix;
    yq_slice key, whose;
    yq_state_key_begin(&prefix, YQ_MODULE_SYS, YQ_TABLE_SYS_DUE);
    if (!yq_state_next(hub, &prefix, (yq_slice){0}, &key, &whose)) {
        return 0;
    }
    yq_digest id;
    yq_cur c = yq_cur_of(key);
    (void)yq_cur_take(&c, prefix.w.n);
    uint64_t due_ms = yq_cur_u64(&c);
    uint8_t what = yq_cur_u8(&c);
    yq_cur_copy(&c, id.b, sizeof id.b);
    yq_state_record_done(&c);
    if (due_ms > hub->time_ms) {
        return 0;
    }
    yq_due_drop(hub, due_ms, (yq_due)what, &id);
    work(hub, due_ms, (yq_due)what, &id, whose);
    /* One piece takes a small part of the arena, which is free for each. */
    YQ_ASSERT(!hub->exhausted);
    return 1;
}

void yq_hub_begin_block(yq_hub *hub, uint64_t height, uint64_t time_ms, yq_hub_result *result)
{
    memset(result, 0, sizeof *result);
    yq_hub_reset(hub);
    yq_state_begin(hub);
    uint64_t before_ms = hub->time_ms;
    hub->height = height;
    hub->time_ms = time_ms > before_ms ? time_ms : before_ms;
    if (before_ms != 0 && hub->time_ms - before_ms > QUIET_GAP_MS) {
        hub->quiet_until_ms = hub->time_ms + QUIET_MS;
    }
    store_clock(hub);
    yq_state_events(hub, YQ_HUB_EVENTS_MAX);
    size_t mark = hub->arena.used;
    for (unsigned i = 0; i < YQ_HUB_WORK_MAX && work_one(hub); i++) {
        hub->arena.used = mark;
    }
    give_events(hub, result);
}

/* ---- transactions
 * -------------------------------------------------------------------------------- */

typedef yq_status (*handler)(yq_hub *hub, yq_call *call);

static handler handler_of(uint16_t method)
{
    switch ((yq_method)method) {
    case YQ_METHOD_INVALID:
        break;
    case YQ_METHOD_ORG_REGISTER:
        return yq_org_register;
    case YQ_METHOD_ORG_KEY_ADD:
        return yq_org_key_add;
    case YQ_METHOD_ORG_KEY_REMOVE:
        return yq_org_key_remove;
    case YQ_METHOD_GOVERNANCE_VOTE:
        return yq_governance_vote;
    case YQ_METHOD_CHAIN_REGISTER:
        return yq_chain_register;
    case YQ_METHOD_CHAIN_FREEZE:
        return yq_chain_freeze;
    case YQ_METHOD_CHAIN_UNFREEZE:
        return yq_chain_unfreeze;
    case YQ_METHOD_CHAIN_RECOVER:
        return yq_chain_recover;
    case YQ_METHOD_PROTOCOL_ACTIVATE:
        return yq_protocol_activate;
    case YQ_METHOD_VALIDATORS_CHANGE:
        return yq_validators_change;
    case YQ_METHOD_EVIDENCE_RECORD:
        return yq_evidence_record;
    case YQ_METHOD_EXPORT_KEY:
        return yq_export_key;
    case YQ_METHOD_CHAIN_RETIRE:
        return yq_chain_retire;
    case YQ_METHOD_CLIENT_UPDATE:
        return yq_client_update;
    case YQ_METHOD_CLIENT_MISBEHAVIOUR:
        return yq_client_misbehaviour;
    case YQ_METHOD_SERVICE_REGISTER:
        return yq_service_register;
    case YQ_METHOD_LANE_OPEN:
        return yq_lane_open;
    case YQ_METHOD_PACKET_EVENT:
        return yq_packet_event;
    case YQ_METHOD_MESSAGE_FORCE:
        return yq_message_force;
    }
    return NULL;
}

static yq_status run(yq_hub *hub, yq_slice tx, yq_call *call)
{
    yq_status status = yq_tx_decode(tx, &call->tx, call->why);
    if (status != YQ_OK) {
        return status;
    }
    handler handle = handler_of(call->tx.method);
    YQ_ASSERT(handle != NULL); /* unknown numbers do not decode */
    call->body = yq_slice_of(tx.p + 4, tx.n - 4);
    if (!yq_org_signer(hub, &call->signer, &call->who)) {
        return yq_fail(call->why, YQ_E_SIGNER_UNKNOWN, 0, "signer");
    }
    call->data = yq_state_record(hub, (size_t)YQ_EVENT_RECORDS_MAX * YQ_DIGEST_SIZE);
    status = handle(hub, call);
    YQ_ASSERT(status != YQ_OK || call->data.status == YQ_OK || hub->exhausted);
    return status;
}

void yq_hub_execute(yq_hub *hub, const yq_digest *signer, yq_slice tx, yq_hub_result *result)
{
    memset(result, 0, sizeof *result);
    yq_hub_reset(hub);
    yq_state_begin(hub);
    yq_state_events(hub, EXECUTE_EVENTS_MAX);
    yq_call call = {.signer = *signer, .why = &result->why};
    uint64_t mark = hub->kv->mark(hub->kv->self);
    yq_status status = run(hub, tx, &call);
    if (hub->exhausted) {
        status = yq_fail(&result->why, YQ_E_LIMIT, 0, "more room than one transaction has");
    }
    result->status = status;
    if (status != YQ_OK) {
        hub->kv->undo(hub->kv->self, mark);
        result->why.status = status; /* a verifier may have left it open */
        return;
    }
    result->why = (yq_fault){0};
    result->data = yq_writer_slice(&call.data);
    give_events(hub, result);
}

/* ---- end
 * ------------------------------------------------------------------------------------------ */

void yq_hub_end_block(yq_hub *hub, yq_block_end *end)
{
    yq_destination *list;
    size_t n = 0;
    memset(end, 0, sizeof *end);
    yq_hub_reset(hub);
    yq_status status = yq_outbox_destinations(hub, &list, &n);
    YQ_ASSERT(status == YQ_OK);
    yq_digest *leaf = yq_state_room(hub, (n + 1) * sizeof *leaf);
    YQ_ASSERT(leaf != NULL);
    end->destination = list;
    end->destination_n = n;
    for (uint8_t suite = YQ_SUITE_SM2; suite <= YQ_SUITE_ED25519; suite++) {
        size_t idx;
        size_t leaf_n = yq_export_leaves(list, n, suite, (yq_slice){0}, leaf, &idx);
        if (leaf_n > 0) {
            yq_export_root *root = &end->root[end->root_n++];
            root->suite = suite;
            yq_merkle_root(yq_suite_hash(suite), leaf, leaf_n, &root->root);
        }
    }
}

yq_status yq_hub_signer(yq_hub *hub, const yq_digest *signer, yq_signer_view *out)
{
    hub->exhausted = 0;
    if (yq_org_signer(hub, signer, out)) {
        return YQ_OK;
    }
    return hub->exhausted ? YQ_E_NOSPC : YQ_E_SIGNER_UNKNOWN;
}

uint16_t yq_hub_version(yq_hub *hub, uint64_t height)
{
    yq_hub_reset(hub);
    return yq_protocol_version(hub, height);
}
