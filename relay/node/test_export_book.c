#include "relay/base/bytes.h"
#include "relay/node/export_book.h"

#include <criterion/criterion.h>

/* Collecting a certificate from signatures that come one by one, in any order, from anybody. */

#define N 4u

static yq_key *key[N + 1];
static yq_export_set set;
static export_book book;

static void setup(void)
{
    memset(&book, 0, sizeof book);
    set = (yq_export_set){.epoch = 2, .suite = YQ_SUITE_ETH, .n = N};
    for (unsigned i = 0; i <= N; i++) {
        const char name[] = {(char)('a' + i), 0};
        key[i] = yq_key_derive(YQ_SIG_SECP256K1_DIGEST, yq_slice_text("book"), name);
        if (i < N) {
            yq_secp256k1_address(yq_key_public(key[i]).p, set.key[i]);
        }
    }
}

static void teardown(void)
{
    for (unsigned i = 0; i <= N; i++) {
        yq_key_free(key[i]);
    }
}

static yq_export body(uint64_t height, int ends)
{
    yq_export b = {
        .hub = yq_slice_text("henan-main"), .suite = YQ_SUITE_ETH, .epoch = 2, .height = height};
    b.export_root.b[0] = (uint8_t)height;
    b.next_set.b[0] = ends != 0;
    return b;
}

static export_item *want(uint64_t height, int ends)
{
    yq_export b = body(height, ends);
    return export_book_want(&book, &b, &set);
}

static void sign(yq_export_sigs *sigs, uint64_t height, unsigned idx, const yq_key *by)
{
    uint8_t sig[YQ_EXPORT_SIG_SIZE];
    yq_digest m;
    yq_export b = body(height, 0);
    yq_export_digest(&b, &m);
    yq_key_sign_recoverable(by, m.b, sig);
    yq_export_sigs_add(sigs, idx, sig);
}

Test(export_book, a_quorum_makes_a_certificate, .init = setup, .fini = teardown)
{
    export_item *item = want(7, 0);
    cr_assert_eq(want(7, 0), item, "once");
    cr_assert_eq(export_book_open(&book), 1);
    int whole = -1;
    static const unsigned order[] = {3, 0, 3, 1};
    for (unsigned i = 0; i < 4; i++) {
        yq_export_sigs one = {0};
        sign(&one, 7, order[i], key[order[i]]);
        cr_assert_eq(export_item_take(item, &one, &whole), YQ_OK);
        cr_assert_eq(whole, i == 3, "a member counts once");
    }
    yq_export_sigs late = {0};
    sign(&late, 7, 2, key[2]);
    cr_assert_eq(export_item_take(item, &late, &whole), YQ_OK);
    cr_assert_eq(item->sigs.bitmap, 11, "contracts check no more than they must");
    const yq_export_cert cert = {.body = item->body, .sigs = item->sigs};
    cr_assert_eq(yq_export_cert_check(&cert, &set), YQ_OK);
    export_book_done(&book, YQ_SUITE_ETH, 7);
    cr_assert_null(export_book_find(&book, YQ_SUITE_ETH, 7));
    cr_assert_eq(export_book_open(&book), 0);
}

Test(export_book, a_bad_signature_counts_for_nothing, .init = setup, .fini = teardown)
{
    export_item *item = want(7, 0);
    int whole;
    yq_export_sigs bad = {0};
    sign(&bad, 7, 0, key[0]);
    sign(&bad, 7, 1, key[N]);
    sign(&bad, 7, 2, key[2]);
    cr_assert_eq(export_item_take(item, &bad, &whole), YQ_E_SIG);
    cr_assert_eq(item->sigs.bitmap, 1, "what was good before it stays");
    yq_export_sigs other = {0};
    sign(&other, 8, 1, key[1]);
    cr_assert_eq(export_item_take(item, &other, &whole), YQ_E_SIG, "of another block");
    yq_export_sigs outside = {0};
    sign(&outside, 7, 5, key[1]);
    cr_assert_eq(export_item_take(item, &outside, &whole), YQ_E_SIGNER_UNKNOWN);
    cr_assert_eq(whole, 0);
}

Test(export_book, ends_of_epochs_are_never_forgotten, .init = setup, .fini = teardown)
{
    for (unsigned i = 0; i < EXPORT_ENDS_MAX; i++) {
        cr_assert_not_null(want(100 + i, 1));
    }
    for (unsigned i = 0; i < EXPORT_ITEMS_MAX; i++) {
        cr_assert_not_null(want(200 + i, 0));
    }
    cr_assert_null(export_book_find(&book, YQ_SUITE_ETH, 200), "the lowest others are");
    cr_assert_not_null(export_book_find(&book, YQ_SUITE_ETH, 215));
    export_book_done(&book, YQ_SUITE_ETH, 215);
    cr_assert_eq(export_book_open(&book), EXPORT_ENDS_MAX, "a newer one serves for the lower ones");
    for (unsigned i = 0; i < EXPORT_ENDS_MAX; i++) {
        cr_assert_not_null(export_book_find(&book, YQ_SUITE_ETH, 100 + i));
        cr_assert_not_null(want(300 + i, 1));
    }
    cr_assert_null(want(400, 0), "full of ends");
}

/* The item keeps its own name of the hub: the state's bytes go. */
Test(export_book, an_item_owns_what_it_needs, .init = setup, .fini = teardown)
{
    char name[] = "henan-main";
    yq_export b = body(7, 0);
    b.hub = yq_slice_text(name);
    export_item *item = export_book_want(&book, &b, &set);
    memset(name, 'x', sizeof name - 1);
    cr_assert(yq_slice_equal(item->body.hub, yq_slice_text("henan-main")));
}
