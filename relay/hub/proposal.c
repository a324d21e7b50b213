#include "relay/hub/proposal.h"

#include "relay/base/assert.h"

/* Proposals as they are stored, and how one is made. */

static void proposal_key(yq_state_key *key, uint64_t number)
{
    yq_state_key_begin(key, YQ_MODULE_GOVERNANCE, YQ_TABLE_GOVERNANCE_PROPOSAL);
    yq_put_u64(&key->w, number);
}

int yq_proposal_load(yq_hub *hub, uint64_t number, yq_proposal *out)
{
    yq_state_key key;
    yq_slice value;
    *out = (yq_proposal){.number = number};
    proposal_key(&key, number);
    if (!yq_state_load(hub, &key, &value)) {
        return 0;
    }
    yq_cur c = yq_cur_of(value);
    out->method = yq_cur_u16(&c);
    out->state = yq_cur_u8(&c);
    yq_cur_copy(&c, out->proposer.b, sizeof out->proposer.b);
    out->org = yq_cur_str8(&c, YQ_ORG_CODE_SIZE);
    out->subject = yq_cur_str8(&c, YQ_CHAIN_ID_SIZE_MAX);
    out->created_ms = yq_cur_u64(&c);
    out->due_ms = yq_cur_u64(&c);
    out->approvals = yq_cur_u16(&c);
    out->rejections = yq_cur_u16(&c);
    out->needed = yq_cur_u16(&c);
    out->status = (int32_t)yq_cur_u32(&c);
    out->body = yq_cur_blob32(&c, YQ_STATE_VALUE_MAX);
    yq_state_record_done(&c);
    return 1;
}

void yq_proposal_store(yq_hub *hub, const yq_proposal *p)
{
    yq_state_key key;
    yq_writer w = yq_state_record(hub, 256 + p->body.n);
    yq_put_u16(&w, p->method);
    yq_put_u8(&w, p->state);
    yq_put_bytes(&w, p->proposer.b, sizeof p->proposer.b);
    yq_put_str8(&w, p->org);
    yq_put_str8(&w, p->subject);
    yq_put_u64(&w, p->created_ms);
    yq_put_u64(&w, p->due_ms);
    yq_put_u16(&w, p->approvals);
    yq_put_u16(&w, p->rejections);
    yq_put_u16(&w, p->needed);
    yq_put_u32(&w, (uint32_t)p->status);
    yq_put_blob32(&w, p->body);
    proposal_key(&key, p->number);
    yq_state_store_record(hub, &key, &w);
}

static void due_id(yq_digest *id, uint64_t number)
{
    memset(id, 0, sizeof *id);
    yq_writer w = yq_writer_of(id->b + sizeof id->b - 8, 8);
    yq_put_u64(&w, number);
}

void yq_proposal_put_due(yq_hub *hub, uint64_t due_ms, uint64_t number)
{
    yq_digest id;
    due_id(&id, number);
    yq_due_put(hub, due_ms, YQ_DUE_PROPOSAL, &id, yq_slice_of(id.b + sizeof id.b - 8, 8));
}

void yq_proposal_drop_due(yq_hub *hub, uint64_t due_ms, uint64_t number)
{
    yq_digest id;
    due_id(&id, number);
    yq_due_drop(hub, due_ms, YQ_DUE_PROPOSAL, &id);
}

void yq_proposal_tell(yq_hub *hub, const yq_proposal *p)
{
    uint8_t number[8];
    yq_writer w = yq_writer_of(number, sizeof number);
    yq_put_u64(&w, p->number);
    yq_state_tell(hub, YQ_HUB_EVENT_PROPOSAL, yq_writer_slice(&w), p->state);
}

static void counter_key(yq_state_key *key)
{
    yq_state_key_begin(key, YQ_MODULE_GOVERNANCE, YQ_TABLE_GOVERNANCE_COUNTER);
}

uint64_t yq_proposal_count(yq_hub *hub)
{
    yq_state_key key;
    counter_key(&key);
    return yq_state_load_u64(hub, &key);
}

yq_status yq_governance_propose(yq_hub *hub, yq_call *call, yq_slice subject)
{
    yq_state_key key;
    counter_key(&key);
    yq_proposal p = {
        .number = yq_state_load_u64(hub, &key) + 1,
        .method = call->tx.method,
        .state = YQ_PROPOSAL_OPEN,
        .proposer = call->signer,
        .org = call->who.org,
        .subject = subject,
        .created_ms = hub->time_ms,
        .due_ms = hub->time_ms + YQ_PROPOSAL_OPEN_MS,
        .needed = hub->rules.approvals,
        .body = call->body};
    yq_state_store_u64(hub, &key, p.number);
    yq_proposal_store(hub, &p);
    yq_proposal_put_due(hub, p.due_ms, p.number);
    yq_proposal_tell(hub, &p);
    yq_put_u64(&call->data, p.number);
    return YQ_OK;
}

int yq_proposal_tx(yq_hub *hub, const yq_proposal *p, yq_tx *tx)
{
    yq_writer w = yq_state_record(hub, 4 + p->body.n);
    yq_put_u16(&w, p->method);
    yq_put_u16(&w, YQ_METHOD_VERSION);
    yq_put(&w, p->body);
    if (hub->exhausted) {
        memset(tx, 0, sizeof *tx);
        return 0;
    }
    yq_status status = yq_tx_decode(yq_writer_slice(&w), tx, NULL);
    YQ_ASSERT(status == YQ_OK);
    return 1;
}
