#include "relay/hub/group.h"

#include "relay/crypto/crypto.h"
#include "relay/hub/mutants.h"
#include "relay/hub/packet.h"

#define DECISION_SIZE_MAX (8u + YQ_DIGEST_SIZE)
#define DUE_SIZE_MAX      (1u + YQ_CHAIN_ID_SIZE_MAX + YQ_DIGEST_SIZE)

typedef struct group {
    yq_slice src, service; /* service: of the first member; the open groups of each are counted */
    yq_digest id;
    uint8_t expected, n, prepared, decision; /* yq_group_decision */
    uint64_t due_ms;
} group;

static void group_key(yq_state_key *key, uint8_t table, yq_slice src, const yq_digest *id)
{
    yq_state_key_str(key, YQ_MODULE_GROUP, table, src);
    yq_put_bytes(&key->w, id->b, YQ_DIGEST_SIZE);
}

static int load(yq_hub *hub, yq_slice src, const yq_digest *id, group *g)
{
    yq_state_key key;
    yq_slice value;
    *g = (group){.src = src, .id = *id};
    group_key(&key, YQ_TABLE_GROUP, src, id);
    if (!yq_state_load(hub, &key, &value)) {
        return 0;
    }
    yq_cur c = yq_cur_of(value);
    g->service = yq_cur_str8(&c, YQ_SERVICE_SIZE_MAX);
    g->expected = yq_cur_u8(&c);
    g->n = yq_cur_u8(&c);
    g->prepared = yq_cur_u8(&c);
    g->decision = yq_cur_u8(&c);
    g->due_ms = yq_cur_u64(&c);
    yq_state_record_done(&c);
    return 1;
}

static void store(yq_hub *hub, const group *g)
{
    yq_state_key key;
    yq_writer w = yq_state_record(hub, 1 + YQ_SERVICE_SIZE_MAX + 4 + 8);
    yq_put_str8(&w, g->service);
    yq_put_u8(&w, g->expected);
    yq_put_u8(&w, g->n);
    yq_put_u8(&w, g->prepared);
    yq_put_u8(&w, g->decision);
    yq_put_u64(&w, g->due_ms);
    group_key(&key, YQ_TABLE_GROUP, g->src, &g->id);
    yq_state_store_record(hub, &key, &w);
}

/* What its due work carries, and is named by. */
static yq_slice due_name(const group *g, uint8_t room[DUE_SIZE_MAX])
{
    yq_writer w = yq_writer_of(room, DUE_SIZE_MAX);
    yq_put_str8(&w, g->src);
    yq_put_bytes(&w, g->id.b, YQ_DIGEST_SIZE);
    return yq_writer_slice(&w);
}

/* ---- undecided groups of a service ------------------------------------------------------------
 */

static void open_key(yq_state_key *key, const group *g)
{
    yq_state_key_str2(key, YQ_MODULE_GROUP, YQ_TABLE_GROUP_OPEN, g->src, g->service);
}

static uint64_t open_count(yq_hub *hub, const group *g)
{
    yq_state_key key;
    open_key(&key, g);
    return yq_state_load_u64(hub, &key);
}

static void open_set(yq_hub *hub, const group *g, uint64_t n)
{
    yq_state_key key;
    open_key(&key, g);
    yq_state_store_u64(hub, &key, n);
}

/* ---- members ---------------------------------------------------------------------------------
 */

static void member_key(yq_state_key *key, const group *g, uint8_t at)
{
    group_key(key, YQ_TABLE_GROUP_MEMBER, g->src, &g->id);
    yq_put_u8(&key->w, at);
}

static int member(yq_hub *hub, const group *g, uint8_t at, yq_message_record *m)
{
    yq_state_key key;
    yq_slice value;
    yq_digest id;
    member_key(&key, g, at);
    if (!yq_state_load(hub, &key, &value)) {
        return 0;
    }
    yq_cur c = yq_cur_of(value);
    yq_cur_copy(&c, id.b, sizeof id.b);
    yq_state_record_done(&c);
    return yq_message_load(hub, &id, m);
}

static int has_lane(yq_hub *hub, const group *g, const yq_message *v)
{
    yq_message_record other;
    for (uint8_t i = 0; i < g->n; i++) {
        if (member(hub, g, i, &other) && yq_slice_equal(other.view.dst_chain, v->dst_chain) &&
            yq_slice_equal(other.view.dst_service, v->dst_service)) {
            return 1;
        }
    }
    return 0;
}

/* ---- joining ---------------------------------------------------------------------------------
 */

static int is_named(const yq_digest *id)
{
    return id->b[0] >= YQ_GROUP_MEMBERS_MIN && id->b[0] <= YQ_GROUP_MEMBERS_MAX;
}

static int deadline_fits(const yq_hub *hub, const yq_packet *packet)
{
    return packet->deadline_ms > hub->time_ms &&
           (packet->deadline_ms - hub->time_ms <= YQ_GROUP_MS_MAX || YQ_WITHOUT(GROUP_TERM));
}

static yq_status begin(yq_hub *hub, group *g, const yq_message_record *m, uint64_t due_ms)
{
    uint8_t room[DUE_SIZE_MAX];
    g->service = m->view.src_service;
    g->expected = m->view.group.b[0];
    g->due_ms = due_ms;
    uint64_t open = open_count(hub, g);
    if (open >= YQ_GROUPS_OPEN_MAX) {
        return YQ_E_BUSY;
    }
    open_set(hub, g, open + 1);
    yq_due_put_named(hub, due_ms, YQ_DUE_GROUP, due_name(g, room));
    return YQ_OK;
}

yq_status yq_group_join(yq_hub *hub, const yq_message_record *m, const yq_packet *packet)
{
    group g;
    if (!is_named(&m->view.group) || !deadline_fits(hub, packet)) {
        return YQ_E_RANGE;
    }
    int known = load(hub, m->view.src_chain, &m->view.group, &g);
    yq_status status = known ? YQ_OK : begin(hub, &g, m, packet->deadline_ms);
    if (status != YQ_OK) {
        return status;
    }
    if (g.decision != YQ_GROUP_OPEN || g.n >= g.expected || has_lane(hub, &g, &m->view)) {
        return YQ_E_STATE;
    }
    yq_state_key key;
    member_key(&key, &g, g.n++);
    yq_state_store(hub, &key, yq_slice_of(m->view.id.b, YQ_DIGEST_SIZE));
    store(hub, &g);
    return YQ_OK;
}

int yq_group_is_undone(yq_hub *hub, const yq_message_record *m)
{
    group g;
    return load(hub, m->view.src_chain, &m->view.group, &g) && g.decision == YQ_GROUP_UNDO;
}

int yq_group_is_decided(yq_hub *hub, const yq_message_record *m, yq_group_decision *decision)
{
    group g;
    int known = load(hub, m->view.src_chain, &m->view.group, &g);
    *decision = known ? (yq_group_decision)g.decision : YQ_GROUP_OPEN;
    return *decision != YQ_GROUP_OPEN;
}

/* ---- the decision ----------------------------------------------------------------------------
 */

/* Tells one prepared member. */
static yq_status write_decision(yq_hub *hub, yq_message_record *m, uint8_t kind)
{
    const yq_message *v = &m->view;
    const yq_decision decision = {.index = v->index, .commitment = v->commitment};
    yq_chain_record dst;
    uint8_t room[DECISION_SIZE_MAX];
    yq_buf payload = {room, sizeof room, 0};
    if (!yq_chain_load(hub, v->dst_chain, &dst)) {
        return YQ_E_LIMIT;
    }
    yq_status status = yq_decision_encode(&decision, &payload);
    if (status != YQ_OK) {
        return status;
    }
    const yq_packet packet = {
        .kind = kind,
        .order = YQ_ORDER_UNORDERED,
        .hub = hub->rules.id,
        .src_chain = v->src_chain,
        .src_service = v->src_service,
        .dst_chain = v->dst_chain,
        .dst_service = v->dst_service,
        .sequence = v->sequence,
        .group = m->view.group,
        .payload = {payload.p, payload.n}};
    uint64_t index;
    yq_digest commitment;
    status =
        yq_outbox_append(hub, &dst.view, &packet, YQ_LEAF_DECISION, &v->id, &index, &commitment);
    if (status == YQ_OK) {
        yq_message_step(hub, m, YQ_STEP_DECIDED, &commitment, index, (yq_slice){0}, kind);
        yq_message_store(hub, m);
    }
    return status;
}

static yq_status tell_member(yq_hub *hub, yq_message_record *m, uint8_t decision)
{
    yq_chain_record dst;
    if (m->view.state == YQ_MESSAGE_PREPARED) {
        return write_decision(
            hub, m, decision == YQ_GROUP_COMMIT ? YQ_PACKET_COMMIT : YQ_PACKET_UNDO);
    }
    /* What has no leaf is refused when it goes on; what was answered otherwise needs nothing. */
    if (m->view.state != YQ_MESSAGE_COMMITTED) {
        return YQ_OK;
    }
    if (m->cancel_due_ms != 0) {
        yq_due_drop(hub, m->cancel_due_ms, YQ_DUE_CANCEL, &m->view.id);
        m->cancel_due_ms = 0;
    }
    return yq_chain_load(hub, m->view.dst_chain, &dst) ? yq_packet_cancel(hub, m, &dst.view)
                                                       : YQ_E_LIMIT;
}

/* One final record, before anything is sent. */
static yq_status decide(yq_hub *hub, group *g, yq_group_decision decision)
{
    uint8_t room[DUE_SIZE_MAX];
    yq_digest id;
    g->decision = (uint8_t)decision;
    store(hub, g);
    yq_hash_one(YQ_HASH_SM3, due_name(g, room), id.b);
    yq_due_drop(hub, g->due_ms, YQ_DUE_GROUP, &id);
    open_set(hub, g, open_count(hub, g) - 1);
    yq_status status = YQ_OK;
    for (uint8_t i = 0; i < g->n && status == YQ_OK; i++) {
        yq_message_record m;
        status = member(hub, g, i, &m) ? tell_member(hub, &m, g->decision) : YQ_E_LIMIT;
    }
    return status;
}

yq_status yq_group_spoil(yq_hub *hub, const yq_message_record *m)
{
    group g;
    if (!is_named(&m->view.group)) {
        return YQ_OK;
    }
    if (!load(hub, m->view.src_chain, &m->view.group, &g)) {
        /* Its first prepare is refused: the others, which may come, must not wait for it. */
        g.service = m->view.src_service;
        g.expected = m->view.group.b[0];
        g.decision = YQ_GROUP_UNDO;
        store(hub, &g);
        return YQ_OK;
    }
    return g.decision == YQ_GROUP_OPEN ? decide(hub, &g, YQ_GROUP_UNDO) : YQ_OK;
}

yq_status yq_group_prepared(yq_hub *hub, yq_message_record *m)
{
    group g;
    if (!load(hub, m->view.src_chain, &m->view.group, &g)) {
        return YQ_E_LIMIT;
    }
    yq_message_move(hub, m, YQ_MESSAGE_PREPARED);
    yq_message_store(hub, m);
    if (g.decision == YQ_GROUP_UNDO && !YQ_WITHOUT(GROUP_LATE)) {
        return write_decision(hub, m, YQ_PACKET_UNDO); /* its cancel lost the race */
    }
    g.prepared++;
    if (g.prepared == g.expected || (YQ_WITHOUT(GROUP_ALL) && g.decision == YQ_GROUP_OPEN)) {
        return decide(hub, &g, YQ_GROUP_COMMIT);
    }
    store(hub, &g);
    return YQ_OK;
}

yq_status yq_group_due(yq_hub *hub, yq_slice work)
{
    group g;
    yq_digest id = {{0}};
    yq_cur c = yq_cur_of(work);
    yq_slice src = yq_cur_str8(&c, YQ_CHAIN_ID_SIZE_MAX);
    yq_cur_copy(&c, id.b, sizeof id.b);
    yq_state_record_done(&c);
    return load(hub, src, &id, &g) && g.decision == YQ_GROUP_OPEN && !YQ_WITHOUT(GROUP_DEADLINE)
               ? decide(hub, &g, YQ_GROUP_UNDO)
               : YQ_OK;
}
