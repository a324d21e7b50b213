#include "relay/ledger/test_world.h"
#include "relay/ledger/view.h"

#include <criterion/criterion.h>

/* The state as it was: every kept height reads and proves as a view of that height did. */

#define BLOCKS 40u

static world w;
static uint64_t height;

static void open_with(uint32_t versions)
{
    char path[96];
    (void)snprintf(path, sizeof path, "%s/db", w.dir);
    yq_ledger_config config = {
        .path = path, .genesis = yq_slice_of(w.genesis, w.genesis_n), .versions = versions};
    yq_fault why;
    cr_assert_eq(yq_ledger_open(&config, &w.ledger, &why), YQ_OK, "%s", why.text);
}

static void begin(void)
{
    world_make(&w);
    height = 0;
}

static void finish(void)
{
    world_free(&w);
}

TestSuite(past, .init = begin, .fini = finish, .timeout = 240);

/* ---- what a state was, told by views of its own time ---- */

#define KEYS_MAX 256u

typedef struct entry {
    uint8_t key[64];
    size_t key_n;
    yq_digest value;
} entry;

typedef struct memory {
    size_t n;
    entry e[KEYS_MAX];
    yq_digest state_root;
} memory;

static memory seen[BLOCKS + 60];

static void remember(void)
{
    memory *m = &seen[height];
    uint8_t table = ROW_STATE;
    m->n = 0;
    yq_db_iter *it = yq_db_iter_new(w.ledger->db, NULL);
    int more = yq_db_iter_seek(it, yq_slice_of(&table, 1));
    for (; more && yq_db_iter_key(it).p[0] == table; more = yq_db_iter_step(it)) {
        yq_slice key = yq_db_iter_key(it);
        if (key.n <= sizeof m->e[0].key && m->n < KEYS_MAX) {
            entry *e = &m->e[m->n++];
            e->key_n = key.n - 1;
            memcpy(e->key, key.p + 1, e->key_n);
            yq_hash_one(YQ_HASH_SM3, yq_db_iter_value(it), e->value.b);
        }
    }
    yq_db_iter_free(it);
}

static void grow(unsigned blocks)
{
    yq_bft_tip tip;
    for (unsigned i = 0; i < blocks; i++) {
        uint64_t seq = height + 1;
        if (height % 3 != 1) {
            world_send(
                &w, (unsigned)(height % WORLD_N), seq, 100 + 8 * (unsigned)height, 1 + i % 4);
        }
        world_block(&w, 1, &tip);
        height = tip.header.height;
        remember();
    }
}

static void check_height(yq_view *v, uint64_t at)
{
    static yq_view_block block;
    static yq_state_proof proof;
    const memory *m = &seen[at], *last = &seen[height];
    for (size_t i = 0; i < last->n; i++) {
        yq_slice key = yq_slice_of(last->e[i].key, last->e[i].key_n), value, bytes;
        const entry *was = NULL;
        for (size_t k = 0; k < m->n && was == NULL; k++) {
            int same = m->e[k].key_n == key.n && memcmp(m->e[k].key, key.p, key.n) == 0;
            was = same ? &m->e[k] : NULL;
        }
        int found;
        yq_digest h;
        cr_assert_eq(
            yq_view_state_at(v, at, key, &block, &value, &found, &bytes), YQ_OK, "%d", (int)at);
        cr_assert_eq(found, was != NULL);
        cr_assert_eq(block.tip.header.height, at);
        cr_assert_eq(yq_state_proof_decode(bytes, &proof, NULL), YQ_OK);
        const yq_digest *root = &block.roots.state_root;
        if (found) {
            yq_hash_one(YQ_HASH_SM3, value, h.b);
            cr_assert_eq(memcmp(h.b, was->value.b, sizeof h.b), 0, "height %d", (int)at);
            cr_assert_eq(yq_state_check_present(YQ_HASH_SM3, root, key, value, &proof), YQ_OK);
        } else {
            cr_assert_eq(yq_state_check_absent(YQ_HASH_SM3, root, key, &proof), YQ_OK);
        }
        yq_view_reset(v);
    }
}

static yq_status ask(yq_view *v, uint64_t at)
{
    static yq_view_block block;
    yq_slice value, proof;
    int found;
    return yq_view_state_at(v, at, yq_slice_text("x"), &block, &value, &found, &proof);
}

static size_t rows_of(uint8_t table)
{
    size_t n = 0;
    yq_db_iter *it = yq_db_iter_new(w.ledger->db, NULL);
    int more = yq_db_iter_seek(it, yq_slice_of(&table, 1));
    for (; more && yq_db_iter_key(it).p[0] == table; more = yq_db_iter_step(it)) {
        n++;
    }
    yq_db_iter_free(it);
    return n;
}

Test(past, every_kept_height_is_as_it_was)
{
    yq_view *v;
    open_with(1000);
    remember();
    grow(BLOCKS);
    cr_assert_eq(yq_view_open(w.ledger, &v), YQ_OK);
    for (uint64_t at = 0; at <= height; at++) {
        check_height(v, at);
    }
    cr_assert_eq(ask(v, height + 1), YQ_E_NOT_FOUND);
    yq_view_close(v);
    yq_ledger_close(w.ledger);
    open_with(1000);
    cr_assert_eq(yq_view_open(w.ledger, &v), YQ_OK);
    for (uint64_t at = 0; at <= height; at += 7) {
        check_height(v, at);
    }
    yq_view_close(v);
}

Test(past, only_so_many_are_kept)
{
    yq_view *v;
    open_with(5);
    remember();
    grow(BLOCKS);
    size_t rows = rows_of(ROW_PAST);
    cr_assert_eq(rows_of(ROW_CHANGED), 5);
    grow(10);
    cr_assert_eq(rows_of(ROW_CHANGED), 5);
    cr_assert_lt(rows_of(ROW_PAST), 2 * rows, "they do not pile up");
    cr_assert_eq(yq_view_open(w.ledger, &v), YQ_OK);
    for (uint64_t at = height - 5; at <= height; at++) {
        check_height(v, at);
    }
    cr_assert_eq(ask(v, height - 6), YQ_E_NOT_FOUND);
    yq_view_close(v);
}

/* A time without keeping leaves a gap over which nothing is told. */
Test(past, a_gap_is_no_past)
{
    yq_view *v;
    open_with(20);
    remember();
    grow(12);
    yq_ledger_close(w.ledger);
    open_with(0);
    grow(2);
    cr_assert_eq(yq_view_open(w.ledger, &v), YQ_OK);
    cr_assert_eq(ask(v, height - 1), YQ_E_NOT_FOUND);
    cr_assert_eq(ask(v, 5), YQ_E_NOT_FOUND);
    check_height(v, height);
    yq_view_close(v);
    yq_ledger_close(w.ledger);
    open_with(20);
    uint64_t from = height;
    grow(4);
    cr_assert_eq(yq_view_open(w.ledger, &v), YQ_OK);
    cr_assert_eq(ask(v, from - 1), YQ_E_NOT_FOUND);
    for (uint64_t at = from; at <= height; at++) {
        check_height(v, at);
    }
    yq_view_close(v);
    yq_ledger_close(w.ledger);
    open_with(1);
    grow(30);
    cr_assert_eq(rows_of(ROW_CHANGED), 1, "what was kept for longer goes as well");
}
