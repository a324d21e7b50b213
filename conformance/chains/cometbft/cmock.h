#ifndef YQ_CONFORMANCE_CHAINS_COMETBFT_CMOCK_H
#define YQ_CONFORMANCE_CHAINS_COMETBFT_CMOCK_H

/* A CometBFT chain with an application that has an IBC store, an outbox and an inbox: headers,
 * commits and proofs as nodes make them. No clock and no socket here: mock.c brings both. */
#include "conformance/chains/common/contract.h"
#include "conformance/chains/common/mock.h"
#include "relay/base/bytes.h"
#include "relay/base/writer.h"
#include "relay/crypto/crypto.h"

#define YQ_CMOCK_KEYS        16u
#define YQ_CMOCK_MEMBERS     4u /* of the first set */
#define YQ_CMOCK_POWER       10u
#define YQ_CMOCK_CHAIN_ID    50u
#define YQ_CMOCK_HEADER_MAX  1024u
#define YQ_CMOCK_NAME_MAX    160u
#define YQ_CMOCK_KEY_MAX     256u
#define YQ_CMOCK_TX_MAX      (1u << 20) /* as the nodes' own configuration has it */
#define YQ_CMOCK_BODY_MAX    (2u << 20)
#define YQ_CMOCK_BLOCK_TXS   1000u
#define YQ_CMOCK_REQUEST_MAX (8u << 20)
#define YQ_CMOCK_REPLY_MAX   (64u << 20)
#define YQ_CMOCK_PAGE        100u

/* Kinds of the application's transactions; from outside only the first two are taken. */
typedef enum yq_cmock_kind {
    YQ_CMOCK_DELIVER = 1,
    YQ_CMOCK_STEP = 2,
    YQ_CMOCK_SEND = 3,
    YQ_CMOCK_EMIT = 4,
    YQ_CMOCK_DEPLOY = 5,
    YQ_CMOCK_VALIDATORS = 6,
} yq_cmock_kind;

/* The application's codes. */
#define YQ_CMOCK_CODE_OK      0u
#define YQ_CMOCK_CODE_FORM    1u
#define YQ_CMOCK_CODE_INBOX   2u
#define YQ_CMOCK_CODE_HEIGHT  3u
#define YQ_CMOCK_CODE_REFUSED 4u

typedef struct yq_cmock_set {
    size_t n;
    size_t who[YQ_CMOCK_KEYS]; /* index of a key */
    uint64_t power[YQ_CMOCK_KEYS];
} yq_cmock_set;

typedef struct yq_cmock_validator {
    yq_key *key;
    uint8_t raw[32], address[20];
} yq_cmock_validator;

/* A module that sends packets; number: of its channel or client. */
typedef struct yq_cmock_module {
    const char *port;
    unsigned number;
    yq_contract *model; /* NULL: only emits */
    uint64_t sequence;  /* packets sent */
} yq_cmock_module;

/* One packet that was sent. */
typedef struct yq_cmock_packet {
    size_t module;
    uint64_t sequence, timeout, height; /* ns, or s in version 2; of its block */
    uint8_t *data;
    size_t data_n;
} yq_cmock_packet;

typedef struct yq_cmock_tx {
    uint8_t *raw;
    size_t raw_n;
    yq_digest hash;
    /* slices lie in raw */
    yq_cmock_kind kind;
    uint64_t last_height;
    yq_slice inbox, body;
    /* what its execution gave */
    unsigned code;
    char log[64];
    yq_cmock_packet *packet; /* the chain's, NULL: none */
} yq_cmock_tx;

typedef struct yq_cmock_vote {
    unsigned flag; /* 1 absent, 2 for the block, 3 nil */
    uint64_t time_ms;
    size_t who;
    uint8_t signature[64];
} yq_cmock_vote;

typedef struct yq_cmock_block {
    uint64_t height, time_ms;
    yq_cmock_set set, next;
    yq_digest hash, last, last_commit, data, app, results;
    uint8_t raw[YQ_CMOCK_HEADER_MAX]; /* the Header message */
    size_t raw_n;
    yq_cmock_vote vote[YQ_CMOCK_KEYS];
    yq_mock_mode mode; /* how it is shown */
    yq_cmock_tx **tx;  /* the chain's */
    size_t tx_n;
} yq_cmock_block;

/* A key of the store "ibc". */
typedef struct yq_cmock_leaf {
    uint8_t key[YQ_CMOCK_KEY_MAX];
    size_t key_n;
    uint8_t value[YQ_DIGEST_SIZE];
    size_t value_n;
    uint64_t version;              /* height of the block that wrote it */
    const yq_cmock_packet *packet; /* whose commitment it is, or NULL */
} yq_cmock_leaf;

typedef struct yq_cmock_tree yq_cmock_tree;

typedef struct yq_cmock_chain {
    char *name;                     /* the hub's id */
    char id[YQ_CMOCK_CHAIN_ID + 1]; /* the chain's own */
    unsigned version;               /* of IBC: 1 or 2 */
    yq_cmock_validator validator[YQ_CMOCK_KEYS];
    yq_key *stranger;       /* makes forged signatures */
    yq_cmock_set set, next; /* of the next block, of the one after it */
    yq_cmock_block **block; /* block[i] has height i + 1 */
    size_t block_n;
    yq_cmock_block *twin; /* a second block of its height, or NULL */
    yq_cmock_tx **pool;
    size_t pool_n;
    yq_cmock_module *module;
    size_t module_n;
    yq_cmock_packet **packet;
    size_t packet_n;
    yq_cmock_leaf *leaf; /* in the order of their keys */
    size_t leaf_n;
    yq_cmock_tree *tree;    /* of the version asked last, or NULL */
    yq_digest app, results; /* after the last block */
    uint64_t tx_all, tx_failed, nonce;
    /* modules that control commands made, SIZE_MAX: none */
    size_t inbox, foreign, events;
    uint8_t *deploy; /* body of the inbox's deploy */
    size_t deploy_n;
    yq_mock_mode mode;
} yq_cmock_chain;

/* ---- grow.c ---- */

/* realloc for an array of n items and one more; the new one is zero. */
void *yq_cmock_grow(void *array, size_t *n, size_t size);

/* ---- chain.c ---- */

/* In: version of IBC, 1 or 2; the time of the first block, which is made at once. */
yq_cmock_chain *yq_cmock_chain_new(
    unsigned version, const char *name, const char *seed, uint64_t time_ms);
void yq_cmock_chain_free(yq_cmock_chain *chain);

/* Returns 1 when a block is due: something waits, or the next header has to show a new root or
 * set. */
int yq_cmock_chain_due(const yq_cmock_chain *chain);
/* Makes a block of what waits; its time is time_ms, or one more than its parent's. */
void yq_cmock_chain_seal(yq_cmock_chain *chain, uint64_t time_ms);

/* The mode from the next block on; honest heals what was shown before. */
void yq_cmock_chain_set_mode(yq_cmock_chain *chain, yq_mock_mode mode);
/* A second valid block of a height. Returns 0 when the chain has none there. */
int yq_cmock_chain_fork(yq_cmock_chain *chain, uint64_t height);

/* ---- find.c: blocks as they are shown ---- */

/* The block that is shown for a height, NULL when there is none. */
const yq_cmock_block *yq_cmock_chain_at(const yq_cmock_chain *chain, uint64_t height);
/* Out: the block that has a transaction, and its place. Returns 0 when there is none. */
int yq_cmock_chain_find_tx(
    const yq_cmock_chain *chain,
    const yq_digest *hash,
    const yq_cmock_block **block,
    size_t *index);

/* ---- block.c: what is hashed and signed ---- */

/* The set of validators first .. first + n - 1, with falling powers. */
yq_cmock_set yq_cmock_set_of(size_t first, size_t n);
yq_digest yq_cmock_set_hash(const yq_cmock_chain *chain, const yq_cmock_set *set);

/* Root of RFC 6962 over n leaves; of none: the hash of nothing. In: n at most YQ_CMOCK_BLOCK_TXS.
 */
yq_digest yq_cmock_merkle(const yq_slice *leaf, size_t n);

/* Fills raw and hash from the block's other members. */
void yq_cmock_block_hash(const yq_cmock_chain *chain, yq_cmock_block *block);
/* Fills the votes, as the mode has them. */
void yq_cmock_block_sign(const yq_cmock_chain *chain, yq_cmock_block *block);
/* The hash that the next header has of the votes. */
yq_digest yq_cmock_commit_hash(const yq_cmock_chain *chain, const yq_cmock_block *block);
/* The hash of the parts of a block of that hash. */
yq_digest yq_cmock_parts_hash(const yq_digest *hash);

/* ---- tree.c: the store "ibc" and the map of stores ---- */

void yq_cmock_leaf_put(yq_cmock_chain *chain, const yq_cmock_leaf *leaf);
/* The application's root after the block of that height. */
yq_digest yq_cmock_app_root(yq_cmock_chain *chain, uint64_t height);
/* The leaf of a key that stood at a height, NULL: none. */
const yq_cmock_leaf *yq_cmock_leaf_find(const yq_cmock_chain *chain, uint64_t height, yq_slice key);
/* Writes the CommitmentProof that a key has, or has not, a value at a height. In: value as shown.
 */
void yq_cmock_store_proof(
    yq_cmock_chain *chain, uint64_t height, yq_slice key, yq_slice value, yq_writer *w);
/* Writes the CommitmentProof of the store's root. */
void yq_cmock_map_proof(yq_cmock_chain *chain, uint64_t height, yq_writer *w);
void yq_cmock_tree_free(yq_cmock_tree *tree);

/* ---- packet.c: what a module sends ---- */

/* Sends a packet in a block of that height and time: its commitment is stored. Returns it. */
yq_cmock_packet *yq_cmock_packet_send(
    yq_cmock_chain *chain, size_t module, yq_slice data, uint64_t height, uint64_t time_ms);
void yq_cmock_packet_key(const yq_cmock_chain *chain, const yq_cmock_packet *p, yq_writer *w);
/* The commitment, of other data when that is shown (NULL: its own). */
yq_digest yq_cmock_packet_commitment(
    const yq_cmock_chain *chain, const yq_cmock_packet *p, const yq_slice *shown);
/* A copy of the packet's data, altered or as it is; to be freed. */
uint8_t *yq_cmock_packet_shown(const yq_cmock_packet *p, int altered);
/* Writes the message of version 2. */
void yq_cmock_packet_put(
    const yq_cmock_chain *chain, const yq_cmock_packet *p, yq_slice data, yq_writer *w);
/* Writes "channel-0", "07-tendermint-0". */
void yq_cmock_module_end(const yq_cmock_chain *chain, const yq_cmock_module *m, char *text);
/* Writes the name by which the hub knows the module's packets. */
void yq_cmock_module_emitter(const yq_cmock_chain *chain, const yq_cmock_module *m, char *text);
/* The module of an emitter's name, SIZE_MAX: none. */
size_t yq_cmock_module_find(const yq_cmock_chain *chain, yq_slice emitter);

/* ---- app.c ---- */

/* Reads a transaction's form. Returns 0 when it is none. */
int yq_cmock_tx_read(yq_slice raw, yq_cmock_tx *out);
/* As the application's CheckTx sees it. Out: code, log. */
void yq_cmock_tx_check(const yq_cmock_chain *chain, yq_cmock_tx *tx);
/* Runs it in a block. */
void yq_cmock_tx_run(yq_cmock_chain *chain, yq_cmock_tx *tx, uint64_t height, uint64_t time_ms);

/* Puts a transaction into the pool. Out: hash. Returns NULL, or the node's word of refusal. The
 * tx's code and log are those of CheckTx. */
const char *yq_cmock_submit(yq_cmock_chain *chain, yq_slice raw, yq_cmock_tx *seen);
/* Puts one of the chain's own into the pool. Out: hash. */
void yq_cmock_send(
    yq_cmock_chain *chain, yq_cmock_kind kind, size_t module, yq_slice body, yq_digest *hash);
void yq_cmock_tx_free(yq_cmock_tx *tx);

/* What a deploy carries; cap enough for any: YQ_CMOCK_DEPLOY_MAX. */
#define YQ_CMOCK_DEPLOY_MAX 8192u
void yq_cmock_deploy_put(const yq_contract_config *config, yq_writer *w);

/* ---- rpc.c ---- */

/* Answers one request of JSON-RPC. Returns the reply, to be freed with yq_json_out_free. */
yq_json_out *yq_cmock_answer(yq_cmock_chain *chain, yq_slice request);

/* ---- show.c: the node's JSON of things ---- */

void yq_cmock_out_number(yq_json_out *out, const char *key, uint64_t value);
void yq_cmock_out_hex(yq_json_out *out, const char *key, yq_slice bytes);
void yq_cmock_out_base64(yq_json_out *out, const char *key, yq_slice bytes);
void yq_cmock_out_time(yq_json_out *out, const char *key, uint64_t ms);
void yq_cmock_show_header(
    const yq_cmock_chain *chain, const yq_cmock_block *block, yq_json_out *out);
void yq_cmock_show_commit(
    const yq_cmock_chain *chain, const yq_cmock_block *block, yq_json_out *out);
void yq_cmock_show_block_id(yq_json_out *out, const char *key, const yq_digest *hash);
void yq_cmock_show_validator(
    const yq_cmock_chain *chain, const yq_cmock_set *set, size_t i, yq_json_out *out);
void yq_cmock_show_result(
    const yq_cmock_chain *chain,
    const yq_cmock_block *block,
    const yq_cmock_tx *tx,
    const char *key,
    yq_json_out *out);

/* ---- control.c ---- */

/* Carries out a command of common/mock.h, and {"do":"validators","first","n"}: another set. In:
 * time_ms of a block that it makes at once. */
yq_status yq_cmock_control(
    yq_cmock_chain *chain,
    uint64_t time_ms,
    const yq_json *command,
    yq_json_out *reply,
    yq_fault *why);

#endif /* YQ_CONFORMANCE_CHAINS_COMETBFT_CMOCK_H */
