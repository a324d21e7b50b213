#include "relay/hub/chain.h"
#include "relay/hub/halt.h"
#include "relay/hub/held.h"
#include "relay/hub/lane.h"
#include "relay/hub/mutants.h"
#include "relay/hub/packet.h"
#include "relay/hub/service.h"

/* Out: source. */
static yq_status check_ends(yq_hub *hub, yq_call *call, yq_service *source)
{
    const yq_tx_lane *tx = &call->tx.as.lane;
    if (yq_slice_equal(tx->src_chain, hub->rules.id) ||
        yq_slice_equal(tx->dst_chain, hub->rules.id)) {
        return yq_fail(call->why, YQ_E_TARGET_FORBIDDEN, 0, "the hub itself");
    }
    yq_chain_record src, dst;
    if (!yq_chain_load(hub, tx->dst_chain, &dst)) {
        return yq_fail(call->why, YQ_E_NOT_FOUND, 0, "dst_chain");
    }
    if (call->who.role != YQ_ROLE_ADMIN || !yq_slice_equal(call->who.org, dst.view.org)) {
        return yq_fail(call->why, YQ_E_PERMISSION, 0, "an admin of the destination chain");
    }
    if (!yq_chain_load(hub, tx->src_chain, &src)) {
        return yq_fail(call->why, YQ_E_NOT_FOUND, 0, "src_chain");
    }
    if (yq_slice_equal(tx->src_chain, tx->dst_chain)) {
        return yq_fail(call->why, YQ_E_RANGE, 0, "a chain to itself");
    }
    if (!yq_chain_is_standing(&src) || !yq_chain_is_standing(&dst)) {
        return yq_fail(call->why, YQ_E_CHAIN_INACTIVE, 0, "chain");
    }
    if (dst.view.inbox.n == 0) {
        return yq_fail(call->why, YQ_E_STATE, 0, "the destination has no inbox");
    }
    if (!yq_service_load(hub, tx->src_chain, tx->src_service, source)) {
        return yq_fail(call->why, YQ_E_NOT_FOUND, 0, "src_service");
    }
    if ((tx->order == YQ_ORDER_ORDERED) != source->ordered) {
        return yq_fail(call->why, YQ_E_LANE_ORDER, 0, "order of the source service");
    }
    if (tx->order == YQ_ORDER_ORDERED && tx->patience_ms == 0) {
        return yq_fail(call->why, YQ_E_RANGE, 0, "patience_ms of an ordered lane");
    }
    return YQ_OK;
}

static int same_names(const yq_lane *a, const yq_lane *b)
{
    return yq_slice_equal(a->src_chain, b->src_chain) &&
           yq_slice_equal(a->src_service, b->src_service) &&
           yq_slice_equal(a->dst_chain, b->dst_chain) &&
           yq_slice_equal(a->dst_service, b->dst_service);
}

/* Numbers that were refused for want of the lane: its destination begins behind them. */
static yq_status skip_refused(yq_hub *hub, const yq_lane *lane)
{
    uint64_t last = yq_lane_last_number(hub, lane);
    if (last == 0 || YQ_WITHOUT(SKIP_OPENING)) {
        return YQ_OK;
    }
    yq_state_key key;
    yq_slice value;
    yq_digest id;
    yq_message_record m;
    yq_packet_number_key(&key, lane, last);
    if (!yq_state_load(hub, &key, &value)) {
        return YQ_E_LIMIT;
    }
    yq_cur c = yq_cur_of(value);
    yq_cur_copy(&c, id.b, sizeof id.b);
    yq_state_record_done(&c);
    if (!yq_message_load(hub, &id, &m)) {
        return YQ_E_LIMIT;
    }
    yq_status status = yq_packet_skip(hub, lane, 1, &m);
    yq_message_store(hub, &m);
    return status;
}

/* A lane's first opening. */
static yq_status begin_lane(yq_hub *hub, const yq_lane *lane)
{
    yq_chain_record src;
    if (!yq_chain_load(hub, lane->src_chain, &src)) {
        return YQ_E_LIMIT;
    }
    yq_status status = yq_halt_partner(hub, &src, lane->dst_chain);
    return status == YQ_OK && lane->order == YQ_ORDER_ORDERED ? skip_refused(hub, lane) : status;
}

yq_status yq_lane_open(yq_hub *hub, yq_call *call)
{
    const yq_tx_lane *tx = &call->tx.as.lane;
    yq_service source = {0};
    yq_status status = check_ends(hub, call, &source);
    if (status != YQ_OK) {
        return status;
    }
    yq_lane lane = {
        .src_chain = tx->src_chain,
        .src_service = tx->src_service,
        .dst_chain = tx->dst_chain,
        .dst_service = tx->dst_service};
    yq_lane old;
    if (source.kind == YQ_SERVICE_MAPPED &&
        yq_lane_of_mapped(hub, tx->src_chain, tx->src_service, &old) && !same_names(&old, &lane)) {
        return yq_fail(call->why, YQ_E_EXISTS, 0, "a mapped service has one lane");
    }
    int is_new = !yq_lane_load(hub, &lane);
    lane.order = tx->order;
    lane.grade_min = tx->grade_min;
    lane.patience_ms = tx->patience_ms;
    lane.payload_max = tx->payload_max;
    lane.per_minute_max = tx->per_minute_max;
    lane.paused = 0;
    yq_lane_store(hub, &lane);
    if (is_new) {
        status = begin_lane(hub, &lane);
    }
    yq_held_wake_lane(hub, &lane, hub->time_ms);
    yq_state_tell(hub, YQ_HUB_EVENT_LANE, lane.dst_chain, lane.order);
    return status;
}
