#include "relay/node/node.h"

#include "relay/base/errors.h"
#include "relay/base/log.h"
#include "relay/bft/types.h"
#include "relay/net/bind.h"
#include "relay/node/state.h"
#include "relay/store/mem.h"

#include <event2/event.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#ifndef YQ_VERSION
#    define YQ_VERSION "0"
#endif

#define EPOCHS_KEPT          UINT64_C(64)
#define CORE_VIEWS           128u
#define QUEUE_CORE           65536u /* orders of the core; full only when a thread stands still */
#define QUEUE_READS          64u
#define QUEUE_ENVELOPES      4096u
#define QUEUE_ENVELOPE_BYTES (64u << 20)
#define SNAPSHOT_MS          100u

_Static_assert(YQ_BIND_SIGNED_TYPE == YQ_SIGNED_LINK_BIND, "one table of signed types");

/* ---- what went wrong, in one line ----------------------------------------------------------- */

static yq_status tell(
    yq_config_error *error, yq_status status, const char *what, const yq_fault *why)
{
    (void)snprintf(
        error->text,
        sizeof error->text,
        "%.300s: %s (%s)",
        what,
        why == NULL || why->text[0] == '\0' ? yq_status_text(status, "en") : why->text,
        yq_status_name(status));
    return status;
}

/* ---- the ledger and the log ----------------------------------------------------------------- */

static void on_committed(void *self, const yq_bft_tip *tip)
{
    yq_node *n = self;
    yq_gateway_committed(n->gateway, tip->header.height);
}

static yq_status open_ledger(yq_node *n, yq_config_error *error)
{
    const yq_node_file *file = n->config->file;
    const yq_verifier **table =
        yq_mem_alloc(sizeof(const yq_verifier *) * (yq_verifier_count() + 1));
    for (size_t i = 0; i < yq_verifier_count(); i++) {
        table[i] = yq_verifier_at(i);
    }
    n->verifiers = table;
    yq_ledger_config config = {
        .path = n->home.db,
        .genesis = {n->home.genesis, n->home.genesis_size},
        .verifier = table,
        .verifier_n = yq_verifier_count(),
        .checker = &n->checker_of_ledger,
        .pool = {(size_t)file->limits.pool_bytes, file->limits.pool_envelopes},
        .env_n_max = file->limits.block_envelopes,
        .payload_size_max = (size_t)file->limits.block_bytes,
        .versions =
            file->node.state_versions == 0 ? YQ_NODE_VERSIONS_DEFAULT : file->node.state_versions,
        .committed = on_committed,
        .recovery = recovery_has_waited,
        .self = n,
    };
    yq_fault why = {0};
    yq_status status = yq_ledger_open(&config, &n->ledger, &why);
    if (status != YQ_OK) {
        return tell(error, status, n->home.db, &why);
    }
    status = recovery_open(n, &why);
    return status == YQ_OK ? YQ_OK : tell(error, status, n->home.recovery, &why);
}

static yq_status make_core(yq_node *n, yq_config_error *error)
{
    const yq_node_file *file = n->config->file;
    yq_bft_config config = {
        .hash_alg = yq_ledger_identity_of(n->ledger)->alg,
        .view_n = CORE_VIEWS,
        .env_n_max = YQ_BLOCK_ENVELOPE_N_MAX,
        .t0_ms = file->node.t0_ms == 0 ? 1000 : file->node.t0_ms,
        .heartbeat_ms = file->node.heartbeat_ms == 0 ? 10000 : file->node.heartbeat_ms,
        .version_max =
            (uint16_t)(file->node.protocol_max == 0 ? YQ_BFT_VERSION_MAX : file->node.protocol_max),
    };
    /* An observer's key is in no set: it is left zero, so the core asks for no signature. */
    if (n->config->role == YQ_NODE_VALIDATOR) {
        memcpy(config.own_key, yq_key_public(n->home.key).p, sizeof config.own_key);
    }
    if (yq_ledger_identity_of(n->ledger)->suite != YQ_SUITE_SM2) {
        return tell(error, YQ_E_UNSUPPORTED, "genesis: the ledger's suite", NULL);
    }
    n->core_memory = yq_mem_alloc(yq_bft_footprint(&config));
    n->core = yq_bft_new(n->core_memory, &config);
    n->actions = yq_mem_alloc(sizeof *n->actions);
    n->cert = yq_mem_alloc(sizeof *n->cert);
    return YQ_OK;
}

/* A record of the log: to the core, or a body to the pool. */
static yq_status take_record(void *self, yq_slice record)
{
    yq_node *n = self;
    if (record.n > 0 && record.p[0] != YQ_WAL_BODY) {
        yq_bft_event ev = {.kind = YQ_BFT_RECORD, .bytes = record};
        return yq_bft_step(n->core, &ev, n->actions);
    }
    yq_envelope env;
    yq_slice bytes = {record.p + YQ_WAL_HEAD_SIZE, record.n - YQ_WAL_HEAD_SIZE};
    yq_status status = yq_envelope_decode(yq_ledger_identity_of(n->ledger)->alg, bytes, &env, NULL);
    if (status != YQ_OK) {
        return YQ_E_CORRUPT;
    }
    if (yq_view_body(n->log_view, env.digest.b, &bytes) == YQ_OK) {
        yq_view_reset(n->log_view);
        return YQ_OK; /* of a block that was committed since */
    }
    /* One that does not fit the pool again is fetched from peers. */
    status = yq_pool_put(yq_ledger_pool(n->ledger), &env, YQ_POOL_VERIFIED, node_now_ms());
    return yq_status_is_fault(status) ? status : YQ_OK;
}

/* The last F of an epoch that is over, as a record of the log. */
static yq_status give_epoch_end(yq_node *n, const yq_cert *cert)
{
    uint8_t room[YQ_WAL_HEAD_SIZE + YQ_CERT_SIZE_MAX];
    yq_writer w = yq_writer_of(room, sizeof room);
    yq_put_u8(&w, YQ_BFT_REC_CERT);
    yq_put_u64(&w, cert->epoch);
    yq_put_u64(&w, cert->view);
    yq_cert_put(&w, cert);
    yq_bft_event ev = {.kind = YQ_BFT_RECORD, .bytes = yq_writer_slice(&w)};
    return yq_bft_step(n->core, &ev, n->actions);
}

/* The certificates that ended the newest epochs: with these the core brings on who stayed behind.
 */
static yq_status give_epoch_ends(yq_node *n, uint64_t epoch, yq_config_error *error)
{
    if (epoch <= 1) {
        return YQ_OK;
    }
    yq_view *view = NULL;
    yq_valset *set = yq_mem_alloc(sizeof *set);
    yq_view_block *block = yq_mem_alloc(sizeof *block);
    yq_status status = yq_view_open(n->ledger, &view);
    for (uint64_t e = epoch > EPOCHS_KEPT ? epoch - EPOCHS_KEPT : 1; e < epoch; e++) {
        uint64_t first = 0;
        if (status != YQ_OK || yq_view_valset(view, e + 1, set, &first) != YQ_OK || first == 0) {
            continue;
        }
        if (yq_view_block_at(view, first - 1, block) == YQ_OK && block->has_cert) {
            status = give_epoch_end(n, &block->cert);
        }
        yq_view_reset(view);
    }
    if (view != NULL) {
        yq_view_close(view);
    }
    yq_mem_free(block);
    yq_mem_free(set);
    return status == YQ_OK ? YQ_OK : tell(error, status, n->home.db, NULL);
}

static yq_status must_not_vote(yq_config_error *error, yq_status status, const yq_fault *why)
{
    (void)snprintf(
        error->text,
        sizeof error->text,
        "%s (%s): this key must not vote again. Go on as an observer with a new key in a new "
        "home, and have governance put the new key into the validator set",
        why->text[0] == '\0' ? yq_status_text(status, "en") : why->text,
        yq_status_name(status));
    return status;
}

static yq_status open_log(yq_node *n, const yq_ledger_start *start, yq_config_error *error)
{
    yq_wal_found found = {0};
    yq_fault why = {0};
    if (yq_view_open(n->ledger, &n->log_view) != YQ_OK) {
        return tell(error, YQ_E_MEMORY, "view of the log", NULL);
    }
    yq_status status = yq_wal_open(n->home.wal, &n->wal, take_record, n, &found, &why);
    if (status != YQ_OK) {
        int damaged = status == YQ_E_CORRUPT || !yq_status_is_fault(status);
        if (n->config->role == YQ_NODE_VALIDATOR && damaged) {
            return must_not_vote(error, status, &why);
        }
        return tell(error, status, n->home.wal, &why);
    }
    if (found.torn) {
        yq_log(YQ_LOG_WARN, "node", "an unfinished group at the end of the log was cut");
    }
    if (n->config->role != YQ_NODE_VALIDATOR) {
        return YQ_OK;
    }
    status = yq_guard_open(n->config->guard_dir, &n->own_id, &n->guard, &why);
    if (status == YQ_OK) {
        status =
            yq_guard_check(n->guard, &found, start->tip.header.epoch, start->tip.header.view, &why);
    }
    if (status == YQ_E_SIGN_GUARD || status == YQ_E_CORRUPT) {
        return must_not_vote(error, status, &why);
    }
    if (status != YQ_OK) {
        /* A guard that cannot be read or written now says nothing about the key. */
        return tell(error, status, n->config->guard_dir, &why);
    }
    uint64_t epoch, view;
    (void)yq_guard_look(n->guard, &epoch, &view);
    twin_begin(&n->watch, epoch, view);
    return YQ_OK;
}

static yq_status open_home(yq_node *n, yq_config_error *error)
{
    yq_status status = node_home_open(&n->home, n->config, error);
    if (status == YQ_OK) {
        yq_signer_id(YQ_SUITE_SM2, yq_key_public(n->home.key), &n->own_id);
    }
    return status;
}

/* A snapshot that was taken whole is the ledger from now on. */
static yq_status adopt_import(yq_node *n, yq_config_error *error)
{
    yq_fault why = {0};
    int adopted = 0;
    yq_status status = yq_import_adopt(n->home.import, n->home.db, &adopted, &why);
    if (adopted) {
        yq_log(YQ_LOG_INFO, "node", "the ledger begins with the imported snapshot");
    }
    return status == YQ_OK ? YQ_OK : tell(error, status, n->home.db, &why);
}

static yq_status open_state_sync(yq_node *n, yq_config_error *error)
{
    yq_fault why = {0};
    yq_status status = state_sync_open(n, n->height, &why);
    return status == YQ_OK ? YQ_OK : tell(error, status, n->home.snapshots, &why);
}

/* Ledger, core, log and guard; the core is fed with the log but not started. */
static yq_status open_data(yq_node *n, yq_ledger_start *start, yq_config_error *error)
{
    yq_status status = open_ledger(n, error);
    if (status == YQ_OK) {
        status = make_core(n, error);
    }
    if (status == YQ_OK) {
        status = yq_ledger_start_of(n->ledger, start);
        if (status != YQ_OK) {
            (void)tell(error, status, n->home.db, NULL);
        }
    }
    if (status == YQ_OK) {
        n->set = start->set;
        n->height = start->tip.header.height;
        status = give_epoch_ends(n, start->set.epoch, error);
    }
    if (status == YQ_OK) {
        status = open_log(n, start, error);
    }
    return status;
}

static void close_data(yq_node *n)
{
    if (n->log_view != NULL) {
        yq_view_close(n->log_view);
    }
    if (n->wal != NULL) {
        yq_wal_close(n->wal);
    }
    if (n->guard != NULL) {
        yq_guard_close(n->guard);
    }
    state_sync_close(n);
    recovery_close(n);
    yq_ledger_close(n->ledger);
    yq_mem_free(n->core_memory);
    yq_mem_free(n->actions);
    yq_mem_free(n->cert);
    yq_mem_free(n->verifiers);
    node_home_free(&n->home);
}

/* ---- the loop ------------------------------------------------------------------------------- */

/* Whether there is anything that a tick would bring on. */
static int is_busy(yq_node *n)
{
    yq_pool_stats pool;
    yq_pool_look(yq_ledger_pool(n->ledger), &pool);
    return pool.count > 0 || n->sync.target > n->height || n->state_sync.import != NULL;
}

static void set_tick(yq_node *n, int busy)
{
    struct timeval after = {0, (busy ? TICK_MS : TICK_IDLE_MS) * 1000L};
    n->tick_is_idle = !busy;
    (void)event_add(n->tick_event, &after);
}

static void on_mail(evutil_socket_t fd, short what, void *arg)
{
    (void)what;
    yq_node *n = arg;
    uint64_t count;
    ssize_t got = read(fd, &count, sizeof count);
    (void)got;
    job *j = job_queue_take_all(&n->mail, 0);
    while (j != NULL) {
        job *next = j->next;
        drive_back(n, j);
        j = next;
    }
    if (n->bodies_came) {
        spread_run(n);
    }
    if (n->tick_is_idle && is_busy(n)) {
        set_tick(n, 1);
    }
}

static void on_timer(evutil_socket_t fd, short what, void *arg)
{
    (void)fd;
    (void)what;
    drive_timeout(arg);
}

static void on_tick(evutil_socket_t fd, short what, void *arg)
{
    (void)fd;
    (void)what;
    yq_node *n = arg;
    spread_tick(n);
    sync_tick(n);
    state_sync_tick(n);
    recovery_tick(n);
    exports_tick(n);
    if (node_now_ms() - n->snapshot_ms >= SNAPSHOT_MS) {
        drive_snapshot(n);
    }
    set_tick(n, is_busy(n));
}

static void on_signal(evutil_socket_t number, short what, void *arg)
{
    (void)what;
    yq_node *n = arg;
    yq_log(YQ_LOG_INFO, "node", "stopping signal=%d", (int)number);
    event_base_loopbreak(n->base);
}

static void gateway_status(void *self, yq_gateway_status *out)
{
    yq_node *n = self;
    pthread_mutex_lock(&n->snapshot_lock);
    *out = n->snapshot;
    pthread_mutex_unlock(&n->snapshot_lock);
    yq_pool_look(yq_ledger_pool(n->ledger), &out->pool);
}

static yq_status open_events(yq_node *n, yq_config_error *error)
{
    static const int signals[2] = {SIGTERM, SIGINT};
    n->base = event_base_new();
    n->mail_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (n->base == NULL || n->mail_fd < 0) {
        return tell(error, YQ_E_MEMORY, "event loop", NULL);
    }
    n->mail_event = event_new(n->base, n->mail_fd, EV_READ | EV_PERSIST, on_mail, n);
    n->timer_event = evtimer_new(n->base, on_timer, n);
    n->tick_event = evtimer_new(n->base, on_tick, n);
    int ok = n->mail_event != NULL && n->timer_event != NULL && n->tick_event != NULL &&
             event_add(n->mail_event, NULL) == 0;
    for (unsigned i = 0; i < 2 && ok; i++) {
        n->signal_event[i] = evsignal_new(n->base, signals[i], on_signal, n);
        ok = n->signal_event[i] != NULL && event_add(n->signal_event[i], NULL) == 0;
    }
    if (ok) {
        set_tick(n, 1);
    }
    return ok ? YQ_OK : tell(error, YQ_E_MEMORY, "event loop", NULL);
}

static yq_status open_net(yq_node *n, yq_config_error *error)
{
    const char *listen = n->config->file->peers.listen;
    yq_net_config config = {
        .base = n->base,
        .key = n->home.key,
        .chain_id_hash = yq_ledger_identity_of(n->ledger)->chain_id_hash,
        .listen = listen == NULL ? "127.0.0.1:26600" : listen,
        .ops = peers_ops(n),
    };
    yq_fault why = {0};
    yq_status status = yq_net_new(&n->net, &config, &why);
    if (status != YQ_OK) {
        return tell(error, status, "peers.listen", &why);
    }
    status = peers_add(n, error);
    if (status == YQ_OK) {
        peers_set_changed(n);
        status = metrics_start(n, &why);
        if (status != YQ_OK) {
            (void)tell(error, status, "metrics", &why);
        }
    }
    return status;
}

static yq_status open_gateway(yq_node *n, yq_config_error *error)
{
    const yq_node_file *file = n->config->file;
    yq_gateway_config config = {
        .ledger = n->ledger,
        .listen = file->api.listen == NULL ? "127.0.0.1:26602" : file->api.listen,
        .certificate = n->config->api_certificate,
        .key = n->config->api_key,
        .socket_path = n->home.socket,
        .version = YQ_VERSION,
        .host = {n, gateway_status, spread_submit, recovery_take, recovery_list},
    };
    yq_fault why = {0};
    yq_status status = yq_gateway_start(&config, &n->gateway, &why);
    return status == YQ_OK ? YQ_OK : tell(error, status, "api", &why);
}

/* Memory holds keys: no core files, no peeking by others. */
static void harden(void)
{
    struct rlimit none = {0, 0};
    setrlimit(RLIMIT_CORE, &none);
#ifndef YQ_SANITIZED /* the leak check looks into its own process */
    prctl(PR_SET_DUMPABLE, 0);
#endif
    (void)signal(SIGPIPE, SIG_IGN);
}

static unsigned worker_count(const yq_node *n)
{
    long cpus = sysconf(_SC_NPROCESSORS_ONLN);
    unsigned count = n->config->file->node.threads;
    if (count == 0) {
        count = cpus > 3 ? (unsigned)cpus - 1 : 2;
    }
    return count < WORKERS_MAX ? count : WORKERS_MAX;
}

static yq_node *node_new(const yq_node_config *config)
{
    yq_node *n = yq_mem_alloc(sizeof *n);
    n->config = config;
    n->mail_fd = -1;
    n->sync.peer = n->state_sync.peer = NOT_LINKED;
    n->started_ms = node_now_ms();
    n->worker_n = worker_count(n);
    pthread_mutex_init(&n->snapshot_lock, NULL);
    pthread_mutex_init(&n->recoveries.lock, NULL);
    job_queue_init(&n->mail, SIZE_MAX, 0, 0);
    job_queue_init(&n->log, QUEUE_CORE, 0, 0);
    job_queue_init(&n->execute, QUEUE_CORE, 0, 0);
    job_queue_init(&n->work, QUEUE_CORE, QUEUE_ENVELOPES, QUEUE_READS);
    n->work.lane[LANE_ENVELOPES].size_max = QUEUE_ENVELOPE_BYTES;
    checker_init(&n->checker, &n->work, n->worker_n);
    n->checker_of_ledger = checker_interface(&n->checker);
    return n;
}

static yq_status start_core(yq_node *n, const yq_ledger_start *start, yq_config_error *error)
{
    yq_bft_event ev = {
        .kind = YQ_BFT_START,
        .now_ms = node_now_ms(),
        .wall_ms = node_wall_ms(),
        .tip = &start->tip,
        .base = &start->base,
        .set = &start->set,
        .cert = start->has_cert ? &start->cert : NULL,
    };
    yq_status status = drive_start(n, &ev);
    if (status != YQ_OK) {
        yq_fault why = {.text = "log and ledger do not agree"};
        return n->config->role == YQ_NODE_VALIDATOR ? must_not_vote(error, status, &why)
                                                    : tell(error, status, n->home.wal, &why);
    }
    return YQ_OK;
}

static yq_status open_all(yq_node *n, yq_config_error *error)
{
    yq_ledger_start *start = yq_mem_alloc(sizeof *start);
    yq_status status = open_home(n, error);
    status = status == YQ_OK ? adopt_import(n, error) : status;
    status = status == YQ_OK ? open_data(n, start, error) : status;
    status = status == YQ_OK ? open_state_sync(n, error) : status;
    status = status == YQ_OK ? open_events(n, error) : status;
    status = status == YQ_OK ? open_net(n, error) : status;
    status = status == YQ_OK ? start_core(n, start, error) : status;
    yq_mem_free(start);
    if (status != YQ_OK) {
        return status;
    }
    if (yq_view_open(n->ledger, &n->export_view) != YQ_OK) {
        return tell(error, YQ_E_MEMORY, "view of the executor", NULL);
    }
    for (unsigned i = 0; i < n->worker_n; i++) {
        if (yq_view_open(n->ledger, &n->worker[i].view) != YQ_OK) {
            return tell(error, YQ_E_MEMORY, "view of a worker", NULL);
        }
    }
    drive_snapshot(n);
    status = open_gateway(n, error);
    if (status != YQ_OK) {
        return status;
    }
    node_threads_start(n);
    yq_fault why = {0};
    status = node_home_ports(
        &n->home, yq_net_port(n->net), yq_gateway_port(n->gateway), n->metrics_port, &why);
    n->ports_written = status == YQ_OK;
    return status == YQ_OK ? YQ_OK : tell(error, status, n->home.run, &why);
}

yq_status yq_node_start(yq_node **node, const yq_node_config *config, yq_config_error *error)
{
    harden();
    yq_node *n = node_new(config);
    yq_status status = open_all(n, error);
    if (status != YQ_OK) {
        yq_node_stop(n);
        return status;
    }
    yq_bft_view core;
    char hex[17];
    yq_bft_look(n->core, &core);
    yq_hex_encode(hex, sizeof hex, n->own_id.b, 8);
    yq_log(
        YQ_LOG_INFO,
        "node",
        "started version=%s id=%s validator=%d height=%" PRIu64 " epoch=%" PRIu64
        " peers=%u api=%u metrics=%u",
        YQ_VERSION,
        hex,
        core.own != YQ_BFT_NOBODY,
        n->height,
        core.epoch,
        (unsigned)yq_net_port(n->net),
        (unsigned)yq_gateway_port(n->gateway),
        (unsigned)n->metrics_port);
    *node = n;
    return YQ_OK;
}

yq_status yq_node_run(yq_node *node, yq_config_error *error)
{
    if (node->ended == YQ_OK) {
        event_base_dispatch(node->base);
    }
    return node->ended == YQ_OK ? YQ_OK : tell(error, node->ended, "ledger", NULL);
}

int yq_node_again(const yq_node *node)
{
    return node->again;
}

static void free_events(yq_node *n)
{
    struct event *events[] = {
        n->mail_event, n->timer_event, n->tick_event, n->signal_event[0], n->signal_event[1]};
    for (size_t i = 0; i < YQ_ARRAY_N(events); i++) {
        if (events[i] != NULL) {
            event_free(events[i]);
        }
    }
    if (n->base != NULL) {
        /* Links that were dropped in this turn are freed by calls that still wait in the loop. */
        (void)event_base_loop(n->base, EVLOOP_NONBLOCK);
        event_base_free(n->base);
    }
    if (n->mail_fd >= 0) {
        close(n->mail_fd);
    }
}

void yq_node_stop(yq_node *n)
{
    /* The executor tells the gateway of commits, the gateway gives work: threads first, then it. */
    node_threads_stop(n);
    yq_gateway_stop(n->gateway);
    for (unsigned i = 0; i < n->worker_n; i++) {
        if (n->worker[i].view != NULL) {
            yq_view_close(n->worker[i].view);
        }
    }
    yq_view_close(n->export_view);
    metrics_stop(n);
    yq_net_free(n->net);
    free_events(n);
    spread_free(n);
    answer_reset(&n->sync.answer);
    if (n->ports_written) {
        unlink(n->home.ports);
    }
    close_data(n);
    job_queue_free(&n->mail);
    job_queue_free(&n->log);
    job_queue_free(&n->execute);
    job_queue_free(&n->work);
    checker_free(&n->checker);
    pthread_mutex_destroy(&n->snapshot_lock);
    pthread_mutex_destroy(&n->recoveries.lock);
    yq_mem_free(n);
}

/* ---- --check -------------------------------------------------------------------------------- */

static yq_status print_tip(yq_node *n, yq_config_error *error)
{
    yq_view *view = NULL;
    if (yq_view_open(n->ledger, &view) != YQ_OK) {
        return tell(error, YQ_E_MEMORY, "view", NULL);
    }
    const yq_view_block *tip = yq_view_tip(view);
    const yq_ledger_identity *identity = yq_ledger_identity_of(n->ledger);
    char chain[65], hash[65], state[65];
    yq_hex_encode(chain, sizeof chain, identity->chain_id_hash.b, YQ_DIGEST_SIZE);
    yq_hex_encode(hash, sizeof hash, tip->tip.h.b, YQ_DIGEST_SIZE);
    yq_hex_encode(state, sizeof state, tip->roots.state_root.b, YQ_DIGEST_SIZE);
    (void)printf("hub: %.*s\n", (int)identity->hub.n, (const char *)identity->hub.p);
    (void)printf("chain_id_hash: %s\n", chain);
    (void)printf("role: %s\n", n->config->role == YQ_NODE_VALIDATOR ? "validator" : "observer");
    (void)printf("epoch: %" PRIu64 "\n", n->set.epoch);
    (void)printf("height: %" PRIu64 "\n", tip->tip.header.height);
    (void)printf("blocks_from: %" PRIu64 "\n", yq_ledger_base(n->ledger));
    (void)printf("hash: %s\nstate_root: %s\n", hash, state);
    yq_view_close(view);
    return YQ_OK;
}

yq_status yq_node_check(const yq_node_config *config, yq_config_error *error)
{
    harden();
    yq_node *n = node_new(config);
    yq_ledger_start *start = yq_mem_alloc(sizeof *start);
    yq_status status = open_home(n, error);
    status = status == YQ_OK ? open_data(n, start, error) : status;
    yq_mem_free(start);
    if (status == YQ_OK) {
        status = print_tip(n, error);
    }
    yq_node_stop(n);
    return status;
}
