#include "relay/ledger/internal.h"
#include "relay/store/mem.h"

const char *yq_recovery_stage_name(yq_recovery_stage stage)
{
    static const char *const name[] = {"invalid", "waits", "ready", "done", "overruled"};
    return name[stage <= YQ_RECOVERY_OVERRULED ? stage : YQ_RECOVERY_INVALID];
}

/* ---- checks --------------------------------------------------------------------------------- */

yq_status recovery_follows(
    const yq_ledger *l,
    const yq_recovery *r,
    const yq_valset *now,
    const yq_bft_tip *tip,
    yq_valset *next,
    yq_fault *why)
{
    yq_status status = yq_recovery_check(l->plan, &l->identity.chain_id_hash, r, why);
    status = status == YQ_OK ? yq_recovery_next(r, now, next, why) : status;
    if (status != YQ_OK) {
        return status;
    }
    if (tip->header.height != r->height) {
        return yq_fail(why, YQ_E_HEIGHT, 0, "recovery: this ledger stands at another height");
    }
    if (!digest_equal(&tip->h, &r->h) || !digest_equal(&tip->result.result_root, &r->result_root)) {
        return yq_fail(why, YQ_E_HASH, 0, "recovery: another block or result");
    }
    return YQ_OK;
}

/* The same statement, whoever signed it. */
static int is_same(const yq_ledger *l, const yq_recovery *a, const yq_recovery *b)
{
    yq_digest x, y;
    yq_recovery_digest(l->identity.alg, a, &x);
    yq_recovery_digest(l->identity.alg, b, &y);
    return digest_equal(&x, &y);
}

/* How an epoch that is over has ended. */
static yq_status ended_by(yq_ledger *l, const yq_recovery *r, yq_recovery_stage *stage)
{
    yq_db_value value = {0};
    yq_recovery *kept = yq_mem_alloc(sizeof *kept);
    yq_status status = recovery_read(l->db, NULL, r->epoch, kept, &value);
    *stage = status == YQ_OK && is_same(l, r, kept) ? YQ_RECOVERY_DONE : YQ_RECOVERY_OVERRULED;
    yq_db_value_free(&value);
    yq_mem_free(kept);
    return status == YQ_E_NOT_FOUND ? YQ_OK : status;
}

yq_status yq_ledger_recovery(yq_ledger *l, const yq_recovery *r, yq_recovery_stage *stage)
{
    (void)pthread_rwlock_rdlock(&l->lock);
    uint64_t epoch = l->epoch, height = l->tip.header.height;
    int same =
        digest_equal(&l->tip.h, &r->h) && digest_equal(&l->tip.result.result_root, &r->result_root);
    (void)pthread_rwlock_unlock(&l->lock);
    if (r->epoch < epoch) {
        return ended_by(l, r, stage);
    }
    *stage = YQ_RECOVERY_WAITS;
    if (height > r->height || (height == r->height && !same)) {
        *stage = YQ_RECOVERY_OVERRULED;
    } else if (height == r->height && r->epoch == epoch) {
        *stage = YQ_RECOVERY_READY;
    }
    return YQ_OK;
}

int yq_ledger_recovery_ripe(
    yq_ledger *l, const yq_recovery_book *book, unsigned idx, uint64_t fin_height, uint64_t now_ms)
{
    const yq_recovery *r = &book->item[idx].what;
    yq_recovery_stage stage;
    return yq_recovery_book_is_due(book, idx, now_ms) && fin_height <= r->height &&
           yq_ledger_recovery(l, r, &stage) == YQ_OK && stage == YQ_RECOVERY_READY;
}

/* ---- the end of an epoch -------------------------------------------------------------------- */

/* The tip's block row again: a set that waited for the epoch's end is of no effect any more. */
static yq_status put_tip_block(const yq_ledger *l, yq_db_batch *batch, yq_bft_tip *tip)
{
    yq_db_value value = {0};
    yq_view_block *block = yq_mem_alloc(sizeof *block);
    yq_status status = block_read(l->db, NULL, tip->header.height, block, &value);
    if (status == YQ_OK && !block->has_cert) {
        status = YQ_E_SIGNATURES_MISSING;
    }
    if (status == YQ_OK) {
        tip->result.pending_valset_hash = (yq_digest){{0}};
        block->tip.result = tip->result;
        put_block(batch, &block->tip, &block->roots, block->digests);
    }
    yq_db_value_free(&value);
    yq_mem_free(block);
    return status;
}

static void begin_epoch(yq_ledger *l, const yq_bft_tip *tip, const yq_valset *next)
{
    (void)pthread_rwlock_wrlock(&l->lock);
    overlay *gone = l->overlays;
    l->overlays = NULL;
    l->tip = *tip;
    l->set = *next;
    l->epoch = next->epoch;
    (void)pthread_rwlock_unlock(&l->lock);
    while (gone != NULL) {
        overlay *after = gone->next;
        overlay_free(gone);
        gone = after;
    }
}

static yq_status take_effect(
    yq_ledger *l, const yq_recovery *r, yq_slice statement, yq_valset *next, yq_fault *why)
{
    yq_bft_tip tip = l->tip;
    yq_status status = recovery_follows(l, r, &l->set, &tip, next, why);
    status = status == YQ_OK ? exec_recovery_try(l, r, next, why) : status;
    if (status != YQ_OK) {
        return status;
    }
    yq_db_batch *batch = yq_db_batch_new();
    status = put_tip_block(l, batch, &tip);
    if (status == YQ_OK) {
        recovery_row_add(batch, r->epoch, statement);
        epoch_row_add(batch, next, r->height + 1);
        put_tip(batch, r->height, next->epoch, &l->history);
        status = yq_db_write(l->db, batch, why);
    }
    yq_db_batch_free(batch);
    if (status != YQ_OK) {
        return status;
    }
    begin_epoch(l, &tip, next);
    return publish(l, r->height);
}

yq_status yq_ledger_recover(yq_ledger *l, yq_slice statement, yq_fault *why)
{
    yq_recovery_stage stage = YQ_RECOVERY_WAITS;
    yq_recovery *r = yq_mem_alloc(sizeof *r);
    yq_valset *next = yq_mem_alloc(sizeof *next);
    yq_status status = yq_recovery_decode(statement, r, why);
    if (status == YQ_OK && r->epoch < l->epoch) {
        status = ended_by(l, r, &stage);
    }
    if (status == YQ_OK && stage == YQ_RECOVERY_OVERRULED) {
        status = yq_fail(why, YQ_E_EPOCH_OLD, 0, "recovery: the epoch ended otherwise");
    } else if (status == YQ_OK && stage != YQ_RECOVERY_DONE) {
        status = take_effect(l, r, statement, next, why);
    }
    yq_mem_free(next);
    yq_mem_free(r);
    return status;
}
