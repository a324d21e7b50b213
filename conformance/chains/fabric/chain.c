#include "conformance/chains/fabric/chain.h"

#include "conformance/chains/fabric/inbox.h"
#include "relay/base/assert.h"
#include "relay/base/bytes.h"
#include "relay/codec/der.h"
#include "relay/codec/protobuf.h"

#include <stdlib.h>

#define GENESIS_MS 1700000000000u
#define ROOM       YQ_FBMOCK_BLOCK_ROOM

/* ---- blocks ---------------------------------------------------------------------------------- */

static void header_der(uint64_t number, yq_slice previous, yq_slice data_hash, yq_writer *w)
{
    uint8_t integer[9] = {0};
    size_t n = 8;
    for (size_t i = 0; i < 8; i++) {
        integer[1 + i] = (uint8_t)(number >> (56 - 8 * i));
    }
    while (n > 1 && integer[9 - n] == 0) {
        n--;
    }
    n += integer[9 - n] >> 7;
    size_t mark = yq_der_begin(w);
    yq_der_put(w, YQ_DER_INTEGER, yq_slice_of(integer + 9 - n, n));
    yq_der_put(w, YQ_DER_OCTET_STRING, previous);
    yq_der_put(w, YQ_DER_OCTET_STRING, data_hash);
    yq_der_end(w, mark, YQ_DER_SEQUENCE);
}

/* MetadataSignature by orderer i; key: whose key makes it. */
static void put_signature(
    const yq_fbmock_chain *chain,
    yq_writer *w,
    size_t i,
    const yq_fbmock_member *key,
    yq_slice value,
    yq_slice header)
{
    uint8_t room[YQ_FBMOCK_PEM_MAX + 128], signature[80];
    yq_writer id = yq_writer_of(room, sizeof room);
    const yq_fbmock_member *o = &chain->orderer[i];
    if (chain->is_bft) {
        yq_pb_put_varint(&id, 1, i + 1);
    } else {
        yq_pb_put_bytes(&id, 1, yq_slice_of(o->identity, o->identity_n));
    }
    yq_pb_put_bytes(&id, 2, yq_slice_of(chain->last_hash.b, 24));
    const yq_slice part[] = {value, yq_writer_slice(&id), header};
    size_t n = yq_fbmock_sign(key, part, YQ_ARRAY_N(part), signature);
    size_t mark = yq_pb_begin(w);
    if (!chain->is_bft) {
        yq_pb_put_bytes(w, 1, part[1]);
    }
    yq_pb_put_bytes(w, 2, yq_slice_of(signature, n));
    if (chain->is_bft) {
        yq_pb_put_bytes(w, 3, part[1]);
    }
    yq_pb_end(w, mark, 2);
}

/* metadata[0]: OrdererBlockMetadata with last_config 0, and the signatures. */
static void put_signatures(
    const yq_fbmock_chain *chain, yq_writer *w, yq_slice header, int is_genesis, yq_mock_mode mode)
{
    static const uint8_t value[] = {0x0a, 0}; /* LastConfig {index 0} */
    size_t mark = yq_pb_begin(w), n = is_genesis ? 0 : chain->quorum;
    n -= mode == YQ_MOCK_ONE_SIGNATURE_SHORT && n > 0;
    yq_pb_put_bytes(w, 1, YQ_SLICE_OF(value));
    for (size_t i = 0; i < n; i++) {
        int is_last = i + 1 == n;
        size_t who = is_last && mode == YQ_MOCK_REPEATED_SIGNER ? 0 : i;
        const yq_fbmock_member *key =
            is_last && mode == YQ_MOCK_FORGED_SIGNATURE ? &chain->stranger : &chain->orderer[who];
        put_signature(chain, w, who, key, YQ_SLICE_OF(value), header);
        if (n == 1 && mode == YQ_MOCK_REPEATED_SIGNER) {
            put_signature(chain, w, who, key, YQ_SLICE_OF(value), header);
        }
    }
    yq_pb_end(w, mark, 1);
}

/* A block of elements that stand in data as BlockData. Out: hash. */
static void put_block(
    const yq_fbmock_chain *chain,
    yq_writer *w,
    uint64_t number,
    yq_slice data,
    yq_mock_mode mode,
    yq_digest *hash)
{
    uint8_t data_hash[YQ_DIGEST_SIZE], der_room[128];
    yq_slice part[YQ_FBMOCK_BLOCK_TXS];
    size_t n = 0;
    yq_cur c = yq_cur_of(data);
    yq_pb_field f;
    while (yq_pb_next(&c, &f)) {
        part[n++] = f.bytes;
    }
    yq_hash(YQ_HASH_SHA256, part, n, data_hash);
    yq_slice previous = {0};
    if (number > 0) {
        previous = yq_slice_of(chain->previous[number].b, YQ_DIGEST_SIZE);
    }
    yq_writer der = yq_writer_of(der_room, sizeof der_room);
    header_der(number, previous, YQ_SLICE_OF(data_hash), &der);
    yq_hash_one(YQ_HASH_SHA256, yq_writer_slice(&der), hash->b);
    size_t mark = yq_pb_begin(w);
    if (number > 0) {
        yq_pb_put_varint(w, 1, number);
        yq_pb_put_bytes(w, 2, previous);
    }
    yq_pb_put_bytes(w, 3, YQ_SLICE_OF(data_hash));
    yq_pb_end(w, mark, 1);
    yq_pb_put_bytes(w, 2, data);
    mark = yq_pb_begin(w);
    put_signatures(chain, w, yq_writer_slice(&der), number == 0, mode);
    for (size_t i = 1; i < 5; i++) {
        yq_pb_put_bytes(w, 1, (yq_slice){0});
    }
    yq_pb_end(w, mark, 3);
    YQ_ASSERT(w->status == YQ_OK);
}

static void keep_honest(yq_fbmock_chain *chain, yq_slice raw)
{
    yq_fbmock_store *s = &chain->honest;
    s->block = realloc(s->block, (s->n + 1) * sizeof *s->block);
    uint8_t *p = malloc(raw.n);
    YQ_ASSERT(s->block != NULL && p != NULL);
    memcpy(p, raw.p, raw.n);
    s->block[s->n++] = (yq_fbmock_block){.p = p, .n = raw.n};
}

void yq_fbmock_append(yq_fbmock_chain *chain, yq_slice data)
{
    uint64_t number = chain->store->n;
    yq_digest hash;
    yq_writer w = yq_writer_of(malloc(ROOM), ROOM);
    chain->previous = realloc(chain->previous, (number + 1) * sizeof *chain->previous);
    YQ_ASSERT(w.p != NULL && chain->previous != NULL);
    chain->previous[number] = chain->last_hash;
    if (chain->mode == YQ_MOCK_FORGED_SIGNATURE || chain->mode == YQ_MOCK_ONE_SIGNATURE_SHORT ||
        chain->mode == YQ_MOCK_REPEATED_SIGNER) {
        put_block(chain, &w, number, data, YQ_MOCK_HONEST, &hash);
        keep_honest(chain, yq_writer_slice(&w));
        w.n = 0;
    }
    put_block(chain, &w, number, data, chain->mode, &hash);
    YQ_ASSERT(yq_fbmock_store_append(chain->store, yq_writer_slice(&w), NULL) == YQ_OK);
    chain->last_hash = hash;
    free(w.p);
}

/* ---- transactions ---------------------------------------------------------------------------- */

void yq_fbmock_put_element(const yq_fbmock_chain *chain, const yq_fbmock_call *call, yq_writer *w)
{
    char tx_id[YQ_FBMOCK_TX_ID_SIZE];
    size_t mark = yq_pb_begin(w);
    yq_fbmock_put_tx(chain, call, w, tx_id);
    yq_pb_end(w, mark, 1);
}

/* Both organisations approve the definitions, then these are committed: blocks 1 and 2. */
static void define(yq_fbmock_chain *chain)
{
    static const char *const name[] = {YQ_FBMOCK_CHAINCODE, YQ_FBMOCK_INBOX};
    uint8_t results_room[4096];
    yq_writer results = yq_writer_of(results_room, sizeof results_room);
    yq_writer data = yq_writer_of(malloc(ROOM), ROOM);
    YQ_ASSERT(data.p != NULL);
    yq_fbmock_call call = {
        .chaincode = "_lifecycle",
        .version = "syscc",
        .function = "ApproveChaincodeDefinitionForMyOrg",
        .time_ms = GENESIS_MS};
    for (size_t i = 0; i < YQ_ARRAY_N(name) * YQ_FBMOCK_ORGS; i++) {
        const char *chaincode = name[i / YQ_FBMOCK_ORGS];
        results.n = 0;
        yq_fbmock_results_approve(&results, chain->ca[i % YQ_FBMOCK_ORGS].msp, chaincode);
        call.argument = yq_slice_text(chaincode);
        call.results = yq_writer_slice(&results);
        call.nonce = ++chain->nonce;
        yq_fbmock_put_element(chain, &call, &data);
    }
    yq_fbmock_append(chain, yq_writer_slice(&data));
    data.n = 0;
    call.function = "CommitChaincodeDefinition";
    for (size_t i = 0; i < YQ_ARRAY_N(name); i++) {
        results.n = 0;
        yq_fbmock_results_commit(&results, name[i]);
        call.argument = yq_slice_text(name[i]);
        call.results = yq_writer_slice(&results);
        call.nonce = ++chain->nonce;
        yq_fbmock_put_element(chain, &call, &data);
    }
    yq_fbmock_append(chain, yq_writer_slice(&data));
    free(data.p);
}

/* ---- hostility ------------------------------------------------------------------------------- */

static void heal(yq_fbmock_chain *chain)
{
    for (size_t i = chain->honest.n; i > 0; i--) {
        const yq_fbmock_block *b = &chain->honest.block[i - 1];
        YQ_ASSERT(yq_fbmock_store_replace(chain->store, yq_slice_of(b->p, b->n), NULL) == YQ_OK);
    }
    yq_fbmock_store_clear(&chain->honest);
}

/* A second block of a height: another approval of the same definition. */
static void fork(yq_fbmock_chain *chain, uint64_t height, yq_digest *hash)
{
    uint8_t results_room[4096];
    yq_writer results = yq_writer_of(results_room, sizeof results_room);
    yq_writer data = yq_writer_of(malloc((size_t)2 * ROOM), ROOM);
    YQ_ASSERT(data.p != NULL);
    yq_writer w = yq_writer_of(data.p + ROOM, ROOM);
    data.cap = ROOM;
    yq_fbmock_results_approve(&results, chain->ca[0].msp, YQ_FBMOCK_CHAINCODE);
    const yq_fbmock_call call = {
        .chaincode = "_lifecycle",
        .version = "syscc",
        .function = "ApproveChaincodeDefinitionForMyOrg",
        .argument = yq_slice_text(YQ_FBMOCK_CHAINCODE),
        .results = yq_writer_slice(&results),
        .nonce = ++chain->nonce,
        .time_ms = GENESIS_MS};
    yq_fbmock_put_element(chain, &call, &data);
    put_block(chain, &w, height, yq_writer_slice(&data), YQ_MOCK_HONEST, hash);
    const yq_fbmock_block *shown = &chain->store->block[height];
    keep_honest(chain, yq_slice_of(shown->p, shown->n));
    YQ_ASSERT(yq_fbmock_store_replace(chain->store, yq_writer_slice(&w), NULL) == YQ_OK);
    free(data.p);
}

yq_status yq_fbmock_hostile(
    yq_fbmock_chain *chain, yq_mock_mode mode, uint64_t height, yq_digest *hash, yq_fault *why)
{
    if (mode == YQ_MOCK_FORK) {
        if (height == 0 || height >= chain->store->n) {
            return yq_fail(why, YQ_E_NOT_FOUND, 0, "height");
        }
        fork(chain, height, hash);
        return YQ_OK;
    }
    if (mode == YQ_MOCK_HONEST) {
        heal(chain);
    }
    chain->mode = mode;
    return YQ_OK;
}

/* ---- life ------------------------------------------------------------------------------------ */

static void make_members(yq_fbmock_chain *chain)
{
    static const char *const msp[YQ_FBMOCK_ORGS] = {"Org1MSP", "Org2MSP"};
    static const char *const name[YQ_FBMOCK_ORDERERS] = {"o1", "o2", "o3", "o4"};
    yq_slice seed = YQ_SLICE_OF(chain->seed);
    yq_fbmock_member_make(&chain->orderer_ca, seed, "OrdererMSP", "ca", NULL, NULL);
    for (size_t i = 0; i < chain->orderer_n; i++) {
        yq_fbmock_member_make(
            &chain->orderer[i], seed, "OrdererMSP", name[i], "orderer", &chain->orderer_ca);
    }
    yq_fbmock_member_make(
        &chain->stranger, seed, "OrdererMSP", "stranger", "orderer", &chain->orderer_ca);
    for (size_t i = 0; i < YQ_FBMOCK_ORGS; i++) {
        yq_fbmock_member_make(&chain->ca[i], seed, msp[i], "ca", NULL, NULL);
        yq_fbmock_member_make(&chain->peer[i], seed, msp[i], "peer0", "peer", &chain->ca[i]);
    }
    yq_fbmock_member_make(&chain->client, seed, msp[0], "user1", "client", &chain->ca[0]);
}

yq_status yq_fbmock_chain_new(
    const yq_mock_options *options, yq_fbmock_store *store, yq_fbmock_chain **out, yq_fault *why)
{
    const char *suite = options->suite == NULL ? "smartbft" : options->suite;
    int is_bft = strcmp(suite, "smartbft") == 0;
    if (!is_bft && strcmp(suite, "raft") != 0) {
        return yq_fail(why, YQ_E_CONFIG_INVALID, 0, "suite: smartbft or raft");
    }
    if (options->chain[0] == '\0' || strlen(options->chain) >= YQ_FBMOCK_CHANNEL_MAX) {
        return yq_fail(why, YQ_E_CONFIG_INVALID, 0, "chain");
    }
    yq_fbmock_chain *chain = calloc(1, sizeof *chain);
    yq_writer data = yq_writer_of(malloc(ROOM), ROOM);
    YQ_ASSERT(chain != NULL && data.p != NULL);
    const yq_slice part[] = {
        yq_slice_text(options->seed), yq_slice_text("/"), yq_slice_text(options->chain)};
    yq_hash(YQ_HASH_SHA256, part, YQ_ARRAY_N(part), chain->seed);
    chain->channel = options->chain;
    chain->store = store;
    chain->is_bft = is_bft;
    chain->orderer_n = is_bft ? YQ_FBMOCK_ORDERERS : 1;
    chain->quorum = is_bft ? 3 : 1;
    make_members(chain);
    size_t mark = yq_pb_begin(&data);
    yq_fbmock_put_genesis(chain, &data);
    yq_pb_end(&data, mark, 1);
    yq_fbmock_append(chain, yq_writer_slice(&data));
    free(data.p);
    define(chain);
    *out = chain;
    return YQ_OK;
}

void yq_fbmock_chain_free(yq_fbmock_chain *chain)
{
    if (chain == NULL) {
        return;
    }
    yq_key_free(chain->orderer_ca.key);
    yq_key_free(chain->stranger.key);
    yq_key_free(chain->client.key);
    for (size_t i = 0; i < chain->orderer_n; i++) {
        yq_key_free(chain->orderer[i].key);
    }
    for (size_t i = 0; i < YQ_FBMOCK_ORGS; i++) {
        yq_key_free(chain->ca[i].key);
        yq_key_free(chain->peer[i].key);
    }
    for (size_t i = 0; i < chain->pool_n; i++) {
        free(chain->pool[i].p);
    }
    yq_fbmock_inbox_free(chain);
    yq_fbmock_store_clear(&chain->honest);
    free(chain->previous);
    free(chain);
}
