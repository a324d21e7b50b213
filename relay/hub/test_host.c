#include "relay/hub/test_support.h"

#include <criterion/criterion.h>

typedef struct fixture {
    test_kv kv;
    uint8_t *memory;
    yq_arena arena;
    yq_verifier_call call;
} fixture;

static fixture f;

static void setup(void)
{
    test_kv_init(&f.kv);
    f.memory = malloc(YQ_HUB_ARENA_SIZE);
    f.arena = yq_arena_of(f.memory, YQ_HUB_ARENA_SIZE);
}

static void teardown(void)
{
    test_kv_free(&f.kv);
    free(f.memory);
}

static const yq_verifier_host *begin(const yq_signature_checker *checker, int may_put)
{
    yq_verifier_call_begin(&f.call, &f.kv.kv, test_text("city-a"), &f.arena, checker, may_put);
    return &f.call.host;
}

Test(host, scratch_ends_at_the_cap_and_is_zeroed, .init = setup, .fini = teardown)
{
    memset(f.memory, 0xff, 4096);
    const yq_verifier_host *h = begin(NULL, 0);
    const uint8_t *p = h->scratch(h->self, 1000);
    cr_assert(yq_bytes_are_zero(p, 1000));
    cr_assert_null(h->scratch(h->self, YQ_VERIFIER_SCRATCH_MAX));
    cr_assert_not_null(h->scratch(h->self, YQ_VERIFIER_SCRATCH_MAX - 1000));
    cr_assert_null(h->scratch(h->self, 1));
}

Test(host, hashes, .init = setup, .fini = teardown)
{
    const yq_verifier_host *h = begin(NULL, 0);
    const yq_slice part[] = {test_text("a"), test_text("bc")};
    uint8_t md[YQ_HASH_SIZE_MAX], want[YQ_HASH_SIZE_MAX];
    yq_hash_one(YQ_HASH_KECCAK256, test_text("abc"), want);
    h->hash(h->self, YQ_HASH_KECCAK256, part, 2, md);
    cr_assert_eq(memcmp(md, want, YQ_DIGEST_SIZE), 0);
    h->hash(h->self, 99, part, 2, md);
    cr_assert(yq_bytes_are_zero(md, YQ_DIGEST_SIZE), "an unknown one proves nothing");
}

Test(host, remembers_hashes_where_it_is_lent_a_memo, .init = setup, .fini = teardown)
{
    static yq_hash_memo memo;
    uint8_t node[64] = {7}, md[YQ_HASH_SIZE_MAX], want[YQ_HASH_SIZE_MAX];
    const yq_slice part = YQ_SLICE_OF(node);
    yq_hash_one(YQ_HASH_SM3, part, want);
    for (unsigned i = 0; i < 2; i++) {
        const yq_verifier_host *h = begin(NULL, 0);
        f.call.memo = &memo;
        h->hash(h->self, YQ_HASH_SM3, &part, 1, md);
        cr_assert_eq(memcmp(md, want, YQ_DIGEST_SIZE), 0);
    }
    cr_assert(memo.hits == 1 && memo.misses == 1);
}

Test(host, records_are_the_chains_own_and_have_limits, .init = setup, .fini = teardown)
{
    static uint8_t large[YQ_CLIENT_RECORD_MAX + 1];
    static uint8_t name[YQ_CLIENT_RECORD_KEY_MAX + 1];
    const yq_verifier_host *h = begin(NULL, 1);
    int found = 1;
    cr_assert_eq(h->record_get(h->self, test_text("k"), &found).n, 0);
    cr_assert_not(found);
    cr_assert_eq(h->record_put(h->self, test_text("k"), test_text("value")), YQ_OK);
    yq_slice value = h->record_get(h->self, test_text("k"), &found);
    cr_assert_eq(h->record_put(h->self, test_text("l"), test_text("other")), YQ_OK);
    cr_assert(found && yq_slice_equal(value, test_text("value")), "lives beyond a put");
    cr_assert_eq(h->record_put(h->self, yq_slice_of(name, sizeof name), value), YQ_E_LIMIT);
    cr_assert_eq(h->record_put(h->self, yq_slice_of(name, sizeof name - 1), value), YQ_OK);
    cr_assert_eq(h->record_put(h->self, (yq_slice){0}, value), YQ_E_LIMIT);
    cr_assert_eq(
        h->record_put(h->self, test_text("k"), yq_slice_of(large, sizeof large)), YQ_E_LIMIT);
    cr_assert_eq(
        h->record_put(h->self, test_text("k"), yq_slice_of(large, sizeof large - 1)), YQ_OK);
    cr_assert_eq(h->record_put(h->self, test_text("k"), (yq_slice){0}), YQ_OK);
    (void)h->record_get(h->self, test_text("k"), &found);
    cr_assert_not(found, "an empty value deletes");

    h = begin(NULL, 0);
    cr_assert_eq(h->record_put(h->self, test_text("k"), test_text("v")), YQ_E_STATE);
    yq_verifier_call_begin(&f.call, &f.kv.kv, test_text("city-b"), &f.arena, NULL, 0);
    (void)h->record_get(h->self, test_text("l"), &found);
    cr_assert_not(found, "of another chain");
}

Test(host, a_record_that_does_not_fit_fails_the_call, .init = setup, .fini = teardown)
{
    uint8_t small[64];
    const yq_verifier_host *h = begin(NULL, 1);
    cr_assert_eq(
        h->record_put(h->self, test_text("k"), test_text("a value of some size, longer than room")),
        YQ_OK);
    cr_assert_eq(yq_verifier_call_end(&f.call, YQ_OK), YQ_OK);
    f.arena = yq_arena_of(small, 16);
    h = begin(NULL, 0);
    int found = 1;
    (void)h->record_get(h->self, test_text("k"), &found);
    cr_assert_not(found);
    cr_assert_eq(yq_verifier_call_end(&f.call, YQ_OK), YQ_E_BUDGET);
    cr_assert_eq(yq_verifier_call_end(&f.call, YQ_E_SIG), YQ_E_BUDGET);
}

Test(host, a_verifiers_fault_is_a_verdict, .init = setup, .fini = teardown)
{
    (void)begin(NULL, 0);
    cr_assert_eq(yq_verifier_call_end(&f.call, YQ_E_NOSPC), YQ_E_LIMIT);
    cr_assert_eq(yq_verifier_call_end(&f.call, YQ_E_QUORUM), YQ_E_QUORUM);
}

static unsigned checked, asked;

static void check_all(void *self, const yq_signature *sig, size_t n, yq_status *valid)
{
    (void)self;
    for (size_t i = 0; i < n; i++) {
        valid[i] = yq_signature_check(&sig[i]);
        checked++;
    }
}

static yq_digest known_key[512];
static yq_status known_status[512];
static size_t known_n;

static int find(void *self, const yq_digest *key, yq_status *valid)
{
    (void)self;
    asked++;
    for (size_t i = 0; i < known_n; i++) {
        if (memcmp(&known_key[i], key, sizeof *key) == 0) {
            *valid = known_status[i];
            return 1;
        }
    }
    return 0;
}

static void keep(void *self, const yq_digest *key, yq_status valid)
{
    (void)self;
    known_key[known_n] = *key;
    known_status[known_n++] = valid;
}

Test(host, signatures_alike_with_checker_cache_and_one_by_one, .init = setup, .fini = teardown)
{
    enum {
        N = 150
    };
    static uint8_t sig[N][64];
    static yq_signature s[N];
    yq_key *key = yq_key_derive(YQ_SIG_SM2_MESSAGE, test_text("seed"), "signer");
    yq_status one[N], many[N], again[N];
    for (unsigned i = 0; i < N; i++) {
        yq_key_sign(key, test_text("message"), sig[i]);
        if (i % 3 == 0) {
            sig[i][40] ^= 1;
        }
        s[i] = (yq_signature){
            .alg = YQ_SIG_SM2_MESSAGE,
            .key = yq_key_public(key),
            .msg = test_text("message"),
            .sig = yq_slice_of(sig[i], 64)};
    }
    const yq_verifier_host *h = begin(NULL, 0);
    cr_assert_eq(h->check_signatures(h->self, s, N, one), YQ_OK);
    const yq_signature_checker checker = {NULL, check_all, find, keep};
    h = begin(&checker, 0);
    cr_assert_eq(h->check_signatures(h->self, s, N, many), YQ_OK);
    cr_assert_eq(checked, N);
    cr_assert_eq(h->check_signatures(h->self, s, N, again), YQ_OK);
    cr_assert_eq(checked, N, "the second time out of the cache");
    cr_assert_eq(asked, 2 * N);
    for (unsigned i = 0; i < N; i++) {
        cr_assert_eq(one[i], i % 3 == 0 ? YQ_E_SIG : YQ_OK);
        cr_assert_eq(many[i], one[i]);
        cr_assert_eq(again[i], one[i]);
    }
    yq_key_free(key);
}

Test(host, work_has_a_budget, .init = setup, .fini = teardown)
{
    static yq_signature s[YQ_VERIFIER_SIGNATURES_MAX + 1];
    static yq_status valid[YQ_VERIFIER_SIGNATURES_MAX + 1];
    uint8_t digest[32] = {1}, sig[65] = {0}, key[64];
    const yq_verifier_host *h = begin(NULL, 0);
    cr_assert_eq(
        h->check_signatures(h->self, s, YQ_VERIFIER_SIGNATURES_MAX + 1, valid), YQ_E_BUDGET);
    cr_assert_eq(h->check_signatures(h->self, s, YQ_VERIFIER_SIGNATURES_MAX - 1, valid), YQ_OK);
    cr_assert_eq(h->recover(h->self, digest, sig, key), YQ_E_SIG_RANGE);
    cr_assert_eq(h->recover(h->self, digest, sig, key), YQ_E_BUDGET);
    cr_assert_eq(h->check_signatures(h->self, s, 1, valid), YQ_E_BUDGET);
}

Test(host, a_cache_key_is_of_every_part)
{
    const yq_signature base = {
        .alg = 1,
        .key = test_text("kk"),
        .id = test_text("i"),
        .msg = test_text("m"),
        .sig = test_text("s")};
    yq_signature other[7];
    for (unsigned i = 0; i < 7; i++) {
        other[i] = base;
    }
    other[0].alg = 2;
    other[1].flags = 1;
    other[2].key = test_text("kx");
    other[3].id = test_text("j");
    other[4].msg = test_text("n");
    other[5].sig = test_text("t");
    other[6].key = test_text("k"); /* the same concatenation, split elsewhere */
    other[6].id = test_text("ki");
    yq_digest a, b;
    yq_signature_cache_key(&base, &a);
    for (unsigned i = 0; i < 7; i++) {
        yq_signature_cache_key(&other[i], &b);
        cr_assert(memcmp(&a, &b, sizeof a) != 0, "%u", i);
    }
}

Test(host, verifiers_are_found_by_name_and_version)
{
    yq_verifier other = test_verifier;
    const yq_verifier *const table[] = {NULL, &test_verifier, &other};
    cr_assert_eq(yq_verifier_find(table, 3, test_text("plain"), 1), &test_verifier);
    cr_assert_null(yq_verifier_find(table, 3, test_text("plai"), 1));
    cr_assert_null(yq_verifier_find(table, 3, test_text("plain"), 2));
    other.version = 2;
    cr_assert_eq(yq_verifier_find(table, 3, test_text("plain"), 2), &other);
    other.abi_major = 2;
    cr_assert_null(yq_verifier_find(table, 3, test_text("plain"), 2));
    other = test_verifier;
    other.version = 2;
    other.magic = 0;
    cr_assert_null(yq_verifier_find(table, 3, test_text("plain"), 2));
    other.magic = YQ_VERIFIER_MAGIC;
    other.state_size_max = YQ_CLIENT_STATE_MAX + 1;
    cr_assert_null(yq_verifier_find(table, 3, test_text("plain"), 2));
}
