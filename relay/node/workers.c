#include "relay/base/errors.h"
#include "relay/base/log.h"
#include "relay/node/state.h"
#include "relay/store/mem.h"

#include <inttypes.h>

/*
 * The workers: envelopes at arrival, the core's PAYLOAD and VALIDATE, signatures of the executor,
 * and what peers want to read.
 */
#define BODIES_SIZE_MAX (YQ_BLOCK_SIZE_MAX + YQ_ENVELOPE_SIZE_MAX)

static void run_payload(yq_node *n, job *j)
{
    uint32_t cap = YQ_BLOCK_ENVELOPE_N_MAX;
    j->digests = yq_mem_alloc((size_t)YQ_DIGEST_SIZE * cap);
    j->status = yq_ledger_payload(
        n->ledger, &j->parent_hash, node_wall_ms(), j->digests, cap, &j->digest_n, &j->tx_n);
    if (j->status != YQ_OK) {
        node_die("payload", j->status, NULL);
    }
    node_mail(n, j);
}

static void run_validate(yq_node *n, job *j)
{
    j->status = yq_ledger_validate(n->ledger, &j->header, j->digests, &j->verdict);
    if (j->status != YQ_OK) {
        node_die("validate", j->status, NULL);
    }
    node_mail(n, j);
}

/* Whether an envelope that the state refuses as spent is final here: then its sender is done. */
static int is_final(yq_view *view, const yq_digest *id)
{
    yq_tx_where where;
    return yq_view_tx(view, id, &where) == YQ_OK && where.stage == YQ_TX_FINAL;
}

static yq_status take_envelope(yq_node *n, yq_view *view, job *j)
{
    yq_pool *pool = yq_ledger_pool(n->ledger);
    const yq_ledger_identity *identity = yq_ledger_identity_of(n->ledger);
    yq_slice bytes = yq_slice_of(j->bytes, j->size);
    yq_envelope env;
    yq_status status = yq_envelope_decode(identity->alg, bytes, &env, &j->why);
    if (status != YQ_OK) {
        return status;
    }
    j->h = env.id;
    uint64_t now = node_now_ms();
    if (yq_pool_has_id(pool, &env.id)) {
        /* Held already; under another signature only where a block wants that one. */
        status = yq_pool_put(pool, &env, YQ_POOL_UNVERIFIED, now);
        return j->peer == LOCAL_PEER && status == YQ_E_STATE ? YQ_OK : status;
    }
    yq_view_refresh(view);
    yq_status verdict = yq_view_check_envelope(view, bytes, node_wall_ms(), &env, &j->why);
    if (yq_status_is_fault(verdict)) {
        node_die("view of a worker", verdict, &j->why);
    }
    if (verdict == YQ_OK) {
        status = yq_pool_put(pool, &env, YQ_POOL_VERIFIED, now);
        j->fresh = status == YQ_OK;
        return status == YQ_OK ? YQ_OK : yq_fail(&j->why, status, 0, "pool");
    }
    if (verdict == YQ_E_REPLAY && is_final(view, &env.id)) {
        return YQ_OK;
    }
    /* The state that a block builds on may know more than the newest final one. */
    return yq_pool_put(pool, &env, YQ_POOL_UNVERIFIED, now) == YQ_OK ? YQ_OK : verdict;
}

static void run_serve(yq_node *n, yq_view *view, job *j)
{
    yq_slice range;
    yq_view_refresh(view);
    uint64_t top = yq_view_tip(view)->tip.header.height;
    uint64_t to = j->to < top ? j->to : top;
    j->status = j->from > to ? YQ_E_NOT_FOUND : yq_view_serve(view, j->from, to, &range);
    if (yq_status_is_fault(j->status)) {
        node_die("serving blocks", j->status, NULL);
    }
    if (j->status == YQ_OK) {
        job_set_bytes(j, range);
    }
    yq_view_reset(view);
    node_mail(n, j);
}

/* A snapshot that cannot be read is not the ledger: it is not given, and the node goes on. */
static void run_snapshot(yq_node *n, job *j)
{
    j->status = yq_snapshots_serve(n->snapshots, &j->request, &j->bytes, &j->size);
    if (yq_status_is_fault(j->status)) {
        yq_log(
            YQ_LOG_ERROR,
            "node",
            "a snapshot cannot be read height=%" PRIu64 " code=%s",
            j->request.height,
            yq_status_name(j->status));
    }
    node_mail(n, j);
}

/* As many of the wanted envelopes as fit one answer; the peer asks for the rest again. */
static void run_bodies(yq_node *n, yq_view *view, job *j)
{
    uint8_t *room = yq_mem_alloc(BODIES_SIZE_MAX);
    yq_writer w = yq_writer_of(room, BODIES_SIZE_MAX);
    yq_view_refresh(view);
    for (uint32_t i = 0; i < j->digest_n && w.cap - w.n > YQ_ENVELOPE_SIZE_MAX + 4; i++) {
        const uint8_t *digest = j->digests + (size_t)YQ_DIGEST_SIZE * i;
        yq_buf out = {w.p + w.n + 4, w.cap - w.n - 4, 0};
        yq_slice bytes;
        if (yq_pool_get(yq_ledger_pool(n->ledger), digest, &out) == YQ_OK) {
            yq_put_u32(&w, (uint32_t)out.n);
            w.n += out.n;
        } else if (yq_view_body(view, digest, &bytes) == YQ_OK) {
            yq_put_sized(&w, 4, bytes);
        }
        yq_view_reset(view);
    }
    j->bytes = room;
    j->size = w.n;
    node_mail(n, j);
}

static void run(worker *w, job *j)
{
    yq_node *n = w->node;
    switch (j->kind) {
    case JOB_PAYLOAD:
        run_payload(n, j);
        return;
    case JOB_VALIDATE:
        run_validate(n, j);
        return;
    case JOB_ENVELOPE:
        j->status = take_envelope(n, w->view, j);
        yq_view_reset(w->view);
        node_mail(n, j);
        return;
    case JOB_SERVE:
        run_serve(n, w->view, j);
        return;
    case JOB_SNAPSHOT:
        run_snapshot(n, j);
        return;
    case JOB_BODIES:
        run_bodies(n, w->view, j);
        return;
    case JOB_CHECK:
        checker_help(j);
        return;
    case JOB_NONE:
    case JOB_APPEND:
    case JOB_SIGN:
    case JOB_DROP:
    case JOB_EVIDENCE:
    case JOB_EXECUTE:
    case JOB_COMMIT:
    case JOB_APPLY:
    case JOB_RECOVER:
    case JOB_IMPORT:
    case JOB_EXPORT_WANTED:
    case JOB_EXPORT_PUT:
    case JOB_COMMITTED:
        break;
    }
    job_free(j);
}

void *worker_main(void *arg)
{
    worker *w = arg;
    job *j;
    while ((j = job_queue_take(&w->node->work)) != NULL) {
        run(w, j);
    }
    return NULL;
}
