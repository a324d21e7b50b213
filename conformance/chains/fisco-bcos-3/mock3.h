#ifndef YQ_CONFORMANCE_CHAINS_FISCO_BCOS_3_MOCK3_H
#define YQ_CONFORMANCE_CHAINS_FISCO_BCOS_3_MOCK3_H

/* A group of FISCO BCOS 3.3: sealers with weights, blocks, transactions, receipts as the chain
 * hashes them. No clock and no socket here: mock.c brings both. */
#include "conformance/chains/common/contract.h"
#include "conformance/chains/common/mock.h"
#include "relay/base/bytes.h"
#include "relay/base/writer.h"
#include "relay/crypto/crypto.h"

#define YQ_MOCK3_SUITE_SM     1u
#define YQ_MOCK3_SUITE_KECCAK 3u
#define YQ_MOCK3_NODES        8u /* of which some are sealers */
#define YQ_MOCK3_SEALERS      4u /* at the beginning */
#define YQ_MOCK3_ID_SIZE      64u
#define YQ_MOCK3_SIG_MAX      65u
#define YQ_MOCK3_BLOCK_TX_MAX 1000u
#define YQ_MOCK3_LIMIT_AHEAD  600u /* of a block limit above the height */
#define YQ_MOCK3_TX_MAX       (8u << 20)
#define YQ_MOCK3_REQUEST_MAX  (17u << 20) /* a transaction in hex, and more */
#define YQ_MOCK3_CHAIN_ID     "chain0"
#define YQ_MOCK3_GROUP_ID     "group0"
#define YQ_MOCK3_VERSION      UINT32_C(0x03030000)
#define YQ_MOCK3_VERSION_TEXT "3.3.0"
#define YQ_MOCK3_GENESIS_MAX  2048u

/* Receipt status, with the node's words. */
#define YQ_MOCK3_STATUS_NONE        0u
#define YQ_MOCK3_STATUS_PRECOMPILED 15u
#define YQ_MOCK3_STATUS_REVERT      16u
#define YQ_MOCK3_STATUS_ADDRESS     19u /* a call of an address without a contract */

/* What the pool answers. */
#define YQ_MOCK3_POOL_NONCE     10000
#define YQ_MOCK3_POOL_LIMIT     10001
#define YQ_MOCK3_POOL_MALFORMED 10003
#define YQ_MOCK3_POOL_THERE     10004
#define YQ_MOCK3_POOL_CHAINED   10005
#define YQ_MOCK3_POOL_CHAIN     10006
#define YQ_MOCK3_POOL_GROUP     10007
#define YQ_MOCK3_POOL_SIGNATURE 10008

#define YQ_MOCK3_METHOD_RECEIVE "receiveMessages(bytes)"
#define YQ_MOCK3_METHOD_SEND    "sendMessage(bytes)"
#define YQ_MOCK3_METHOD_STEP    "stepEpoch(bytes)"
#define YQ_MOCK3_METHOD_PAUSED  "setPaused(bool)"
#define YQ_MOCK3_METHOD_EMIT    "emitData(bytes)"
#define YQ_MOCK3_EVENT_YUQIAO   "Yuqiao(bytes)"
#define YQ_MOCK3_EVENT_DATA     "Data(bytes)"

typedef struct yq_mock3_log {
    uint8_t address[20];
    yq_digest topic;
    uint8_t *data;
    size_t data_n;
} yq_mock3_log;

typedef struct yq_mock3_tx {
    uint8_t *raw; /* TARS; slices below lie in it */
    size_t raw_n;
    yq_digest hash;
    uint8_t from[20];
    uint32_t version;
    uint64_t block_limit, gas_limit;
    yq_slice chain, group, nonce, to, data, abi, value, gas_price, fee, priority_fee, extension;
    yq_slice stated, signature;
    uint8_t to_address[20];

    /* What its execution gave. */
    uint32_t status;
    uint64_t gas_used;
    int is_deploy;
    uint8_t contract[20]; /* a deploy's */
    uint8_t *output;
    size_t output_n;
    int has_log;
    yq_mock3_log log;
    yq_digest receipt_hash;
} yq_mock3_tx;

typedef struct yq_mock3_signature {
    unsigned index;
    uint8_t b[YQ_MOCK3_SIG_MAX];
} yq_mock3_signature;

typedef struct yq_mock3_block {
    uint64_t number, time_ms, gas_used;
    unsigned sealer;
    yq_digest parent, state, tx_root, receipt_root, hash;
    uint64_t weight[YQ_MOCK3_NODES]; /* of the nodes by their ids; 0: no sealer */
    yq_mock3_tx **tx;                /* the chain's */
    size_t tx_n;
    yq_mock_mode mode; /* how it is shown */
    yq_mock3_signature signature[YQ_MOCK3_NODES];
    size_t signature_n;
} yq_mock3_block;

typedef enum yq_mock3_code {
    YQ_MOCK3_CODE_OTHER = 0,
    YQ_MOCK3_CODE_INBOX = 1,
    YQ_MOCK3_CODE_EVENTS = 2,
} yq_mock3_code;

typedef struct yq_mock3_contract {
    uint8_t address[20];
    uint8_t code; /* yq_mock3_code */
    yq_contract *model;
} yq_mock3_contract;

typedef struct yq_mock3_chain {
    uint8_t suite;
    uint32_t alg;
    char *name;                      /* the hub's id */
    yq_key *node[YQ_MOCK3_NODES];    /* in the order of their ids */
    uint64_t weight[YQ_MOCK3_NODES]; /* from the next block on */
    yq_key *account, *stranger;      /* sends, and is the operator; makes forged signatures */
    char genesis[YQ_MOCK3_GENESIS_MAX];
    yq_mock3_block **block;
    size_t block_n;
    yq_mock3_tx **pool;
    size_t pool_n;
    yq_mock3_contract *contract;
    size_t contract_n;
    uint64_t sent; /* nonces of the account's own transactions */
    uint64_t tx_all, tx_failed;

    /* What control commands made, zero: not yet. */
    uint8_t inbox[20], events[20], foreign[20];
    uint8_t *deploy; /* data of the inbox's deploy */
    size_t deploy_n;

    yq_mock_mode mode;
    yq_mock3_block *twin; /* a second block of twin->number, or NULL */
} yq_mock3_chain;

/* ---- chain.c ---- */

/* In: suite YQ_MOCK3_SUITE_*; the genesis' time. Owns: freed with yq_mock3_chain_free. */
yq_mock3_chain *yq_mock3_chain_new(
    uint8_t suite, const char *name, const char *seed, uint64_t time_ms);
void yq_mock3_chain_free(yq_mock3_chain *chain);

/* Makes a block of what waits, at most YQ_MOCK3_BLOCK_TX_MAX transactions; its time is time_ms, or
 * one more than its parent's. Returns 0 when nothing waits. */
int yq_mock3_chain_seal(yq_mock3_chain *chain, uint64_t time_ms);

/* The mode from the next block on; honest heals what was shown before. */
void yq_mock3_chain_set_mode(yq_mock3_chain *chain, yq_mock_mode mode);

/* A second valid block of a height. Returns 0 when the chain has none there. */
int yq_mock3_chain_fork(yq_mock3_chain *chain, uint64_t number);

/* The block that is shown for a number, NULL past the end. */
const yq_mock3_block *yq_mock3_chain_at(const yq_mock3_chain *chain, uint64_t number);

/* Out: the block that a transaction is in, and its place. Returns 0 when there is none. */
int yq_mock3_chain_find_tx(
    const yq_mock3_chain *chain,
    const yq_digest *hash,
    const yq_mock3_block **block,
    size_t *index);

static inline uint64_t yq_mock3_height(const yq_mock3_chain *chain)
{
    return chain->block_n - 1;
}

/* ---- header.c ---- */

void yq_mock3_genesis_text(yq_mock3_chain *chain);
void yq_mock3_header_hash(const yq_mock3_chain *chain, yq_mock3_block *block);
/* The signatures that the node keeps, a quorum by weight beginning with the block's sealer; as its
 * mode says. */
void yq_mock3_header_sign(const yq_mock3_chain *chain, yq_mock3_block *block);
/* The place of the i-th sealer among the nodes; YQ_MOCK3_NODES past the end. */
size_t yq_mock3_sealer_at(const yq_mock3_block *block, size_t i);

/* realloc for an array of n items and one more; the new one is zero. */
void *yq_mock3_grow(void *array, size_t *n, size_t size);

/* ---- tx.c ---- */

/* Decodes and checks a transaction as the node does; the pool owns it then. Out: hash. Returns the
 * pool's code, 0 when it was taken. */
int yq_mock3_submit(yq_mock3_chain *chain, yq_slice raw, yq_digest *hash);
const char *yq_mock3_pool_word(int code);

/* Signs a transaction of the chain's account and puts it into the pool. In: to of 20 bytes, NULL: a
 * deploy. Out: hash. */
void yq_mock3_send(yq_mock3_chain *chain, const uint8_t *to, yq_slice data, yq_digest *hash);
void yq_mock3_tx_free(yq_mock3_tx *tx);

/* The chain's address of a public key of 64 bytes. */
void yq_mock3_address(const yq_mock3_chain *chain, yq_slice key, uint8_t address[20]);

/* ---- tars.c ---- */

/* Reads a transaction's TARS, strictly: its slices lie in raw. */
YQ_NODISCARD yq_status yq_mock3_tars_read(yq_slice raw, yq_mock3_tx *tx, yq_fault *why);
/* Writes the fields that are hashed, and the whole with stated hash and signature. */
void yq_mock3_tars_hashed(const yq_mock3_tx *tx, yq_writer *w);
void yq_mock3_tars_put(const yq_mock3_tx *tx, yq_writer *w);

/* ---- selector.c ---- */

/* The first bytes of a call of that signature, by a compiler of that hash. */
void yq_mock3_selector(uint32_t alg, const char *signature, uint8_t selector[4]);

/* ---- execute.c ---- */

/* Runs a transaction of place index in a block of that number and time: fills its results. */
void yq_mock3_execute(
    yq_mock3_chain *chain, yq_mock3_tx *tx, uint64_t number, size_t index, uint64_t time_ms);
/* Writes a receipt as the chain hashes it. */
void yq_mock3_receipt_put(const yq_mock3_tx *tx, uint64_t number, yq_writer *w);
yq_mock3_contract *yq_mock3_contract_at(const yq_mock3_chain *chain, yq_slice address);

/* What a deploy carries. Out: data, of cap enough for any (YQ_MOCK3_DEPLOY_MAX). */
#define YQ_MOCK3_DEPLOY_MAX 4096u
void yq_mock3_deploy_data(yq_mock3_code code, const yq_contract_config *config, yq_buf *data);

/* A call's data: selector of the signature by the chain's hash, one ABI bytes. Out: appended. */
void yq_mock3_call_data(
    const yq_mock3_chain *chain, const char *signature, yq_slice argument, yq_buf *data);

/* Topic 0 of an event's signature. */
void yq_mock3_topic(const yq_mock3_chain *chain, const char *signature, yq_digest *topic);

/* ---- consensus.c: the contract of the sealers ---- */

extern const uint8_t yq_mock3_consensus_address[20];
/* Runs a call of it: fills the results. The set is another from the next block on. */
void yq_mock3_consensus_run(yq_mock3_chain *chain, yq_mock3_tx *tx);
/* The data of a call about a node; numbers: how many numbers behind its id, each `weight`. */
void yq_mock3_consensus_call(
    const yq_mock3_chain *chain,
    const char *signature,
    size_t node,
    size_t numbers,
    uint64_t weight,
    yq_buf *data);

/* ---- tree.c ---- */

/* Root of n hashes' binary tree. In: n > 0. */
void yq_mock3_tree_root(uint32_t alg, const yq_digest *hash, size_t n, yq_digest *root);
/* Writes the node's flat proof of hash[index] under a key. */
void yq_mock3_tree_proof(
    uint32_t alg, const yq_digest *hash, size_t n, size_t index, const char *key, yq_json_out *out);

/* ---- rpc.c ---- */

/* Answers one request of JSON-RPC; time_ms of a block that it makes at once. Returns the reply, to
 * be freed with yq_json_out_free. */
yq_json_out *yq_mock3_answer(yq_mock3_chain *chain, yq_slice request, uint64_t time_ms);

/* ---- show.c: the node's JSON of things ---- */

void yq_mock3_out_hex(yq_json_out *out, const char *key, yq_slice bytes);
void yq_mock3_show_block(
    const yq_mock3_chain *chain,
    const yq_mock3_block *block,
    int only_header,
    int only_hashes,
    yq_json_out *out);
void yq_mock3_show_tx(
    const yq_mock3_chain *chain,
    const yq_mock3_block *block,
    size_t index,
    int proof,
    const char *key,
    yq_json_out *out);
void yq_mock3_show_receipt(
    const yq_mock3_chain *chain,
    const yq_mock3_block *block,
    size_t index,
    int proof,
    yq_json_out *out);

/* ---- control.c ---- */

/* Carries out a command of common/mock.h. In: time_ms of a block that it makes at once. */
yq_status yq_mock3_control(
    yq_mock3_chain *chain,
    uint64_t time_ms,
    const yq_json *command,
    yq_json_out *reply,
    yq_fault *why);

#endif /* YQ_CONFORMANCE_CHAINS_FISCO_BCOS_3_MOCK3_H */
