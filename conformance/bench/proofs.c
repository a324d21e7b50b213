#include "adapters/fabric/evidence.h"
#include "conformance/bench/bench.h"
#include "conformance/runner/fisco2.h"
#include "relay/base/bytes.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ITEMS_MAX  1024u
#define NAMES_MAX  8u
#define KEYS       65536u
#define PATH_SIZE  4096u
#define BLOCK_NAME "genesis.block"

/* A recorded chain as evidence: the anchor, an update a block, and proofs of events. */
typedef struct chain {
    const yq_verifier *verifier;
    run_client *client;
    run_workspace *space;
    yq_slice anchor, update[ITEMS_MAX], event[ITEMS_MAX];
    size_t update_n, event_n, at;
} chain;

static yq_slice copy_of(const yq_buf *out)
{
    uint8_t *p = malloc(out->n == 0 ? 1 : out->n);
    bench_need(p != NULL, "no memory", NULL);
    memcpy(p, out->p, out->n);
    return yq_slice_of(p, out->n);
}

static void chain_free(chain *c)
{
    for (size_t i = 0; i < c->update_n; i++) {
        run_file_free(c->update[i]);
    }
    for (size_t i = 0; i < c->event_n; i++) {
        run_file_free(c->event[i]);
    }
    run_file_free(c->anchor);
    run_client_free(c->client);
    run_workspace_free(c->space);
}

static const yq_verifier *verifier_of(const char *framework)
{
    for (size_t i = 0; i < yq_verifier_count(); i++) {
        if (strcmp(yq_verifier_at(i)->framework, framework) == 0) {
            return yq_verifier_at(i);
        }
    }
    bench_need(0, framework, NULL);
    return NULL;
}

/* Walks the chain once. Returns the seconds that its updates' verification took. */
static double walk(chain *c)
{
    yq_fault why = {0};
    double spent = 0;
    bench_need(run_client_init(c->client, c->anchor, &why) == YQ_OK, "anchor", &why);
    for (size_t i = 0; i < c->update_n; i++) {
        double begin = bench_now();
        yq_status status = run_client_try_update(c->client, c->space, c->update[i], &why);
        spent += bench_now() - begin;
        bench_need(status == YQ_OK, "update", &why);
        bench_need(run_client_update(c->client, c->update[i], &why) == YQ_OK, "update", &why);
    }
    return spent;
}

static void event_step(void *self)
{
    chain *c = self;
    yq_verified_event event;
    yq_fault why = {0};
    c->at = (c->at + 1) % c->event_n;
    bench_need(
        run_client_event(c->client, c->space, c->event[c->at], &event, &why) == YQ_OK,
        "event proof",
        &why);
}

typedef struct names {
    const char *update, *event, *followed;
} names;

/* update and event alone, and events with the updates of all blocks of the chain: what following
 * costs a proof. */
static void measure(bench *b, chain *c, const names *name)
{
    bench_need(c->update_n > 0 && c->event_n > 0, "the recorded chain has no events", NULL);
    c->client = run_client_new(c->verifier);
    c->space = run_workspace_new();
    run_workspace_remember(c->space, 0, 0);
    (void)walk(c);
    bench_rate(b, name->event, "proofs/s", 1, event_step, c);
    for (unsigned i = 0; i < b->runs; i++) {
        double updates = 0, events = 0, n = 0;
        do {
            updates += walk(c);
            double begin = bench_now();
            for (size_t k = 0; k < c->event_n; k++) {
                event_step(c);
            }
            events += bench_now() - begin;
            n++;
        } while (updates + events < b->seconds);
        bench_add(b, name->update, "updates/s", n * (double)c->update_n / updates);
        bench_add(b, name->followed, "events/s", n * (double)c->event_n / (updates + events));
    }
    chain_free(c);
}

/* ---- FISCO BCOS 2 ---------------------------------------------------------------------------- */

static yq_buf room_of(fisco2_run *run)
{
    return (yq_buf){run->evidence, sizeof run->evidence, 0};
}

static void fisco2_update(fisco2_run *run, const fisco2_doc *doc, chain *c)
{
    static fisco2_paths paths[FISCO2_CHANGES_MAX];
    static yq_fisco2_inclusion_json change[FISCO2_CHANGES_MAX];
    yq_fault why = {0};
    size_t n = fisco2_changes(run, doc->number - 1, change, paths, FISCO2_CHANGES_MAX);
    yq_buf out = room_of(run);
    yq_status status = yq_fisco2_update_of_json(&run->profile, doc->value, change, n, &out, &why);
    bench_need(status == YQ_OK && c->update_n < ITEMS_MAX, "recorded block", &why);
    c->update[c->update_n++] = copy_of(&out);
}

static void fisco2_event(fisco2_run *run, const fisco2_doc *proof, chain *c)
{
    yq_slice hash;
    uint64_t status = 1, number;
    yq_fault why = {0};
    uint32_t tx = 0;
    const yq_json *receipt = yq_json_get(proof->value, "transactionReceipt");
    if (!yq_json_text(yq_json_get(receipt, "transactionHash"), &hash) ||
        !yq_json_quantity(yq_json_get(receipt, "status"), &status) || status != 0 ||
        !yq_json_quantity(yq_json_get(receipt, "blockNumber"), &number) ||
        yq_json_count(yq_json_get(receipt, "logs")) == 0 || c->event_n == ITEMS_MAX) {
        return;
    }
    const fisco2_doc *of = fisco2_find(run, FISCO2_TX_PROOF, hash);
    if (of == NULL || yq_fisco2_index_of(receipt, &tx, &why) != YQ_OK) {
        return;
    }
    yq_fisco2_inclusion_json in = {
        .tx = yq_json_get(of->value, "transaction"),
        .receipt = receipt,
        .tx_proof = yq_json_get(of->value, "txProof"),
        .receipt_proof = yq_json_get(proof->value, "receiptProof"),
    };
    yq_buf out = room_of(run);
    bench_need(
        yq_fisco2_event_of_json(&run->profile, number, &in, 0, &out, &why) == YQ_OK,
        "recorded event",
        &why);
    c->event[c->event_n++] = copy_of(&out);
}

static void fisco2_folder(void *self, const run_folder *folder)
{
    chain *c = self;
    fisco2_run *run = calloc(1, sizeof *run);
    yq_fault why = {0};
    bench_need(run != NULL, "no memory", NULL);
    run->folder = folder;
    size_t n = fisco2_read(run);
    for (size_t i = 0; i < n; i++) {
        if (run->doc[i].class == FISCO2_VERSION) {
            bench_need(
                yq_fisco2_profile_of(run->doc[i].value, 1, &run->profile, &why) == YQ_OK,
                "recorded version",
                &why);
        }
    }
    const fisco2_doc *doc = fisco2_find_block(run, 0, 0);
    bench_need(doc != NULL, "no genesis", NULL);
    yq_buf out = room_of(run);
    yq_status status = yq_fisco2_anchor_of_json(&run->profile, doc->value, &out, &why);
    bench_need(status == YQ_OK, "genesis", &why);
    c->anchor = copy_of(&out);
    for (uint64_t k = 1; (doc = fisco2_find_block(run, k, 1)) != NULL; k++) {
        fisco2_update(run, doc, c);
    }
    for (size_t i = 0; i < n; i++) {
        if (run->doc[i].class == FISCO2_RECEIPT_PROOF) {
            fisco2_event(run, &run->doc[i], c);
        }
    }
    fisco2_free(run);
    free(run);
}

static void walk_folder(
    const bench *b, const char *name, void (*each)(void *self, const run_folder *folder), chain *c)
{
    char path[PATH_SIZE];
    yq_fault why = {0};
    (void)snprintf(path, sizeof path, "%s/%s", b->vectors, name);
    bench_need(run_walk(path, each, c, &why) == YQ_OK, "recorded chains", &why);
}

void bench_fisco2(bench *b)
{
    static chain sm, keccak;
    sm.verifier = keccak.verifier = verifier_of("fisco-bcos-2");
    walk_folder(b, "fisco-2x-sm", fisco2_folder, &sm);
    measure(
        b,
        &sm,
        &(names){"fisco_bcos_2_update", "fisco_bcos_2_event_proof", "fisco_bcos_2_followed_event"});
    walk_folder(b, "fisco-2x-keccak", fisco2_folder, &keccak);
    measure(
        b,
        &keccak,
        &(names){
            "fisco_bcos_2_keccak_update",
            "fisco_bcos_2_keccak_event_proof",
            "fisco_bcos_2_keccak_followed_event"});
}

/* ---- Fabric ---------------------------------------------------------------------------------- */

static void note_name(yq_fabric_registration *list, size_t *n, yq_slice name)
{
    size_t at = 0;
    while (at < *n && yq_slice_compare(list[at].name, name) < 0) {
        at++;
    }
    if (name.n == 0 || name.p[0] == '_' || *n == NAMES_MAX ||
        (at < *n && yq_slice_equal(list[at].name, name))) {
        return;
    }
    memmove(list + at + 1, list + at, (*n - at) * sizeof *list);
    list[at] = (yq_fabric_registration){
        .name = name, .path = yq_slice_text("/Channel/Application/Endorsement"), .keys = KEYS};
    (*n)++;
}

static void fabric_block(chain *c, const yq_fabric_raw_block *block)
{
    size_t at = 0, cap = yq_fabric_raw_update_size(block);
    yq_slice element;
    uint8_t *room = malloc(cap);
    yq_buf out = {room, cap, 0};
    bench_need(room != NULL && yq_fabric_raw_update(block, &out) == YQ_OK, "recorded block", NULL);
    bench_need(c->update_n < ITEMS_MAX, "too many blocks", NULL);
    c->update[c->update_n++] = copy_of(&out);
    for (uint32_t k = 0; yq_fabric_raw_next(block, &at, &element); k++) {
        yq_fabric_raw_tx tx;
        yq_fabric_raw_tx_decode(element, &tx);
        size_t size = element.n + YQ_FABRIC_RAW_PROOF_OVERHEAD;
        uint8_t *proof = tx.has_event && c->event_n < ITEMS_MAX ? malloc(size) : NULL;
        yq_buf to = {proof, size, 0};
        if (proof != NULL) {
            bench_need(yq_fabric_raw_proof(block->number, k, element, &to) == YQ_OK, "event", NULL);
            c->event[c->event_n++] = copy_of(&to);
        }
        free(proof);
    }
    free(room);
}

static void fabric_folder(void *self, const run_folder *folder)
{
    static yq_fabric_raw_block block[ITEMS_MAX];
    yq_fabric_registration followed[NAMES_MAX];
    yq_slice raw[ITEMS_MAX], element = {0};
    yq_fabric_raw_tx tx, config;
    yq_fault why = {0};
    chain *c = self;
    size_t n = 0, followed_n = 0;
    for (size_t i = 0; i < folder->n && n < ITEMS_MAX; i++) {
        if (run_ends_with(folder->file[i].base, ".block") &&
            strcmp(folder->file[i].base, BLOCK_NAME) != 0) {
            bench_need(run_file_read(folder->file[i].path, &raw[n], &why) == YQ_OK, "file", &why);
            bench_need(yq_fabric_raw_block_decode(raw[n], &block[n], &why) == YQ_OK, "block", &why);
            bench_need(block[n].number == n, "recorded blocks are not in order", NULL);
            size_t at = 0;
            while (yq_fabric_raw_next(&block[n], &at, &element)) {
                yq_fabric_raw_tx_decode(element, &tx);
                note_name(followed, &followed_n, tx.type == 3 ? tx.chaincode : (yq_slice){0});
            }
            n++;
        }
    }
    size_t at = 0;
    bench_need(n > 1 && yq_fabric_raw_next(&block[0], &at, &element), "no genesis", NULL);
    yq_fabric_raw_tx_decode(element, &config);
    size_t cap = yq_fabric_raw_update_size(&block[0]) + (64u << 10);
    uint8_t *room = malloc(cap);
    yq_buf out = {room, cap, 0};
    bench_need(
        room != NULL &&
            yq_fabric_raw_anchor(config.channel, followed, followed_n, &block[0], &out) == YQ_OK,
        "genesis",
        NULL);
    c->anchor = copy_of(&out);
    free(room);
    for (size_t i = 1; i < n; i++) {
        fabric_block(c, &block[i]);
    }
    for (size_t i = 0; i < n; i++) {
        run_file_free(raw[i]);
    }
}

void bench_fabric(bench *b)
{
    static chain bft, raft;
    bft.verifier = raft.verifier = verifier_of("fabric");
    walk_folder(b, "fabric-3pre-smartbft", fabric_folder, &bft);
    measure(b, &bft, &(names){"fabric_update", "fabric_event_proof", "fabric_followed_event"});
    walk_folder(b, "fabric-2.5-raft", fabric_folder, &raft);
    measure(
        b,
        &raft,
        &(names){"fabric_raft_update", "fabric_raft_event_proof", "fabric_raft_followed_event"});
}
