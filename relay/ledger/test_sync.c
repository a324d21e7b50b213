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

/* The n-th byte of the first body of a range's first block. */
static uint8_t *body_byte(size_t n)
{
    return range + 10 + YQ_HEADER_SIZE + 4 + n;
}

static void expect_wrong_byte(uint8_t *byte)
{
    *byte ^= 4;
    yq_status status = apply(&b, NULL);
    *byte ^= 4;
    cr_assert(status < 0 && status > -400, "%d", (int)status);
}

/* A block that was executed before, but not committed, is committed by a range. Also of such a
 * block, and of one that is committed, a wrong byte is told. */
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
    expect_wrong_byte(body_byte(30));
    cr_assert_eq(apply(&b, NULL), YQ_OK);
    expect_equal();
    expect_wrong_byte(body_byte(30));
    expect_wrong_byte(range + range_n - 40); /* in the last signature */
    cr_assert_eq(apply(&b, NULL), YQ_OK);
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
        range[i] ^= (uint8_t)(1u << i % 8);
        yq_status status = apply(&b, &why);
        range[i] ^= (uint8_t)(1u << i % 8);
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
    tip.header.time_ms++;
    world_certify(&b, YQ_SIGNED_FINALIZE, &tip, 3, &cert);
    put_cert(&cert);
    cr_assert_eq(apply(&b, NULL), YQ_E_HASH, "of another time");
    tip.header.time_ms--;
    world_certify(&b, YQ_SIGNED_FINALIZE, &tip, 0, &cert);
    cert.info.next_valset_hash.b[0] = 1;
    world_sign(&b, 3, &cert);
    put_cert(&cert);
    cr_assert_eq(apply(&b, NULL), YQ_E_HASH, "as if it ended the epoch");
    world_certify(&b, YQ_SIGNED_FINALIZE, &tip, 3, &cert);
    put_cert(&cert);
    cr_assert_eq(apply(&b, NULL), YQ_OK);
}

Test(sync, an_epoch_ends_by_the_set_of_the_parents_state)
{
    static yq_ledger_committed committed;
    yq_bft_tip tip;
    cr_assert_eq(yq_ledger_start_of(a.ledger, &start_a), YQ_OK);
    cr_assert_eq(world_end_epoch(&a, &start_a.tip, &committed), YQ_E_NONCANONICAL, "none waits");
    world_plant_pending(&a, WORLD_TIME + 150);
    world_plant_pending(&b, WORLD_TIME + 150);
    world_block(&a, 1, &tip);
    cr_assert(digest_is_zero(&tip.result.pending_valset_hash), "not due");
    world_block(&a, 1, &tip);
    cr_assert(!digest_is_zero(&tip.result.pending_valset_hash));
    cr_assert_eq(world_end_epoch(&a, &tip, &committed), YQ_OK);
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
