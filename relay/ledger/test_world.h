#ifndef YQ_RELAY_LEDGER_TEST_WORLD_H
#define YQ_RELAY_LEDGER_TEST_WORLD_H

/*
 * For the ledger's tests: four organisations with a validator and an administrator each, their real
 * keys, envelopes, blocks with real certificates, over the real state machine.
 */
#include "relay/base/assert.h"
#include "relay/crypto/crypto.h"
#include "relay/hub/tx.h"
#include "relay/ledger/internal.h"
#include "relay/store/mem.h"
#include "relay/store/test_dir.h"

#include <stdio.h>
#include <stdlib.h>

#define WORLD_N        4u
#define WORLD_RECOVERY 3u /* keys of the recovery set; two of them sign */
#define WORLD_TIME     UINT64_C(1700000000000)

typedef struct world {
    yq_key *validator[WORLD_N]; /* in the order of the set */
    yq_key *admin[WORLD_N];
    yq_key *recovery[WORLD_RECOVERY]; /* in the order of the genesis */
    const char *validator_org[WORLD_N];
    char code[WORLD_N][19];
    uint8_t genesis[8192];
    size_t genesis_n;
    yq_digest chain;
    yq_valset set;
    char dir[64];
    yq_ledger *ledger;
    unsigned told;           /* calls of config.committed */
    uint64_t epoch;          /* of the next block */
    yq_status recovery_says; /* what config.recovery answers */
    unsigned recovery_asked;
} world;

static inline int world_key_order(const void *a, const void *b)
{
    yq_key *const *x = a, *const *y = b;
    return memcmp(yq_key_public(*x).p, yq_key_public(*y).p, 64);
}

static inline void world_make(world *w)
{
    static yq_genesis g;
    char name[16];
    memset(w, 0, sizeof *w);
    w->epoch = 1;
    g = (yq_genesis){
        .hub = yq_slice_text("henan-main"),
        .display = yq_slice_text("河南主链"),
        .alg = YQ_HASH_SM3,
        .suite = YQ_SUITE_SM2,
        .time_ms = WORLD_TIME,
        .approvals = 3,
        .org_n = WORLD_N,
        .signer_n = WORLD_N,
        .validator_n = WORLD_N,
        .recovery_n = WORLD_RECOVERY,
        .recovery_approvals = 2,
        .recovery_delay_ms = YQ_RECOVERY_DELAY_MIN,
    };
    for (unsigned i = 0; i < WORLD_N; i++) {
        (void)snprintf(name, sizeof name, "validator%u", i);
        w->validator[i] = yq_key_derive(YQ_SIG_SM2_MESSAGE, yq_slice_text("ledger"), name);
        (void)snprintf(name, sizeof name, "admin%u", i);
        w->admin[i] = yq_key_derive(YQ_SIG_SM2_MESSAGE, yq_slice_text("ledger"), name);
        (void)snprintf(w->code[i], sizeof w->code[i], "1141000000000000%u", i);
        w->code[i][17] = yq_org_code_check(w->code[i]);
        w->code[i][18] = 0;
        yq_slice code = yq_slice_text(w->code[i]);
        g.org[i] = (yq_genesis_organisation){code, yq_slice_text("机构"), 1};
        g.signer[i] = (yq_genesis_signer){yq_key_public(w->admin[i]), code, YQ_ROLE_ADMIN, {0}};
        g.validator[i] = (yq_genesis_validator){yq_key_public(w->validator[i]), code};
    }
    qsort(w->validator, WORLD_N, sizeof w->validator[0], world_key_order);
    for (unsigned i = 0; i < WORLD_RECOVERY; i++) {
        (void)snprintf(name, sizeof name, "recovery%u", i);
        w->recovery[i] = yq_key_derive(YQ_SIG_SM2_MESSAGE, yq_slice_text("ledger"), name);
        g.recovery[i] =
            (yq_genesis_validator){yq_key_public(w->recovery[i]), yq_slice_text(w->code[i])};
    }
    qsort(w->recovery, WORLD_RECOVERY, sizeof w->recovery[0], world_key_order);
    yq_buf out = {w->genesis, sizeof w->genesis, 0};
    YQ_ASSERT(yq_genesis_encode(&g, &out, NULL) == YQ_OK);
    w->genesis_n = out.n;
    for (unsigned i = 0; i < WORLD_N; i++) { /* encoding has sorted them */
        w->validator_org[i] = (const char *)g.validator[i].org.p;
    }
    yq_genesis_chain_hash(&g, yq_slice_of(out.p, out.n), &w->chain);
    yq_genesis_valset(&g, &w->chain, &w->set);
    test_dir_make(w->dir, sizeof w->dir);
}

static inline void world_told(void *self, const yq_bft_tip *tip)
{
    (void)tip;
    ((world *)self)->told++;
}

static inline yq_status world_recovery(void *self, yq_slice statement)
{
    world *w = self;
    yq_recovery r;
    w->recovery_asked++;
    YQ_ASSERT(yq_recovery_decode(statement, &r, NULL) == YQ_OK);
    return w->recovery_says;
}

static inline yq_status world_open(world *w)
{
    char path[96];
    (void)snprintf(path, sizeof path, "%s/db", w->dir);
    yq_ledger_config config = {
        .path = path,
        .genesis = yq_slice_of(w->genesis, w->genesis_n),
        .committed = world_told,
        .recovery = world_recovery,
        .self = w,
    };
    yq_fault why;
    return yq_ledger_open(&config, &w->ledger, &why);
}

static inline void world_free(world *w)
{
    yq_ledger_close(w->ledger);
    for (unsigned i = 0; i < WORLD_N; i++) {
        yq_key_free(w->validator[i]);
        yq_key_free(w->admin[i]);
    }
    for (unsigned i = 0; i < WORLD_RECOVERY; i++) {
        yq_key_free(w->recovery[i]);
    }
    test_dir_remove(w->dir);
}

/* An administrator adds a key of its organisation: the key of (seed, number). */
static inline yq_slice world_tx(uint8_t *room, size_t cap, unsigned number)
{
    char name[16];
    (void)snprintf(name, sizeof name, "new%u", number);
    yq_key *key = yq_key_derive(YQ_SIG_SM2_MESSAGE, yq_slice_text("ledger"), name);
    yq_tx tx = {.method = YQ_METHOD_ORG_KEY_ADD};
    tx.as.org_key_add.key = yq_key_public(key);
    tx.as.org_key_add.role = YQ_ROLE_GATEWAY;
    yq_buf out = {room, cap, 0};
    YQ_ASSERT(yq_tx_encode(&tx, &out) == YQ_OK);
    yq_key_free(key);
    return yq_slice_of(out.p, out.n);
}

/* A vote for a proposal that does not exist: a transaction that is refused. */
static inline yq_slice world_bad_tx(uint8_t *room, size_t cap, unsigned number)
{
    yq_tx tx = {.method = YQ_METHOD_GOVERNANCE_VOTE};
    tx.as.vote.proposal = number;
    yq_buf out = {room, cap, 0};
    YQ_ASSERT(yq_tx_encode(&tx, &out) == YQ_OK);
    return yq_slice_of(out.p, out.n);
}

/* Decoded over malloc'd bytes, freed with world_drop. */
static inline yq_envelope world_envelope(
    world *w, unsigned admin, uint64_t seq, uint64_t valid_ms, const yq_slice *tx, size_t n)
{
    yq_envelope_plan plan = {YQ_HASH_SM3, YQ_SUITE_SM2, w->admin[admin], w->chain, seq, valid_ms};
    size_t size = yq_envelope_size(tx, n);
    yq_buf out = {yq_mem_alloc(size), size, 0};
    yq_envelope env;
    YQ_ASSERT(yq_envelope_build(&plan, tx, n, &out, NULL) == YQ_OK);
    YQ_ASSERT(yq_envelope_decode(YQ_HASH_SM3, yq_slice_of(out.p, out.n), &env, NULL) == YQ_OK);
    return env;
}

static inline void world_drop(yq_envelope *env)
{
    yq_mem_free((void *)(uintptr_t)env->bytes.p);
}

/* The first validators sign it. */
static inline void world_sign(const world *w, unsigned signers, yq_cert *cert)
{
    yq_digest m;
    yq_cert_digest(YQ_HASH_SM3, &w->chain, cert, &m);
    cert->bitmap = 0;
    for (unsigned i = 0; i < signers; i++) {
        cert->bitmap |= UINT32_C(1) << i;
        yq_key_sign(w->validator[i], yq_slice_of(m.b, 32), cert->sig[i]);
    }
}

/* A quorum's certificate of a type over the block. */
static inline void world_certify(
    const world *w, uint8_t type, const yq_bft_tip *tip, unsigned signers, yq_cert *cert)
{
    *cert =
        (yq_cert){.type = type, .epoch = tip->header.epoch, .view = tip->header.view, .h = tip->h};
    cert->info = (yq_final_info){
        .chain_id_hash = w->chain,
        .epoch = tip->header.epoch,
        .view = tip->header.view,
        .height = tip->header.height,
        .h = tip->h,
        .result_root = tip->result.result_root,
        .export_root = tip->result.export_root,
        .time_ms = tip->header.time_ms,
    };
    world_sign(w, signers, cert);
}

/* The header of a block with these envelopes after parent, at view. */
static inline void world_header(
    const world *w,
    const yq_bft_tip *parent,
    uint64_t view,
    const uint8_t *digests,
    uint32_t n_env,
    uint32_t n_tx,
    yq_bft_tip *out)
{
    static yq_digest scratch[YQ_BLOCK_ENVELOPE_N_MAX];
    *out = (yq_bft_tip){0};
    out->header = (yq_header){
        .ver = YQ_BFT_VERSION,
        .chain_id_hash = w->chain,
        .epoch = w->epoch,
        .view = view,
        .height = parent->header.height + 1,
        .parent_hash = parent->h,
        .parent_view = parent->header.view,
        .time_ms = parent->header.time_ms + 100,
        .leader = yq_leader(view, WORLD_N),
        .n_env = n_env,
        .n_tx = n_tx,
        .prev_result_root = parent->result.result_root,
        .flags = n_env == 0 ? YQ_BLOCK_EMPTY : 0,
    };
    yq_payload_root(YQ_HASH_SM3, digests, n_env, scratch, &out->header.payload_root);
    yq_header_hash(YQ_HASH_SM3, &out->header, &out->h);
}

/* Payload, validation, execution and commit of the next block, as the core would ask for them. */
static inline void world_block(world *w, int with_cert, yq_bft_tip *out)
{
    static uint8_t digests[32 * YQ_BLOCK_ENVELOPE_N_MAX];
    static yq_ledger_start start;
    static yq_ledger_committed committed;
    static yq_cert cert;
    uint32_t n_env, n_tx;
    yq_bft_verdict verdict;
    YQ_ASSERT(yq_ledger_start_of(w->ledger, &start) == YQ_OK);
    YQ_ASSERT(
        yq_ledger_payload(
            w->ledger,
            &start.tip.h,
            start.tip.header.time_ms,
            digests,
            YQ_BLOCK_ENVELOPE_N_MAX,
            &n_env,
            &n_tx) == YQ_OK);
    world_header(w, &start.tip, start.tip.header.view + 1, digests, n_env, n_tx, out);
    YQ_ASSERT(yq_ledger_validate(w->ledger, &out->header, digests, &verdict) == YQ_OK);
    YQ_ASSERT(verdict == YQ_BFT_VERDICT_OK);
    YQ_ASSERT(yq_ledger_execute(w->ledger, &out->h, &out->header, digests, &out->result) == YQ_OK);
    world_certify(w, YQ_SIGNED_FINALIZE, out, 3, &cert);
    YQ_ASSERT(yq_ledger_commit(w->ledger, &out->h, with_cert ? &cert : NULL, &committed) == YQ_OK);
    YQ_ASSERT(digest_equal(&committed.tip.h, &out->h) && committed.has_cert == with_cert);
}

static inline yq_status world_put(world *w, const yq_envelope *env)
{
    return yq_pool_put(yq_ledger_pool(w->ledger), env, YQ_POOL_VERIFIED, 1);
}

/* Puts an envelope of n transactions into the pool: all but each third add a key. */
static inline void world_send(world *w, unsigned admin, uint64_t seq, unsigned first, unsigned n)
{
    static uint8_t room[64][256];
    yq_slice tx[64];
    for (unsigned i = 0; i < n; i++) {
        tx[i] = i % 3 == 2 ? world_bad_tx(room[i], sizeof room[i], first + i)
                           : world_tx(room[i], sizeof room[i], first + i);
    }
    yq_envelope env = world_envelope(w, admin, seq, WORLD_TIME + 3600000, tx, n);
    YQ_ASSERT(world_put(w, &env) == YQ_OK);
    world_drop(&env);
}

/* The validators of the second epoch. */
static inline void world_next_set(const world *w, yq_valset *next)
{
    *next = w->set;
    next->epoch = 2;
    next->key[3][0] = 0xff; /* no real point, but an order of its own */
    next->key[3][1] ^= 1;
}

/* Puts them into the state of height 0, as governance will. */
static inline void world_plant_pending(world *w, uint64_t not_before_ms)
{
    char path[96];
    uint8_t key[LEDGER_KEY_MAX], row[1 + LEDGER_KEY_MAX] = {ROW_STATE}, prefix = ROW_TREE;
    uint8_t value[8 + VALSET_SIZE_MAX];
    static yq_view_block block;
    yq_db_value old;
    yq_valset next;
    world_next_set(w, &next);
    size_t key_n = ledger_key(key, YQ_TABLE_LEDGER_PENDING, NULL);
    memcpy(row + 1, key, key_n);
    yq_writer v = yq_writer_of(value, sizeof value);
    yq_put_u64(&v, not_before_ms);
    valset_put(&v, &next);
    yq_ledger_close(w->ledger);
    yq_db *db;
    (void)snprintf(path, sizeof path, "%s/db", w->dir);
    YQ_ASSERT(yq_db_open(path, &db, NULL) == YQ_OK);
    YQ_ASSERT(block_read(db, NULL, 0, &block, &old) == YQ_OK);
    yq_tree_source source = {YQ_HASH_SM3, yq_slice_of(&prefix, 1), db, NULL, NULL, NULL, NULL};
    yq_tree_delta delta = {0};
    yq_tree_change change = {.removed = 0};
    yq_state_path(YQ_HASH_SM3, yq_slice_of(key, key_n), &change.path);
    yq_hash_one(YQ_HASH_SM3, yq_writer_slice(&v), change.value_hash.b);
    YQ_ASSERT(yq_tree_apply(&source, &change, 1, &delta, &block.roots.state_root) == YQ_OK);
    yq_block_roots_hash(YQ_HASH_SM3, &block.roots, &block.tip.result.result_root);
    if (not_before_ms <= WORLD_TIME) {
        yq_valset_hash(YQ_HASH_SM3, &next, &block.tip.result.pending_valset_hash);
    }
    yq_db_batch *batch = yq_db_batch_new();
    yq_tree_commit(&delta, source.prefix, batch);
    yq_db_batch_put(batch, yq_slice_of(row, 1 + key_n), yq_writer_slice(&v));
    put_path(batch, &change.path, yq_slice_of(key, key_n), 0);
    put_block(batch, &block.tip, &block.roots, NULL);
    YQ_ASSERT(yq_db_write(db, batch, NULL) == YQ_OK);
    yq_db_batch_free(batch);
    yq_tree_delta_free(&delta);
    yq_db_value_free(&old);
    yq_db_close(db);
    YQ_ASSERT(world_open(w) == YQ_OK);
}

/* Executes and commits a block that ends the first epoch. */
static inline yq_status world_end_epoch(
    world *w, const yq_bft_tip *parent, yq_ledger_committed *committed)
{
    static yq_cert cert;
    yq_bft_tip tip;
    yq_valset next;
    world_header(w, parent, parent->header.view + 1, NULL, 0, 0, &tip);
    tip.header.flags |= YQ_BLOCK_EPOCH_END;
    yq_header_hash(YQ_HASH_SM3, &tip.header, &tip.h);
    yq_status status = yq_ledger_execute(w->ledger, &tip.h, &tip.header, NULL, &tip.result);
    if (status != YQ_OK) {
        return status;
    }
    YQ_ASSERT(digest_is_zero(&tip.result.pending_valset_hash));
    world_certify(w, YQ_SIGNED_FINALIZE, &tip, 0, &cert);
    world_next_set(w, &next);
    yq_valset_hash(YQ_HASH_SM3, &next, &cert.info.next_valset_hash);
    world_sign(w, 3, &cert);
    w->epoch = 2;
    return yq_ledger_commit(w->ledger, &tip.h, &cert, committed);
}

/* ---- recovery ---- */

static inline void world_sign_recovery(const world *w, yq_recovery *r, unsigned signers)
{
    yq_digest m;
    yq_recovery_digest(YQ_HASH_SM3, r, &m);
    r->sig_n = 0;
    for (uint8_t i = 0; i < WORLD_RECOVERY; i++) {
        if ((signers >> i & 1) != 0) {
            r->sig[r->sig_n].key = i;
            yq_key_sign(w->recovery[i], YQ_SLICE_OF(m.b), r->sig[r->sig_n++].sig);
        }
    }
}

/* The last two validators are lost: new ones of the same organisations take their places. Returns
 * the statement on a block, signed by the recovery keys of the bitmap; freed by the caller. */
static inline yq_slice world_statement(
    world *w, const yq_bft_tip *tip, unsigned signers, uint32_t serial, yq_key *fresh[2])
{
    uint8_t proof[2][64], change[1024], *room = yq_mem_alloc(YQ_RECOVERY_SIZE_MAX);
    yq_change x = {.join_n = 2, .leave_n = 2};
    yq_digest m;
    qsort(fresh, 2, sizeof(yq_key *), world_key_order);
    for (unsigned i = 0; i < 2; i++) {
        yq_slice org = yq_slice_text(w->validator_org[2 + i]), key = yq_key_public(fresh[i]);
        yq_change_proof_digest(YQ_HASH_SM3, &w->chain, w->epoch + 1, org, key, &m);
        yq_key_sign(fresh[i], YQ_SLICE_OF(m.b), proof[i]);
        x.join[i] = (yq_change_join){org, key, YQ_SLICE_OF(proof[i])};
        x.leave[i] = yq_key_public(w->validator[2 + i]);
    }
    yq_writer c = yq_writer_of(change, sizeof change);
    yq_change_put(&c, &x);
    yq_recovery r = {
        .chain_id_hash = w->chain,
        .epoch = w->epoch,
        .serial = serial,
        .height = tip->header.height,
        .h = tip->h,
        .result_root = tip->result.result_root,
        .change = yq_writer_slice(&c),
        .reason = yq_slice_text("机房失火"),
    };
    yq_writer o = yq_writer_of(room, YQ_RECOVERY_SIZE_MAX);
    world_sign_recovery(w, &r, signers);
    yq_recovery_put(&o, &r);
    YQ_ASSERT(c.status == YQ_OK && o.status == YQ_OK);
    return yq_writer_slice(&o);
}

static inline yq_key *world_fresh(const char *name)
{
    return yq_key_derive(YQ_SIG_SM2_MESSAGE, yq_slice_text("fresh"), name);
}

/* From here on they sign. Takes the keys. */
static inline void world_recovered(world *w, yq_key *fresh[2])
{
    for (unsigned i = 0; i < 2; i++) {
        yq_key_free(w->validator[2 + i]);
        w->validator[2 + i] = fresh[i];
    }
    for (unsigned i = 1; i < WORLD_N; i++) {
        for (unsigned k = i; k > 0; k--) {
            yq_key *key = w->validator[k];
            const char *org = w->validator_org[k];
            if (world_key_order(&w->validator[k - 1], &key) > 0) {
                w->validator[k] = w->validator[k - 1];
                w->validator_org[k] = w->validator_org[k - 1];
                w->validator[k - 1] = key;
                w->validator_org[k - 1] = org;
            }
        }
    }
    w->epoch++;
    w->set.epoch++;
    for (unsigned i = 0; i < WORLD_N; i++) {
        memcpy(w->set.key[i], yq_key_public(w->validator[i]).p, 64);
    }
}

#endif /* YQ_RELAY_LEDGER_TEST_WORLD_H */
