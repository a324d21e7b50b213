#include "relay/base/errors.h"
#include "relay/base/log.h"
#include "relay/node/state.h"
#include "relay/store/db.h"
#include "relay/store/mem.h"

#include <event2/event.h>
#include <inttypes.h>

/*
 * State sync: a new node takes a peer's snapshot, part by part, from one peer at a time; the next
 * one when it is slow, has not what is wanted, or gave a wrong byte. Meanwhile block sync rests.
 * When all is there the node ends its run and is opened again on the new database. Where no peer
 * has a snapshot, block sync does the work.
 */
#define ANSWER_MS   5000u
#define RETRY_MS    200u
#define TELL_MS     5000u
#define PATIENCE_MS 5000u /* for peers that are not linked yet */
#define HELD_MS     1000u
#define REFUSED     3u /* a refusal, or so many times silent: nobody is held up by silence */

/* ---- opening -------------------------------------------------------------------------------- */

static yq_status open_import(yq_node *n, uint64_t height, yq_fault *why)
{
    state_sync *s = &n->state_sync;
    int takes = n->config->file->snapshots.take && yq_ledger_base(n->ledger) == 0;
    /* The first blocks of a young chain may have been committed beside an import that began. */
    if (!takes || (height > 0 && !yq_db_exists(n->home.import))) {
        return yq_db_remove(n->home.import, why);
    }
    yq_status status = yq_import_open(n->ledger, n->home.import, &s->import, why);
    if (status == YQ_OK) {
        yq_import_look(s->import, &s->progress);
        s->began_ms = s->told_ms = node_now_ms();
        yq_log(
            YQ_LOG_INFO,
            "node",
            "state sync begins height=%" PRIu64 " permille=%" PRIu32,
            s->progress.height,
            s->progress.permille);
    }
    return status;
}

yq_status state_sync_open(yq_node *n, uint64_t height, yq_fault *why)
{
    const yq_node_file *f = n->config->file;
    yq_snapshots_config config = {
        .folder = n->home.snapshots,
        .kept = f->snapshots.keep == 0 ? YQ_NODE_SNAPSHOTS_DEFAULT : f->snapshots.keep,
        .interval = f->snapshots.interval == 0 ? YQ_NODE_INTERVAL_DEFAULT : f->snapshots.interval,
        .pause_ms = f->snapshots.pause_s == 0 ? YQ_NODE_PAUSE_S_DEFAULT : f->snapshots.pause_s,
    };
    config.pause_ms *= 1000;
    yq_status status = YQ_OK;
    if (!f->snapshots.off) {
        status = yq_snapshots_open(n->ledger, &config, &n->snapshots, why);
    }
    return status == YQ_OK ? open_import(n, height, why) : status;
}

void state_sync_close(yq_node *n)
{
    answer_reset(&n->state_sync.answer);
    yq_import_close(n->state_sync.import);
    yq_snapshots_close(n->snapshots);
    n->state_sync.import = NULL;
    n->snapshots = NULL;
}

/* ---- asking --------------------------------------------------------------------------------- */

static void ask_nobody(state_sync *s)
{
    answer_reset(&s->answer);
    s->peer = NOT_LINKED;
}

/* A linked peer that may have what is wanted. Out: linked, how many are. */
static uint32_t whom_to_ask(const yq_node *n, unsigned *linked)
{
    uint32_t found = NOT_LINKED;
    *linked = 0;
    for (uint32_t i = 0; i < YQ_NET_PEERS_MAX; i++) {
        uint32_t slot = (n->state_sync.turn + i) % YQ_NET_PEERS_MAX;
        if (yq_net_room(n->net, slot, YQ_FRAME_GET_SNAPSHOT) > 0) {
            (*linked)++;
            found = found == NOT_LINKED && n->state_sync.refused[slot] < REFUSED ? slot : found;
        }
    }
    return found;
}

static void give_up(yq_node *n, const char *text)
{
    yq_fault why = {0};
    yq_log(YQ_LOG_WARN, "node", "%s: the blocks are taken instead", text);
    yq_import_close(n->state_sync.import);
    n->state_sync.import = NULL;
    if (yq_db_remove(n->home.import, &why) != YQ_OK) {
        yq_log(YQ_LOG_WARN, "node", "an unused import stays path=%s", n->home.import);
    }
}

/* Every linked peer lacks it. */
static void none_has_it(yq_node *n)
{
    state_sync *s = &n->state_sync;
    memset(s->refused, 0, sizeof s->refused);
    if (s->progress.height == 0) {
        give_up(n, "no peer has a snapshot");
        return;
    }
    yq_log(
        YQ_LOG_WARN,
        "node",
        "no peer has the snapshot any more: state sync begins again height=%" PRIu64,
        s->progress.height);
    s->taking = 1;
    s->turn = s->source + 1; /* who named what nobody has comes last */
    node_execute_put(n, job_new(JOB_IMPORT));
}

static void send_request(yq_node *n, uint32_t slot)
{
    state_sync *s = &n->state_sync;
    uint8_t body[YQ_FRAME_GET_SNAPSHOT_SIZE], room[YQ_SNAPSHOT_REQUEST_SIZE];
    yq_writer w = yq_writer_of(body, sizeof body), r = yq_writer_of(room, sizeof room);
    yq_snapshot_request_put(&r, &s->want);
    yq_frame_token_put(&w, ++s->token, yq_writer_slice(&r));
    if (yq_net_send(n->net, slot, YQ_FRAME_GET_SNAPSHOT, yq_writer_slice(&w)) == YQ_OK) {
        ask_nobody(s);
        s->peer = s->turn = slot;
        s->deadline_ms = node_now_ms() + ANSWER_MS;
    }
}

static void ask(yq_node *n)
{
    state_sync *s = &n->state_sync;
    uint64_t now = node_now_ms();
    unsigned linked;
    if (s->import == NULL || s->taking || s->peer != NOT_LINKED || now < s->next_ms ||
        !yq_import_want(s->import, &s->want)) {
        return;
    }
    uint32_t slot = whom_to_ask(n, &linked);
    s->next_ms = now + RETRY_MS;
    if (slot != NOT_LINKED) {
        send_request(n, slot);
    } else if (linked > 0 && now - s->began_ms >= PATIENCE_MS) {
        none_has_it(n);
    }
}

static void tell_progress(yq_node *n)
{
    state_sync *s = &n->state_sync;
    uint64_t now = node_now_ms();
    if (s->import == NULL || now - s->told_ms < TELL_MS) {
        return;
    }
    s->told_ms = now;
    yq_log(
        YQ_LOG_INFO,
        "node",
        "state sync height=%" PRIu64 " epoch=%" PRIu64 " keys=%" PRIu64 " bytes=%" PRIu64
        " permille=%" PRIu32,
        s->progress.height,
        s->progress.epoch,
        s->progress.keys,
        s->progress.bytes,
        s->progress.permille);
}

/* All is there, also where the power went just before the end: opened again, the node begins with
 * it. */
static void end_import(yq_node *n)
{
    const state_sync *s = &n->state_sync;
    yq_log(
        YQ_LOG_INFO,
        "node",
        "state sync is complete height=%" PRIu64 " keys=%" PRIu64 " bytes=%" PRIu64
        " seconds=%" PRIu64,
        s->progress.height,
        s->progress.keys,
        s->progress.bytes,
        (node_now_ms() - s->began_ms) / 1000);
    n->again = 1;
    event_base_loopbreak(n->base);
}

void state_sync_tick(yq_node *n)
{
    state_sync *s = &n->state_sync;
    if (s->import != NULL && s->progress.complete && !n->again) {
        end_import(n);
        return;
    }
    if (s->peer != NOT_LINKED && node_now_ms() > s->deadline_ms) {
        s->refused[s->peer]++;
        s->turn = s->peer + 1;
        ask_nobody(s);
    }
    ask(n);
    tell_progress(n);
}

/* ---- taking --------------------------------------------------------------------------------- */

static yq_status take_chunk(yq_node *n, uint32_t peer, yq_slice body)
{
    state_sync *s = &n->state_sync;
    yq_frame_chunk chunk;
    int whole = 0;
    yq_status status = yq_frame_chunk_decode(body, &chunk, NULL);
    if (status != YQ_OK || peer != s->peer || chunk.from != s->token) {
        return status; /* or an answer that comes too late */
    }
    status = answer_take(&s->answer, &chunk, YQ_SNAPSHOT_PART_MAX, &whole);
    if (status != YQ_OK) {
        s->turn = peer + 1;
        ask_nobody(s);
        return status;
    }
    s->deadline_ms = node_now_ms() + ANSWER_MS;
    if (whole) {
        job *j = job_new(JOB_IMPORT);
        j->peer = peer;
        j->bytes = s->answer.room;
        j->size = s->answer.size;
        s->answer.room = NULL;
        ask_nobody(s);
        s->taking = 1;
        node_execute_put(n, j);
    }
    return YQ_OK;
}

void state_sync_taken(yq_node *n, job *j)
{
    state_sync *s = &n->state_sync;
    s->taking = 0;
    yq_import_look(s->import, &s->progress);
    if (j->status == YQ_E_HELD) {
        s->next_ms = node_now_ms() + HELD_MS; /* a recovery whose time has not come */
        s->turn = j->peer;
    } else if (j->status != YQ_OK) {
        n->count.snapshot_faults++;
        s->turn = j->peer + 1;
        yq_net_blame(n->net, j->peer, j->status, j->why.text);
    } else {
        n->count.snapshot_parts += j->bytes != NULL;
        s->source = s->want.part == YQ_SNAPSHOT_MANIFEST ? j->peer : s->source;
        memset(s->refused, 0, sizeof s->refused);
        s->next_ms = 0;
    }
    if (s->progress.height > 0 && s->progress.height <= n->height) {
        give_up(n, "this node has overtaken the snapshot");
        return;
    }
    if (s->progress.complete) {
        end_import(n);
        return;
    }
    ask(n);
}

/* ---- giving --------------------------------------------------------------------------------- */

static yq_status take_request(yq_node *n, uint32_t peer, yq_slice body)
{
    uint64_t token;
    yq_slice bytes;
    yq_snapshot_request request;
    yq_status status = yq_frame_token_decode(body, &token, &bytes, NULL);
    status = status == YQ_OK ? yq_snapshot_request_decode(bytes, &request, NULL) : status;
    if (status != YQ_OK || (n->peer[peer].serving & SERVING_SNAPSHOT) != 0) {
        return status;
    }
    if (n->snapshots == NULL) {
        answer_send_number(n, peer, YQ_FRAME_NO_SNAPSHOT, token);
        return YQ_OK;
    }
    job *j = job_new(JOB_SNAPSHOT);
    j->peer = peer;
    j->token = token;
    j->request = request;
    if (job_queue_put(&n->work, LANE_READS, j)) {
        n->peer[peer].serving |= SERVING_SNAPSHOT;
    } else {
        job_free(j);
    }
    return YQ_OK;
}

void state_sync_served(yq_node *n, job *j)
{
    n->peer[j->peer].serving &= ~SERVING_SNAPSHOT;
    if (j->status != YQ_OK) {
        answer_send_number(n, j->peer, YQ_FRAME_NO_SNAPSHOT, j->token);
    } else if (answer_send(n, j->peer, YQ_FRAME_SNAPSHOT, j->token, j->bytes, j->size)) {
        n->count.snapshots_served++;
    }
}

yq_status state_sync_frame(yq_node *n, uint32_t peer, yq_frame_type type, yq_slice body)
{
    state_sync *s = &n->state_sync;
    if (type == YQ_FRAME_GET_SNAPSHOT) {
        return take_request(n, peer, body);
    }
    if (type == YQ_FRAME_SNAPSHOT) {
        return take_chunk(n, peer, body);
    }
    uint64_t token;
    yq_status status = yq_frame_height_decode(body, &token, NULL);
    if (status == YQ_OK && peer == s->peer && token == s->token) {
        s->refused[peer] = REFUSED;
        ask_nobody(s);
        ask(n);
    }
    return status;
}
