#include "conformance/nodes/world.h"
#include "relay/base/assert.h"
#include "relay/base/bytes.h"
#include "relay/base/writer.h"
#include "relay/store/mem.h"

#include <stdio.h>
#include <string.h>

/* How a node is opened, and what is left when the power goes. */

static void path_of(const node *n, const char *name, char *path, size_t cap)
{
    (void)snprintf(path, cap, "%s/%s", n->dir, name);
}

static yq_status open_ledger(world *w, node *n, yq_fault *why)
{
    char db[64], import[64];
    int adopted = 0;
    path_of(n, "db", db, sizeof db);
    path_of(n, "db.import", import, sizeof import);
    yq_ledger_config config = {
        .path = db,
        .genesis = yq_slice_of(w->genesis, w->genesis_n),
        .pool = {.size_max = POOL_SIZE_MAX, .count_max = POOL_COUNT_MAX},
        .versions = 4,
        .recovery = recovery_has_waited,
        .self = n,
    };
    yq_status status = yq_import_adopt(import, db, &adopted, why);
    w->result.count.imports += adopted != 0;
    return status == YQ_OK ? yq_ledger_open(&config, &n->ledger, why) : status;
}

static yq_status open_snapshots(node *n, uint64_t height, yq_fault *why)
{
    char folder[64], import[64];
    path_of(n, "snapshots", folder, sizeof folder);
    path_of(n, "db.import", import, sizeof import);
    yq_snapshots_config config = {
        .folder = folder, .kept = 4, .interval = INTERVAL, .part_size = PART_SIZE};
    yq_status status = yq_snapshots_open(n->ledger, &config, &n->kept, why);
    int begins = n->takes && yq_ledger_base(n->ledger) == 0;
    if (status == YQ_OK && begins && (height == 0 || yq_db_exists(import))) {
        status = yq_import_open(n->ledger, import, &n->import, why);
    }
    yq_import_progress at = {0};
    if (status == YQ_OK && n->import != NULL) {
        yq_import_look(n->import, &at);
    }
    n->broken |= at.complete; /* the power went just before its end: opened again, it is there */
    return status;
}

static yq_status give_record(world *w, node *n, yq_slice bytes)
{
    yq_bft_event ev = {.kind = YQ_BFT_RECORD, .bytes = bytes};
    return yq_bft_step(n->core, &ev, &w->actions);
}

/* The certificates that ended earlier epochs lie in the ledger. */
static yq_status give_epoch_ends(world *w, node *n)
{
    yq_valset *set = yq_mem_alloc(sizeof *set);
    yq_view_block *block = yq_mem_alloc(sizeof *block);
    yq_status status = YQ_OK;
    for (uint64_t e = 1; e < n->set.epoch && status == YQ_OK; e++) {
        uint64_t first = 0;
        uint8_t room[17 + YQ_CERT_SIZE_MAX];
        yq_writer out = yq_writer_of(room, sizeof room);
        status = yq_view_valset(n->view, e + 1, set, &first);
        status = status == YQ_OK ? yq_view_block_at(n->view, first - 1, block) : status;
        if (status == YQ_OK && block->has_cert) {
            yq_put_u8(&out, YQ_BFT_REC_CERT);
            yq_put_u64(&out, block->cert.epoch);
            yq_put_u64(&out, block->cert.view);
            yq_cert_put(&out, &block->cert);
            status = give_record(w, n, yq_writer_slice(&out));
        }
    }
    yq_mem_free(set);
    yq_mem_free(block);
    return status;
}

static yq_status replay(world *w, node *n)
{
    yq_status status = give_epoch_ends(w, n);
    for (size_t i = 0; i < n->log_n && status == YQ_OK; i++) {
        yq_slice bytes = yq_slice_of(n->log[i].bytes, n->log[i].size);
        yq_envelope env;
        if (!n->log[i].is_body) {
            status = give_record(w, n, bytes);
        } else if (yq_envelope_decode(YQ_HASH_SM3, bytes, &env, NULL) == YQ_OK) {
            /* One that is final since, or does not fit, is refused or fetched again. */
            yq_status put = yq_pool_put(yq_ledger_pool(n->ledger), &env, YQ_POOL_VERIFIED, w->now);
            (void)put;
        }
    }
    return status;
}

static void make_core(node *n)
{
    yq_bft_config config = {
        .hash_alg = YQ_HASH_SM3,
        .view_n = CORE_VIEWS,
        .env_n_max = YQ_BLOCK_ENVELOPE_N_MAX,
        .t0_ms = T0_MS,
        .heartbeat_ms = HEARTBEAT_MS,
        .version_max = YQ_BFT_VERSION_MAX,
    };
    memcpy(config.own_key, yq_key_public(n->key).p, sizeof config.own_key);
    if (n->memory == NULL) {
        n->memory = yq_mem_alloc(yq_bft_footprint(&config));
    }
    n->core = yq_bft_new(n->memory, &config);
    YQ_ASSERT(n->core != NULL);
}

static void start_core(world *w, node *n, const yq_ledger_start *start)
{
    yq_bft_event ev = {
        .kind = YQ_BFT_START,
        .tip = &start->tip,
        .base = &start->base,
        .set = &start->set,
        .cert = start->has_cert ? &start->cert : NULL,
    };
    feed(w, n, &ev);
    for (uint16_t i = 0; i < start->set.n && n->up; i++) {
        if (memcmp(start->set.key[i], yq_key_public(n->key).p, 64) != 0) {
            yq_bft_event up = {.kind = YQ_BFT_PEER_UP, .from = i};
            feed(w, n, &up);
        }
    }
}

void node_start(world *w, node *n)
{
    yq_fault why = {0};
    yq_ledger_start *start = yq_mem_alloc(sizeof *start);
    yq_status status = open_ledger(w, n, &why);
    status = status == YQ_OK ? yq_view_open(n->ledger, &n->view) : status;
    status = status == YQ_OK ? yq_ledger_start_of(n->ledger, start) : status;
    if (status == YQ_OK) {
        n->set = start->set;
        n->height = start->tip.header.height;
        n->up = 1;
        make_core(n);
        status = open_snapshots(n, n->height, &why);
    }
    if (n->broken) {
        node_crash(w, n); /* in the first write of an import */
        yq_mem_free(start);
        return;
    }
    status = status == YQ_OK ? replay(w, n) : status;
    if (status != YQ_OK) {
        fail(w, 1, "node %u does not start: %d %s", n->id, (int)status, why.text);
    } else {
        start_core(w, n, start);
        event_push(w, event_new(w, EVENT_TICK, n->id, TICK_MS, (yq_slice){0}));
    }
    yq_mem_free(start);
    if (w->trace) {
        (void)printf(
            "%6llu node %u starts at %llu\n",
            (unsigned long long)w->now,
            n->id,
            (unsigned long long)n->height);
    }
}

void node_close(node *n)
{
    for (unsigned i = 0; i < WAITING_MAX; i++) {
        yq_mem_free(n->wait[i].bytes);
        n->wait[i].bytes = NULL;
    }
    yq_import_close(n->import);
    yq_snapshots_close(n->kept);
    yq_view_close(n->view);
    yq_ledger_close(n->ledger);
    n->import = NULL;
    n->kept = NULL;
    n->view = NULL;
    n->ledger = NULL;
}

void drop_whole_log(node *n)
{
    for (size_t i = 0; i < n->log_n; i++) {
        yq_mem_free(n->log[i].bytes);
    }
    n->log_first = n->log_durable = n->log_first + n->log_n;
    n->log_n = 0;
}

/* Some of what was not synced is there, some is not. */
static void cut_log(world *w, node *n)
{
    size_t safe = n->log_durable > n->log_first ? (size_t)(n->log_durable - n->log_first) : 0;
    safe = safe > n->log_n ? n->log_n : safe;
    size_t left = safe + sim_below(&w->host, (uint32_t)(n->log_n - safe) + 1);
    w->result.count.lost_records += n->log_n - left;
    while (n->log_n > left) {
        yq_mem_free(n->log[--n->log_n].bytes);
    }
    n->log_durable = n->log_first + n->log_n;
}

void node_crash(world *w, node *n)
{
    if (w->trace) {
        (void)printf("%6llu node %u is down\n", (unsigned long long)w->now, n->id);
    }
    node_close(n);
    cut_log(w, n);
    n->up = n->broken = n->work = 0;
    n->target = n->asked_ms = 0;
    n->life++;
    w->result.count.crashes++;
    uint64_t wait = sim_between(&w->host, 20, 2000);
    if (!w->healed && w->now + wait > w->heal_ms) {
        wait = w->heal_ms - w->now + 1;
    }
    event_push(w, event_new(w, EVENT_RESTART, n->id, wait, (yq_slice){0}));
}
