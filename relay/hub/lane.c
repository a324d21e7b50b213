#include "relay/hub/lane.h"

#define MINUTE_MS UINT64_C(60000)

void yq_lane_key(yq_state_key *key, const char *module, uint8_t table, const yq_lane *lane)
{
    yq_state_key_str2(key, module, table, lane->src_chain, lane->src_service);
    yq_put_str8(&key->w, lane->dst_chain);
    yq_put_str8(&key->w, lane->dst_service);
}

static void decode(yq_slice value, yq_lane *lane)
{
    yq_cur c = yq_cur_of(value);
    lane->order = yq_cur_u8(&c);
    lane->grade_min = yq_cur_u8(&c);
    lane->patience_ms = yq_cur_u64(&c);
    lane->payload_max = yq_cur_u32(&c);
    lane->per_minute_max = yq_cur_u32(&c);
    lane->paused = yq_cur_u8(&c);
    yq_state_record_done(&c);
}

static int names_fit(const yq_lane *lane)
{
    return lane->src_chain.n <= YQ_CHAIN_ID_SIZE_MAX &&
           lane->src_service.n <= YQ_SERVICE_SIZE_MAX &&
           lane->dst_chain.n <= YQ_CHAIN_ID_SIZE_MAX && lane->dst_service.n <= YQ_SERVICE_SIZE_MAX;
}

int yq_lane_load(yq_hub *hub, yq_lane *lane)
{
    yq_state_key key;
    yq_slice value;
    if (!names_fit(lane)) {
        return 0;
    }
    yq_lane_key(&key, YQ_MODULE_LANE, YQ_TABLE_LANE, lane);
    if (!yq_state_load(hub, &key, &value)) {
        return 0;
    }
    decode(value, lane);
    return 1;
}

void yq_lane_store(yq_hub *hub, const yq_lane *lane)
{
    yq_state_key key;
    yq_writer w = yq_state_record(hub, 1 + 1 + 8 + 4 + 4 + 1);
    yq_put_u8(&w, lane->order);
    yq_put_u8(&w, lane->grade_min);
    yq_put_u64(&w, lane->patience_ms);
    yq_put_u32(&w, lane->payload_max);
    yq_put_u32(&w, lane->per_minute_max);
    yq_put_u8(&w, lane->paused);
    yq_lane_key(&key, YQ_MODULE_LANE, YQ_TABLE_LANE, lane);
    yq_state_store_record(hub, &key, &w);
}

/* Reads the names behind the first skip bytes of a key: all four, or the last two. */
static void names_of(yq_slice key, size_t skip, yq_lane *out)
{
    yq_cur c = yq_cur_of(key);
    (void)yq_cur_take(&c, skip);
    out->src_chain = yq_cur_str8(&c, YQ_CHAIN_ID_SIZE_MAX);
    out->src_service = yq_cur_str8(&c, YQ_SERVICE_SIZE_MAX);
    out->dst_chain = yq_cur_str8(&c, YQ_CHAIN_ID_SIZE_MAX);
    out->dst_service = yq_cur_str8(&c, YQ_SERVICE_SIZE_MAX);
    yq_state_record_done(&c);
}

static size_t table_size(void)
{
    return 1 + sizeof YQ_MODULE_LANE - 1 + 1;
}

int yq_lane_of_mapped(yq_hub *hub, yq_slice chain, yq_slice service, yq_lane *out)
{
    yq_state_key prefix;
    yq_slice key, value;
    *out = (yq_lane){0};
    yq_state_key_str2(&prefix, YQ_MODULE_LANE, YQ_TABLE_LANE, chain, service);
    if (!yq_state_next(hub, &prefix, (yq_slice){0}, &key, &value)) {
        return 0;
    }
    names_of(key, table_size(), out);
    decode(value, out);
    return 1;
}

uint64_t yq_lane_last_number(yq_hub *hub, const yq_lane *lane)
{
    yq_state_key key;
    yq_lane_key(&key, YQ_MODULE_LANE, YQ_TABLE_LANE_COUNT, lane);
    return yq_state_load_u64(hub, &key);
}

void yq_lane_take_number(yq_hub *hub, const yq_lane *lane, uint64_t number)
{
    yq_state_key key;
    yq_lane_key(&key, YQ_MODULE_LANE, YQ_TABLE_LANE_COUNT, lane);
    yq_state_store_u64(hub, &key, number);
}

int yq_lane_take_rate(yq_hub *hub, const yq_lane *lane, uint64_t *next_ms)
{
    yq_state_key key;
    yq_slice value;
    uint64_t minute = hub->time_ms / MINUTE_MS, counted = 0;
    uint32_t n = 0;
    *next_ms = (minute + 1) * MINUTE_MS;
    yq_lane_key(&key, YQ_MODULE_LANE, YQ_TABLE_LANE_RATE, lane);
    if (yq_state_load(hub, &key, &value)) {
        yq_cur c = yq_cur_of(value);
        counted = yq_cur_u64(&c);
        n = yq_cur_u32(&c);
        yq_state_record_done(&c);
    }
    if (counted != minute) {
        n = 0;
    }
    if (n >= lane->per_minute_max) {
        return 0;
    }
    uint8_t b[12];
    yq_writer w = yq_writer_of(b, sizeof b);
    yq_put_u64(&w, minute);
    yq_put_u32(&w, n + 1);
    yq_state_store(hub, &key, yq_writer_slice(&w));
    return 1;
}

yq_status yq_hub_lane(yq_hub *hub, yq_lane *lane)
{
    hub->exhausted = 0;
    if (yq_lane_load(hub, lane)) {
        return YQ_OK;
    }
    return hub->exhausted ? YQ_E_NOSPC : YQ_E_NOT_FOUND;
}

int yq_hub_lane_next(yq_hub *hub, yq_lane *lane)
{
    yq_state_key prefix, after;
    yq_slice key, value, from = {0};
    hub->exhausted = 0;
    if (!names_fit(lane)) {
        return 0;
    }
    yq_state_key_begin(&prefix, YQ_MODULE_LANE, YQ_TABLE_LANE);
    if (lane->src_chain.n > 0) {
        yq_lane_key(&after, YQ_MODULE_LANE, YQ_TABLE_LANE, lane);
        from = yq_state_key_slice(&after);
    }
    if (!yq_state_next(hub, &prefix, from, &key, &value)) {
        return 0;
    }
    names_of(key, table_size(), lane);
    decode(value, lane);
    return 1;
}
