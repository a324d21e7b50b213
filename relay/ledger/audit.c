#include "relay/ledger/audit.h"

#include "relay/base/assert.h"
#include "relay/base/errors.h"
#include "relay/ledger/internal.h"
#include "relay/store/mem.h"

#include <inttypes.h>
#include <stdio.h>

#define TELL_EACH 1000u

typedef struct audit {
    yq_ledger *l;
    void (*progress)(void *self, const char *what, uint64_t done);
    void *self;
    yq_audit *out;
    yq_fault *why;
    yq_valset set; /* of the epoch that the next block is of */
    yq_view_block before, block;
    yq_cert cert;
} audit;

yq_status yq_ledger_checkpoint(yq_ledger *ledger, const char *path, yq_fault *why)
{
    return yq_db_checkpoint(ledger->db, path, why);
}

static yq_status bad(const audit *a, yq_status status, const char *what)
{
    char text[96];
    (void)snprintf(text, sizeof text, "height %" PRIu64 ": %s", a->block.tip.header.height, what);
    return yq_fail(a->why, status, 0, text);
}

static void tell(const audit *a, const char *what, uint64_t done)
{
    if (a->progress != NULL && done % TELL_EACH == 0) {
        a->progress(a->self, what, done);
    }
}

/* A certificate of its own, if the block has one: what is signed is this block and its result. */
static yq_status check_cert(audit *a, int *has_cert)
{
    const yq_ledger_identity *id = &a->l->identity;
    const yq_bft_tip *tip = &a->block.tip;
    yq_status status = cert_read(a->l->db, NULL, tip->header.height, has_cert, &a->cert);
    if (status != YQ_OK || !*has_cert) {
        return status;
    }
    if (!cert_is_of(&a->cert, &tip->header, &tip->h) ||
        !cert_names_result(&a->cert, &tip->result)) {
        return bad(a, YQ_E_CORRUPT, "certificate of another block");
    }
    status = yq_cert_check(&a->cert, id->alg, &a->set, NULL, NULL);
    return status == YQ_OK ? YQ_OK : bad(a, status, "certificate");
}

/* The block agrees with itself: its hash, its payload, its roots. */
static yq_status check_itself(const audit *a, uint64_t height)
{
    uint32_t alg = a->l->identity.alg;
    const yq_bft_tip *tip = &a->block.tip;
    yq_digest h, result;
    yq_header_hash(alg, &tip->header, &h);
    yq_block_roots_hash(alg, &a->block.roots, &result);
    if (tip->header.height != height || !digest_equal(&h, &tip->h)) {
        return bad(a, YQ_E_CORRUPT, "header");
    }
    if (!payload_is_of(alg, a->block.digests, &tip->header)) {
        return bad(a, YQ_E_CORRUPT, "payload");
    }
    if (!digest_equal(&result, &tip->result.result_root)) {
        return bad(a, YQ_E_CORRUPT, "roots");
    }
    return YQ_OK;
}

static yq_status check_header(const audit *a, uint64_t height)
{
    const yq_bft_tip *tip = &a->block.tip, *before = &a->before.tip;
    yq_status status = check_itself(a, height);
    if (status != YQ_OK || height == 0) {
        return status;
    }
    if (tip->header.epoch != a->set.epoch || !digest_equal(&tip->header.parent_hash, &before->h) ||
        !digest_equal(&tip->header.prev_result_root, &before->result.result_root)) {
        return bad(a, YQ_E_CORRUPT, "parent, its result, or epoch");
    }
    return YQ_OK;
}

/* The next epoch's set is the one that its certificate names. */
static yq_status end_epoch(audit *a, int has_cert)
{
    yq_digest hash;
    uint64_t first;
    if (!has_cert) {
        return bad(a, YQ_E_CORRUPT, "an epoch ends without a certificate");
    }
    yq_digest named = a->cert.info.next_valset_hash;
    yq_status status = epoch_read(a->l->db, NULL, a->set.epoch + 1, &a->set, &first);
    if (status != YQ_OK) {
        return bad(a, YQ_E_CORRUPT, "validators of the next epoch");
    }
    yq_valset_hash(a->l->identity.alg, &a->set, &hash);
    if (!digest_equal(&hash, &named) || first != a->block.tip.header.height + 1) {
        return bad(a, YQ_E_CORRUPT, "validators of the next epoch");
    }
    a->out->epochs++;
    return YQ_OK;
}

/* Epochs up to this one that began by a recovery on the block before: its statement follows on the
 * block, and the set is the one that it names. */
static yq_status recover_epochs(audit *a, uint64_t epoch)
{
    yq_recovery *r = yq_mem_alloc(sizeof *r);
    yq_valset *named = yq_mem_alloc(sizeof *named), *next = yq_mem_alloc(sizeof *next);
    yq_status status = YQ_OK;
    while (a->set.epoch < epoch && status == YQ_OK) {
        yq_db_value value = {0};
        uint64_t first = 0;
        yq_digest one, two;
        status = recovery_read(a->l->db, NULL, a->set.epoch, r, &value);
        status = status == YQ_OK ? recovery_follows(a->l, r, &a->set, &a->before.tip, named, a->why)
                                 : status;
        status =
            status == YQ_OK ? epoch_read(a->l->db, NULL, a->set.epoch + 1, next, &first) : status;
        if (status == YQ_OK) {
            yq_valset_hash(a->l->identity.alg, named, &one);
            yq_valset_hash(a->l->identity.alg, next, &two);
            uint64_t height = a->before.tip.header.height;
            int good =
                digest_equal(&one, &two) && first == height + 1 && a->out->certified == height;
            status = good ? YQ_OK : YQ_E_CORRUPT;
        }
        if (status == YQ_OK) {
            a->set = *next;
            a->out->epochs++;
        } else {
            status = bad(a, yq_status_is_fault(status) ? status : YQ_E_CORRUPT, "recovery");
        }
        yq_db_value_free(&value);
    }
    yq_mem_free(r);
    yq_mem_free(named);
    yq_mem_free(next);
    return status;
}

static yq_status row_read(audit *a, uint8_t table, uint32_t idx, yq_db_value *value)
{
    row_key key;
    row_pair(&key, table, a->block.tip.header.height, idx);
    yq_status status = yq_db_get(a->l->db, NULL, row_slice(&key), value);
    return status == YQ_OK && !value->found ? YQ_E_CORRUPT : status;
}

/* The envelopes are those of the digests. */
static yq_status check_envelopes(audit *a)
{
    const yq_header *h = &a->block.tip.header;
    uint32_t alg = a->l->identity.alg;
    yq_status status = YQ_OK;
    for (uint32_t i = 0; i < h->n_env && status == YQ_OK; i++) {
        yq_db_value value;
        yq_envelope env;
        status = row_read(a, ROW_ENVELOPE, i, &value);
        if (status == YQ_OK) {
            int same =
                yq_envelope_decode(alg, value.bytes, &env, NULL) == YQ_OK &&
                memcmp(
                    env.digest.b, a->block.digests + (size_t)i * YQ_DIGEST_SIZE, YQ_DIGEST_SIZE) ==
                    0;
            status = same ? YQ_OK : YQ_E_CORRUPT;
        }
        yq_db_value_free(&value);
    }
    return status == YQ_OK ? YQ_OK : bad(a, status, "envelopes");
}

/* The results are those of results_root: the block's own work, then one a transaction. */
static yq_status check_results(audit *a)
{
    uint32_t alg = a->l->identity.alg;
    yq_merkle_peaks peaks = {0};
    yq_digest leaf, plain, counted;
    yq_status status = YQ_OK;
    for (uint32_t i = 0; i <= a->block.tip.header.n_tx && status == YQ_OK; i++) {
        yq_db_value value;
        status = row_read(a, ROW_RESULT, i, &value);
        if (status == YQ_OK) {
            yq_merkle_leaf(alg, &value.bytes, 1, &leaf);
            yq_merkle_append(&peaks, alg, &leaf, NULL, NULL);
        }
        yq_db_value_free(&value);
    }
    if (status == YQ_OK) {
        yq_merkle_peaks_root(&peaks, alg, &plain);
        yq_merkle_counted(alg, peaks.n, &plain, &counted);
        status = digest_equal(&counted, &a->block.roots.results_root) ? YQ_OK : YQ_E_CORRUPT;
    }
    return status == YQ_OK ? YQ_OK : bad(a, status, "results");
}

static yq_status check_block(audit *a, uint64_t height)
{
    yq_db_value value;
    int has_cert = 0;
    a->block.tip.header.height = height;
    yq_status status = block_read(a->l->db, NULL, height, &a->block, &value);
    if (status == YQ_OK && height > 0) {
        status = recover_epochs(a, a->block.tip.header.epoch);
    }
    if (status == YQ_OK) {
        status = check_header(a, height);
    }
    if (status == YQ_OK) {
        status = check_envelopes(a);
    }
    if (status == YQ_OK) {
        status = check_results(a);
    }
    if (status == YQ_OK) {
        status = check_cert(a, &has_cert);
    }
    if (status == YQ_OK && has_cert) {
        a->out->certified = height;
    }
    if (status == YQ_OK && (a->block.tip.header.flags & YQ_BLOCK_EPOCH_END) != 0) {
        status = end_epoch(a, has_cert);
    }
    a->before = a->block;
    a->before.digests = NULL;
    yq_db_value_free(&value);
    return status == YQ_E_NOT_FOUND ? bad(a, YQ_E_CORRUPT, "block is missing") : status;
}

/* A block of which only header, roots and certificate are here. */
static yq_status check_alone(audit *a, uint64_t height)
{
    int has_cert = 0;
    yq_db_value value;
    a->block.tip.header.height = height;
    yq_status status = block_read(a->l->db, NULL, height, &a->block, &value);
    status = status == YQ_OK ? check_itself(a, height) : status;
    status = status == YQ_OK ? check_cert(a, &has_cert) : status;
    if (status == YQ_E_NOT_FOUND || (status == YQ_OK && !has_cert)) {
        status = bad(a, YQ_E_CORRUPT, "a block that the snapshot came with is missing");
    }
    a->before = a->block;
    a->before.digests = a->block.digests = NULL;
    yq_db_value_free(&value);
    return status;
}

/* How an epoch ended on a block: by its certificate, or by a recovery, also on the block that ended
 * the epoch before. */
static yq_status check_end(audit *a, uint64_t height)
{
    if (a->before.tip.header.height != height) {
        yq_status status = check_alone(a, height);
        if (status != YQ_OK) {
            return status;
        }
        a->out->certified = height;
        if ((a->block.tip.header.flags & YQ_BLOCK_EPOCH_END) != 0) {
            return end_epoch(a, 1);
        }
    }
    return recover_epochs(a, a->set.epoch + 1);
}

/* A ledger that began with a snapshot: the epochs' ends up to it, and its own block. */
static yq_status check_base(audit *a)
{
    yq_valset *next = yq_mem_alloc(sizeof *next);
    uint64_t first, base = a->l->base;
    yq_status status;
    while ((status = epoch_read(a->l->db, NULL, a->set.epoch + 1, next, &first)) == YQ_OK &&
           first <= base) {
        status = check_end(a, first - 1);
        if (status != YQ_OK) {
            break;
        }
    }
    yq_mem_free(next);
    if (status != YQ_OK && status != YQ_E_NOT_FOUND) {
        return status;
    }
    a->out->certified = base;
    return check_alone(a, base);
}

static yq_status check_blocks(audit *a)
{
    uint64_t first, height = a->l->tip.header.height;
    yq_status status = epoch_read(a->l->db, NULL, 1, &a->set, &first);
    a->out->epochs = 1;
    if (status == YQ_OK && a->l->base > 0) {
        status = check_base(a);
    }
    for (uint64_t h = a->l->base + (a->l->base > 0); h <= height && status == YQ_OK; h++) {
        status = check_block(a, h);
        tell(a, "blocks", h);
    }
    a->out->tip = a->l->tip;
    return status == YQ_OK ? recover_epochs(a, a->l->epoch) : status;
}

/* The key is found by its path. */
static yq_status check_path(audit *a, const yq_digest *path, yq_slice key)
{
    row_key row;
    yq_db_value value;
    row_digest(&row, ROW_PATH, path->b);
    yq_status status = yq_db_get(a->l->db, NULL, row_slice(&row), &value);
    if (status == YQ_OK && !yq_slice_equal(value.bytes, key)) {
        status = YQ_E_CORRUPT;
    }
    yq_db_value_free(&value);
    return status;
}

static yq_status check_key(audit *a, const yq_tree_source *source, yq_slice key, yq_slice value)
{
    yq_state_proof *proof = yq_mem_alloc(sizeof *proof);
    yq_digest path;
    int present = 0;
    yq_state_path(source->alg, key, &path);
    yq_status status = check_path(a, &path, key);
    status = status == YQ_OK ? yq_tree_prove(source, &path, proof, &present) : status;
    if (status == YQ_OK) {
        const yq_digest *root = &a->before.roots.state_root;
        status = yq_state_check_present(source->alg, root, key, value, proof) == YQ_OK
                     ? YQ_OK
                     : YQ_E_CORRUPT;
    }
    yq_mem_free(proof);
    return status;
}

static yq_status check_state(audit *a)
{
    uint8_t table = ROW_STATE, tree = ROW_TREE;
    yq_slice prefix = yq_slice_of(&table, 1);
    yq_tree_source source = {
        .alg = a->l->identity.alg, .prefix = yq_slice_of(&tree, 1), .db = a->l->db};
    yq_digest root;
    uint64_t leaves = 0;
    yq_status status = yq_tree_check(&source, &leaves, &root);
    if (status == YQ_OK && !digest_equal(&root, &a->before.roots.state_root)) {
        status = YQ_E_CORRUPT;
    }
    yq_db_iter *it = yq_db_iter_new(a->l->db, NULL);
    int more = yq_db_iter_seek(it, prefix);
    for (; more && status == YQ_OK; more = yq_db_iter_step(it)) {
        yq_slice key = yq_db_iter_key(it);
        if (key.n == 0 || key.p[0] != table) {
            break;
        }
        status = check_key(a, &source, yq_slice_of(key.p + 1, key.n - 1), yq_db_iter_value(it));
        a->out->keys++;
        tell(a, "keys", a->out->keys);
    }
    if (status == YQ_OK) {
        status = yq_db_iter_status(it);
    }
    yq_db_iter_free(it);
    if (status == YQ_OK && a->out->keys != leaves) {
        status = YQ_E_CORRUPT;
    }
    return status == YQ_OK ? YQ_OK : bad(a, status, "state or its tree");
}

yq_status yq_ledger_audit(
    yq_ledger *ledger,
    void (*progress)(void *self, const char *what, uint64_t done),
    void *self,
    yq_audit *out,
    yq_fault *why)
{
    audit *a = yq_mem_alloc(sizeof *a);
    *out = (yq_audit){0};
    *a = (audit){.l = ledger, .progress = progress, .self = self, .out = out, .why = why};
    yq_status status = check_blocks(a);
    if (status == YQ_OK) {
        status = check_state(a);
    }
    yq_mem_free(a);
    return status;
}
