#include "conformance/nodes/world.h"
#include "relay/base/assert.h"
#include "relay/base/bytes.h"
#include "relay/base/writer.h"
#include "relay/store/mem.h"

#include <string.h>

/* The duties of bft.h, done by the real ledger. */

#define WORK_MS 4u /* at most, of one piece of work */

/* ---- the log -------------------------------------------------------------------------------- */

static void append(node *n, yq_slice bytes, uint64_t epoch, uint64_t view, int is_body)
{
    if (n->log_n == n->log_cap) {
        n->log_cap = 2 * n->log_cap + 64;
        n->log = yq_mem_resize(n->log, n->log_cap * sizeof *n->log);
    }
    n->log[n->log_n++] = (record){yq_mem_copy(bytes.p, bytes.n), bytes.n, epoch, view, is_body};
}

/* A block that is voted for lies in the log with its bodies, but those of final blocks. */
static void append_bodies(world *w, node *n, const yq_bft_action *a)
{
    static uint8_t room[YQ_ENVELOPE_SIZE_MAX];
    for (uint32_t i = 0; i < a->header->n_env; i++) {
        const uint8_t *digest = a->digests + (size_t)i * YQ_DIGEST_SIZE;
        yq_buf out = {room, sizeof room, 0};
        yq_slice final;
        if (yq_pool_get(yq_ledger_pool(n->ledger), digest, &out) == YQ_OK) {
            append(n, yq_slice_of(out.p, out.n), a->epoch, a->view, 1);
            continue;
        }
        yq_view_refresh(n->view);
        if (yq_view_body(n->view, digest, &final) != YQ_OK) {
            fail(w, 1, "node %u votes for a block without its bodies", n->id);
        }
        yq_view_reset(n->view);
    }
}

static void persist(world *w, node *n, const yq_bft_action *a)
{
    if (a->has_block) {
        append_bodies(w, n, a);
    }
    append(n, a->bytes, a->epoch, a->view, 0);
    if (a->sync) {
        event *ev = event_new(w, EVENT_FSYNC, n->id, sim_between(&w->host, 1, 6), (yq_slice){0});
        ev->a = n->log_first + n->log_n;
        ev->b = a->seq;
        event_push(w, ev);
    }
}

/* From the front only, as segments are: what is not needed goes when nothing before it is. */
static void drop_log(node *n, uint64_t epoch, uint64_t view)
{
    size_t gone = 0;
    while (gone < n->log_n && n->log_first + gone < n->log_durable &&
           (n->log[gone].epoch < epoch ||
            (n->log[gone].epoch == epoch && n->log[gone].view <= view))) {
        yq_mem_free(n->log[gone++].bytes);
    }
    memmove(n->log, n->log + gone, (n->log_n - gone) * sizeof *n->log);
    n->log_n -= gone;
    n->log_first += gone;
}

/* ---- actions -------------------------------------------------------------------------------- */

static size_t put_block(uint8_t *room, size_t cap, const yq_header *header, const uint8_t *digests)
{
    yq_writer out = yq_writer_of(room, cap);
    yq_header_put(&out, header);
    yq_put_bytes(&out, digests, (size_t)header->n_env * YQ_DIGEST_SIZE);
    YQ_ASSERT(out.status == YQ_OK);
    return out.n;
}

#define BLOCK_ROOM (YQ_HEADER_SIZE + (size_t)YQ_BLOCK_ENVELOPE_N_MAX * YQ_DIGEST_SIZE)

static void work_later(world *w, const node *n, const yq_bft_action *a, event_kind kind)
{
    static uint8_t room[BLOCK_ROOM + YQ_CERT_SIZE_MAX];
    size_t size = kind == EVENT_PAYLOAD ? 0 : put_block(room, BLOCK_ROOM, a->header, a->digests);
    yq_writer cert = yq_writer_of(room + size, YQ_CERT_SIZE_MAX);
    if (kind == EVENT_COMMIT && a->cert != NULL) {
        yq_cert_put(&cert, a->cert);
    }
    event *ev = event_new(
        w, kind, n->id, sim_below(&w->host, WORK_MS + 1), yq_slice_of(room, size + cert.n));
    ev->a = a->token;
    ev->b = cert.n;
    ev->h = kind == EVENT_PAYLOAD ? a->parent_hash : a->h;
    event_push(w, ev);
}

static void sign_later(world *w, const node *n, const yq_bft_action *a)
{
    uint8_t sig[64];
    yq_key_sign(n->key, yq_slice_of(a->m.b, YQ_DIGEST_SIZE), sig);
    event *ev = event_new(w, EVENT_SIGNED, n->id, sim_below(&w->host, 3), YQ_SLICE_OF(sig));
    ev->a = a->token;
    event_push(w, ev);
}

static void set_timer(world *w, node *n, uint64_t at_ms)
{
    n->timer++;
    if (at_ms != UINT64_MAX) {
        uint64_t wait = at_ms > w->now ? at_ms - w->now : 0;
        event *ev = event_new(w, EVENT_TIMER, n->id, wait, (yq_slice){0});
        ev->a = n->timer;
        event_push(w, ev);
    }
}

static void perform(world *w, node *n, const yq_bft_action *a)
{
    switch (a->kind) {
    case YQ_BFT_NO_ACTION:
    case YQ_BFT_UPGRADE:
        return;
    case YQ_BFT_PERSIST:
        persist(w, n, a);
        return;
    case YQ_BFT_SEND:
        nodes_check_sent(w, n, a->bytes);
        send_action(w, n, a);
        return;
    case YQ_BFT_SIGN:
        sign_later(w, n, a);
        return;
    case YQ_BFT_TIMER:
        set_timer(w, n, a->at_ms);
        return;
    case YQ_BFT_PAYLOAD:
        work_later(w, n, a, EVENT_PAYLOAD);
        return;
    case YQ_BFT_VALIDATE:
        work_later(w, n, a, EVENT_VALIDATE);
        return;
    case YQ_BFT_EXECUTE:
        work_later(w, n, a, EVENT_EXECUTE);
        return;
    case YQ_BFT_COMMIT:
        work_later(w, n, a, EVENT_COMMIT);
        return;
    case YQ_BFT_SYNC:
        n->target = a->cert->info.height > n->target ? a->cert->info.height : n->target;
        return;
    case YQ_BFT_EVIDENCE:
        fail(w, 1, "node %u has evidence against an honest validator", n->id);
        return;
    case YQ_BFT_DIVERGENCE:
        fail(w, 1, "node %u executes to another result", n->id);
        return;
    case YQ_BFT_LOG_DROP:
        drop_log(n, a->epoch, a->view);
        return;
    }
}

void feed(world *w, node *n, yq_bft_event *ev)
{
    if (!n->up || w->over) {
        return;
    }
    ev->now_ms = w->now;
    ev->wall_ms = WALL_MS + w->now;
    yq_status status = yq_bft_step(n->core, ev, &w->actions);
    w->result.count.steps++;
    if (status != YQ_OK && ev->kind != YQ_BFT_RECEIVE) {
        fail(w, 1, "node %u refuses a step: %d", n->id, (int)status);
    }
    for (size_t i = 0; i < w->actions.n && !w->over; i++) {
        perform(w, n, &w->actions.item[i]);
    }
}

/* ---- answers -------------------------------------------------------------------------------- */

static void give_payload(world *w, node *n, const event *ev)
{
    static uint8_t digests[(size_t)YQ_BLOCK_ENVELOPE_N_MAX * YQ_DIGEST_SIZE];
    yq_bft_event out = {.kind = YQ_BFT_PAYLOAD_READY, .token = ev->a, .digests = digests};
    yq_status status = yq_ledger_payload(
        n->ledger,
        &ev->h,
        WALL_MS + w->now,
        digests,
        YQ_BLOCK_ENVELOPE_N_MAX,
        &out.digest_n,
        &out.tx_n);
    if (status != YQ_OK) {
        fail(w, 1, "node %u: payload: %d", n->id, (int)status);
    }
    feed(w, n, &out);
}

/* Bodies are missing: the work is done again when they came. */
static void wait_for(world *w, node *n, const event *ev, const yq_header *header)
{
    unsigned i = 0;
    want_bodies(w, n, ev->bytes + YQ_HEADER_SIZE, header->n_env);
    while (i < WAITING_MAX && n->wait[i].bytes != NULL) {
        if (n->wait[i].kind == ev->kind && n->wait[i].size == ev->size &&
            memcmp(n->wait[i].bytes, ev->bytes, ev->size) == 0) {
            return;
        }
        i++;
    }
    if (i < WAITING_MAX) {
        n->wait[i] = (waiting){yq_mem_copy(ev->bytes, ev->size), ev->size, ev->kind};
    }
}

static void validate(world *w, node *n, const event *ev, const yq_header *header)
{
    yq_bft_event out = {.kind = YQ_BFT_VALIDATED, .h = ev->h};
    yq_status status =
        yq_ledger_validate(n->ledger, header, ev->bytes + YQ_HEADER_SIZE, &out.verdict);
    if (status != YQ_OK) {
        fail(w, 1, "node %u: validate: %d", n->id, (int)status);
    } else if (out.verdict == YQ_BFT_VERDICT_INVALID) {
        fail(w, 1, "node %u calls an honest block invalid", n->id);
    } else if (out.verdict == YQ_BFT_VERDICT_WAIT) {
        wait_for(w, n, ev, header);
    }
    feed(w, n, &out);
}

static void execute(world *w, node *n, const event *ev, const yq_header *header)
{
    yq_bft_event out = {.kind = YQ_BFT_EXECUTED, .h = ev->h};
    yq_status status =
        yq_ledger_execute(n->ledger, &ev->h, header, ev->bytes + YQ_HEADER_SIZE, &out.result);
    if (status == YQ_E_NOT_FOUND) {
        wait_for(w, n, ev, header);
    } else if (status == YQ_OK) {
        feed(w, n, &out);
    } else if (status != YQ_E_PARENT) {
        fail(w, 1, "node %u: execute: %d", n->id, (int)status);
    }
}

/* What the core and the others are told of a block that is durable. */
void host_committed(world *w, node *n, const yq_ledger_committed *committed)
{
    int taken = 0;
    yq_fault why = {0};
    if (committed->tip.header.height <= n->height) {
        return;
    }
    n->height = committed->tip.header.height;
    nodes_check_committed(w, n, &committed->tip);
    yq_status status = yq_snapshots_after(n->kept, committed, &taken, &why);
    if (status != YQ_OK) {
        fail(w, 1, "node %u: snapshot: %d %s", n->id, (int)status, why.text);
    }
    w->result.count.snapshots += taken != 0;
    if (committed->has_set) {
        n->set = committed->set;
        w->result.count.epochs++;
    }
    yq_bft_event ev = {
        .kind = YQ_BFT_COMMITTED,
        .tip = &committed->tip,
        .cert = committed->has_cert ? &committed->cert : NULL,
        .set = committed->has_set ? &committed->set : NULL,
    };
    feed(w, n, &ev);
    look_for_work(w, n);
}

static void commit(world *w, node *n, const event *ev)
{
    yq_cert *cert = yq_mem_alloc(sizeof *cert);
    yq_ledger_committed *committed = yq_mem_alloc(sizeof *committed);
    yq_slice bytes = yq_slice_of(ev->bytes + ev->size - ev->b, ev->b);
    yq_status status = YQ_OK;
    YQ_ASSERT(ev->b == 0 || yq_cert_decode(bytes, cert, NULL) == YQ_OK);
    status = yq_ledger_commit(n->ledger, &ev->h, ev->b == 0 ? NULL : cert, committed);
    if (status == YQ_OK && !n->broken) {
        host_committed(w, n, committed);
    } else if (!n->broken && status != YQ_E_NOT_FOUND && status != YQ_E_PARENT) {
        fail(w, 1, "node %u: commit: %d", n->id, (int)status);
    }
    yq_mem_free(cert);
    yq_mem_free(committed);
}

void look_for_work(world *w, node *n)
{
    if (!n->up) {
        return;
    }
    int work = yq_pool_work(yq_ledger_pool(n->ledger), w->now, NULL);
    if (work != n->work) {
        n->work = work;
        yq_bft_event ev = {.kind = YQ_BFT_POOL, .work = work};
        feed(w, n, &ev);
    }
}

void host_event(world *w, node *n, event *ev)
{
    yq_bft_event out = {.kind = YQ_BFT_TIMEOUT};
    yq_header header = {0};
    int is_block =
        ev->kind == EVENT_VALIDATE || ev->kind == EVENT_EXECUTE || ev->kind == EVENT_COMMIT;
    if (is_block) {
        YQ_ASSERT(yq_header_decode(yq_slice_of(ev->bytes, YQ_HEADER_SIZE), &header, NULL) == YQ_OK);
        yq_header_hash(YQ_HASH_SM3, &header, &ev->h);
    }
    if (ev->kind == EVENT_TIMER && ev->a == n->timer) {
        feed(w, n, &out);
    } else if (ev->kind == EVENT_FSYNC) {
        n->log_durable = ev->a > n->log_durable ? ev->a : n->log_durable;
        out = (yq_bft_event){.kind = YQ_BFT_PERSISTED, .seq = ev->b};
        feed(w, n, &out);
    } else if (ev->kind == EVENT_SIGNED) {
        out = (yq_bft_event){.kind = YQ_BFT_SIGNED, .token = ev->a, .sig = ev->bytes};
        feed(w, n, &out);
    } else if (ev->kind == EVENT_PAYLOAD) {
        give_payload(w, n, ev);
    } else if (ev->kind == EVENT_VALIDATE) {
        validate(w, n, ev, &header);
    } else if (ev->kind == EVENT_EXECUTE) {
        execute(w, n, ev, &header);
    } else if (ev->kind == EVENT_COMMIT) {
        commit(w, n, ev);
    }
}
