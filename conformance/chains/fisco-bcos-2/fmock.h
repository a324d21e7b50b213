#ifndef YQ_CONFORMANCE_CHAINS_FISCO_BCOS_2_FMOCK_H
#define YQ_CONFORMANCE_CHAINS_FISCO_BCOS_2_FMOCK_H

/* A chain of FISCO BCOS 2 with four sealers: blocks, transactions, receipts as the chain hashes
 * them. No clock and no socket here: mock.c brings both. */
#include "conformance/chains/common/contract.h"
#include "conformance/chains/common/mock.h"
#include "relay/base/bytes.h"
#include "relay/base/writer.h"
#include "relay/crypto/crypto.h"

#define YQ_FMOCK_SUITE_SM     1u
#define YQ_FMOCK_SUITE_KECCAK 3u
#define YQ_FMOCK_SEALERS      4u
#define YQ_FMOCK_QUORUM       3u /* n - (n - 1) / 3 */
#define YQ_FMOCK_SIG_MAX      128u
#define YQ_FMOCK_BLOOM_SIZE   256u
#define YQ_FMOCK_BLOCK_TX_MAX 1000u
#define YQ_FMOCK_LIMIT_AHEAD  1000u /* of a block limit above the height */
#define YQ_FMOCK_TX_MAX       (8u << 20)
#define YQ_FMOCK_REQUEST_MAX  (17u << 20) /* a transaction in hex, and more */
#define YQ_FMOCK_CHAIN_ID     1u
#define YQ_FMOCK_GROUP_ID     1u

/* Receipt status, with the node's words. */
#define YQ_FMOCK_STATUS_NONE    0x0u
#define YQ_FMOCK_STATUS_REVERT  0x16u
#define YQ_FMOCK_STATUS_ADDRESS 0x1au /* a call of an address without a contract */

#define YQ_FMOCK_METHOD_RECEIVE "receiveMessages(bytes)"
#define YQ_FMOCK_METHOD_SEND    "sendMessage(bytes)"
#define YQ_FMOCK_METHOD_STEP    "stepEpoch(bytes)"
#define YQ_FMOCK_METHOD_EMIT    "emitData(bytes)"
#define YQ_FMOCK_EVENT_YUQIAO   "Yuqiao(bytes)"
#define YQ_FMOCK_EVENT_DATA     "Data(bytes)"

typedef struct yq_fmock_log {
    uint8_t address[20];
    yq_digest topic;
    uint8_t *data;
    size_t data_n;
} yq_fmock_log;

typedef struct yq_fmock_tx {
    uint8_t *raw; /* the RLP; slices below lie in it */
    size_t raw_n;
    yq_digest hash;
    uint8_t from[20];
    yq_slice nonce, gas_price, gas, to, value, data, extra;
    uint64_t block_limit, chain_id, group_id;
    uint8_t r[32], s[32];
    yq_slice public_key; /* SM: item v */
    uint8_t recovery;    /* Keccak: 0 or 1 */

    /* What its execution gave. */
    uint64_t status, gas_used;
    uint8_t contract[20]; /* a deploy's */
    uint8_t *output;
    size_t output_n;
    int has_log;
    yq_fmock_log log;
    uint8_t bloom[YQ_FMOCK_BLOOM_SIZE];
    yq_digest receipt_hash;
} yq_fmock_tx;

typedef struct yq_fmock_signature {
    unsigned index;
    uint8_t b[YQ_FMOCK_SIG_MAX];
} yq_fmock_signature;

typedef struct yq_fmock_block {
    uint64_t number, time_ms;
    unsigned sealer;
    yq_digest parent, state, tx_root, receipt_root, hash;
    uint8_t bloom[YQ_FMOCK_BLOOM_SIZE];
    yq_fmock_tx **tx; /* the chain's */
    size_t tx_n;
    yq_mock_mode mode; /* how it is shown */
    yq_fmock_signature signature[YQ_FMOCK_SEALERS];
    size_t signature_n;
} yq_fmock_block;

typedef enum yq_fmock_code {
    YQ_FMOCK_CODE_OTHER = 0,
    YQ_FMOCK_CODE_INBOX = 1,
    YQ_FMOCK_CODE_EVENTS = 2,
} yq_fmock_code;

typedef struct yq_fmock_contract {
    uint8_t address[20];
    uint8_t code; /* yq_fmock_code */
    yq_contract *model;
} yq_fmock_contract;

/* How many contracts an account has made. */
typedef struct yq_fmock_maker {
    uint8_t address[20];
    uint64_t n;
} yq_fmock_maker;

typedef struct yq_fmock_chain {
    uint8_t suite;
    uint32_t alg;
    char *name;                       /* the hub's id */
    yq_key *sealer[YQ_FMOCK_SEALERS]; /* in the order of their ids */
    yq_key *account, *stranger;       /* sends; makes forged signatures */
    char genesis[1024];               /* text of extraData */
    yq_fmock_block **block;
    size_t block_n;
    yq_fmock_tx **pool;
    size_t pool_n;
    yq_fmock_contract *contract;
    size_t contract_n;
    yq_fmock_maker *maker;
    size_t maker_n;
    uint64_t sent; /* nonces of the account's own transactions */
    uint64_t tx_all, tx_failed;

    /* What control commands made, zero: not yet. */
    uint8_t inbox[20], events[20], foreign[20];
    uint8_t *deploy; /* data of the inbox's deploy */
    size_t deploy_n;

    yq_mock_mode mode;
    yq_fmock_block *twin; /* a second block of twin->number, or NULL */
} yq_fmock_chain;

/* ---- chain.c ---- */

/* In: suite YQ_FMOCK_SUITE_*; the genesis' time. Owns: freed with yq_fmock_chain_free. */
yq_fmock_chain *yq_fmock_chain_new(
    uint8_t suite, const char *name, const char *seed, uint64_t time_ms);
void yq_fmock_chain_free(yq_fmock_chain *chain);

/* Makes a block of what waits, at most YQ_FMOCK_BLOCK_TX_MAX transactions; its time is time_ms, or
 * one more than its parent's. Returns 0 when nothing waits. */
int yq_fmock_chain_seal(yq_fmock_chain *chain, uint64_t time_ms);

/* The mode from the next block on; honest heals what was shown before. */
void yq_fmock_chain_set_mode(yq_fmock_chain *chain, yq_mock_mode mode);

/* A second valid block of a height. Returns 0 when the chain has none there. */
int yq_fmock_chain_fork(yq_fmock_chain *chain, uint64_t number);

/* The block that is shown for a number, NULL past the end. */
const yq_fmock_block *yq_fmock_chain_at(const yq_fmock_chain *chain, uint64_t number);
const yq_fmock_block *yq_fmock_chain_by_hash(const yq_fmock_chain *chain, const yq_digest *hash);

/* Out: the block that a transaction is in, and its place. Returns 0 when there is none. */
int yq_fmock_chain_find_tx(
    const yq_fmock_chain *chain,
    const yq_digest *hash,
    const yq_fmock_block **block,
    size_t *index);

static inline uint64_t yq_fmock_height(const yq_fmock_chain *chain)
{
    return chain->block_n - 1;
}

/* Writes a header as the chain hashes it. */
void yq_fmock_header_put(const yq_fmock_chain *chain, const yq_fmock_block *block, yq_writer *w);

/* realloc for an array of n items and one more; the new one is zero. */
void *yq_fmock_grow(void *array, size_t *n, size_t size);

/* ---- tx.c ---- */

/* Decodes and checks a transaction as the node does; the pool owns it then. Out: hash, word: the
 * node's reason, NULL when it was taken. */
void yq_fmock_submit(yq_fmock_chain *chain, yq_slice raw, yq_digest *hash, const char **word);

/* Signs a transaction of the chain's account and puts it into the pool. In: to of 20 bytes, NULL: a
 * deploy. Out: hash. */
void yq_fmock_send(yq_fmock_chain *chain, const uint8_t *to, yq_slice data, yq_digest *hash);
void yq_fmock_tx_free(yq_fmock_tx *tx);

/* The chain's address of a public key of 64 bytes. */
void yq_fmock_address(const yq_fmock_chain *chain, yq_slice key, uint8_t address[20]);
/* The address of the n-th contract of an account, from 0. */
void yq_fmock_contract_address(
    const yq_fmock_chain *chain, const uint8_t sender[20], uint64_t n, uint8_t address[20]);

/* ---- execute.c ---- */

/* Runs a transaction in a block of that time: fills its results. */
void yq_fmock_execute(yq_fmock_chain *chain, yq_fmock_tx *tx, uint64_t time_ms);
/* Writes a receipt as the chain hashes it: 8 items. */
void yq_fmock_receipt_put(const yq_fmock_tx *tx, const yq_digest *state, yq_writer *w);
yq_fmock_contract *yq_fmock_contract_at(const yq_fmock_chain *chain, yq_slice address);

/* What a deploy carries. Out: data, of cap enough for any (YQ_FMOCK_DEPLOY_MAX). */
#define YQ_FMOCK_DEPLOY_MAX 4096u
void yq_fmock_deploy_data(yq_fmock_code code, const yq_contract_config *config, yq_buf *data);

/* A call's data: selector of the signature by the chain's hash, one ABI bytes. Out: appended. */
void yq_fmock_call_data(
    const yq_fmock_chain *chain, const char *signature, yq_slice argument, yq_buf *data);

/* Topic 0 of an event's signature. */
void yq_fmock_topic(const yq_fmock_chain *chain, const char *signature, yq_digest *topic);

/* ---- tree.c ---- */

/* Root of n hashes' 16-ary tree. In: n > 0. */
void yq_fmock_tree_root(uint32_t alg, const yq_digest *hash, size_t n, yq_digest *root);
/* Writes the node's proof list of hash[index] under a key. */
void yq_fmock_tree_proof(
    uint32_t alg, const yq_digest *hash, size_t n, size_t index, const char *key, yq_json_out *out);

/* ---- rpc.c ---- */

/* Answers one request of JSON-RPC. Returns the reply, to be freed with yq_json_out_free. */
yq_json_out *yq_fmock_answer(yq_fmock_chain *chain, yq_slice request);

/* Writes hex with 0x. */
void yq_fmock_out_hex(yq_json_out *out, const char *key, yq_slice bytes);
void yq_fmock_out_error(yq_json_out *out, int code, const char *message);

/* ---- show.c: the node's JSON of things ---- */

void yq_fmock_show_block(
    const yq_fmock_chain *chain,
    const yq_fmock_block *block,
    int whole, /* transactions with their fields, and signatures */
    yq_json_out *out);
void yq_fmock_show_header(
    const yq_fmock_chain *chain, const yq_fmock_block *block, int signatures, yq_json_out *out);
void yq_fmock_show_tx(
    const yq_fmock_chain *chain,
    const yq_fmock_block *block,
    size_t index,
    const char *key,
    yq_json_out *out);
void yq_fmock_show_receipt(
    const yq_fmock_chain *chain,
    const yq_fmock_block *block,
    size_t index,
    const char *key,
    yq_json_out *out);
void yq_fmock_show_proof(
    const yq_fmock_chain *chain,
    const yq_fmock_block *block,
    size_t index,
    int receipts,
    const char *key,
    yq_json_out *out);
void yq_fmock_out_number(yq_json_out *out, const char *key, uint64_t value);

/* ---- control.c ---- */

/* Carries out a command of common/mock.h. In: time_ms of a block that it makes at once. */
yq_status yq_fmock_control(
    yq_fmock_chain *chain,
    uint64_t time_ms,
    const yq_json *command,
    yq_json_out *reply,
    yq_fault *why);

/* ---- replay.c ---- */

/* A recorded chain: one file a reply, read at the start. */
typedef struct yq_fmock_replay yq_fmock_replay;

/* Errors: E_IO (the folder), E_CORRUPT naming the file. */
YQ_NODISCARD yq_status
yq_fmock_replay_open(const char *folder, yq_fmock_replay **out, yq_fault *why);
void yq_fmock_replay_close(yq_fmock_replay *replay);
/* As recorded, with the request's id. Returns text to be freed. */
char *yq_fmock_replay_answer(yq_fmock_replay *replay, yq_slice request, size_t *size);
uint64_t yq_fmock_replay_height(const yq_fmock_replay *replay);

#endif /* YQ_CONFORMANCE_CHAINS_FISCO_BCOS_2_FMOCK_H */
