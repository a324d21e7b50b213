#ifndef YQ_CONFORMANCE_CHAINS_EVM_EMOCK_H
#define YQ_CONFORMANCE_CHAINS_EVM_EMOCK_H

/* A chain of the Ethereum family with four validators of eight keys: headers, seals, transactions,
 * receipts and state as such a chain hashes them. No clock and no socket here: mock.c brings both.
 */
#include "conformance/chains/common/contract.h"
#include "conformance/chains/common/mock.h"
#include "relay/base/bytes.h"
#include "relay/base/writer.h"
#include "relay/crypto/crypto.h"

#define YQ_EMOCK_KEYS         8u
#define YQ_EMOCK_MEMBERS      4u /* at the start: every second key */
#define YQ_EMOCK_BLOOM_SIZE   256u
#define YQ_EMOCK_BLOCK_TX_MAX 500u
#define YQ_EMOCK_TX_MAX       (8u << 20)
#define YQ_EMOCK_REQUEST_MAX  (17u << 20) /* a transaction in hex, and more */
#define YQ_EMOCK_EPOCH        30000u
#define YQ_EMOCK_GAS_LIMIT    100000000u /* of a block */
#define YQ_EMOCK_BASE_FEE     7u
#define YQ_EMOCK_BURIED       8u /* Clique: empty blocks that follow the last with something in it */

#define YQ_EMOCK_METHOD_RECEIVE "receiveMessages(bytes)"
#define YQ_EMOCK_METHOD_SEND    "sendMessage(bytes)"
#define YQ_EMOCK_METHOD_STEP    "stepEpoch(bytes)"
#define YQ_EMOCK_METHOD_EMIT    "emitData(bytes)"
#define YQ_EMOCK_EVENT_YUQIAO   "Yuqiao(bytes)"
#define YQ_EMOCK_EVENT_DATA     "Data(bytes)"

/* The suite's words: "qbft", "ibft2", "qbft-contract", "clique". */
typedef enum yq_emock_consensus {
    YQ_EMOCK_QBFT = 0,
    YQ_EMOCK_IBFT2,
    YQ_EMOCK_QBFT_CONTRACT, /* validators in the storage of a contract, at slot 0 */
    YQ_EMOCK_CLIQUE,
    YQ_EMOCK_CONSENSUS_N,
} yq_emock_consensus;

typedef struct yq_emock_log {
    uint8_t address[20];
    yq_digest topic;
    uint8_t *data;
    size_t data_n;
} yq_emock_log;

typedef struct yq_emock_tx {
    uint8_t *raw; /* as sent; slices below lie in it */
    size_t raw_n;
    yq_digest hash;
    uint8_t type; /* 0, 1 or 2 */
    uint8_t from[20];
    uint64_t nonce, gas, chain_id, v; /* v: as it stands */
    yq_slice price, tip;              /* types 0, 1: price; 2: fee cap, tip */
    yq_slice to, value, data;
    uint8_t r[32], s[32];

    /* What its execution gave. */
    int failed;
    const char *reason;
    uint64_t gas_used, gas_before; /* before: of the block's earlier ones */
    int is_deploy;
    uint8_t contract[20];
    int has_log;
    yq_emock_log log;
    uint8_t bloom[YQ_EMOCK_BLOOM_SIZE];
} yq_emock_tx;

typedef enum yq_emock_code {
    YQ_EMOCK_CODE_NONE = 0, /* an account with a key */
    YQ_EMOCK_CODE_INBOX = 1,
    YQ_EMOCK_CODE_EVENTS = 2,
    YQ_EMOCK_CODE_VALIDATORS = 3,
    YQ_EMOCK_CODE_OTHER = 4,
} yq_emock_code;

typedef struct yq_emock_account {
    uint8_t address[20];
    uint8_t code; /* yq_emock_code */
    uint64_t nonce;
} yq_emock_account;

/* Indices of keys, ascending: keys lie in the order of their addresses. */
typedef struct yq_emock_set {
    size_t n;
    size_t member[YQ_EMOCK_KEYS];
} yq_emock_set;

/* What the accounts and the validators are after a block. */
typedef struct yq_emock_state {
    yq_emock_account *account;
    size_t account_n;
    yq_emock_set set; /* in the contract's storage, where there is one */
} yq_emock_state;

typedef struct yq_emock_vote {
    int is_cast, add;
    size_t candidate; /* a key */
} yq_emock_vote;

typedef struct yq_emock_block {
    uint64_t number, time;
    yq_emock_set set; /* that seals it */
    size_t signer;    /* a key: proposer, or who sealed it */
    yq_emock_vote vote;
    yq_digest parent, state_root, tx_root, receipt_root, hash;
    uint8_t bloom[YQ_EMOCK_BLOOM_SIZE];
    uint64_t gas_used;
    uint8_t *extra;
    size_t extra_n;
    yq_emock_tx **tx; /* the chain's */
    size_t tx_n;
    yq_emock_state after;
    yq_mock_mode mode; /* how it is shown */
} yq_emock_block;

typedef struct yq_emock_contract {
    uint8_t address[20];
    yq_contract *model;
} yq_emock_contract;

typedef struct yq_emock_chain {
    yq_emock_consensus consensus;
    int has_base_fee;
    uint64_t chain_id;
    char *name; /* the hub's id */
    yq_key *key[YQ_EMOCK_KEYS];
    uint8_t address[YQ_EMOCK_KEYS][20];
    yq_key *account, *stranger; /* sends; makes forged seals */
    uint8_t account_address[20];
    yq_emock_block **block;
    size_t block_n;
    yq_emock_tx **pool;
    size_t pool_n;
    yq_emock_state now;
    yq_emock_contract *contract; /* inboxes */
    size_t contract_n;
    uint64_t tx_all, tx_failed, sent;

    yq_emock_set set;   /* that seals the next block */
    yq_emock_vote vote; /* that proposers cast until it has passed */
    int has_voted[YQ_EMOCK_KEYS];

    /* What control commands made, zero: not yet. */
    uint8_t inbox[20], events[20], foreign[20];
    uint8_t *deploy; /* data of the inbox's deploy */
    size_t deploy_n;

    yq_mock_mode mode;
    yq_emock_block *twin; /* a second block of twin->number, or NULL */
} yq_emock_chain;

/* ---- grow.c ---- */

/* realloc for an array of n items and one more; the new one is zero. */
void *yq_emock_grow(void *array, size_t *n, size_t size);

/* ---- chain.c ---- */

/* In: the genesis' time in seconds. Owns: freed with yq_emock_chain_free. */
yq_emock_chain *yq_emock_chain_new(
    yq_emock_consensus consensus, const char *name, const char *seed, uint64_t time);
void yq_emock_chain_free(yq_emock_chain *chain);

/* Makes a block of what waits, or an empty one; its time is at least its parent's. */
void yq_emock_chain_seal(yq_emock_chain *chain, uint64_t time);

/* Whether a block is due: something waits, or a Clique block is not buried. */
int yq_emock_chain_is_due(const yq_emock_chain *chain);

yq_emock_block *yq_emock_block_new(void);
void yq_emock_block_free(yq_emock_block *block);
/* Accounts and contracts as the genesis has them. */
void yq_emock_state_begin(yq_emock_chain *chain);

/* Lets the validators add or drop one of the keys, and makes the blocks in which they vote. Returns
 * 0 when nobody is left to come or go. Out: address. */
int yq_emock_chain_change_set(yq_emock_chain *chain, int add, uint64_t time, uint8_t address[20]);

static inline uint64_t yq_emock_height(const yq_emock_chain *chain)
{
    return chain->block_n - 1;
}

/* ---- find.c: blocks as they are shown ---- */

/* The block that is shown for a number, NULL past the end. */
const yq_emock_block *yq_emock_chain_at(const yq_emock_chain *chain, uint64_t number);
const yq_emock_block *yq_emock_chain_by_hash(const yq_emock_chain *chain, const yq_digest *hash);

/* Out: the block that a transaction is in, and its place. Returns 0 when there is none. */
int yq_emock_chain_find_tx(
    const yq_emock_chain *chain,
    const yq_digest *hash,
    const yq_emock_block **block,
    size_t *index);

/* ---- fork.c ---- */

/* The mode from the next block on; honest heals what was shown before. */
void yq_emock_chain_set_mode(yq_emock_chain *chain, yq_mock_mode mode);

/* A second valid block of a height; in Clique another branch from there on, longer than the first,
 * with the same transactions. Returns 0 when the chain has none there. */
int yq_emock_chain_fork(yq_emock_chain *chain, uint64_t number);

/* ---- seal.c ---- */

/* The key of the set that seals a block of this number. */
size_t yq_emock_next_signer(const yq_emock_chain *chain, const yq_emock_set *set, uint64_t number);
uint8_t yq_emock_difficulty(const yq_emock_chain *chain, const yq_emock_block *block);

/* Makes extraData and hash of a block whose other members stand, as its mode says. */
void yq_emock_seal(const yq_emock_chain *chain, yq_emock_block *block);

/* ceil(2n/3) */
static inline size_t yq_emock_quorum(size_t n)
{
    return (2 * n + 2) / 3;
}

/* Miner and nonce as the header has them. */
void yq_emock_miner(
    const yq_emock_chain *chain, const yq_emock_block *block, uint8_t miner[20], uint8_t nonce[8]);

/* ---- tx.c ---- */

/* Decodes and checks a transaction as the node does; the pool owns it then. Out: hash, word: the
 * node's reason, NULL when it was taken. */
void yq_emock_submit(yq_emock_chain *chain, yq_slice raw, yq_digest *hash, const char **word);

/* Signs a transaction of the chain's account, of each type in turn, and puts it into the pool. In:
 * to of 20 bytes, NULL: a deploy. Out: hash. */
void yq_emock_send(yq_emock_chain *chain, const uint8_t *to, yq_slice data, yq_digest *hash);
void yq_emock_tx_free(yq_emock_tx *tx);
/* Forgets what an execution gave. */
void yq_emock_forget(yq_emock_tx *tx);

/* The address of a public key of 64 bytes. */
void yq_emock_address(yq_slice key, uint8_t address[20]);

/* The first number that neither blocks nor the pool have of an account. */
uint64_t yq_emock_pending_nonce(const yq_emock_chain *chain, const uint8_t address[20]);

/* ---- execute.c ---- */

/* Runs a transaction in a block of that time (seconds): fills its results. */
void yq_emock_execute(yq_emock_chain *chain, yq_emock_tx *tx, uint64_t time);
/* Writes a receipt as it lies in the trie. */
void yq_emock_receipt_put(const yq_emock_tx *tx, yq_writer *w);
yq_contract *yq_emock_model_at(const yq_emock_chain *chain, const uint8_t address[20]);

/* What a deploy carries. Out: data, of cap enough for any (YQ_EMOCK_DEPLOY_MAX). */
#define YQ_EMOCK_DEPLOY_MAX 4096u
void yq_emock_deploy_data(yq_emock_code code, const yq_contract_config *config, yq_buf *data);

/* A call's data: selector, one ABI bytes. Out: appended. */
void yq_emock_call_data(const char *signature, yq_slice argument, yq_buf *data);

/* Topic 0 of an event's signature. */
void yq_emock_topic(const char *signature, yq_digest *topic);

/* ---- state.c ---- */

/* The account of an address, NULL when there is none; of makes it. */
const yq_emock_account *yq_emock_account_find(
    const yq_emock_state *state, const uint8_t address[20]);
yq_emock_account *yq_emock_account_of(yq_emock_state *state, const uint8_t address[20]);
void yq_emock_state_copy(yq_emock_state *to, const yq_emock_state *from);
void yq_emock_state_root(const yq_emock_chain *chain, const yq_emock_state *state, yq_digest *root);
/* The contract that holds the validators. */
extern const uint8_t yq_emock_validators_address[20];

/* Writes the members of an eth_getProof result. */
void yq_emock_proof_show(
    const yq_emock_chain *chain,
    const yq_emock_state *state,
    const uint8_t address[20],
    const yq_digest *slot,
    size_t slot_n,
    yq_json_out *out);

/* The root of values under RLP(index). */
void yq_emock_list_root(const yq_slice *value, size_t n, yq_digest *root);

/* ---- rpc.c, show.c ---- */

/* Answers one request of JSON-RPC. Returns the reply, to be freed with yq_json_out_free. */
yq_json_out *yq_emock_answer(yq_emock_chain *chain, yq_slice request);

/* Write hex with 0x; numbers without leading zeros. */
void yq_emock_out_hex(yq_json_out *out, const char *key, const void *p, size_t n);
void yq_emock_out_number(yq_json_out *out, const char *key, uint64_t value);

void yq_emock_show_block(
    const yq_emock_chain *chain, const yq_emock_block *block, int whole, yq_json_out *out);
/* block NULL: it waits in the pool. */
void yq_emock_show_tx(
    const yq_emock_tx *tx,
    const yq_emock_block *block,
    size_t index,
    const char *key,
    yq_json_out *out);
void yq_emock_show_receipt(
    const yq_emock_block *block, size_t index, const char *key, yq_json_out *out);
/* Logs of a block whose address and first topic are these (NULL: any). */
void yq_emock_show_logs(
    const yq_emock_block *block, const uint8_t *address, const uint8_t *topic, yq_json_out *out);

/* ---- control.c ---- */

/* Carries out a command of common/mock.h, or
 *   validators {add (bool)}: the validators vote one in or out; replies {address, validators}
 * In: time of a block that it makes at once, in seconds. */
yq_status yq_emock_control(
    yq_emock_chain *chain,
    uint64_t time,
    const yq_json *command,
    yq_json_out *reply,
    yq_fault *why);

/* ---- replay.c ---- */

/* A recorded chain: one file a reply, read at the start. */
typedef struct yq_emock_replay yq_emock_replay;

/* Errors: E_IO (the folder), E_CORRUPT naming the file. */
YQ_NODISCARD yq_status
yq_emock_replay_open(const char *folder, yq_emock_replay **out, yq_fault *why);
void yq_emock_replay_close(yq_emock_replay *replay);
/* As recorded, with the request's id. Returns text to be freed. */
char *yq_emock_replay_answer(const yq_emock_replay *replay, yq_slice request, size_t *size);
uint64_t yq_emock_replay_height(const yq_emock_replay *replay);

#endif /* YQ_CONFORMANCE_CHAINS_EVM_EMOCK_H */
