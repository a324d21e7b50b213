#include "light-clients/evm/test_chain.h"
#include "light-clients/evm/test_hex.h"

#include <criterion/criterion.h>

static test_chain *chain;

static void setup(void)
{
    chain = test_chain_new(YQ_EVM_QBFT, 4);
}

static void teardown(void)
{
    test_chain_free(chain);
}

TestSuite(mpt, .init = setup, .fini = teardown);

static void from_hex(const char *text, yq_digest *out)
{
    yq_buf buf = {out->b, sizeof out->b, 0};
    cr_assert_eq(yq_hex_decode(&buf, text, strlen(text)), YQ_OK);
}

static yq_status check(
    const yq_digest *root, yq_slice key, const yq_trie_proof *p, yq_slice *value, int *present)
{
    const yq_mpt_proof proof = {p->n, p->node};
    const yq_verifier_host *host = test_client_begin(chain->client, 0);
    return yq_mpt_check(host, root, key, &proof, value, present, &chain->client->why);
}

/* A root that is known to all: dog, doge, horse, do. */
Test(mpt, the_published_root_of_the_puppies)
{
    const yq_trie_entry e[] = {
        {yq_slice_text("do"), yq_slice_text("verb")},
        {yq_slice_text("dog"), yq_slice_text("puppy")},
        {yq_slice_text("doge"), yq_slice_text("coin")},
        {yq_slice_text("horse"), yq_slice_text("stallion")}};
    yq_digest root;
    from_hex("5991bb8c6514148a29db676a14ac506cd2cd5775ace63c30a4fe457715e9ac84", &root);
    for (size_t i = 0; i < YQ_ARRAY_N(e); i++) {
        const yq_trie_proof p = test_trie(chain, e, YQ_ARRAY_N(e), e[i].key);
        yq_slice value;
        int present;
        cr_expect(yq_digest_equal(&p.root, &root));
        cr_expect_eq(check(&root, e[i].key, &p, &value, &present), YQ_OK);
        cr_expect(present && yq_slice_equal(value, e[i].value));
    }
    const char *const none[] = {"d", "dof", "dogs", "doges", "hors", "horsf", "z", "\x60"};
    for (size_t i = 0; i < YQ_ARRAY_N(none); i++) {
        const yq_trie_proof p = test_trie(chain, e, YQ_ARRAY_N(e), yq_slice_text(none[i]));
        yq_slice value;
        int present;
        cr_expect_eq(
            check(&root, yq_slice_text(none[i]), &p, &value, &present), YQ_OK, "%s", none[i]);
        cr_expect(!present && value.n == 0, "%s", none[i]);
    }
}

typedef struct entries {
    uint8_t key[200][2], value[200][80];
    yq_trie_entry e[200];
    size_t n;
} entries;

/* n keys of two bytes, values of 1 to 80 bytes: embedded nodes, extensions, branches. */
static void fill(entries *x, size_t n, unsigned stride)
{
    x->n = n;
    for (size_t i = 0; i < n; i++) {
        size_t v = i * stride;
        x->key[i][0] = (uint8_t)(v >> 8);
        x->key[i][1] = (uint8_t)v;
        size_t size = 1 + (i * 7) % 79;
        memset(x->value[i], (int)(i + 1), size);
        x->e[i] = (yq_trie_entry){yq_slice_of(x->key[i], 2), yq_slice_of(x->value[i], size)};
    }
}

Test(mpt, members_and_absences_of_many_shapes)
{
    static entries x;
    static const unsigned stride[] = {1, 3, 16, 17, 255};
    for (size_t s = 0; s < YQ_ARRAY_N(stride); s++) {
        for (size_t n = 1; n <= 200; n = n * 2 + 1) {
            fill(&x, n, stride[s]);
            for (size_t i = 0; i < n; i++) {
                for (unsigned off = 0; off < stride[s]; off = off * 4 + 1) {
                    unsigned v = (unsigned)i * stride[s] + off;
                    uint8_t key[2] = {(uint8_t)(v >> 8), (uint8_t)v};
                    const yq_slice k = {key, 2};
                    chain->arena.used = 0;
                    const yq_trie_proof p = test_trie(chain, x.e, n, k);
                    yq_slice value;
                    int present;
                    yq_status status = check(&p.root, k, &p, &value, &present);
                    cr_assert_eq(status, YQ_OK, "%u of %zu: %d", v, n, status);
                    cr_assert_eq(present, off == 0);
                    cr_assert(off > 0 || yq_slice_equal(value, x.e[i].value));
                }
            }
        }
    }
}

Test(mpt, every_changed_byte_and_node_is_refused)
{
    static entries x;
    fill(&x, 200, 3);
    for (unsigned v = 0; v < 40; v++) {
        uint8_t key[2] = {0, (uint8_t)v};
        const yq_slice k = {key, 2};
        yq_trie_proof p = test_trie(chain, x.e, x.n, k);
        yq_slice value;
        int present;
        for (size_t i = 0; i < p.n; i++) {
            uint8_t copy[1024];
            const yq_slice whole = p.node[i];
            memcpy(copy, whole.p, whole.n);
            p.node[i] = yq_slice_of(copy, whole.n);
            for (size_t at = 0; at < whole.n; at++) {
                copy[at] ^= (uint8_t)(1u << at % 8);
                cr_assert_eq(check(&p.root, k, &p, &value, &present), YQ_E_PROOF);
                copy[at] = whole.p[at];
            }
            p.node[i] = yq_slice_of(copy, whole.n - 1);
            cr_expect_eq(check(&p.root, k, &p, &value, &present), YQ_E_PROOF);
            p.node[i] = whole;
        }
        size_t n = p.n;
        for (p.n = 0; p.n < n; p.n++) {
            cr_expect_eq(check(&p.root, k, &p, &value, &present), YQ_E_PROOF_INCOMPLETE);
        }
        p.node[p.n++] = p.node[0];
        cr_expect_eq(check(&p.root, k, &p, &value, &present), YQ_E_PROOF_TRAILING);
        cr_expect(!present && value.n == 0); /* what is not proven is not told */
    }
}

/* Nodes that hash to what is asked for and are no nodes. The key is 12. */
static yq_status of_nodes(yq_slice root, const yq_slice *below)
{
    yq_trie_proof p = {.root = test_keccak(root), .n = below == NULL ? 1 : 2};
    p.node[0] = root;
    p.node[1] = below == NULL ? (yq_slice){0} : *below;
    const uint8_t key[] = {0x12};
    yq_slice value;
    int present;
    return check(&p.root, yq_slice_of(key, 1), &p, &value, &present);
}

static yq_status of_node(const char *hex)
{
    uint8_t room[256];
    yq_writer w = yq_writer_of(room, sizeof room);
    test_hex_put(&w, hex);
    return of_nodes(yq_writer_slice(&w), NULL);
}

/* A branch with two children, of 1 and of 2; the first is on the path. */
static yq_status of_branch(const char *on_path, const char *other, const yq_slice *below)
{
    uint8_t room[256];
    yq_writer w = yq_writer_of(room, sizeof room);
    size_t mark = yq_rlp_list_begin(&w);
    test_hex_put(&w, "80");
    test_hex_put(&w, on_path);
    test_hex_put(&w, other);
    test_hex_put(&w, "8080808080808080808080808080");
    yq_rlp_list_end(&w, mark);
    cr_assert_eq(w.status, YQ_OK);
    return of_nodes(yq_writer_slice(&w), below);
}

Test(mpt, nodes_that_are_none)
{
    cr_expect_eq(of_node("c482201261"), YQ_OK);
    cr_expect_eq(of_node("c0"), YQ_E_NONCANONICAL);
    cr_expect_eq(of_node("61"), YQ_E_TYPE);
    cr_expect_eq(of_node("c3826161"), YQ_E_NONCANONICAL);   /* one item */
    cr_expect_eq(of_node("c48220126100"), YQ_E_TRAILING);   /* behind the node */
    cr_expect_eq(of_node("c482401261"), YQ_E_NONCANONICAL); /* flag 4 */
    cr_expect_eq(of_node("c482601261"), YQ_E_NONCANONICAL); /* flag 6, else a leaf's */
    cr_expect_eq(of_node("c28020"), YQ_E_NONCANONICAL);     /* no flag; the value looks like one */
    cr_expect_eq(of_node("c482211261"), YQ_E_NONCANONICAL); /* padding that is not zero */
    cr_expect_eq(of_node("c482201280"), YQ_E_NONCANONICAL); /* a leaf of nothing */
    cr_expect_eq(of_node("c200c0"), YQ_E_NONCANONICAL);     /* an extension without a path */
    cr_expect_eq(of_node("d700d580c23261c233628080808080808080808080808080"), YQ_E_NONCANONICAL);
    cr_expect_eq(of_node("c21180"), YQ_E_NONCANONICAL); /* an extension of nothing */
    cr_expect_eq(
        of_node("c4118261"
                "61"),
        YQ_E_NONCANONICAL); /* a reference of two bytes */
    cr_expect_eq(
        of_node("c4118220"
                "61"),
        YQ_E_NONCANONICAL);
    cr_expect_eq(of_node("d18080808080808080808080808080808080"), YQ_E_NONCANONICAL);
    cr_expect_eq(of_node("d2808080808080808080808080808080808080"), YQ_E_NONCANONICAL);
    cr_expect_eq(of_node("c28201"), YQ_E_TRUNCATED); /* in the node's one item */
    cr_expect_eq(of_node("d18080808080808080808080808080808061"), YQ_E_NONCANONICAL);
    cr_expect_eq(
        of_node("c582812012"
                "61"),
        YQ_E_NONCANONICAL); /* RLP that is not the shortest */
}

Test(mpt, below_an_extension_stands_a_branch)
{
    cr_expect_eq(of_node("d711d58080c22061c2206280808080808080808080808080"), YQ_OK);
    cr_expect_eq(of_node("c411c23261"), YQ_E_NONCANONICAL); /* a leaf */
    cr_expect_eq(of_node("c411c23361"), YQ_E_NONCANONICAL); /* another key's */
    cr_expect_eq(of_node("c611c412c22061"), YQ_E_NONCANONICAL);
    /* After the branch a leaf may come again. */
    cr_expect_eq(of_node("d711d58080c22061c2356280808080808080808080808080"), YQ_OK);
}

#define BYTES_30 "808080808080808080808080808080808080808080808080808080808080"

Test(mpt, children_off_the_path_are_references)
{
    cr_expect_eq(of_branch("c23261", "c23362", NULL), YQ_OK);
    cr_expect_eq(of_branch("c23361", "c23362", NULL), YQ_OK);
    cr_expect_eq(of_branch("c23261", "80", NULL), YQ_E_NONCANONICAL);
    cr_expect_eq(of_branch("c23261", "a0" BYTES_30 "8080", NULL), YQ_OK);
    cr_expect_eq(of_branch("c23261", "9f" BYTES_30 "80", NULL), YQ_E_NONCANONICAL);
    cr_expect_eq(of_branch("c23261", "a1" BYTES_30 "808080", NULL), YQ_E_LIMIT);
    cr_expect_eq(of_branch("c23261", "61", NULL), YQ_E_NONCANONICAL);
    cr_expect_eq(of_branch("c23261", "8161", NULL), YQ_E_NONCANONICAL);
    cr_expect_eq(of_branch("c23261", "de" BYTES_30, NULL), YQ_OK); /* not looked at */
    cr_expect_eq(of_branch("c23261", "df" BYTES_30 "80", NULL), YQ_E_NONCANONICAL);
    cr_expect_eq(of_branch("df" BYTES_30 "80", "c23362", NULL), YQ_E_NONCANONICAL);
    cr_expect_eq(of_branch("9f" BYTES_30 "80", "c23362", NULL), YQ_E_NONCANONICAL);
}

/* Key 12, nodes of 3...: what shows that the key is absent has its form, too. */
Test(mpt, nodes_of_another_key)
{
    cr_expect_eq(of_node("c23361"), YQ_OK);
    cr_expect_eq(of_node("c23380"), YQ_E_NONCANONICAL);
    cr_expect_eq(of_node("c333c161"), YQ_E_TYPE);
    cr_expect_eq(of_node("c23280"), YQ_E_NONCANONICAL); /* ends before the key does */
    cr_expect_eq(of_node("e213a0" BYTES_30 "8080"), YQ_OK);
    cr_expect_eq(of_node("c413c23261"), YQ_OK);
    cr_expect_eq(of_node("c21380"), YQ_E_NONCANONICAL);
    cr_expect_eq(of_node("c21361"), YQ_E_NONCANONICAL);
    cr_expect_eq(of_node("e313a1" BYTES_30 "808080"), YQ_E_LIMIT);
    /* Longer than the key is, and longer than any key. */
    cr_expect_eq(of_node("c683001200c161"), YQ_OK);
    cr_expect_eq(of_node("e3a130" BYTES_30 "808061"), YQ_OK);
    cr_expect_eq(of_node("e4a230" BYTES_30 "80808061"), YQ_E_LIMIT);
    cr_expect_eq(of_node("e113df" BYTES_30 "80"), YQ_E_NONCANONICAL); /* embedded, 32 bytes */
}

/* A node below 32 bytes stands in its parent. */
Test(mpt, a_small_node_by_its_hash)
{
    char reference[2 + 2 * YQ_DIGEST_SIZE + 1] = "a0";
    uint8_t room[40] = {0xc2, 0x32, 0x61};
    for (size_t n = 31; n <= 33; n++) { /* a leaf of n bytes */
        room[0] = (uint8_t)(0xc0 + n - 1);
        room[1] = 0x32;
        room[2] = (uint8_t)(0x80 + n - 3);
        memset(room + 3, 'a', n - 3);
        const yq_slice leaf = yq_slice_of(room, n);
        const yq_digest md = test_keccak(leaf);
        (void)yq_hex_encode(reference + 2, sizeof reference - 2, md.b, sizeof md.b);
        cr_expect_eq(
            of_branch(reference, "c23362", &leaf), n < 32 ? YQ_E_NONCANONICAL : YQ_OK, "%zu", n);
    }
}

Test(mpt, keys_and_roots)
{
    const yq_trie_entry e = {yq_slice_text("a"), yq_slice_text("b")};
    const yq_trie_proof p = test_trie(chain, &e, 1, e.key);
    static const uint8_t longer[33];
    yq_slice value;
    int present;
    yq_digest zero = {{0}}, empty;
    memcpy(empty.b, yq_mpt_empty_root, 32);
    cr_expect(yq_digest_equal(&empty, &(yq_digest){{0}}) == 0);
    const yq_digest md = test_keccak(yq_slice_of("\x80", 1));
    cr_expect(yq_digest_equal(&md, &empty));
    cr_expect_eq(check(&p.root, (yq_slice){0}, &p, &value, &present), YQ_E_LEN);
    cr_expect_eq(check(&p.root, yq_slice_of(longer, 33), &p, &value, &present), YQ_E_LEN);
    cr_expect_eq(check(&zero, e.key, &p, &value, &present), YQ_E_ZERO_ROOT);
    cr_expect_eq(check(&empty, e.key, &p, &value, &present), YQ_E_PROOF_TRAILING);
    static const uint8_t longest[32] = {1};
    const yq_trie_entry alone = {YQ_SLICE_OF(longest), yq_slice_text("b")};
    const yq_trie_proof whole = test_trie(chain, &alone, 1, alone.key);
    cr_expect(check(&whole.root, alone.key, &whole, &value, &present) == YQ_OK && present);
    const yq_trie_proof none = {.n = 0};
    cr_expect_eq(check(&empty, e.key, &none, &value, &present), YQ_OK);
    cr_expect(!present);
    cr_expect_eq(check(&p.root, e.key, &none, &value, &present), YQ_E_PROOF_INCOMPLETE);
}

Test(mpt, what_the_builder_refuses)
{
    const yq_trie_entry twice[] = {
        {yq_slice_text("a"), yq_slice_text("b")}, {yq_slice_text("a"), yq_slice_text("c")}};
    const yq_trie_entry nothing = {yq_slice_text("a"), {NULL, 0}};
    yq_trie_proof p;
    const yq_verifier_host *host = test_client_begin(chain->client, 0);
    cr_expect_eq(yq_trie_build(host, &chain->arena, twice, 2, twice[0].key, &p), YQ_E_RANGE);
    cr_expect_eq(yq_trie_build(host, &chain->arena, &nothing, 1, nothing.key, &p), YQ_E_RANGE);
    yq_arena small = yq_arena_of(chain->memory, 40000);
    static entries x;
    fill(&x, 200, 3);
    cr_expect_eq(yq_trie_build(host, &small, x.e, 200, twice[0].key, &p), YQ_E_NOSPC);
}
