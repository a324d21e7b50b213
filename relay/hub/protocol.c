#include "relay/hub/protocol.h"

#include "relay/hub/org.h"
#include "relay/hub/proposal.h"

#define FIRST_VERSION 1u

/* before up to height - 1, after from there on. */
typedef struct plan {
    uint8_t before, after;
    uint64_t height;
} plan;

static plan load(yq_hub *hub)
{
    yq_state_key key;
    yq_slice value;
    plan p = {FIRST_VERSION, FIRST_VERSION, 0};
    yq_state_key_begin(&key, YQ_MODULE_SYS, YQ_TABLE_SYS_PROTOCOL);
    if (yq_state_load(hub, &key, &value)) {
        yq_cur c = yq_cur_of(value);
        p.before = yq_cur_u8(&c);
        p.height = yq_cur_u64(&c);
        p.after = yq_cur_u8(&c);
        yq_state_record_done(&c);
    }
    return p;
}

uint16_t yq_protocol_version(yq_hub *hub, uint64_t height)
{
    plan p = load(hub);
    return height >= p.height ? p.after : p.before;
}

/* One step at a time, and none while another waits for its height. */
static yq_status check(yq_hub *hub, uint8_t version)
{
    plan p = load(hub);
    if (hub->height < p.height) {
        return YQ_E_STATE;
    }
    return version == p.after + 1u ? YQ_OK : YQ_E_RANGE;
}

yq_status yq_protocol_activate(yq_hub *hub, yq_call *call)
{
    if (!yq_org_is_voting_admin(hub, call)) {
        return yq_fail(call->why, YQ_E_PERMISSION, 0, "an admin of a voting organisation");
    }
    yq_status status = check(hub, call->tx.as.protocol.version);
    if (status != YQ_OK) {
        return yq_fail(call->why, status, 0, "version");
    }
    return yq_governance_propose(hub, call, yq_slice_text("protocol"));
}

yq_status yq_protocol_activate_apply(yq_hub *hub, const yq_tx_protocol *tx)
{
    if (check(hub, tx->version) != YQ_OK) {
        return YQ_E_STATE;
    }
    uint8_t b[10];
    yq_state_key key;
    yq_writer w = yq_writer_of(b, sizeof b);
    uint64_t from = tx->height > hub->height + 1 ? tx->height : hub->height + 1;
    yq_put_u8(&w, (uint8_t)(tx->version - 1u));
    yq_put_u64(&w, from);
    yq_put_u8(&w, tx->version);
    yq_state_key_begin(&key, YQ_MODULE_SYS, YQ_TABLE_SYS_PROTOCOL);
    yq_state_store(hub, &key, yq_writer_slice(&w));
    return YQ_OK;
}
