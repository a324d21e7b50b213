#include "conformance/bench/bench.h"
#include "relay/base/bytes.h"
#include "relay/crypto/crypto.h"
#include "relay/crypto/merkle.h"
#include "relay/store/tree.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DIGESTS   32u
#define BULK      (1u << 20)
#define LEAVES    4096u
#define TREE_KEYS 100000u
#define TREE_STEP 1000u
#define PREFIX    ((yq_slice){(const uint8_t *)"T", 1})

/* ---- signatures ------------------------------------------------------------------------------ */

typedef struct signing {
    yq_key *key;
    yq_sig_alg alg;
    uint8_t msg[DIGESTS][32], sig[DIGESTS][64];
    unsigned at;
} signing;

static void sign_step(void *self)
{
    signing *s = self;
    s->at = (s->at + 1) % DIGESTS;
    yq_key_sign(s->key, YQ_SLICE_OF(s->msg[s->at]), s->sig[s->at]);
}

static void verify_step(void *self)
{
    signing *s = self;
    s->at = (s->at + 1) % DIGESTS;
    yq_signature sig = {
        .alg = (uint16_t)s->alg,
        .key = yq_key_public(s->key),
        .msg = YQ_SLICE_OF(s->msg[s->at]),
        .sig = YQ_SLICE_OF(s->sig[s->at]),
    };
    bench_need(yq_signature_check(&sig) == YQ_OK, "a signature does not verify", NULL);
}

static void signatures(bench *b, yq_sig_alg alg, const char *sign_name, const char *verify_name)
{
    signing s = {.key = yq_key_generate(alg), .alg = alg};
    bench_need(s.key != NULL, "no key", NULL);
    yq_random(s.msg, sizeof s.msg);
    for (unsigned i = 0; i < DIGESTS; i++) {
        sign_step(&s);
    }
    bench_rate(b, sign_name, "signatures/s", 1, sign_step, &s);
    bench_rate(b, verify_name, "signatures/s", 1, verify_step, &s);
    yq_key_free(s.key);
}

/* ---- hashes ---------------------------------------------------------------------------------- */

typedef struct hashing {
    uint32_t alg;
    uint8_t *bulk;
    yq_digest leaf[LEAVES];
} hashing;

static void hash_step(void *self)
{
    hashing *h = self;
    yq_hash_one(h->alg, yq_slice_of(h->bulk, BULK), h->leaf[0].b);
}

static void merkle_step(void *self)
{
    hashing *h = self;
    yq_digest root;
    for (unsigned i = 0; i < LEAVES; i++) {
        yq_slice part = yq_slice_of(h->bulk + (size_t)i * 32u, 32);
        yq_merkle_leaf(h->alg, &part, 1, &h->leaf[i]);
    }
    yq_merkle_root(h->alg, h->leaf, LEAVES, &root);
}

void bench_crypto(bench *b)
{
    signatures(b, YQ_SIG_SM2_MESSAGE, "sm2_sign", "sm2_verify");
    signatures(b, YQ_SIG_P256_DIGEST, "p256_sign", "p256_verify");
    signatures(b, YQ_SIG_SECP256K1_DIGEST, "secp256k1_sign", "secp256k1_verify");
    hashing *h = calloc(1, sizeof *h);
    uint8_t *bulk = malloc(BULK);
    bench_need(h != NULL && bulk != NULL, "no memory", NULL);
    yq_random(bulk, BULK);
    h->bulk = bulk;
    h->alg = YQ_HASH_SM3;
    bench_rate(b, "sm3", "MB/s", BULK / 1e6, hash_step, h);
    bench_rate(b, "merkle_sm3", "leaves/s", LEAVES, merkle_step, h);
    h->alg = YQ_HASH_SHA256;
    bench_rate(b, "sha256", "MB/s", BULK / 1e6, hash_step, h);
    free(bulk);
    free(h);
}

/* ---- the state tree -------------------------------------------------------------------------- */

typedef struct growing {
    yq_db *db;
    yq_tree_change change[TREE_STEP];
    uint64_t number;
} growing;

/* A block's worth of changes over a range of keys, hashed, written and synced. */
static void tree_step(void *self)
{
    growing *g = self;
    for (unsigned i = 0; i < TREE_STEP; i++, g->number++) {
        uint64_t key = g->number % TREE_KEYS;
        g->change[i] = (yq_tree_change){0};
        yq_state_path(YQ_HASH_SM3, YQ_SLICE_OF(key), &g->change[i].path);
        yq_hash_one(YQ_HASH_SM3, YQ_SLICE_OF(g->number), g->change[i].value_hash.b);
    }
    yq_tree_source source = {.alg = YQ_HASH_SM3, .prefix = PREFIX, .db = g->db};
    yq_tree_delta delta = {0};
    yq_digest root;
    yq_status status = yq_tree_apply(&source, g->change, TREE_STEP, &delta, &root);
    bench_need(status == YQ_OK, "the tree", NULL);
    yq_db_batch *batch = yq_db_batch_new();
    yq_tree_commit(&delta, PREFIX, batch);
    yq_fault why = {0};
    bench_need(yq_db_write(g->db, batch, &why) == YQ_OK, "database", &why);
    yq_db_batch_free(batch);
    yq_tree_delta_free(&delta);
}

void bench_tree(bench *b)
{
    char dir[] = "/tmp/yq-bench-XXXXXX";
    yq_fault why = {0};
    growing *g = calloc(1, sizeof *g);
    bench_need(g != NULL && mkdtemp(dir) != NULL, "no place for a database", NULL);
    char path[64];
    (void)snprintf(path, sizeof path, "%s/db", dir);
    bench_need(yq_db_open(path, &g->db, &why) == YQ_OK, "database", &why);
    bench_rate(b, "state_tree", "updates/s", TREE_STEP, tree_step, g);
    yq_db_close(g->db);
    free(g);
    bench_remove(dir);
}
