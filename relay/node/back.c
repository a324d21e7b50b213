/* What threads bring back of their jobs. */
#include "relay/base/assert.h"
#include "relay/base/errors.h"
#include "relay/base/fault_point.h"
#include "relay/base/log.h"
#include "relay/node/state.h"
#include "relay/store/mem.h"

#include <inttypes.h>

static void committed(yq_node *n, const job *j)
{
    const yq_ledger_committed *c = j->committed;
    const yq_header *header = &c->tip.header;
    if (header->height <= n->height) {
        return;
    }
    n->height = header->height;
    if (c->has_cert) {
        drive_twin(n, &c->cert);
    }
    n->count.committed_blocks++;
    n->count.committed_tx += header->n_tx;
    (void)YQ_FAULT_POINT("commit.told");
    if (c->has_set) {
        (void)YQ_FAULT_POINT("epoch.configure");
        n->set = c->set;
        peers_set_changed(n);
        yq_log(YQ_LOG_INFO, "node", "an epoch begins epoch=%" PRIu64, c->set.epoch);
    }
    yq_log(
        header->n_tx > 0 ? YQ_LOG_INFO : YQ_LOG_DEBUG,
        "node",
        "block is final height=%" PRIu64 " epoch=%" PRIu64 " view=%" PRIu64 " transactions=%" PRIu32
        " envelopes=%" PRIu32,
        header->height,
        header->epoch,
        header->view,
        header->n_tx,
        header->n_env);
    yq_bft_event ev = {
        .kind = YQ_BFT_COMMITTED,
        .tip = &c->tip,
        .cert = c->has_cert ? &c->cert : NULL,
        .set = c->has_set ? &c->set : NULL,
    };
    drive_feed(n, &ev);
    if (c->has_set) {
        (void)YQ_FAULT_POINT("epoch.configure.after");
    }
    drive_pool(n);
}

static void executed(yq_node *n, const job *j)
{
    if (j->status == YQ_OK) {
        yq_bft_event ev = {.kind = YQ_BFT_EXECUTED, .h = j->h, .result = j->result};
        drive_feed(n, &ev);
    } else if (j->status == YQ_E_NOT_FOUND) {
        spread_want(n, j, 1);
    } else if (j->header.height > n->height) {
        yq_log(
            YQ_LOG_WARN,
            "node",
            "a certified block cannot be executed height=%" PRIu64 " code=%s",
            j->header.height,
            yq_status_name(j->status));
    }
}

static void commit_failed(yq_node *n, const job *j)
{
    if (j->status == YQ_E_CONFLICT) {
        drive_diverged(n, "the certificate names another result");
    } else if (j->status != YQ_OK) {
        yq_log(
            YQ_LOG_ERROR,
            "node",
            "a final block is not committed height=%" PRIu64 " code=%s",
            j->header.height,
            yq_status_name(j->status));
    }
}

static void validated(yq_node *n, const job *j)
{
    yq_bft_event ev = {.kind = YQ_BFT_VALIDATED, .h = j->h, .verdict = j->verdict};
    drive_feed(n, &ev);
    if (j->verdict == YQ_BFT_VERDICT_WAIT) {
        spread_want(n, j, 0);
    } else if (j->verdict == YQ_BFT_VERDICT_INVALID) {
        yq_log(
            YQ_LOG_WARN,
            "node",
            "a proposal is not valid height=%" PRIu64 " leader=%u",
            j->header.height,
            (unsigned)j->header.leader);
    }
}

/* The outcome of a job: the loop is its owner again. */
void drive_back(yq_node *n, job *j)
{
    yq_bft_event ev = {0};
    switch (j->kind) {
    case JOB_APPEND:
        ev = (yq_bft_event){.kind = YQ_BFT_PERSISTED, .seq = j->seq};
        drive_feed(n, &ev);
        break;
    case JOB_SIGN:
        ev = (yq_bft_event){.kind = YQ_BFT_SIGNED, .token = j->token, .sig = j->sig};
        drive_feed(n, &ev);
        break;
    case JOB_PAYLOAD:
        ev = (yq_bft_event){
            .kind = YQ_BFT_PAYLOAD_READY,
            .token = j->token,
            .digests = j->digests,
            .digest_n = j->digest_n,
            .tx_n = j->tx_n,
        };
        drive_feed(n, &ev);
        break;
    case JOB_VALIDATE:
        validated(n, j);
        break;
    case JOB_EXECUTE:
        executed(n, j);
        break;
    case JOB_COMMIT:
        commit_failed(n, j);
        break;
    case JOB_COMMITTED:
        committed(n, j);
        break;
    case JOB_APPLY:
        sync_applied(n, j);
        break;
    case JOB_ENVELOPE:
        spread_envelope_back(n, j);
        break;
    case JOB_SERVE:
        sync_served(n, j);
        break;
    case JOB_IMPORT:
        state_sync_taken(n, j);
        break;
    case JOB_RECOVER:
        recovery_done(n, j);
        break;
    case JOB_SNAPSHOT:
        state_sync_served(n, j);
        break;
    case JOB_BODIES:
        spread_bodies_back(n, j);
        break;
    case JOB_EXPORT_WANTED:
        exports_wanted(n, j);
        break;
    case JOB_NONE:
    case JOB_EXPORT_PUT:
    case JOB_DROP:
    case JOB_EVIDENCE:
    case JOB_CHECK:
        break;
    }
    job_free(j);
}
