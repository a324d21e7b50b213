#include "relay/base/assert.h"
#include "relay/ledger/internal.h"
#include "relay/store/mem.h"

void published_release(yq_ledger *l, published *p)
{
    (void)pthread_rwlock_wrlock(&l->lock);
    uint32_t left = --p->refs;
    (void)pthread_rwlock_unlock(&l->lock);
    if (left == 0) {
        yq_db_snap_free(p->snap);
        yq_mem_free(p->digests);
        yq_mem_free(p);
    }
}

yq_status publish(yq_ledger *l, uint64_t height)
{
    published *p = yq_mem_alloc(sizeof *p);
    yq_db_value value;
    p->refs = 1;
    p->snap = yq_db_snap_new(l->db);
    yq_status status = block_read(l->db, p->snap, height, &p->block, &value);
    if (status == YQ_OK) {
        size_t size = (size_t)p->block.tip.header.n_env * YQ_DIGEST_SIZE;
        p->digests = yq_mem_copy(p->block.digests, size);
        p->block.digests = p->digests;
    }
    yq_db_value_free(&value);
    if (status != YQ_OK) {
        yq_db_snap_free(p->snap);
        yq_mem_free(p);
        return status;
    }
    (void)pthread_rwlock_wrlock(&l->lock);
    published *old = l->published;
    l->published = p;
    (void)pthread_rwlock_unlock(&l->lock);
    if (old != NULL) {
        published_release(l, old);
    }
    return YQ_OK;
}

/* Whether o descends from kept (or is it). */
static int descends(const overlay *o, const overlay *kept)
{
    while (o != NULL && o != kept) {
        o = o->parent;
    }
    return o == kept;
}

/* After the write: o becomes the tip, its descendants stay, everything else is of the past. In:
 * lock held for writing. Returns the overlays to free, o among them. */
static overlay *advance(yq_ledger *l, overlay *o)
{
    overlay *gone = NULL, *kept = NULL, *next;
    for (overlay *i = l->overlays; i != NULL; i = next) {
        next = i->next;
        overlay **list = i != o && descends(i, o) ? &kept : &gone;
        i->next = *list;
        *list = i;
    }
    for (overlay *i = kept; i != NULL; i = i->next) {
        if (i->parent == o) {
            i->parent = NULL;
            i->tree.base = NULL;
        }
    }
    l->overlays = kept;
    l->tip = o->tip;
    l->history = o->history;
    if (o->has_set) {
        l->set = o->set;
        l->epoch = o->set.epoch;
    }
    return gone;
}

static void commit_rows(const yq_ledger *l, overlay *o, const yq_cert *cert)
{
    uint64_t height = o->tip.header.height;
    put_tip(o->batch, height, o->has_set ? o->set.epoch : l->epoch, &o->history);
    if (cert != NULL) {
        cert_row_add(o->batch, height, cert);
    }
}

yq_status commit_overlay(yq_ledger *l, overlay *o, const yq_cert *cert)
{
    YQ_ASSERT(o->parent == NULL);
    commit_rows(l, o, cert);
    yq_status status = past_keep(l, o);
    if (status == YQ_OK) {
        status = yq_db_write(l->db, o->batch, NULL);
    }
    if (status != YQ_OK) {
        return status;
    }
    yq_bft_tip tip = o->tip;
    (void)pthread_rwlock_wrlock(&l->lock);
    overlay *gone = advance(l, o);
    (void)pthread_rwlock_unlock(&l->lock);
    pool_committed(l->pool, o->bodies, o->tip.header.n_env, tip.header.time_ms);
    status = drop_spent(l);
    while (gone != NULL) {
        overlay *next = gone->next;
        overlay_free(gone);
        gone = next;
    }
    if (status == YQ_OK && cert != NULL) {
        status = publish(l, tip.header.height);
    }
    if (status == YQ_OK && l->config.committed != NULL) {
        l->config.committed(l->config.self, &tip);
    }
    return status;
}

/* What COMMITTED says of a block that lies in the database. */
static yq_status committed_read(yq_ledger *l, const yq_digest *h, yq_ledger_committed *out)
{
    uint64_t height, first_height;
    yq_db_value value = {0};
    yq_view_block *block = yq_mem_alloc(sizeof *block);
    yq_status status = height_read(l->db, NULL, h, &height);
    if (status == YQ_OK) {
        status = block_read(l->db, NULL, height, block, &value);
    }
    if (status == YQ_OK) {
        *out = (yq_ledger_committed){.tip = block->tip, .has_cert = block->has_cert};
        out->cert = block->cert;
        out->has_set = (block->tip.header.flags & YQ_BLOCK_EPOCH_END) != 0;
        if (out->has_set) {
            status = epoch_read(l->db, NULL, block->tip.header.epoch + 1, &out->set, &first_height);
        }
    }
    yq_db_value_free(&value);
    yq_mem_free(block);
    return status;
}

yq_status yq_ledger_commit(
    yq_ledger *l, const yq_digest *h, const yq_cert *cert, yq_ledger_committed *out)
{
    overlay *o = overlay_find(l, h);
    if (o == NULL) {
        return committed_read(l, h, out);
    }
    if (o->parent != NULL) {
        return YQ_E_PARENT;
    }
    if (cert != NULL && (!cert_is_of(cert, &o->tip.header, &o->tip.h) ||
                         !cert_names_result(cert, &o->tip.result))) {
        return YQ_E_CONFLICT;
    }
    yq_status status = commit_overlay(l, o, cert);
    return status == YQ_OK ? committed_read(l, h, out) : status;
}

yq_status yq_ledger_execute(
    yq_ledger *l,
    const yq_digest *h,
    const yq_header *header,
    const uint8_t *digests,
    yq_bft_result *result)
{
    overlay *o = overlay_find(l, h), *parent;
    if (o != NULL) {
        *result = o->tip.result;
        return YQ_OK;
    }
    if (!parent_find(l, &header->parent_hash, &parent)) {
        yq_ledger_committed *done = yq_mem_alloc(sizeof *done);
        yq_status status = committed_read(l, h, done);
        *result = done->tip.result;
        yq_mem_free(done);
        return status == YQ_E_NOT_FOUND ? YQ_E_PARENT : status;
    }
    yq_status status = YQ_OK;
    body **bodies = yq_mem_alloc((size_t)header->n_env * sizeof(body *));
    for (uint32_t i = 0; i < header->n_env; i++) {
        int verified;
        bodies[i] = pool_find(l->pool, digests + (size_t)i * YQ_DIGEST_SIZE, &verified);
        status = bodies[i] == NULL ? YQ_E_NOT_FOUND : status;
    }
    status = status == YQ_OK ? block_check(l->identity.alg, header, bodies) : status;
    if (status != YQ_OK) {
        for (uint32_t i = 0; i < header->n_env; i++) {
            body_release(bodies[i]);
        }
        yq_mem_free(bodies);
        return status == YQ_E_NOT_FOUND ? status : YQ_E_NONCANONICAL;
    }
    status = exec_block(l, parent, h, header, bodies, &o);
    if (status == YQ_OK) {
        *result = o->tip.result;
        overlay_add(l, o);
    }
    return status;
}

void overlay_add(yq_ledger *l, overlay *o)
{
    (void)pthread_rwlock_wrlock(&l->lock);
    o->next = l->overlays;
    l->overlays = o;
    (void)pthread_rwlock_unlock(&l->lock);
}
