/* The ledger alone, in this process: execution, a large state, snapshots, catching up. */
#include "conformance/bench/bench.h"
#include "relay/base/bytes.h"
#include "relay/crypto/crypto.h"
#include "relay/hub/tx.h"
#include "relay/ledger/snapshot.h"
#include "relay/ledger/view.h"
#include "relay/store/db.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define VALIDATORS 4u
#define QUORUM     3u
#define BATCH      256u
#define BLOCK_ENVS 8u
#define PATH_SIZE  256u

typedef struct store {
    char dir[64];
    yq_key *validator[VALIDATORS], *admin[2];
    uint8_t *genesis; /* owned */
    size_t genesis_n;
    yq_ledger *ledger;
    yq_ledger_start *start;
    yq_ledger_committed *committed;
    uint64_t seq, proposals;
} store;

static int by_key(const void *a, const void *b)
{
    yq_key *const *x = a, *const *y = b;
    return memcmp(yq_key_public(*x).p, yq_key_public(*y).p, 64);
}

/* ---- a chain -------------------------------------------------------------------------------- */

/* A code of an organisation with its check character. */
static void make_code(char code[19], uint64_t number)
{
    (void)snprintf(code, 19, "11%015" PRIu64 "0", number);
    code[17] = yq_org_code_check(code);
}

static void make_genesis(store *s)
{
    static yq_genesis g;
    static char code[2][19];
    g = (yq_genesis){
        .hub = yq_slice_text("bench"),
        .display = yq_slice_text("bench"),
        .alg = YQ_HASH_SM3,
        .suite = YQ_SUITE_SM2,
        .time_ms = UINT64_C(1700000000000),
        .single_operator = 1,
        .approvals = 2,
        .org_n = 2,
        .signer_n = 2,
        .validator_n = VALIDATORS,
    };
    for (unsigned i = 0; i < 2; i++) {
        make_code(code[i], i);
        yq_slice name = yq_slice_text(code[i]);
        s->admin[i] = yq_key_generate(YQ_SIG_SM2_MESSAGE);
        g.org[i] = (yq_genesis_organisation){name, yq_slice_text("bench"), 1};
        g.signer[i] = (yq_genesis_signer){yq_key_public(s->admin[i]), name, YQ_ROLE_ADMIN, {0}};
    }
    for (unsigned i = 0; i < VALIDATORS; i++) {
        s->validator[i] = yq_key_generate(YQ_SIG_SM2_MESSAGE);
        g.validator[i] =
            (yq_genesis_validator){yq_key_public(s->validator[i]), yq_slice_text(code[0])};
    }
    qsort(s->validator, VALIDATORS, sizeof(yq_key *), by_key);
    s->genesis = malloc(YQ_GENESIS_SIZE_MAX);
    bench_need(s->genesis != NULL, "memory", NULL);
    yq_buf out = {s->genesis, YQ_GENESIS_SIZE_MAX, 0};
    yq_fault why = {0};
    bench_need(yq_genesis_encode(&g, &out, &why) == YQ_OK, "genesis", &why);
    s->genesis_n = out.n;
}

static yq_ledger *open_ledger(const store *s, const char *name)
{
    char path[PATH_SIZE];
    yq_ledger *ledger = NULL;
    yq_fault why = {0};
    (void)snprintf(path, sizeof path, "%s/%s", s->dir, name);
    yq_ledger_config config = {
        .path = path,
        .genesis = yq_slice_of(s->genesis, s->genesis_n),
        .pool = {.size_max = 256u << 20, .count_max = 4096},
    };
    bench_need(yq_ledger_open(&config, &ledger, &why) == YQ_OK, "ledger", &why);
    return ledger;
}

static void begin(store *s)
{
    (void)snprintf(s->dir, sizeof s->dir, "/tmp/yq-bench-store-XXXXXX");
    bench_need(mkdtemp(s->dir) != NULL, "a folder below /tmp", NULL);
    make_genesis(s);
    s->ledger = open_ledger(s, "db");
    s->start = calloc(1, sizeof *s->start);
    s->committed = calloc(1, sizeof *s->committed);
    bench_need(s->start != NULL && s->committed != NULL, "memory", NULL);
    bench_need(yq_ledger_start_of(s->ledger, s->start) == YQ_OK, "ledger", NULL);
}

static void end(store *s)
{
    yq_ledger_close(s->ledger);
    for (unsigned i = 0; i < VALIDATORS; i++) {
        yq_key_free(s->validator[i]);
    }
    yq_key_free(s->admin[0]);
    yq_key_free(s->admin[1]);
    free(s->genesis);
    free(s->start);
    free(s->committed);
    bench_remove(s->dir);
}

static void certify(const store *s, const yq_bft_tip *tip, yq_cert *cert)
{
    yq_digest m;
    *cert = (yq_cert){
        .type = YQ_SIGNED_FINALIZE,
        .epoch = tip->header.epoch,
        .view = tip->header.view,
        .h = tip->h,
        .info =
            {
                .chain_id_hash = tip->header.chain_id_hash,
                .epoch = tip->header.epoch,
                .view = tip->header.view,
                .height = tip->header.height,
                .h = tip->h,
                .result_root = tip->result.result_root,
                .export_root = tip->result.export_root,
                .time_ms = tip->header.time_ms,
            },
    };
    yq_cert_digest(YQ_HASH_SM3, &tip->header.chain_id_hash, cert, &m);
    for (unsigned i = 0; i < QUORUM; i++) {
        cert->bitmap |= UINT32_C(1) << i;
        yq_key_sign(s->validator[i], yq_slice_of(m.b, sizeof m.b), cert->sig[i]);
    }
}

/* The next block of what the pool holds, as the core would have it made. */
static void add_block(store *s, int with_cert)
{
    static uint8_t digests[YQ_DIGEST_SIZE * YQ_BLOCK_ENVELOPE_N_MAX];
    static yq_digest scratch[YQ_BLOCK_ENVELOPE_N_MAX];
    static yq_cert cert;
    uint32_t n_env, n_tx;
    const yq_bft_tip *before = &s->start->tip;
    yq_bft_tip tip = {0};
    yq_status status = yq_ledger_payload(
        s->ledger,
        &before->h,
        before->header.time_ms,
        digests,
        YQ_BLOCK_ENVELOPE_N_MAX,
        &n_env,
        &n_tx);
    bench_need(status == YQ_OK, "payload", NULL);
    tip.header = (yq_header){
        .ver = YQ_BFT_VERSION,
        .chain_id_hash = yq_ledger_identity_of(s->ledger)->chain_id_hash,
        .epoch = 1,
        .view = before->header.view + 1,
        .height = before->header.height + 1,
        .parent_hash = before->h,
        .parent_view = before->header.view,
        .time_ms = before->header.time_ms + 100,
        .leader = yq_leader(before->header.view + 1, VALIDATORS),
        .n_env = n_env,
        .n_tx = n_tx,
        .prev_result_root = before->result.result_root,
        .flags = n_env == 0 ? YQ_BLOCK_EMPTY : 0,
    };
    yq_payload_root(YQ_HASH_SM3, digests, n_env, scratch, &tip.header.payload_root);
    yq_header_hash(YQ_HASH_SM3, &tip.header, &tip.h);
    status = yq_ledger_execute(s->ledger, &tip.h, &tip.header, digests, &tip.result);
    bench_need(status == YQ_OK, "execute", NULL);
    if (with_cert) {
        certify(s, &tip, &cert);
    }
    status = yq_ledger_commit(s->ledger, &tip.h, with_cert ? &cert : NULL, s->committed);
    bench_need(status == YQ_OK, "commit", NULL);
    s->start->tip = s->committed->tip;
}

/* ---- a large state -------------------------------------------------------------------------- */

/* Each transaction proposes a new organisation, which waits for the second approval: two keys, of
 * the proposal and of when it lapses. */
static void add_envelope(store *s)
{
    static uint8_t room[BATCH][320], bytes[BATCH * 340];
    static char code[BATCH][19];
    yq_slice tx[BATCH];
    for (unsigned i = 0; i < BATCH; i++) {
        uint8_t key[64];
        uint64_t number = s->proposals++;
        yq_buf to = {room[i], sizeof room[i], 0};
        yq_hash_one(YQ_HASH_SM3, yq_slice_of(&number, sizeof number), key);
        yq_hash_one(YQ_HASH_SM3, yq_slice_of(key, 32), key + 32);
        make_code(code[i], 1000 + number);
        yq_tx one = {.method = YQ_METHOD_ORG_REGISTER};
        one.as.org_register.code = yq_slice_text(code[i]);
        one.as.org_register.name = yq_slice_text("bench");
        one.as.org_register.admin = yq_slice_of(key, sizeof key);
        bench_need(yq_tx_encode(&one, &to) == YQ_OK, "transaction", NULL);
        tx[i] = yq_slice_of(to.p, to.n);
    }
    yq_envelope_plan plan = {
        .alg = YQ_HASH_SM3,
        .suite = YQ_SUITE_SM2,
        .key = s->admin[0],
        .chain_id_hash = yq_ledger_identity_of(s->ledger)->chain_id_hash,
        .seq = ++s->seq,
        .valid_until_ms = s->start->tip.header.time_ms + 3600000,
    };
    yq_buf out = {bytes, sizeof bytes, 0};
    yq_envelope env;
    bench_need(yq_envelope_build(&plan, tx, BATCH, &out, NULL) == YQ_OK, "envelope", NULL);
    yq_slice whole = yq_slice_of(out.p, out.n);
    bench_need(yq_envelope_decode(YQ_HASH_SM3, whole, &env, NULL) == YQ_OK, "envelope", NULL);
    yq_status status = yq_pool_put(yq_ledger_pool(s->ledger), &env, YQ_POOL_VERIFIED, 1);
    bench_need(status == YQ_OK, "pool", NULL);
}

static void grow_state(bench *b, store *s)
{
    double spent = 0;
    while (s->proposals * 2 < b->keys) {
        for (unsigned i = 0; i < BLOCK_ENVS; i++) {
            add_envelope(s);
        }
        double began = bench_now();
        add_block(s, 1);
        spent += bench_now() - began;
    }
    bench_add(b, "execute_and_commit", "transactions/s", (double)s->proposals / spent);
}

/* ---- snapshots ------------------------------------------------------------------------------ */

static yq_snapshots *keep(const store *s, yq_fault *why)
{
    char folder[PATH_SIZE];
    yq_snapshots *kept = NULL;
    (void)snprintf(folder, sizeof folder, "%s/snapshots", s->dir);
    yq_snapshots_config config = {.folder = folder, .kept = 1, .interval = 1};
    bench_need(yq_snapshots_open(s->ledger, &config, &kept, why) == YQ_OK, "snapshots", why);
    return kept;
}

typedef struct copied {
    double give, take; /* seconds */
    yq_import_progress end;
} copied;

static void copy_snapshot(yq_snapshots *kept, yq_import *import, copied *out)
{
    yq_snapshot_request want;
    yq_fault why = {0};
    while (yq_import_want(import, &want)) {
        uint8_t *part;
        size_t size;
        double began = bench_now();
        bench_need(yq_snapshots_serve(kept, &want, &part, &size) == YQ_OK, "part", NULL);
        double given = bench_now();
        yq_status status = yq_import_take(import, yq_slice_of(part, size), &why);
        bench_need(status == YQ_OK, "import", &why);
        out->give += given - began;
        out->take += bench_now() - given;
        free(part);
    }
    yq_import_look(import, &out->end);
}

/* What a state of so many keys takes, out of one ledger and into another. */
static void snapshot(bench *b, store *s)
{
    char path[PATH_SIZE];
    int taken = 0;
    yq_fault why = {0};
    yq_import *import = NULL;
    copied c = {0};
    yq_snapshots *kept = keep(s, &why);
    add_block(s, 1);
    double began = bench_now();
    yq_status status = yq_snapshots_after(kept, s->committed, &taken, &why);
    bench_need(status == YQ_OK && taken, "snapshot", &why);
    bench_add(b, "snapshot_keep", "s", bench_now() - began);
    yq_ledger *empty = open_ledger(s, "other");
    (void)snprintf(path, sizeof path, "%s/import", s->dir);
    bench_need(yq_import_open(empty, path, &import, &why) == YQ_OK, "import", &why);
    copy_snapshot(kept, import, &c);
    bench_need(c.end.keys >= b->keys, "the snapshot lacks keys", NULL);
    yq_import_close(import);
    yq_ledger_close(empty);
    yq_snapshots_close(kept);
    bench_need(yq_db_remove(path, &why) == YQ_OK, "import", &why);
    (void)snprintf(path, sizeof path, "%s/other", s->dir);
    bench_need(yq_db_remove(path, &why) == YQ_OK, "ledger", &why);
    bench_add(b, "snapshot_keys", "keys", (double)c.end.keys);
    bench_add(b, "snapshot_size", "MB", (double)c.end.bytes / 1e6);
    bench_add(b, "snapshot_give", "s", c.give);
    bench_add(b, "snapshot_take", "s", c.take);
}

/* ---- catching up and restart ---------------------------------------------------------------- */

/* One range after the other, from one ledger into a new one. */
static void catch_up(bench *b, store *s)
{
    char path[PATH_SIZE];
    yq_view *view;
    yq_slice range;
    yq_fault why = {0};
    uint64_t from = 1, to = s->start->tip.header.height;
    yq_ledger *other = open_ledger(s, "other");
    yq_ledger_start *start = calloc(1, sizeof *start);
    bench_need(start != NULL && yq_view_open(s->ledger, &view) == YQ_OK, "view", NULL);
    double began = bench_now();
    while (from <= to) {
        bench_need(yq_view_serve(view, from, to, &range) == YQ_OK, "range", NULL);
        yq_status status = yq_ledger_apply(other, range, NULL, NULL, &why);
        bench_need(status == YQ_OK, "range", &why);
        bench_need(yq_ledger_start_of(other, start) == YQ_OK, "ledger", NULL);
        from = start->tip.header.height + 1;
        yq_view_reset(view);
    }
    double spent = bench_now() - began;
    yq_view_close(view);
    yq_ledger_close(other);
    free(start);
    (void)snprintf(path, sizeof path, "%s/other", s->dir);
    bench_need(yq_db_remove(path, &why) == YQ_OK, "ledger", &why);
    bench_add(b, "catch_up", "s", spent);
    bench_add(b, "catch_up_rate", "blocks/s", (double)to / spent);
}

static void restart(bench *b, store *s)
{
    double began = bench_now();
    yq_ledger_close(s->ledger);
    double closed = bench_now();
    s->ledger = open_ledger(s, "db");
    bench_add(b, "close", "s", closed - began);
    bench_add(b, "open", "s", bench_now() - closed);
    bench_add(b, "store_size", "MB", (double)bench_size(s->dir, "db") / 1e6);
}

void bench_store(bench *b)
{
    for (unsigned run = 0; run < b->runs; run++) {
        store s = {0};
        begin(&s);
        for (unsigned i = 1; i <= b->blocks; i++) {
            add_block(&s, i % YQ_SYNC_BLOCKS_MAX == 0 || i == b->blocks);
        }
        bench_add(b, "blocks", "blocks", (double)b->blocks);
        catch_up(b, &s);
        grow_state(b, &s);
        restart(b, &s);
        snapshot(b, &s);
        end(&s);
    }
}
