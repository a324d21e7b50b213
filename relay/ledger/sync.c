#include "relay/base/errors.h"
#include "relay/ledger/range.h"
#include "relay/store/mem.h"

/*
 * Taking a range: every block is certified before it is executed, by the certificate that ends its
 * part of the range (the last one, or that of a block which ends an epoch) and the hash chain back
 * from it; every result is compared with the certified one before it is committed.
 */
typedef struct applying {
    yq_ledger *l;
    range range;
    yq_cert cert; /* of the present part's last block */
    void (*each)(void *self, const yq_ledger_committed *committed);
    void *self;
    yq_fault *why;
} applying;

/* What its own certificate would not say wrongly; cheap, and before any signature is checked. */
static yq_status check_header(const applying *a, const range_block *b, const yq_header *before)
{
    const yq_header *h = &b->header;
    if (!digest_equal(&h->chain_id_hash, &a->l->identity.chain_id_hash)) {
        return YQ_E_DOMAIN;
    }
    if (h->epoch != a->l->epoch) {
        return YQ_E_EPOCH_OLD;
    }
    if (h->time_ms <= before->time_ms) {
        return YQ_E_TIME_ORDER;
    }
    int empty = (h->flags & YQ_BLOCK_EMPTY) != 0;
    return (h->flags & YQ_BLOCK_SUFFIX) != 0 || empty != (h->n_env == 0) ? YQ_E_NONCANONICAL
                                                                         : YQ_OK;
}

/* The block's certificate, into a->cert. */
static yq_status check_cert(applying *a, const range_block *b, uint16_t i, const yq_valset *set)
{
    yq_status status = yq_cert_decode(b->cert, &a->cert, a->why);
    if (status != YQ_OK) {
        return status;
    }
    if (!cert_is_of(&a->cert, &b->header, &b->h)) {
        return yq_fail(a->why, YQ_E_HASH, i, "range: certificate is for another block");
    }
    status = yq_cert_check(&a->cert, a->l->identity.alg, set, NULL, NULL);
    return status == YQ_OK ? YQ_OK : yq_fail(a->why, status, i, "range: certificate");
}

/* The certificate of the part that begins at `first`. Out: last, its block. */
static yq_status check_part(applying *a, uint16_t first, uint16_t *last)
{
    const yq_header *before = &a->l->tip.header;
    uint16_t i = first;
    for (;; i++) {
        const range_block *b = &a->range.block[i];
        yq_status status = check_header(a, b, before);
        if (status != YQ_OK) {
            return yq_fail(a->why, status, i, "range: header");
        }
        int ends = (b->header.flags & YQ_BLOCK_EPOCH_END) != 0;
        if (ends || i + 1 == a->range.n) {
            break;
        }
        before = &b->header;
    }
    const range_block *b = &a->range.block[i];
    *last = i;
    if (!b->has_cert) {
        return yq_fail(a->why, YQ_E_SIGNATURES_MISSING, i, "range: epoch's last certificate");
    }
    return check_cert(a, b, i, &a->l->set);
}

/* The block is certified: whatever differs from here on is this node's own fault or fate. */
static int result_agrees(const applying *a, const overlay *o, uint16_t i, int is_last)
{
    const yq_bft_result *result = &o->tip.result;
    if (!is_last) {
        return digest_equal(&result->result_root, &a->range.block[i + 1].header.prev_result_root);
    }
    yq_digest next = {0};
    if (o->has_set) {
        yq_valset_hash(a->l->identity.alg, &o->set, &next);
    }
    return digest_equal(&result->result_root, &a->cert.info.result_root) &&
           digest_equal(&result->export_root, &a->cert.info.export_root) &&
           digest_equal(&next, &a->cert.info.next_valset_hash);
}

static void free_bodies(body **bodies, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        body_release(bodies[i]);
    }
    yq_mem_free(bodies);
}

static yq_status read_bodies(const applying *a, const range_block *b, body ***bodies)
{
    *bodies = yq_mem_alloc((size_t)b->header.n_env * sizeof(body *));
    yq_status status = range_bodies(a->l->identity.alg, b, *bodies, a->why);
    if (status != YQ_OK) {
        free_bodies(*bodies, b->header.n_env);
    }
    return status;
}

static yq_status execute(applying *a, const range_block *b, overlay **out)
{
    overlay *o = overlay_find(a->l, &b->h);
    const yq_bft_result *before = &a->l->tip.result;
    int due = !digest_is_zero(&before->pending_valset_hash);
    if (o == NULL && (!digest_equal(&b->header.prev_result_root, &before->result_root) ||
                      b->header.ver != before->version ||
                      due != ((b->header.flags & YQ_BLOCK_EPOCH_END) != 0))) {
        return YQ_E_STATE_DIVERGENCE;
    }
    body **bodies;
    yq_status status = read_bodies(a, b, &bodies);
    if (status != YQ_OK) {
        return status;
    }
    if (o != NULL) { /* executed already, from bodies of its own */
        free_bodies(bodies, b->header.n_env);
        *out = o;
        return YQ_OK;
    }
    status = exec_block(a->l, NULL, &b->h, &b->header, bodies, &o);
    if (status == YQ_OK) {
        overlay_add(a->l, o);
        *out = o;
    }
    return status;
}

static yq_status apply_block(applying *a, uint16_t i, int is_last)
{
    const range_block *b = &a->range.block[i];
    overlay *o;
    if (!digest_equal(&b->header.parent_hash, &a->l->tip.h)) {
        return yq_fail(a->why, YQ_E_PARENT, i, "range: does not follow the tip");
    }
    yq_status status = execute(a, b, &o);
    if (status != YQ_OK) {
        return status;
    }
    if (!result_agrees(a, o, i, is_last)) {
        return yq_fail(a->why, YQ_E_STATE_DIVERGENCE, i, "range: result differs");
    }
    status = commit_overlay(a->l, o, is_last ? &a->cert : NULL);
    if (status == YQ_OK && a->each != NULL) {
        yq_ledger_committed *committed = yq_mem_alloc(sizeof *committed);
        status = yq_ledger_commit(a->l, &b->h, NULL, committed);
        if (status == YQ_OK) {
            a->each(a->self, committed);
        }
        yq_mem_free(committed);
    }
    return status;
}

/* Nothing of it is taken; whoever gives a wrong byte is told all the same. */
static yq_status check_known(applying *a, const range_block *b, uint16_t i)
{
    body **bodies;
    uint64_t first;
    yq_status status = read_bodies(a, b, &bodies);
    if (status != YQ_OK) {
        return status;
    }
    free_bodies(bodies, b->header.n_env);
    if (!b->has_cert) {
        return YQ_OK;
    }
    yq_valset *set = yq_mem_alloc(sizeof *set);
    status = epoch_read(a->l->db, NULL, b->header.epoch, set, &first);
    status = status == YQ_OK ? check_cert(a, b, i, set) : status;
    yq_mem_free(set);
    return status;
}

/* Blocks that are committed here already are the same, or the peer serves another chain. Out: the
 * first that is not. */
static yq_status skip_known(applying *a, uint16_t *first)
{
    uint16_t i = 0;
    for (; i < a->range.n && a->range.block[i].header.height <= a->l->tip.header.height; i++) {
        uint64_t height;
        yq_status status = height_read(a->l->db, NULL, &a->range.block[i].h, &height);
        if (status == YQ_E_NOT_FOUND) {
            return yq_fail(a->why, YQ_E_PARENT, i, "range: another chain");
        }
        status = status == YQ_OK ? check_known(a, &a->range.block[i], i) : status;
        if (status != YQ_OK) {
            return status;
        }
    }
    if (i < a->range.n && a->range.block[i].header.height != a->l->tip.header.height + 1) {
        return yq_fail(a->why, YQ_E_HEIGHT, i, "range: begins above the tip");
    }
    *first = i;
    return YQ_OK;
}

static yq_status apply(applying *a, yq_slice bytes)
{
    uint16_t i = 0, last = 0;
    yq_status status = range_decode(a->l->identity.alg, bytes, &a->range, a->why);
    if (status == YQ_OK) {
        status = skip_known(a, &i);
    }
    while (status == YQ_OK && i < a->range.n) {
        status = check_part(a, i, &last);
        for (; status == YQ_OK && i <= last; i++) {
            status = apply_block(a, i, i == last);
        }
    }
    return status;
}

yq_status yq_ledger_apply(
    yq_ledger *l,
    yq_slice range_bytes,
    void (*each)(void *self, const yq_ledger_committed *committed),
    void *self,
    yq_fault *why)
{
    applying *a = yq_mem_alloc(sizeof *a);
    a->l = l;
    a->each = each;
    a->self = self;
    a->why = why;
    yq_status status = apply(a, range_bytes);
    yq_mem_free(a);
    return status;
}
