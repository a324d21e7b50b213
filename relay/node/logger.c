#include "relay/base/errors.h"
#include "relay/base/fault_point.h"
#include "relay/base/log.h"
#include "relay/node/state.h"
#include "relay/store/mem.h"

/*
 * The log thread: records and the bodies that they need, one fsync for all that came in a turn, the
 * sign guard, and own signatures. A failed write or fsync stops the process.
 */

/* A body of a block that is about to be voted for: from the pool, or committed meanwhile. */
static void append_body(yq_node *n, const job *j, const uint8_t *digest, yq_buf out)
{
    yq_fault why = {0};
    yq_slice bytes;
    yq_status status = yq_pool_get(yq_ledger_pool(n->ledger), digest, &out);
    bytes = (yq_slice){out.p, out.n};
    if (status == YQ_E_NOT_FOUND) {
        yq_view_refresh(n->log_view);
        status = yq_view_body(n->log_view, digest, &bytes);
        yq_view_reset(n->log_view);
        if (status == YQ_OK) {
            return; /* durable already */
        }
        char hex[65];
        yq_hex_encode(hex, sizeof hex, digest, YQ_DIGEST_SIZE);
        yq_log(YQ_LOG_ERROR, "node", "a body for the log is not held digest=%s", hex);
        return;
    }
    if (status == YQ_OK) {
        status = yq_wal_append_body(n->wal, j->epoch, j->view, bytes, &why);
    }
    if (status != YQ_OK) {
        node_die("log: body", status, &why);
    }
}

static void append(yq_node *n, const job *j, yq_buf room)
{
    yq_fault why = {0};
    for (uint32_t i = 0; i < j->digest_n; i++) {
        append_body(n, j, j->digests + (size_t)YQ_DIGEST_SIZE * i, room);
    }
    yq_status status = yq_wal_append(n->wal, yq_slice_of(j->bytes, j->size), &why);
    if (status != YQ_OK) {
        node_die("log: record", status, &why);
    }
}

static void sign(yq_node *n, job *j)
{
    yq_fault why = {0};
    (void)YQ_FAULT_POINT("vote.sign");
    yq_status status = yq_guard_note(n->guard, j->epoch, j->view, &why);
    if (status != YQ_OK) {
        node_die("sign guard", status, &why);
    }
    yq_key_sign(n->home.key, yq_slice_of(j->m.b, YQ_DIGEST_SIZE), j->sig);
    (void)YQ_FAULT_POINT("vote.sign.after");
    node_mail(n, j);
}

static void keep_evidence(yq_node *n, const job *j)
{
    yq_status status =
        node_home_evidence(&n->home, j->epoch, j->view, yq_slice_of(j->bytes, j->size));
    if (status != YQ_OK) {
        yq_log(YQ_LOG_ERROR, "node", "evidence is not kept code=%s", yq_status_name(status));
    }
}

static void drop(yq_node *n, const job *j)
{
    yq_fault why = {0};
    yq_status status = yq_wal_drop(n->wal, j->epoch, j->view, &why);
    if (status != YQ_OK) {
        node_die("log: drop", status, &why);
    }
}

/* One turn: all that waits; the fsync covers every record of the turn. */
static void turn(yq_node *n, job *j, yq_buf room)
{
    job *synced = NULL, *signs = NULL, **last = &signs;
    while (j != NULL) {
        job *next = j->next;
        j->next = NULL;
        if (j->kind == JOB_SIGN) {
            *last = j;
            last = &j->next;
            j = next;
            continue;
        }
        if (j->kind == JOB_APPEND) {
            append(n, j, room);
        } else if (j->kind == JOB_EVIDENCE) {
            keep_evidence(n, j);
        } else {
            drop(n, j);
        }
        if (j->kind == JOB_APPEND && j->sync) {
            job *older = synced;
            synced = j;
            j = older;
        }
        if (j != NULL) {
            job_free(j);
        }
        j = next;
    }
    if (synced != NULL) {
        yq_fault why = {0};
        yq_status status = yq_wal_sync(n->wal, &why);
        if (status != YQ_OK) {
            node_die("log: fsync", status, &why);
        }
        (void)YQ_FAULT_POINT("log.synced");
        atomic_fetch_add(&n->fsyncs, 1);
        node_mail(n, synced);
    }
    while (signs != NULL) {
        job *next = signs->next;
        sign(n, signs);
        signs = next;
    }
}

void *logger_main(void *arg)
{
    yq_node *n = arg;
    uint8_t *room = yq_mem_alloc(YQ_ENVELOPE_SIZE_MAX);
    job *j;
    while ((j = job_queue_take_all(&n->log, 1)) != NULL) {
        turn(n, j, (yq_buf){room, YQ_ENVELOPE_SIZE_MAX, 0});
    }
    yq_mem_free(room);
    return NULL;
}
