#include "relay/base/errors.h"
#include "relay/base/fault_point.h"
#include "relay/base/log.h"
#include "relay/node/state.h"
#include "relay/store/mem.h"

#include <inttypes.h>

/* The executor: EXECUTE, COMMIT and block sync, one after the other, in the order of the core. */

static void check_fault(const char *what, yq_status status, const yq_fault *why)
{
    if (yq_status_is_fault(status)) {
        node_die(what, status, why);
    }
}

static void run_execute(yq_node *n, job *j)
{
    j->status = yq_ledger_execute(n->ledger, &j->h, &j->header, j->digests, &j->result);
    check_fault("execute", j->status, NULL);
    (void)YQ_FAULT_POINT("execute.after");
    node_mail(n, j);
}

static void post_committed(void *node, const yq_ledger_committed *committed)
{
    yq_node *n = node;
    job *j = job_new(JOB_COMMITTED);
    j->committed = yq_mem_copy(committed, sizeof *committed);
    node_mail(n, j);
}

/* Without a snapshot the ledger goes on. */
static void keep_snapshot(yq_node *n, const yq_ledger_committed *committed)
{
    int taken = 0;
    yq_fault why = {0};
    uint64_t began = node_now_ms();
    if (n->snapshots == NULL) {
        return;
    }
    yq_status status = yq_snapshots_after(n->snapshots, committed, &taken, &why);
    if (status != YQ_OK) {
        yq_log(
            YQ_LOG_ERROR,
            "node",
            "a snapshot cannot be kept height=%" PRIu64 " code=%s why=%s",
            committed->tip.header.height,
            yq_status_name(status),
            why.text);
    } else if (taken) {
        yq_log(
            YQ_LOG_INFO,
            "node",
            "a snapshot is kept height=%" PRIu64 " ms=%" PRIu64,
            committed->tip.header.height,
            node_now_ms() - began);
    }
}

static void run_commit(yq_node *n, job *j)
{
    yq_ledger_committed *committed = yq_mem_alloc(sizeof *committed);
    (void)YQ_FAULT_POINT("commit");
    j->status = yq_ledger_commit(n->ledger, &j->h, j->cert, committed);
    check_fault("commit", j->status, NULL);
    (void)YQ_FAULT_POINT("commit.after");
    if (j->status == YQ_OK) {
        post_committed(n, committed);
        exports_look(n, 0);
        keep_snapshot(n, committed);
    }
    yq_mem_free(committed);
    node_mail(n, j);
}

static void run_apply(yq_node *n, job *j)
{
    j->status =
        yq_ledger_apply(n->ledger, yq_slice_of(j->bytes, j->size), post_committed, n, &j->why);
    check_fault("block sync", j->status, &j->why);
    (void)YQ_FAULT_POINT("sync.applied");
    exports_look(n, 0);
    yq_mem_free(j->bytes);
    j->bytes = NULL;
    node_mail(n, j);
}

static void run_import(yq_node *n, job *j)
{
    yq_import *import = n->state_sync.import;
    j->status = j->bytes == NULL ? yq_import_restart(import, &j->why)
                                 : yq_import_take(import, yq_slice_of(j->bytes, j->size), &j->why);
    check_fault("import of a snapshot", j->status, &j->why);
    (void)YQ_FAULT_POINT("import.taken");
    node_mail(n, j);
}

/* Ends the epoch; what the core has ordered meanwhile finds nothing any more. */
static void run_recover(yq_node *n, job *j)
{
    j->status = yq_ledger_recover(n->ledger, yq_slice_of(j->bytes, j->size), &j->why);
    check_fault("recovery", j->status, &j->why);
    (void)YQ_FAULT_POINT("recovery.done");
    node_mail(n, j);
}

static void run_export(yq_node *n, job *j)
{
    exports_put(n, j);
    job_free(j);
}

void *executor_main(void *arg)
{
    yq_node *n = arg;
    job *j;
    exports_look(n, 1);
    while ((j = job_queue_take(&n->execute)) != NULL) {
        if (j->kind == JOB_EXECUTE) {
            run_execute(n, j);
        } else if (j->kind == JOB_COMMIT) {
            run_commit(n, j);
        } else if (j->kind == JOB_IMPORT) {
            run_import(n, j);
        } else if (j->kind == JOB_RECOVER) {
            run_recover(n, j);
        } else if (j->kind == JOB_EXPORT_PUT) {
            run_export(n, j);
        } else {
            run_apply(n, j);
        }
    }
    return NULL;
}
