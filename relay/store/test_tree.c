#include "relay/crypto/crypto.h"
#include "relay/store/test_dir.h"
#include "relay/store/tree.h"

#include <criterion/criterion.h>

/* The tree against a model that hashes a sorted array from scratch. */
#define ALG    YQ_HASH_SHA256
#define KEYS   600u
#define PREFIX ((yq_slice){(const uint8_t *)"T", 1})

typedef struct model_leaf {
    yq_digest path, value;
} model_leaf;

typedef struct model {
    model_leaf leaf[KEYS + 8];
    size_t n;
} model;

static uint64_t seed = 7;

static uint64_t draw(void)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return seed;
}

static int leaf_order(const void *a, const void *b)
{
    return memcmp(a, b, YQ_DIGEST_SIZE);
}

static void model_set(model *m, const yq_tree_change *c)
{
    size_t i = 0;
    while (i < m->n && memcmp(&m->leaf[i].path, &c->path, 32) != 0) {
        i++;
    }
    if (c->removed && i < m->n) {
        m->leaf[i] = m->leaf[--m->n];
    } else if (!c->removed) {
        m->leaf[i] = (model_leaf){c->path, c->value_hash};
        m->n += i == m->n;
    }
}

static void model_hash(const model_leaf *leaf, size_t n, unsigned depth, yq_digest *out)
{
    if (n == 0) {
        *out = (yq_digest){0};
    } else if (n == 1) {
        yq_state_leaf(ALG, &leaf->path, &leaf->value, out);
    } else {
        size_t left = 0;
        yq_digest l, r;
        while (left < n && yq_state_bit(&leaf[left].path, depth) == 0) {
            left++;
        }
        model_hash(leaf, left, depth + 1, &l);
        model_hash(leaf + left, n - left, depth + 1, &r);
        yq_state_node(ALG, &l, &r, out);
    }
}

static yq_digest model_root(model *m)
{
    yq_digest root;
    qsort(m->leaf, m->n, sizeof m->leaf[0], leaf_order);
    model_hash(m->leaf, m->n, 0, &root);
    return root;
}

static void key_of(unsigned i, char *key)
{
    (void)snprintf(key, 24, "key-%u", i);
}

static yq_tree_change change_of(unsigned i, int removed, uint64_t value)
{
    char key[24];
    yq_tree_change c = {.removed = removed};
    key_of(i, key);
    yq_state_path(ALG, yq_slice_text(key), &c.path);
    yq_hash_one(ALG, YQ_SLICE_OF(value), c.value_hash.b);
    return c;
}

static char dir[64];
static yq_db *db;

static void open_db(void)
{
    test_dir_make(dir, sizeof dir);
    cr_assert_eq(yq_db_open(dir, &db, NULL), YQ_OK);
}

static void close_db(void)
{
    yq_db_close(db);
    test_dir_remove(dir);
}

TestSuite(tree, .init = open_db, .fini = close_db);

static void commit(yq_tree_delta *delta)
{
    yq_db_batch *batch = yq_db_batch_new();
    yq_tree_commit(delta, PREFIX, batch);
    cr_assert_eq(yq_db_write(db, batch, NULL), YQ_OK);
    yq_db_batch_free(batch);
    yq_tree_delta_free(delta);
    *delta = (yq_tree_delta){0};
}

/* Draws n changes of distinct keys. */
static size_t draw_changes(yq_tree_change *c, size_t n, uint8_t *used)
{
    memset(used, 0, KEYS);
    size_t made = 0;
    for (size_t i = 0; i < n; i++) {
        unsigned k = (unsigned)(draw() % KEYS);
        if (!used[k]) {
            used[k] = 1;
            c[made++] = change_of(k, draw() % 3 == 0, draw() % 5);
        }
    }
    return made;
}

static void apply(const yq_tree_source *s, yq_tree_change *c, size_t n, yq_tree_delta *d, model *m)
{
    yq_digest root, again;
    for (size_t i = 0; i < n; i++) {
        model_set(m, &c[i]);
    }
    cr_assert_eq(yq_tree_apply(s, c, n, d, &root), YQ_OK);
    yq_digest want = model_root(m);
    cr_assert_arr_eq(root.b, want.b, 32);
    yq_tree_source top = *s;
    top.top = d;
    cr_assert_eq(yq_tree_root(&top, &again), YQ_OK);
    cr_assert_arr_eq(again.b, want.b, 32);
}

/* Every key's proof is accepted by the checker and says what the model says. */
static void check_proofs(const yq_tree_source *s, const yq_digest *root)
{
    static yq_state_proof proof;
    for (unsigned i = 0; i < KEYS; i++) {
        char key[24];
        yq_digest path;
        int present;
        key_of(i, key);
        yq_state_path(ALG, yq_slice_text(key), &path);
        cr_assert_eq(yq_tree_prove(s, &path, &proof, &present), YQ_OK);
        uint64_t value = 0;
        int shown = 0;
        for (; value < 5 && !shown && present; value++) {
            shown = yq_state_check_present(
                        ALG, root, yq_slice_text(key), YQ_SLICE_OF(value), &proof) == YQ_OK;
        }
        cr_assert_eq(shown, present);
        yq_status absent = yq_state_check_absent(ALG, root, yq_slice_text(key), &proof);
        cr_assert_eq(absent == YQ_OK, !present);
        uint8_t room[YQ_STATE_PROOF_SIZE_MAX];
        yq_buf out = {room, sizeof room, 0};
        cr_assert_eq(yq_state_proof_encode(&proof, &out), YQ_OK, "canonical");
    }
}

Test(tree, random_batches_equal_the_model)
{
    static model m;
    static yq_tree_change c[KEYS];
    static uint8_t used[KEYS];
    yq_tree_delta delta[3] = {0};
    m.n = 0;
    for (unsigned round = 0; round < 60; round++) {
        yq_tree_source s = {ALG, PREFIX, db, NULL, NULL, NULL, NULL};
        for (unsigned i = 0; i < 3; i++) {
            size_t n = draw_changes(c, round % 10 == 9 ? 500 : draw() % 40, used);
            apply(&s, c, n, &delta[i], &m);
            s.top = &delta[i];
        }
        if (round % 12 == 0) {
            yq_digest root = model_root(&m);
            check_proofs(&s, &root);
        }
        for (unsigned i = 0; i < 3; i++) {
            commit(&delta[i]);
        }
    }
    yq_tree_source s = {ALG, PREFIX, db, NULL, NULL, NULL, NULL};
    yq_digest root = model_root(&m);
    check_proofs(&s, &root);
}

Test(tree, order_and_batches_do_not_matter_and_nothing_stays)
{
    static yq_tree_change c[KEYS];
    yq_tree_delta one = {0}, many = {0};
    yq_digest whole, root = {0};
    yq_tree_source s = {ALG, PREFIX, db, NULL, NULL, NULL, NULL};
    for (unsigned i = 0; i < KEYS; i++) {
        c[i] = change_of(i, 0, i);
    }
    cr_assert_eq(yq_tree_apply(&s, c, KEYS, &one, &whole), YQ_OK);
    yq_tree_delta_free(&one);
    for (unsigned i = KEYS; i-- > 0;) {
        yq_tree_change single = change_of(i, 0, i);
        cr_assert_eq(yq_tree_apply(&s, &single, 1, &many, &root), YQ_OK);
        commit(&many);
    }
    cr_assert_arr_eq(root.b, whole.b, 32);
    for (unsigned i = 0; i < KEYS; i++) {
        yq_tree_change single = change_of(i * 7 % KEYS, 1, 0);
        cr_assert_eq(yq_tree_apply(&s, &single, 1, &many, &root), YQ_OK);
        commit(&many);
    }
    cr_assert(yq_bytes_are_zero(root.b, 32), "the empty tree");
    yq_db_iter *it = yq_db_iter_new(db, NULL);
    size_t pages = 0;
    for (int more = yq_db_iter_seek(it, (yq_slice){0}); more; more = yq_db_iter_step(it)) {
        pages++;
    }
    yq_db_iter_free(it);
    cr_assert_eq(pages, 1, "the root's record alone");
}

/* Paths that share 255 bits: the deepest tree there is. */
Test(tree, two_leaves_at_the_deepest_level)
{
    yq_tree_change c[2] = {0};
    yq_tree_delta delta = {0};
    yq_digest root, want;
    model m = {0};
    memset(c[0].path.b, 0x5a, 32);
    c[1].path = c[0].path;
    c[1].path.b[31] ^= 1;
    c[1].value_hash.b[0] = 1;
    yq_tree_source s = {ALG, PREFIX, db, NULL, NULL, NULL, NULL};
    apply(&s, c, 2, &delta, &m);
    s.top = &delta;
    static yq_state_proof proof;
    int present;
    cr_assert_eq(yq_tree_prove(&s, &c[0].path, &proof, &present), YQ_OK);
    cr_assert(present && proof.depth == 256);
    s.top = NULL;
    commit(&delta);
    c[0].removed = 1;
    cr_assert_eq(yq_tree_apply(&s, c, 1, &delta, &root), YQ_OK);
    yq_state_leaf(ALG, &c[1].path, &c[1].value_hash, &want);
    cr_assert_arr_eq(root.b, want.b, 32, "a lone leaf is the root");
    yq_tree_delta_free(&delta);
}

/* A page that is missing or damaged is told, never hashed over. */
Test(tree, damage_is_a_fault)
{
    static yq_tree_change c[KEYS];
    yq_tree_delta delta = {0};
    yq_digest root;
    yq_tree_source s = {ALG, PREFIX, db, NULL, NULL, NULL, NULL};
    for (unsigned i = 0; i < KEYS; i++) {
        c[i] = change_of(i, 0, i);
    }
    cr_assert_eq(yq_tree_apply(&s, c, KEYS, &delta, &root), YQ_OK);
    commit(&delta);
    yq_db_batch *batch = yq_db_batch_new();
    yq_db_batch_remove(batch, yq_slice_of("T\0", 2));
    cr_assert_eq(yq_db_write(db, batch, NULL), YQ_OK);
    yq_tree_change single = change_of(3, 0, 77);
    static yq_state_proof proof;
    int present;
    cr_assert_eq(yq_tree_apply(&s, &single, 1, &delta, &root), YQ_E_CORRUPT);
    yq_tree_delta_free(&delta);
    cr_assert_eq(yq_tree_prove(&s, &single.path, &proof, &present), YQ_E_CORRUPT);
    yq_db_batch_put(batch, yq_slice_of("T\0", 2), yq_slice_of("\xff\xff", 2));
    cr_assert_eq(yq_db_write(db, batch, NULL), YQ_OK);
    yq_db_batch_free(batch);
    delta = (yq_tree_delta){0};
    cr_assert_eq(yq_tree_apply(&s, &single, 1, &delta, &root), YQ_E_CORRUPT);
    yq_tree_delta_free(&delta);
}

/* ---- the whole tree ---- */

static yq_status check_tree(uint64_t *leaves)
{
    yq_digest root;
    yq_tree_source s = {ALG, PREFIX, db, NULL, NULL, NULL, NULL};
    return yq_tree_check(&s, leaves, &root);
}

static void put_row(yq_slice key, yq_slice value)
{
    yq_db_batch *batch = yq_db_batch_new();
    if (value.n == 0) {
        yq_db_batch_remove(batch, key);
    } else {
        yq_db_batch_put(batch, key, value);
    }
    cr_assert_eq(yq_db_write(db, batch, NULL), YQ_OK);
    yq_db_batch_free(batch);
}

typedef struct row {
    uint8_t key[64], value[2048];
    size_t key_n, value_n;
} row;

static size_t read_rows(row *out, size_t cap)
{
    size_t n = 0;
    yq_db_iter *it = yq_db_iter_new(db, NULL);
    for (int more = yq_db_iter_seek(it, (yq_slice){0}); more && n < cap;
         more = yq_db_iter_step(it)) {
        yq_slice key = yq_db_iter_key(it), value = yq_db_iter_value(it);
        memcpy(out[n].key, key.p, key.n);
        memcpy(out[n].value, value.p, value.n);
        out[n].key_n = key.n;
        out[n++].value_n = value.n;
    }
    yq_db_iter_free(it);
    return n;
}

Test(tree, a_whole_one_is_told_from_a_damaged_one)
{
    static yq_tree_change c[KEYS];
    static row rows[512];
    yq_tree_delta delta = {0};
    yq_digest root;
    uint64_t leaves;
    yq_tree_source s = {ALG, PREFIX, db, NULL, NULL, NULL, NULL};
    cr_assert_eq(check_tree(&leaves), YQ_OK);
    cr_assert_eq(leaves, 0);
    for (unsigned i = 0; i < 40; i++) {
        c[i] = change_of(i, 0, i);
    }
    cr_assert_eq(yq_tree_apply(&s, c, 1, &delta, &root), YQ_OK);
    commit(&delta);
    cr_assert_eq(check_tree(&leaves), YQ_OK);
    cr_assert_eq(leaves, 1, "a leaf at the root");
    for (unsigned i = 0; i < 40; i++) {
        c[i] = change_of(i, 0, i);
    }
    cr_assert_eq(yq_tree_apply(&s, c, 40, &delta, &root), YQ_OK);
    commit(&delta);
    cr_assert_eq(check_tree(&leaves), YQ_OK);
    cr_assert_eq(leaves, 40);
    size_t n = read_rows(rows, 512);
    cr_assert_gt(n, 5);
    for (size_t i = 0; i < n; i++) {
        yq_slice key = yq_slice_of(rows[i].key, rows[i].key_n);
        put_row(key, (yq_slice){0});
        cr_assert_eq(check_tree(&leaves), YQ_E_CORRUPT, "row %zu is gone", i);
        for (size_t at = 0; at < rows[i].value_n; at++) {
            rows[i].value[at] ^= 0x10;
            put_row(key, yq_slice_of(rows[i].value, rows[i].value_n));
            cr_assert_eq(check_tree(&leaves), YQ_E_CORRUPT, "row %zu byte %zu", i, at);
            rows[i].value[at] ^= 0x10;
        }
        put_row(key, yq_slice_of(rows[i].value, rows[i].value_n));
    }
    cr_assert_eq(check_tree(&leaves), YQ_OK);
    put_row(
        yq_slice_of((const uint8_t *)"T\x05\x01\x02\x03", 5),
        yq_slice_of(rows[0].value, rows[0].value_n));
    cr_assert_eq(check_tree(&leaves), YQ_E_CORRUPT, "a page that nobody stands above");
}
