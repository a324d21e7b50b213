#include "relay/ledger/test_world.h"

#include <criterion/criterion.h>

static world a, b;
static yq_ledger_start start_a, start_b;

static void begin(void)
{
    world_make(&a);
    world_make(&b);
    cr_assert_eq(world_open(&a), YQ_OK);
    cr_assert_eq(world_open(&b), YQ_OK);
}

static void finish(void)
{
    world_free(&a);
    world_free(&b);
}

TestSuite(sync, .init = begin, .fini = finish, .timeout = 240);

/* Some blocks on a: payload, empty ones, one without a certificate of its own. */
static void grow(unsigned blocks)
{
    yq_bft_tip tip;
    for (unsigned i = 0; i < blocks; i++) {
        if (i % 3 != 1) {
            world_send(&a, i % WORLD_N, 1 + i, 100 + 4 * i, 1 + i % 4);
            world_send(&a, (i + 1) % WORLD_N, 1 + i, 500 + 4 * i, 1);
        }
        world_block(&a, i % 4 != 2 || i + 1 == blocks, &tip);
    }
}

static uint8_t *range;
static size_t range_n;

static void serve(world *w, uint64_t from, uint64_t to, yq_status want)
{
    yq_view *v;
    yq_slice bytes;
    cr_assert_eq(yq_view_open(w->ledger, &v), YQ_OK);
    cr_assert_eq(yq_view_serve(v, from, to, &bytes), want);
    yq_mem_free(range);
    range = yq_mem_copy(bytes.p, bytes.n);
    range_n = bytes.n;
    yq_view_close(v);
}

static unsigned committed_n;

static void count(void *self, const yq_ledger_committed *committed)
{
    (void)self;
    (void)committed;
    committed_n++;
}

static yq_status apply(world *w, yq_fault *why)
{
    return yq_ledger_apply(w->ledger, yq_slice_of(range, range_n), count, NULL, why);
}

static void expect_equal(void)
{
    cr_assert_eq(yq_ledger_start_of(a.ledger, &start_a), YQ_OK);
    cr_assert_eq(yq_ledger_start_of(b.ledger, &start_b), YQ_OK);
    cr_assert(digest_equal(&start_a.tip.h, &start_b.tip.h));
    cr_assert(digest_equal(&start_a.tip.result.result_root, &start_b.tip.result.result_root));
    cr_assert_eq(start_a.has_cert, start_b.has_cert);
}

Test(sync, a_second_ledger_follows_by_ranges)
{
    grow(9);
    serve(&a, 1, 3, YQ_OK); /* block 3 has no certificate: the range ends at 2 */
    cr_assert_eq(apply(&b, NULL), YQ_OK);
    cr_assert_eq(committed_n, 2);
    cr_assert_eq(b.told, 2);
    serve(&a, 3, 3, YQ_E_NOT_FOUND);
    serve(&a, 0, 3, YQ_E_RANGE);
    serve(&a, 4, 3, YQ_E_RANGE);
    serve(&a, 10, 11, YQ_E_NOT_FOUND);
    serve(&a, 1, 64, YQ_OK); /* overlaps what b has */
    cr_assert_eq(apply(&b, NULL), YQ_OK);
    cr_assert_eq(committed_n, 9);
    cr_assert_eq(apply(&b, NULL), YQ_OK, "nothing new");
    expect_equal();

    /* b serves in turn what it took, and restarts at the same point. */
    yq_ledger_close(b.ledger);
    cr_assert_eq(world_open(&b), YQ_OK);
    expect_equal();
    serve(&b, 4, 20, YQ_OK);
    world c;
    world_make(&c);
    cr_assert_eq(world_open(&c), YQ_OK);
    cr_assert_eq(apply(&c, NULL), YQ_E_HEIGHT, "begins above the tip");
    serve(&b, 1, 20, YQ_OK);
    cr_assert_eq(apply(&c, NULL), YQ_OK);
    world_free(&c);
}

/* A block that was executed before, but not committed, is committed by a range. */
Test(sync, a_range_commits_what_was_executed)
{
    grow(1);
    cr_assert_eq(yq_ledger_start_of(b.ledger, &start_b), YQ_OK);
    cr_assert_eq(yq_ledger_start_of(a.ledger, &start_a), YQ_OK);
    serve(&a, 1, 1, YQ_OK);
    yq_view *v;
    yq_view_block block;
    uint8_t digests[64];
    cr_assert_eq(yq_view_open(a.ledger, &v), YQ_OK);
    cr_assert_eq(yq_view_block_at(v, 1, &block), YQ_OK);
    memcpy(digests, block.digests, 64);
    for (uint32_t i = 0; i < 2; i++) {
        yq_slice bytes;
        yq_envelope env;
        cr_assert_eq(yq_view_body_at(v, 1, i, &bytes), YQ_OK);
        cr_assert_eq(yq_envelope_decode(YQ_HASH_SM3, bytes, &env, NULL), YQ_OK);
        cr_assert_eq(world_put(&b, &env), YQ_OK);
    }
    yq_bft_result result;
    cr_assert_eq(
        yq_ledger_execute(b.ledger, &block.tip.h, &block.tip.header, digests, &result), YQ_OK);
    cr_assert(digest_equal(&result.result_root, &block.tip.result.result_root), "alike");
    cr_assert_eq(apply(&b, NULL), YQ_OK);
    expect_equal();
    yq_pool_stats stats;
    yq_pool_look(yq_ledger_pool(b.ledger), &stats);
    cr_assert_eq(stats.held_count, 0);
    yq_view_close(v);
}

/* Every byte of a range is covered by something: none may change. */
Test(sync, one_flipped_byte_is_refused)
{
    grow(2);
    serve(&a, 1, 2, YQ_OK);
    for (size_t i = 0; i < range_n; i++) {
        yq_fault why = {0};
        range[i] ^= 1;
        yq_status status = apply(&b, &why);
        range[i] ^= 1;
        cr_assert(status < 0 && status > -400, "byte %zu: %d", i, (int)status);
        cr_assert_neq(status, YQ_E_STATE_DIVERGENCE);
        cr_assert_eq(yq_ledger_start_of(b.ledger, &start_b), YQ_OK);
        cr_assert_eq(start_b.tip.header.height, 0);
    }
    for (size_t n = 0; n < range_n; n += 7) {
        cr_assert_neq(yq_ledger_apply(b.ledger, yq_slice_of(range, n), NULL, NULL, NULL), YQ_OK);
    }
    cr_assert_eq(apply(&b, NULL), YQ_OK);
    expect_equal();
}

/* Where the last block's certificate begins in a range of one. */
static void put_cert(const yq_cert *cert)
{
    uint8_t room[YQ_CERT_SIZE_MAX];
    yq_writer c = yq_writer_of(room, sizeof room);
    yq_cert_put(&c, cert);
    size_t at = range_n - c.n - 2;
    yq_writer w = yq_writer_of(range + at, range_n - at);
    yq_put_blob16(&w, yq_writer_slice(&c));
    cr_assert_eq(w.status, YQ_OK);
}

Test(sync, certificates_of_others_are_refused_and_divergence_is_told)
{
    static yq_cert cert;
    yq_bft_tip tip;
    world_block(&a, 1, &tip);
    serve(&a, 1, 1, YQ_OK);
    world_certify(&b, YQ_SIGNED_FINALIZE, &tip, 3, &cert);
    cert.sig[2][63] ^= 1;
    put_cert(&cert);
    cr_assert_eq(apply(&b, NULL), YQ_E_SIG);
    yq_key *own = b.validator[0];
    b.validator[0] = b.admin[0];
    world_certify(&b, YQ_SIGNED_FINALIZE, &tip, 3, &cert);
    b.validator[0] = own;
    put_cert(&cert);
    cr_assert_eq(apply(&b, NULL), YQ_E_SIG);
    tip.result.result_root.b[0] ^= 1;
    world_certify(&b, YQ_SIGNED_FINALIZE, &tip, 3, &cert);
    put_cert(&cert);
    cr_assert_eq(apply(&b, NULL), YQ_E_STATE_DIVERGENCE);
    tip.result.result_root.b[0] ^= 1;
    tip.h.b[0] ^= 1;
    world_certify(&b, YQ_SIGNED_FINALIZE, &tip, 3, &cert);
    put_cert(&cert);
    cr_assert_eq(apply(&b, NULL), YQ_E_HASH);
    tip.h.b[0] ^= 1;
    world_certify(&b, YQ_SIGNED_FINALIZE, &tip, 3, &cert);
    put_cert(&cert);
    cr_assert_eq(apply(&b, NULL), YQ_OK);
}

/* Puts a set for the next epoch into the state of height 0, as governance will. */
static void plant_pending(world *w, uint64_t not_before_ms)
{
    char path[96];
    uint8_t key[LEDGER_KEY_MAX], row[1 + LEDGER_KEY_MAX] = {ROW_STATE}, prefix = ROW_TREE;
    uint8_t value[8 + VALSET_SIZE_MAX], *room;
    static yq_view_block block;
    yq_db_value old;
    row_key block_key;
    yq_valset next = w->set;
    next.epoch = 2;
    next.key[3][0] = 0xff; /* no real point, but an order of its own */
    next.key[3][1] ^= 1;
    size_t key_n = ledger_key(key, YQ_TABLE_LEDGER_PENDING, NULL);
    memcpy(row + 1, key, key_n);
    yq_writer v = yq_writer_of(value, sizeof value);
    yq_put_u64(&v, not_before_ms);
    valset_put(&v, &next);
    yq_ledger_close(w->ledger);
    yq_db *db;
    (void)snprintf(path, sizeof path, "%s/db", w->dir);
    cr_assert_eq(yq_db_open(path, &db, NULL), YQ_OK);
    cr_assert_eq(block_read(db, NULL, 0, &block, &old), YQ_OK);
    yq_tree_source source = {YQ_HASH_SM3, yq_slice_of(&prefix, 1), db, NULL, NULL, NULL, NULL};
    yq_tree_delta delta = {0};
    yq_tree_change change = {.removed = 0};
    yq_state_path(YQ_HASH_SM3, yq_slice_of(key, key_n), &change.path);
    yq_hash_one(YQ_HASH_SM3, yq_writer_slice(&v), change.value_hash.b);
    cr_assert_eq(yq_tree_apply(&source, &change, 1, &delta, &block.roots.state_root), YQ_OK);
    yq_block_roots_hash(YQ_HASH_SM3, &block.roots, &block.tip.result.result_root);
    if (not_before_ms <= WORLD_TIME) {
        yq_valset_hash(YQ_HASH_SM3, &next, &block.tip.result.pending_valset_hash);
    }
    yq_db_batch *batch = yq_db_batch_new();
    yq_tree_commit(&delta, source.prefix, batch);
    yq_db_batch_put(batch, yq_slice_of(row, 1 + key_n), yq_writer_slice(&v));
    row_number(&block_key, ROW_BLOCK, 0);
    yq_db_batch_put(batch, row_slice(&block_key), block_row(&block.tip, &block.roots, NULL, &room));
    cr_assert_eq(yq_db_write(db, batch, NULL), YQ_OK);
    yq_mem_free(room);
    yq_db_batch_free(batch);
    yq_tree_delta_free(&delta);
    yq_db_value_free(&old);
    yq_db_close(db);
    cr_assert_eq(world_open(w), YQ_OK);
}

/* Executes and commits a block that ends the epoch. */
static yq_status end_epoch(world *w, const yq_bft_tip *parent, yq_ledger_committed *committed)
{
    static yq_cert cert;
    yq_bft_tip tip;
    world_header(w, parent, parent->header.view + 1, NULL, 0, 0, &tip);
    tip.header.flags |= YQ_BLOCK_EPOCH_END;
    yq_header_hash(YQ_HASH_SM3, &tip.header, &tip.h);
    yq_status status = yq_ledger_execute(w->ledger, &tip.h, &tip.header, NULL, &tip.result);
    if (status != YQ_OK) {
        return status;
    }
    cr_assert(digest_is_zero(&tip.result.pending_valset_hash), "it is in force");
    world_certify(w, YQ_SIGNED_FINALIZE, &tip, 0, &cert);
    yq_valset next = w->set;
    next.epoch = 2;
    next.key[3][0] = 0xff;
    next.key[3][1] ^= 1;
    yq_valset_hash(YQ_HASH_SM3, &next, &cert.info.next_valset_hash);
    yq_digest m;
    yq_cert_digest(YQ_HASH_SM3, &w->chain, &cert, &m);
    for (unsigned i = 0; i < 3; i++) {
        cert.bitmap |= UINT32_C(1) << i;
        yq_key_sign(w->validator[i], yq_slice_of(m.b, 32), cert.sig[i]);
    }
    return yq_ledger_commit(w->ledger, &tip.h, &cert, committed);
}

Test(sync, an_epoch_ends_by_the_set_of_the_parents_state)
{
    static yq_ledger_committed committed;
    yq_bft_tip tip;
    cr_assert_eq(yq_ledger_start_of(a.ledger, &start_a), YQ_OK);
    cr_assert_eq(end_epoch(&a, &start_a.tip, &committed), YQ_E_NONCANONICAL, "none waits");
    plant_pending(&a, WORLD_TIME + 150);
    plant_pending(&b, WORLD_TIME + 150);
    world_block(&a, 1, &tip);
    cr_assert(digest_is_zero(&tip.result.pending_valset_hash), "not due");
    world_block(&a, 1, &tip);
    cr_assert(!digest_is_zero(&tip.result.pending_valset_hash));
    cr_assert_eq(end_epoch(&a, &tip, &committed), YQ_OK);
    cr_assert(committed.has_set);
    cr_assert_eq(committed.set.epoch, 2);
    cr_assert_eq(committed.set.key[3][0], 0xff);
    cr_assert_eq(yq_ledger_start_of(a.ledger, &start_a), YQ_OK);
    cr_assert_eq(start_a.set.epoch, 2);
    cr_assert(digest_equal(&start_a.base.h, &start_a.tip.h));

    serve(&a, 1, 3, YQ_OK);
    cr_assert_eq(apply(&b, NULL), YQ_OK);
    expect_equal();
    cr_assert_eq(start_b.set.epoch, 2);
    yq_view *v;
    yq_valset set;
    uint64_t first;
    cr_assert_eq(yq_view_open(b.ledger, &v), YQ_OK);
    cr_assert_eq(yq_view_valset(v, 2, &set, &first), YQ_OK);
    cr_assert_eq(first, 4);
    cr_assert_eq(yq_view_valset(v, 3, &set, &first), YQ_E_NOT_FOUND);
    yq_view_close(v);
    yq_ledger_close(b.ledger);
    cr_assert_eq(world_open(&b), YQ_OK);
    expect_equal();
}
