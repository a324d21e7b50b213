#include "relay/ledger/audit.h"
#include "relay/ledger/test_world.h"

#include <criterion/criterion.h>

/* A copy of a ledger, and every kind of damage to one. */

static world w;
static char copy[96];

static void grow(unsigned blocks)
{
    yq_bft_tip tip;
    for (unsigned i = 0; i < blocks; i++) {
        if (i % 3 != 1) {
            world_send(&w, i % WORLD_N, 1 + i, 100 + 4 * i, 1 + i % 4);
        }
        world_block(&w, i % 4 != 2 || i + 1 == blocks, &tip);
    }
}

static void begin(void)
{
    world_make(&w);
    cr_assert_eq(world_open(&w), YQ_OK);
    grow(9);
    (void)snprintf(copy, sizeof copy, "%s/copy", w.dir);
}

static void finish(void)
{
    world_free(&w);
}

TestSuite(audit, .init = begin, .fini = finish, .timeout = 240);

static yq_status audit(const char *path, yq_audit *out, yq_fault *why)
{
    yq_ledger *l;
    yq_ledger_config config = {.path = path, .genesis = yq_slice_of(w.genesis, w.genesis_n)};
    *why = (yq_fault){0};
    yq_status status = yq_ledger_open(&config, &l, why);
    if (status == YQ_OK) {
        status = yq_ledger_audit(l, NULL, NULL, out, why);
        yq_ledger_close(l);
    }
    return status;
}

Test(audit, a_copy_is_whole_and_the_ledger_goes_on)
{
    yq_audit own, other;
    yq_fault why = {0};
    yq_bft_tip tip;
    cr_assert_eq(yq_ledger_audit(w.ledger, NULL, NULL, &own, &why), YQ_OK, "%s", why.text);
    cr_assert_eq(own.tip.header.height, 9);
    cr_assert_eq(own.certified, 9);
    cr_assert_eq(own.epochs, 1);
    cr_assert_gt(own.keys, 10);
    cr_assert_eq(yq_ledger_checkpoint(w.ledger, copy, &why), YQ_OK, "%s", why.text);
    world_block(&w, 1, &tip);
    cr_assert_eq(audit(copy, &other, &why), YQ_OK, "%s", why.text);
    cr_assert_eq(memcmp(&other.tip.h, &own.tip.h, sizeof own.tip.h), 0, "not the block after it");
    cr_assert_eq(other.keys, own.keys);
    cr_assert_eq(yq_ledger_checkpoint(w.ledger, copy, &why), YQ_E_IO, "never over another one");
}

typedef struct row {
    uint8_t *key, *value;
    size_t key_n, value_n;
} row;

/* The number-th row of a table. Returns 0 when there is none. */
static int read_row(uint8_t table, unsigned number, row *out)
{
    yq_db *db;
    cr_assert_eq(yq_db_open(copy, &db, NULL), YQ_OK);
    yq_db_iter *it = yq_db_iter_new(db, NULL);
    int more = yq_db_iter_seek(it, yq_slice_of(&table, 1));
    for (unsigned i = 0; more && i < number; i++) {
        more = yq_db_iter_step(it);
    }
    more = more && yq_db_iter_key(it).p[0] == table;
    if (more) {
        yq_slice key = yq_db_iter_key(it), value = yq_db_iter_value(it);
        *out = (row){yq_mem_copy(key.p, key.n), yq_mem_copy(value.p, value.n), key.n, value.n};
    }
    yq_db_iter_free(it);
    yq_db_close(db);
    return more;
}

static void write_row(const row *r)
{
    yq_db *db;
    yq_db_batch *batch = yq_db_batch_new();
    cr_assert_eq(yq_db_open(copy, &db, NULL), YQ_OK);
    yq_db_batch_put(batch, yq_slice_of(r->key, r->key_n), yq_slice_of(r->value, r->value_n));
    cr_assert_eq(yq_db_write(db, batch, NULL), YQ_OK);
    yq_db_batch_free(batch);
    yq_db_close(db);
}

Test(audit, damage_in_every_kind_of_row_is_seen)
{
    static const uint8_t table[] = {
        ROW_STATE, ROW_PATH, ROW_TREE, ROW_BLOCK, ROW_CERT, ROW_ENVELOPE, ROW_RESULT, ROW_EPOCH};
    yq_fault why;
    yq_audit out;
    cr_assert_eq(yq_ledger_checkpoint(w.ledger, copy, &why), YQ_OK);
    for (size_t t = 0; t < sizeof table; t++) {
        row r;
        unsigned n = 0;
        for (; n < 4 && read_row(table[t], 3 * n, &r); n++) {
            size_t at = (n * 37 + 11) % r.value_n;
            r.value[at] ^= 1;
            write_row(&r);
            cr_assert_neq(
                audit(copy, &out, &why), YQ_OK, "table %c row %u byte %zu", table[t], 3 * n, at);
            r.value[at] ^= 1;
            write_row(&r);
            yq_mem_free(r.key);
            yq_mem_free(r.value);
        }
        cr_assert_gt(n, 0, "table %c", table[t]);
    }
    cr_assert_eq(audit(copy, &out, &why), YQ_OK, "as it was: %s", why.text);
}

/* Data of another version of the program, older or newer, are not touched. */
Test(audit, another_versions_data_are_refused)
{
    static const uint8_t versions[] = {LEDGER_DATA_VERSION - 1, LEDGER_DATA_VERSION + 1};
    uint8_t name[] = {ROW_META, META_VERSION}, number[4] = {0};
    yq_fault why;
    yq_audit out;
    cr_assert_eq(yq_ledger_checkpoint(w.ledger, copy, &why), YQ_OK);
    for (size_t i = 0; i < sizeof versions; i++) {
        number[3] = versions[i];
        row r = {name, number, sizeof name, sizeof number};
        write_row(&r);
        cr_assert_eq(audit(copy, &out, &why), YQ_E_DATA_VERSION);
    }
    number[3] = LEDGER_DATA_VERSION;
    write_row(&(row){name, number, sizeof name, sizeof number});
    cr_assert_eq(audit(copy, &out, &why), YQ_OK, "%s", why.text);
}
