#include "relay/base/assert.h"
#include "relay/base/errors.h"
#include "relay/base/fault_point.h"
#include "relay/base/log.h"
#include "relay/node/advice.h"
#include "relay/node/state.h"
#include "relay/store/mem.h"

#include <event2/event.h>
#include <inttypes.h>

/* The core's events and actions: all of it in the loop's thread. */

_Static_assert(YQ_BFT_MESSAGE_SIZE_MAX <= YQ_FRAME_CONSENSUS_MAX, "a message fits its frame");
/* NOLINTBEGIN(misc-redundant-expression): two rooms' limits, equal today */
_Static_assert(YQ_SYNC_SIZE_MAX <= YQ_FRAME_RANGE_SIZE_MAX, "a range fits its chunks");
_Static_assert(YQ_SYNC_BLOCKS_MAX == YQ_FRAME_BLOCKS_MAX, "heights of one request");
/* NOLINTEND(misc-redundant-expression) */
_Static_assert(YQ_NET_PEERS_MAX + YQ_BFT_PEER_OTHER < YQ_BFT_ALL, "numbers of peers");

#define STATUS_HEIGHT_AT 25u /* in a STATUS: after the kind, epoch, view and final view */

/* ---- actions -------------------------------------------------------------------------------- */

static void do_persist(yq_node *n, const yq_bft_action *a)
{
    job *j = job_new(JOB_APPEND);
    job_set_bytes(j, a->bytes);
    j->epoch = a->epoch;
    j->view = a->view;
    j->seq = a->seq;
    j->sync = a->sync;
    if (a->has_block) {
        job_set_block(j, &a->h, a->header, a->digests);
    }
    node_log_put(n, j);
}

static void do_sign(yq_node *n, const yq_bft_action *a)
{
    if (n->diverged || n->twin || n->guard == NULL) {
        return;
    }
    twin_signed(&n->watch, a->type, a->epoch, a->view);
    job *j = job_new(JOB_SIGN);
    j->type = a->type;
    j->epoch = a->epoch;
    j->view = a->view;
    j->token = a->token;
    j->m = a->m;
    node_log_put(n, j);
}

static void do_timer(yq_node *n, uint64_t at_ms)
{
    uint64_t now = node_now_ms();
    if (at_ms == UINT64_MAX) {
        evtimer_del(n->timer_event);
        return;
    }
    uint64_t wait = at_ms > now ? at_ms - now : 0;
    struct timeval t = {(time_t)(wait / 1000), (suseconds_t)(wait % 1000 * 1000)};
    evtimer_add(n->timer_event, &t);
}

static void do_work(yq_node *n, const yq_bft_action *a, job_kind kind)
{
    job *j = job_new(kind);
    if (kind == JOB_PAYLOAD) {
        j->token = a->token;
        j->parent_hash = a->parent_hash;
    } else {
        job_set_block(j, &a->h, a->header, a->digests);
    }
    /* The core asks again for what was not answered. */
    if (!job_queue_put(&n->work, LANE_URGENT, j)) {
        job_free(j);
    }
}

static void do_execute(yq_node *n, const yq_bft_action *a)
{
    job *j = job_new(JOB_EXECUTE);
    job_set_block(j, &a->h, a->header, a->digests);
    node_execute_put(n, j);
}

static void do_commit(yq_node *n, const yq_bft_action *a)
{
    job *j = job_new(JOB_COMMIT);
    j->h = a->h;
    j->header = *a->header;
    j->cert = a->cert == NULL ? NULL : yq_mem_copy(a->cert, sizeof *a->cert);
    node_execute_put(n, j);
}

static void do_evidence(yq_node *n, const yq_bft_action *a)
{
    static const char *const names[] = {"none", "propose", "notarize", "conflict", "finalize"};
    n->count.evidence++;
    yq_log(
        YQ_LOG_ERROR,
        "bft",
        "a validator signed two things that exclude each other kind=%s epoch=%" PRIu64
        " view=%" PRIu64,
        names[a->evidence],
        a->epoch,
        a->view);
    job *j = job_new(JOB_EVIDENCE);
    uint8_t room[8 + 2 * YQ_VOTE_SIZE_MAX];
    yq_writer w = yq_writer_of(room, sizeof room);
    yq_put_u8(&w, (uint8_t)a->evidence);
    yq_put_sized(&w, 2, a->bytes);
    yq_put_sized(&w, 2, a->bytes2);
    YQ_ASSERT(w.status == YQ_OK);
    job_set_bytes(j, yq_writer_slice(&w));
    j->epoch = a->epoch;
    j->view = a->view;
    node_log_put(n, j);
}

/* Everything up to here is stored: the process may end between two events. */
static void end_for_upgrade(yq_node *n, const yq_bft_action *a)
{
    yq_log(
        YQ_LOG_ERROR,
        "node",
        "stopping: the next block is of a protocol version that this program does not run "
        "code=E_UPGRADE version=%u height=%" PRIu64,
        (unsigned)a->version,
        n->height);
    n->ended = YQ_E_UPGRADE;
    event_base_loopbreak(n->base);
}

static void do_drop(yq_node *n, const yq_bft_action *a)
{
    job *j = job_new(JOB_DROP);
    j->epoch = a->epoch;
    j->view = a->view;
    node_log_put(n, j);
}

static void perform(yq_node *n, const yq_bft_action *a)
{
    switch (a->kind) {
    case YQ_BFT_NO_ACTION:
        return;
    case YQ_BFT_PERSIST:
        do_persist(n, a);
        return;
    case YQ_BFT_SEND:
        peers_send(n, a->to, a->bytes);
        return;
    case YQ_BFT_SIGN:
        do_sign(n, a);
        return;
    case YQ_BFT_TIMER:
        do_timer(n, a->at_ms);
        return;
    case YQ_BFT_PAYLOAD:
        do_work(n, a, JOB_PAYLOAD);
        return;
    case YQ_BFT_VALIDATE:
        do_work(n, a, JOB_VALIDATE);
        return;
    case YQ_BFT_EXECUTE:
        do_execute(n, a);
        return;
    case YQ_BFT_COMMIT:
        do_commit(n, a);
        return;
    case YQ_BFT_SYNC:
        sync_target(n, a->cert->info.height);
        return;
    case YQ_BFT_EVIDENCE:
        do_evidence(n, a);
        return;
    case YQ_BFT_DIVERGENCE:
        drive_diverged(n, "the core saw another result certified");
        return;
    case YQ_BFT_UPGRADE:
        end_for_upgrade(n, a);
        return;
    case YQ_BFT_LOG_DROP:
        do_drop(n, a);
        return;
    }
}

/* ---- events --------------------------------------------------------------------------------- */

static yq_status feed(yq_node *n, yq_bft_event *ev)
{
    ev->now_ms = node_now_ms();
    ev->wall_ms = node_wall_ms();
    yq_status status = yq_bft_step(n->core, ev, n->actions);
    n->count.steps++;
    for (size_t i = 0; i < n->actions->n; i++) {
        perform(n, &n->actions->item[i]);
    }
    return status;
}

void drive_feed(yq_node *n, yq_bft_event *ev)
{
    yq_status status = feed(n, ev);
    if (status != YQ_OK) {
        yq_log(YQ_LOG_WARN, "bft", "step refused code=%s", yq_status_name(status));
    }
}

yq_status drive_start(yq_node *n, yq_bft_event *ev)
{
    return feed(n, ev);
}

yq_status drive_receive(yq_node *n, uint32_t peer, yq_slice bytes)
{
    peer_state *p = &n->peer[peer];
    if (bytes.p[0] == YQ_BFT_MSG_STATUS) {
        yq_cur c = yq_cur_of(bytes);
        (void)yq_cur_take(&c, STATUS_HEIGHT_AT);
        p->height = yq_cur_u64(&c);
    }
    yq_slice rest = yq_slice_of(bytes.p + 1, bytes.n - 1);
    if (bytes.p[0] == YQ_BFT_MSG_CERT && yq_cert_decode(rest, n->cert, NULL) == YQ_OK) {
        drive_twin(n, n->cert);
    }
    yq_bft_event ev = {
        .kind = YQ_BFT_RECEIVE,
        .from = p->index == PEER_OBSERVER ? YQ_BFT_PEER_OTHER + peer : p->index,
        .bytes = bytes,
    };
    return feed(n, &ev);
}

void drive_peer_up(yq_node *n, uint32_t peer)
{
    peer_state *p = &n->peer[peer];
    yq_bft_event ev = {
        .kind = YQ_BFT_PEER_UP,
        .from = p->index == PEER_OBSERVER ? YQ_BFT_PEER_OTHER + peer : p->index,
    };
    drive_feed(n, &ev);
}

void drive_timeout(yq_node *n)
{
    yq_bft_event ev = {.kind = YQ_BFT_TIMEOUT};
    drive_feed(n, &ev);
}

void drive_pool(yq_node *n)
{
    int work = yq_pool_work(yq_ledger_pool(n->ledger), node_now_ms(), NULL);
    if (work != n->pool_work) {
        n->pool_work = work;
        yq_bft_event ev = {.kind = YQ_BFT_POOL, .work = work};
        drive_feed(n, &ev);
    }
}

void drive_snapshot(yq_node *n)
{
    yq_gateway_status s = {.peer_n = n->set.n};
    yq_slice own = yq_key_public(n->home.key);
    memcpy(s.key, own.p, 64);
    yq_bft_look(n->core, &s.core);
    s.core.halted |= n->diverged || n->twin;
    s.syncing = n->state_sync.import != NULL;
    s.sync = n->state_sync.progress;
    s.recoveries = n->recoveries.open;
    for (uint16_t i = 0; i < n->set.n; i++) {
        yq_net_peer_view view;
        uint32_t slot = n->slot_of[i];
        int is_own = memcmp(n->set.key[i], own.p, 64) == 0;
        memcpy(s.peer[i].key, n->set.key[i], 64);
        s.peer[i].connected =
            is_own || (slot != NOT_LINKED && yq_net_look(n->net, slot, &view) && view.linked);
        s.peer[i].height = is_own ? n->height : (slot == NOT_LINKED ? 0 : n->peer[slot].height);
    }
    pthread_mutex_lock(&n->snapshot_lock);
    n->snapshot = s;
    pthread_mutex_unlock(&n->snapshot_lock);
    n->snapshot_ms = node_now_ms();
}
