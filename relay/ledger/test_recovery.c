#include "relay/ledger/audit.h"
#include "relay/ledger/recovery_book.h"
#include "relay/ledger/test_world.h"

#include <criterion/criterion.h>

/* More validators are lost than the ledger bears; the recovery set names new ones. */

static world a, b;
static yq_fault why;
static yq_slice statement;
static yq_key *fresh[2];

static void begin(void)
{
    world_make(&a);
    world_make(&b);
    cr_assert_eq(world_open(&a), YQ_OK);
    cr_assert_eq(world_open(&b), YQ_OK);
    fresh[0] = world_fresh("one");
    fresh[1] = world_fresh("two");
    why = (yq_fault){0};
}

static void drop(yq_slice bytes)
{
    yq_mem_free((void *)(uintptr_t)bytes.p);
}

static void finish(void)
{
    world_free(&a);
    world_free(&b);
    drop(statement);
}

TestSuite(recovery, .init = begin, .fini = finish, .timeout = 240);

static yq_bft_tip grow(world *w, unsigned blocks)
{
    static unsigned seq;
    yq_bft_tip tip;
    for (unsigned i = 0; i < blocks; i++) {
        seq++;
        world_send(w, seq % WORLD_N, seq, 100 + 4 * seq, 2);
        world_block(w, 1, &tip);
    }
    return tip;
}

static yq_recovery_stage stage_of(world *w, yq_slice bytes)
{
    yq_recovery r;
    yq_recovery_stage stage = YQ_RECOVERY_INVALID;
    cr_assert_eq(yq_recovery_decode(bytes, &r, NULL), YQ_OK);
    cr_assert_eq(yq_ledger_recovery(w->ledger, &r, &stage), YQ_OK);
    return stage;
}

/* The same statement with other signatures. */
static yq_slice signed_by(unsigned signers)
{
    yq_recovery r;
    yq_writer w = yq_writer_of(yq_mem_alloc(YQ_RECOVERY_SIZE_MAX), YQ_RECOVERY_SIZE_MAX);
    cr_assert_eq(yq_recovery_decode(statement, &r, NULL), YQ_OK);
    world_sign_recovery(&a, &r, signers);
    yq_recovery_put(&w, &r);
    return yq_writer_slice(&w);
}

static void free_fresh(void)
{
    yq_key_free(fresh[0]);
    yq_key_free(fresh[1]);
}

/* What one has committed, to another. */
static yq_status follow(world *from, world *to, uint64_t first, uint64_t last)
{
    yq_view *v;
    yq_slice range;
    cr_assert_eq(yq_view_open(from->ledger, &v), YQ_OK);
    yq_status status = yq_view_serve(v, first, last, &range);
    status = status == YQ_OK ? yq_ledger_apply(to->ledger, range, NULL, NULL, &why) : status;
    yq_view_close(v);
    return status;
}

static uint64_t epochs_by_audit(world *w)
{
    yq_audit audit;
    cr_assert_eq(yq_ledger_audit(w->ledger, NULL, NULL, &audit, &why), YQ_OK, "%s", why.text);
    return audit.epochs;
}

Test(recovery, the_ledger_goes_on_with_new_validators)
{
    yq_bft_tip tip = grow(&a, 5), next;
    statement = world_statement(&a, &tip, 3, 1, fresh);
    yq_slice other = signed_by(6);
    cr_assert_not(yq_slice_equal(statement, other), "signed by others");
    cr_assert_eq(stage_of(&a, statement), YQ_RECOVERY_READY);
    cr_assert_eq(stage_of(&b, statement), YQ_RECOVERY_WAITS);
    cr_assert_eq(yq_ledger_recover(b.ledger, other, &why), YQ_E_HEIGHT);
    cr_assert_eq(yq_ledger_recover(a.ledger, statement, &why), YQ_OK, "%s", why.text);
    cr_assert_eq(stage_of(&a, other), YQ_RECOVERY_DONE, "whoever signed it");
    cr_assert_eq(yq_ledger_recover(a.ledger, other, &why), YQ_OK, "done already");
    cr_assert_eq(epochs_by_audit(&a), 2);
    yq_key *same[2] = {world_fresh("one"), world_fresh("two")};
    world_recovered(&a, fresh);
    next = grow(&a, 3);
    cr_assert_eq(next.header.epoch, 2);
    cr_assert_eq(epochs_by_audit(&a), 2);

    cr_assert_eq(follow(&a, &b, 1, 20), YQ_OK, "%s", why.text);
    cr_assert_eq(b.ledger->tip.header.height, 5, "as far as its own epoch goes");
    cr_assert_eq(follow(&a, &b, 6, 20), YQ_E_EPOCH_OLD, "over a recovery nobody is led");
    cr_assert_eq(yq_ledger_recover(b.ledger, other, &why), YQ_OK, "%s", why.text);
    cr_assert_eq(follow(&a, &b, 6, 20), YQ_OK, "%s", why.text);
    cr_assert(digest_equal(&b.ledger->tip.result.result_root, &next.result.result_root));
    cr_assert_eq(epochs_by_audit(&b), 2);
    drop(other);
    world_recovered(&b, same);
}

Test(recovery, it_is_durable_and_starts_the_core)
{
    static yq_ledger_start start;
    yq_bft_tip tip = grow(&a, 3), above;
    statement = world_statement(&a, &tip, 7, 1, fresh);
    /* An executed block of the epoch that ends is forgotten. */
    world_header(&a, &tip, 9, NULL, 0, 0, &above);
    cr_assert_eq(yq_ledger_execute(a.ledger, &above.h, &above.header, NULL, &above.result), YQ_OK);
    cr_assert_eq(yq_ledger_recover(a.ledger, statement, &why), YQ_OK);
    cr_assert_null(a.ledger->overlays);
    for (unsigned i = 0; i < 2; i++) {
        cr_assert_eq(yq_ledger_start_of(a.ledger, &start), YQ_OK);
        cr_assert_eq(start.set.epoch, 2);
        cr_assert_eq(start.set.n, WORLD_N);
        cr_assert_eq(start.tip.header.height, 3);
        cr_assert_eq(start.base.header.height, 3);
        cr_assert(start.has_cert);
        cr_assert_eq(start.cert.epoch, 1);
        yq_ledger_close(a.ledger);
        cr_assert_eq(world_open(&a), YQ_OK);
    }
    world_recovered(&a, fresh);
    (void)grow(&a, 2);
    yq_ledger_close(a.ledger);
    cr_assert_eq(world_open(&a), YQ_OK);
    cr_assert_eq(epochs_by_audit(&a), 2);
}

Test(recovery, the_state_says_what_happened)
{
    yq_view *v;
    uint8_t key[LEDGER_KEY_MAX], room[YQ_RECOVERY_SIZE_MAX];
    yq_recovery r;
    yq_validators set;
    yq_bft_tip tip = grow(&a, 2);
    statement = world_statement(&a, &tip, 5, 1, fresh);
    cr_assert_eq(yq_ledger_recover(a.ledger, statement, &why), YQ_OK);
    world_recovered(&a, fresh);
    (void)grow(&a, 1);
    cr_assert_eq(yq_view_open(a.ledger, &v), YQ_OK);
    cr_assert_eq(yq_hub_validators(yq_view_hub(v), 0, &set), YQ_OK);
    cr_assert_eq(set.epoch, 2);
    cr_assert_eq(set.from_height, 3);
    for (unsigned i = 0; i < WORLD_N; i++) {
        cr_assert(yq_slice_equal(set.item[i].key, yq_key_public(a.validator[i])));
    }
    yq_writer k = yq_writer_of(key, sizeof key), w = yq_writer_of(room, sizeof room);
    k.n = ledger_key(key, YQ_TABLE_LEDGER_RECOVERY, NULL);
    yq_put_u64(&k, 1);
    cr_assert_eq(yq_recovery_decode(statement, &r, NULL), YQ_OK);
    yq_recovery_put_unsigned(&w, &r);
    state_map map;
    state_map_init(&map, a.ledger->db, NULL, NULL, NULL);
    cr_assert(yq_slice_equal(state_map_get(&map, yq_writer_slice(&k)), yq_writer_slice(&w)));
    state_map_free(&map);
    yq_view_close(v);
}

Test(recovery, the_old_validators_overrule_it)
{
    yq_bft_tip tip = grow(&a, 2);
    statement = world_statement(&a, &tip, 3, 1, fresh);
    (void)grow(&a, 1);
    cr_assert_eq(stage_of(&a, statement), YQ_RECOVERY_OVERRULED);
    cr_assert_eq(yq_ledger_recover(a.ledger, statement, &why), YQ_E_HEIGHT);
    cr_assert_eq(epochs_by_audit(&a), 1);
    free_fresh();
}

Test(recovery, another_statement_ended_the_epoch)
{
    yq_bft_tip tip = grow(&a, 2);
    statement = world_statement(&a, &tip, 3, 1, fresh);
    yq_slice other = world_statement(&a, &tip, 3, 2, fresh);
    cr_assert_eq(yq_ledger_recover(a.ledger, statement, &why), YQ_OK);
    cr_assert_eq(stage_of(&a, other), YQ_RECOVERY_OVERRULED);
    cr_assert_eq(yq_ledger_recover(a.ledger, other, &why), YQ_E_EPOCH_OLD);
    drop(other);
    free_fresh();
}

Test(recovery, a_set_that_never_made_a_block_is_replaced_too)
{
    yq_bft_tip tip = grow(&a, 2);
    cr_assert_eq(follow(&a, &b, 1, 2), YQ_OK);
    statement = world_statement(&a, &tip, 3, 1, fresh);
    cr_assert_eq(yq_ledger_recover(a.ledger, statement, &why), YQ_OK);
    cr_assert_eq(yq_ledger_recover(b.ledger, statement, &why), YQ_OK);
    yq_key *more[2] = {world_fresh("three"), world_fresh("four")};
    world_recovered(&a, fresh);
    yq_slice again = world_statement(&a, &tip, 3, 1, more);
    yq_recovery r;
    cr_assert_eq(yq_recovery_decode(again, &r, NULL), YQ_OK);
    cr_assert_eq(r.epoch, 2);
    yq_status status = yq_ledger_recover(a.ledger, again, &why);
    cr_assert_eq(status, YQ_OK, "%s", why.text);
    cr_assert_eq(epochs_by_audit(&a), 3);
    world_recovered(&a, more);
    tip = grow(&a, 2);
    cr_assert_eq(tip.header.epoch, 3);
    cr_assert_eq(epochs_by_audit(&a), 3);
    cr_assert_eq(yq_ledger_recover(b.ledger, again, &why), YQ_OK);
    cr_assert_eq(follow(&a, &b, 3, 4), YQ_OK, "%s", why.text);
    drop(again);
}

Test(recovery, a_change_that_waits_is_dropped)
{
    yq_bft_tip tip;
    world_plant_pending(&a, WORLD_TIME);
    static yq_ledger_committed committed;
    static yq_ledger_start start;
    cr_assert_eq(yq_ledger_start_of(a.ledger, &start), YQ_OK);
    cr_assert_not(digest_is_zero(&start.tip.result.pending_valset_hash));
    yq_ledger_close(a.ledger);
    test_dir_remove(a.dir);
    test_dir_make(a.dir, sizeof a.dir);
    cr_assert_eq(world_open(&a), YQ_OK);
    world_plant_pending(&a, WORLD_TIME + 150);
    tip = grow(&a, 2);
    cr_assert_not(digest_is_zero(&tip.result.pending_valset_hash), "the next block would end it");
    statement = world_statement(&a, &tip, 3, 1, fresh);
    cr_assert_eq(yq_ledger_recover(a.ledger, statement, &why), YQ_OK);
    cr_assert_eq(yq_ledger_start_of(a.ledger, &start), YQ_OK);
    cr_assert(digest_is_zero(&start.tip.result.pending_valset_hash));
    world_recovered(&a, fresh);
    tip = grow(&a, 1);
    cr_assert(digest_is_zero(&tip.result.pending_valset_hash));
    cr_assert_eq(yq_ledger_commit(a.ledger, &tip.h, NULL, &committed), YQ_OK);
    cr_assert_not(committed.has_set);
}

/* ---- what is refused ---- */

static yq_recovery altered;

static yq_status recover_altered(void)
{
    uint8_t room[YQ_RECOVERY_SIZE_MAX];
    yq_writer w = yq_writer_of(room, sizeof room);
    yq_digest m;
    yq_recovery_digest(YQ_HASH_SM3, &altered, &m);
    for (size_t i = 0; i < altered.sig_n; i++) {
        yq_key_sign(a.recovery[altered.sig[i].key], YQ_SLICE_OF(m.b), altered.sig[i].sig);
    }
    yq_recovery_put(&w, &altered);
    return yq_ledger_recover(a.ledger, yq_writer_slice(&w), &why);
}

Test(recovery, what_a_statement_must_be)
{
    yq_bft_tip tip = grow(&a, 2);
    statement = world_statement(&a, &tip, 3, 1, fresh);
    cr_assert_eq(yq_recovery_decode(statement, &altered, NULL), YQ_OK);
    yq_recovery good = altered;
    altered.chain_id_hash.b[0] ^= 1;
    cr_assert_eq(recover_altered(), YQ_E_DOMAIN);
    altered = good;
    altered.epoch = 2;
    cr_assert_neq(recover_altered(), YQ_OK);
    altered = good;
    altered.height--;
    cr_assert_eq(recover_altered(), YQ_E_HEIGHT);
    altered = good;
    altered.h.b[0] ^= 1;
    cr_assert_eq(recover_altered(), YQ_E_HASH);
    altered = good;
    altered.result_root.b[0] ^= 1;
    cr_assert_eq(recover_altered(), YQ_E_HASH);
    yq_recovery_stage stage;
    cr_assert_eq(yq_ledger_recovery(a.ledger, &altered, &stage), YQ_OK);
    cr_assert_eq(stage, YQ_RECOVERY_OVERRULED, "another result");
    altered = good;
    altered.h.b[0] ^= 1;
    cr_assert_eq(yq_ledger_recovery(a.ledger, &altered, &stage), YQ_OK);
    cr_assert_eq(stage, YQ_RECOVERY_OVERRULED, "another block");
    altered = good;
    altered.sig_n = 1;
    cr_assert_eq(recover_altered(), YQ_E_QUORUM);
    altered = good;
    altered.sig[1].key = WORLD_RECOVERY;
    yq_recovery_put(&(yq_writer){0}, &altered);
    cr_assert_eq(
        yq_recovery_check(yq_ledger_genesis(a.ledger), &a.chain, &altered, &why),
        YQ_E_SIGNER_UNKNOWN);
    altered = good;
    altered.sig[1].sig[5] ^= 1;
    cr_assert_neq(yq_recovery_check(yq_ledger_genesis(a.ledger), &a.chain, &altered, &why), YQ_OK);
    cr_assert_eq(a.ledger->epoch, 1);
    free_fresh();
}

static yq_status audit_with(uint8_t table, uint64_t number, yq_slice value)
{
    row_key key;
    yq_db_value before;
    yq_audit audit;
    row_number(&key, table, number);
    cr_assert_eq(yq_db_get(a.ledger->db, NULL, row_slice(&key), &before), YQ_OK);
    cr_assert(before.found);
    yq_db_batch *batch = yq_db_batch_new();
    if (value.n == 0) {
        yq_db_batch_remove(batch, row_slice(&key));
    } else {
        yq_db_batch_put(batch, row_slice(&key), value);
    }
    cr_assert_eq(yq_db_write(a.ledger->db, batch, &why), YQ_OK);
    yq_status status = yq_ledger_audit(a.ledger, NULL, NULL, &audit, &why);
    yq_db_batch_put(batch, row_slice(&key), before.bytes);
    cr_assert_eq(yq_db_write(a.ledger->db, batch, &why), YQ_OK);
    yq_db_batch_free(batch);
    yq_db_value_free(&before);
    return status;
}

/* An audit takes nothing for granted, also of a recovery at the tip. */
Test(recovery, an_audit_checks_the_statement)
{
    uint8_t room[8 + VALSET_SIZE_MAX];
    yq_bft_tip tip = grow(&a, 2);
    statement = world_statement(&a, &tip, 3, 1, fresh);
    cr_assert_eq(yq_ledger_recover(a.ledger, statement, &why), YQ_OK);
    for (unsigned i = 0; i < 2; i++) {
        yq_slice half = signed_by(1);
        cr_assert_eq(audit_with(ROW_RECOVERY, 1, half), YQ_E_CORRUPT, "signed by one");
        cr_assert_eq(audit_with(ROW_RECOVERY, 1, (yq_slice){0}), YQ_E_CORRUPT, "none");
        cr_assert_eq(audit_with(ROW_CERT, 2, (yq_slice){0}), YQ_E_CORRUPT, "no certificate");
        yq_valset other = a.ledger->set;
        other.key[3][63] ^= 1;
        yq_writer w = yq_writer_of(room, sizeof room);
        yq_put_u64(&w, 3);
        valset_put(&w, &other);
        cr_assert_eq(audit_with(ROW_EPOCH, 2, yq_writer_slice(&w)), YQ_E_CORRUPT, "another set");
        w = yq_writer_of(room, sizeof room);
        yq_put_u64(&w, 4);
        valset_put(&w, &a.ledger->set);
        cr_assert_eq(audit_with(ROW_EPOCH, 2, yq_writer_slice(&w)), YQ_E_CORRUPT, "too late");
        cr_assert_eq(epochs_by_audit(&a), 2);
        drop(half);
        if (i == 0) {
            world_recovered(&a, fresh);
            (void)grow(&a, 2);
        }
    }
}

Test(recovery, it_ends_its_own_epoch)
{
    yq_valset now, next;
    yq_bft_tip tip = grow(&a, 1);
    statement = world_statement(&a, &tip, 3, 1, fresh);
    cr_assert_eq(yq_recovery_decode(statement, &altered, NULL), YQ_OK);
    now = a.ledger->set;
    cr_assert_eq(yq_recovery_next(&altered, &now, &next, &why), YQ_OK);
    cr_assert_eq(next.epoch, 2);
    now.epoch = 2;
    cr_assert_eq(yq_recovery_next(&altered, &now, &next, &why), YQ_E_EPOCH_OLD);
    free_fresh();
}

Test(recovery, a_genesis_without_a_recovery_set_knows_none)
{
    yq_bft_tip tip = grow(&a, 1);
    yq_genesis *none = yq_mem_copy(yq_ledger_genesis(a.ledger), sizeof *none);
    none->recovery_n = none->recovery_approvals = 0;
    statement = world_statement(&a, &tip, 0, 1, fresh);
    cr_assert_eq(yq_recovery_decode(statement, &altered, NULL), YQ_OK);
    cr_assert_eq(altered.sig_n, 0);
    cr_assert_eq(yq_recovery_check(none, &a.chain, &altered, &why), YQ_E_UNSUPPORTED);
    yq_mem_free(none);
    free_fresh();
}

/* One key signs twice, or in another order: not two of them. */
Test(recovery, each_signer_counts_once)
{
    yq_bft_tip tip = grow(&a, 1);
    statement = world_statement(&a, &tip, 1, 1, fresh);
    cr_assert_eq(yq_recovery_decode(statement, &altered, NULL), YQ_OK);
    altered.sig[1] = altered.sig[0];
    altered.sig_n = 2;
    cr_assert_eq(recover_altered(), YQ_E_NONCANONICAL);
    altered.sig[0].key = 2;
    cr_assert_eq(recover_altered(), YQ_E_NONCANONICAL);
    free_fresh();
}

Test(recovery, a_new_key_is_at_hand)
{
    uint8_t change[1024];
    yq_change x;
    yq_bft_tip tip = grow(&a, 1);
    statement = world_statement(&a, &tip, 3, 1, fresh);
    cr_assert_eq(yq_recovery_decode(statement, &altered, NULL), YQ_OK);
    cr_assert_eq(yq_change_decode(altered.change, &x, NULL), YQ_OK);
    x.join[0].proof = x.join[1].proof;
    yq_writer w = yq_writer_of(change, sizeof change);
    yq_change_put(&w, &x);
    altered.change = yq_writer_slice(&w);
    world_sign_recovery(&a, &altered, 3);
    cr_assert_eq(
        yq_recovery_check(yq_ledger_genesis(a.ledger), &a.chain, &altered, &why), YQ_E_SIG);
    free_fresh();
}

Test(recovery, every_byte_counts)
{
    yq_bft_tip tip = grow(&a, 1);
    statement = world_statement(&a, &tip, 3, 1, fresh);
    uint8_t *bytes = yq_mem_copy(statement.p, statement.n);
    for (size_t i = 0; i < statement.n; i++) {
        bytes[i] ^= 1;
        yq_slice changed = yq_slice_of(bytes, statement.n);
        cr_assert_neq(yq_ledger_recover(a.ledger, changed, &why), YQ_OK, "byte %zu", i);
        cr_assert_neq(
            yq_ledger_recover(a.ledger, yq_slice_of(statement.p, i), &why), YQ_OK, "cut %zu", i);
        bytes[i] ^= 1;
    }
    cr_assert_eq(a.ledger->epoch, 1);
    cr_assert_eq(yq_ledger_recover(a.ledger, statement, &why), YQ_OK);
    yq_mem_free(bytes);
    free_fresh();
}

Test(recovery, the_state_must_take_it)
{
    yq_bft_tip tip = grow(&a, 1);
    a.validator_org[3] = a.validator_org[2];
    statement = world_statement(&a, &tip, 3, 1, fresh);
    cr_assert_eq(yq_ledger_recover(a.ledger, statement, &why), YQ_E_SET_CONCENTRATION);
    cr_assert_eq(a.ledger->epoch, 1);
    cr_assert_eq(stage_of(&a, statement), YQ_RECOVERY_READY);
    (void)grow(&a, 1);
    free_fresh();
}

Test(recovery, the_block_needs_a_certificate_of_its_own)
{
    yq_bft_tip tip;
    world_block(&a, 0, &tip);
    statement = world_statement(&a, &tip, 3, 1, fresh);
    cr_assert_eq(yq_ledger_recover(a.ledger, statement, &why), YQ_E_SIGNATURES_MISSING);
    free_fresh();
}

/* ---- what a node has seen ---- */

static yq_recovery_book *book;

static unsigned note(yq_slice bytes, uint64_t now_ms, int expected)
{
    unsigned idx = 0;
    int is_new = 0;
    cr_assert_eq(yq_recovery_book_take(book, bytes, now_ms, &idx, &is_new, &why), YQ_OK);
    cr_assert_eq(is_new, expected);
    return idx;
}

static void open_book(void)
{
    book = yq_mem_alloc(sizeof *book);
    yq_recovery_book_init(book, yq_ledger_genesis(a.ledger), &a.chain);
}

Test(recovery, every_node_waits_from_its_own_first_sight)
{
    yq_bft_tip tip = grow(&a, 1);
    statement = world_statement(&a, &tip, 3, 1, fresh);
    open_book();
    unsigned at = note(statement, 1000, 1);
    cr_assert_eq(yq_recovery_book_due_ms(book, at), 1000 + YQ_RECOVERY_DELAY_MIN);
    yq_slice other = signed_by(6);
    cr_assert_eq(note(other, 5000, 0), at, "the same, signed by others: its first sight stays");
    cr_assert_not(yq_recovery_book_is_due(book, at, 999 + YQ_RECOVERY_DELAY_MIN));
    cr_assert(yq_recovery_book_is_due(book, at, 1000 + YQ_RECOVERY_DELAY_MIN));
    book->item[at].first_ms = UINT64_MAX - 1;
    cr_assert_not(yq_recovery_book_is_due(book, at, UINT64_MAX - 1), "no wrap");
    yq_mem_free(book);
    drop(other);
    free_fresh();
}

Test(recovery, what_a_node_knows_as_final_overrules)
{
    yq_bft_tip tip = grow(&a, 1);
    uint64_t later = 10 + YQ_RECOVERY_DELAY_MIN;
    statement = world_statement(&a, &tip, 3, 1, fresh);
    open_book();
    unsigned at = note(statement, 10, 1);
    cr_assert_eq(yq_ledger_recovery_ripe(a.ledger, book, at, 0, later), 1);
    cr_assert_eq(yq_ledger_recovery_ripe(a.ledger, book, at, 1, later), 1);
    cr_assert_eq(yq_ledger_recovery_ripe(a.ledger, book, at, 2, later), 0, "not committed yet");
    cr_assert_eq(yq_ledger_recovery_ripe(a.ledger, book, at, 1, later - 1), 0, "not waited");
    cr_assert_eq(yq_ledger_recovery_ripe(b.ledger, book, at, 0, later), 0, "not there");
    (void)grow(&a, 1);
    cr_assert_eq(yq_ledger_recovery_ripe(a.ledger, book, at, 2, later), 0, "it went on");
    yq_mem_free(book);
    free_fresh();
}

Test(recovery, statements_replace_and_exclude_each_other)
{
    yq_bft_tip tip = grow(&a, 1);
    uint64_t later = 10 + YQ_RECOVERY_DELAY_MIN;
    statement = world_statement(&a, &tip, 3, 1, fresh);
    yq_slice rival = world_statement(&a, &tip, 3, 1, fresh); /* other proofs: another statement */
    yq_slice newer = world_statement(&a, &tip, 3, 2, fresh);
    open_book();
    unsigned one = note(statement, 10, 1);
    cr_assert(yq_recovery_book_is_due(book, one, later));
    unsigned two = note(rival, 10, 1);
    cr_assert_eq(yq_recovery_book_standing(book, one), YQ_RECOVERY_CONTRADICTED);
    cr_assert_eq(yq_recovery_book_standing(book, two), YQ_RECOVERY_CONTRADICTED);
    cr_assert_not(yq_recovery_book_is_due(book, one, later));
    unsigned three = note(newer, 500, 1);
    cr_assert_eq(yq_recovery_book_standing(book, one), YQ_RECOVERY_REPLACED);
    cr_assert_eq(yq_recovery_book_standing(book, three), YQ_RECOVERY_CURRENT);
    cr_assert_not(yq_recovery_book_is_due(book, three, later), "its own delay");
    cr_assert(yq_recovery_book_is_due(book, three, 490 + later));
    tip = grow(&a, 1);
    yq_slice on_next = world_statement(&a, &tip, 3, 2, fresh);
    unsigned four = note(on_next, 500, 1);
    cr_assert_eq(yq_recovery_book_standing(book, three), YQ_RECOVERY_REPLACED, "a later block");
    cr_assert_eq(yq_recovery_book_standing(book, four), YQ_RECOVERY_CURRENT);
    drop(on_next);
    yq_slice unsigned_one = signed_by(1);
    unsigned idx;
    int is_new;
    uint8_t *bytes = yq_mem_copy(unsigned_one.p, unsigned_one.n);
    bytes[2 + 32 + 8 + 3] ^= 8; /* another serial: not known */
    cr_assert_eq(
        yq_recovery_book_take(book, yq_slice_of(bytes, unsigned_one.n), 1, &idx, &is_new, &why),
        YQ_E_QUORUM);
    cr_assert_eq(book->n, 4);
    yq_mem_free(bytes);
    yq_mem_free(book);
    drop(unsigned_one);
    drop(rival);
    drop(newer);
    free_fresh();
}

Test(recovery, a_full_book_takes_no_more)
{
    yq_bft_tip tip = grow(&a, 1);
    open_book();
    for (uint32_t i = 0; i <= YQ_RECOVERIES_MAX; i++) {
        unsigned idx;
        int is_new;
        drop(statement);
        statement = world_statement(&a, &tip, 3, i, fresh);
        cr_assert_eq(
            yq_recovery_book_take(book, statement, 1, &idx, &is_new, &why),
            i < YQ_RECOVERIES_MAX ? YQ_OK : YQ_E_BUSY);
    }
    yq_mem_free(book);
    free_fresh();
}
