#ifndef YQ_CONFORMANCE_CHAINS_CHAINMAKER_CMMOCK_H
#define YQ_CONFORMANCE_CHAINS_CHAINMAKER_CMMOCK_H

/* A chain of ChainMaker 2.3 with TBFT: members, blocks, votes, transactions with their results. No
 * clock and no socket here: mock.c brings both. */
#include "conformance/chains/common/contract.h"
#include "conformance/chains/common/mock.h"
#include "relay/base/bytes.h"
#include "relay/base/writer.h"
#include "relay/crypto/crypto.h"

#define YQ_CMM_NODES        6u /* of which some vote */
#define YQ_CMM_VOTERS       4u /* at the beginning */
#define YQ_CMM_CHAIN_ID     "chain1"
#define YQ_CMM_VERSION      2300u
#define YQ_CMM_BLOCK_TX_MAX 100u
#define YQ_CMM_TX_ID_MAX    64u
#define YQ_CMM_NAME_SIZE    64u
#define YQ_CMM_REQUEST_MAX  (4u << 20)
#define YQ_CMM_PEM_MAX      2048u
#define YQ_CMM_EVENTS_MAX   2u

#define YQ_CMM_INBOX_NAME  "yuqiao_inbox"
#define YQ_CMM_EVENTS_NAME "plain_events"
#define YQ_CMM_TOPIC       "Yuqiao"
#define YQ_CMM_TOPIC_DATA  "Data"
#define YQ_CMM_TOPIC_AGAIN "Again"

/* TxStatusCode */
#define YQ_CMM_SUCCESS       0u
#define YQ_CMM_EXPIRED       1u
#define YQ_CMM_PARAMETER     2u
#define YQ_CMM_NO_PERMISSION 3u
#define YQ_CMM_CONTRACT_FAIL 4u

/* How members sign, and what a Member says of them. */
typedef struct yq_cmm_suite {
    const char *name, *hash;
    uint32_t alg; /* yq_hash_alg of the chain */
    yq_sig_alg key;
    int is_public; /* members are public keys */
} yq_cmm_suite;

typedef struct yq_cmm_member {
    char name[YQ_CMM_NAME_SIZE];
    yq_key *key;
    uint8_t pem[YQ_CMM_PEM_MAX];
    size_t pem_n;
    uint8_t member[YQ_CMM_PEM_MAX + 128]; /* a Member */
    size_t member_n;
} yq_cmm_member;

typedef struct yq_cmm_param {
    yq_slice key, value;
} yq_cmm_param;

/* A TxRequest, read. */
#define YQ_CMM_PARAMS_MAX 8u
typedef struct yq_cmm_request {
    yq_slice payload, sender; /* messages as they stand */
    yq_slice chain_id, tx_id, contract, method, member, signature;
    uint64_t type, expires_s;
    size_t param_n;
    yq_cmm_param param[YQ_CMM_PARAMS_MAX];
} yq_cmm_request;

typedef struct yq_cmm_event {
    const char *topic;
    char contract[YQ_CMM_NAME_SIZE];
    char *data; /* NULL: none */
} yq_cmm_event;

/* A transaction: the request as it came, and what its execution gave. */
typedef struct yq_cmm_tx {
    uint8_t *raw; /* TxRequest; slices below lie in it */
    size_t raw_n;
    yq_cmm_request request;
    uint32_t code, contract_code;
    char message[64];
    uint64_t gas;
    uint8_t *result;
    size_t result_n;
    size_t event_n;
    yq_cmm_event event[YQ_CMM_EVENTS_MAX];
    yq_digest leaf;
} yq_cmm_tx;

typedef struct yq_cmm_block {
    uint64_t height, time_s, conf_height;
    int is_config;
    uint32_t set; /* bit i: node i votes for it */
    yq_digest parent, tx_root, hash;
    size_t tx_n;
    yq_cmm_tx **tx; /* the chain's */
    yq_mock_mode mode;
} yq_cmm_block;

typedef struct yq_cmm_contract {
    char name[YQ_CMM_NAME_SIZE];
    yq_contract *model; /* NULL: emits what it is given */
} yq_cmm_contract;

typedef struct yq_cmm_chain {
    const yq_cmm_suite *suite;
    char *name; /* the hub's id */
    yq_cmm_member authority, node[YQ_CMM_NODES], client, stranger;
    char node_id[YQ_CMM_NODES][YQ_CMM_NAME_SIZE];
    uint32_t set; /* from the next block on */
    uint64_t conf_height, config_sequence;
    yq_cmm_block **block;
    size_t block_n;
    yq_cmm_tx **pool;
    size_t pool_n;
    yq_cmm_contract *contract;
    size_t contract_n;
    uint64_t sent; /* ids of the client's own transactions */
    char inbox[YQ_CMM_NAME_SIZE], foreign[YQ_CMM_NAME_SIZE];
    uint8_t *deploy; /* configuration of the inbox */
    size_t deploy_n;
    yq_mock_mode mode;
    yq_cmm_block *twin; /* a second block of twin->height, or NULL */
} yq_cmm_chain;

/* ---- member.c ---- */

const yq_cmm_suite *yq_cmm_suite_of(const char *name);
void yq_cmm_member_make(yq_cmm_chain *chain, yq_cmm_member *m, yq_slice seed, const char *name);
/* Returns 1 for a Member of this chain whose signature over msg is good. */
int yq_cmm_member_check(
    const yq_cmm_chain *chain, yq_slice member, yq_slice msg, yq_slice signature);

/* ---- chain.c ---- */

yq_cmm_chain *yq_cmm_chain_new(
    const yq_cmm_suite *suite, const char *name, const char *seed, uint64_t time_s);
void yq_cmm_chain_free(yq_cmm_chain *chain);
/* Makes a block of what waits. Returns 0 when nothing does. */
int yq_cmm_seal(yq_cmm_chain *chain, uint64_t time_s);
/* Lets a node vote from the next block on, or no more: a configuration block now. Returns 0 when
 * that changes nothing, or leaves too few. */
int yq_cmm_change(yq_cmm_chain *chain, size_t node, int votes, uint64_t time_s);
/* The mode from the next block on; honest heals what was shown before. */
void yq_cmm_set_mode(yq_cmm_chain *chain, yq_mock_mode mode);
/* A second valid block of a height. Returns 0 when the chain has none there. */
int yq_cmm_fork(yq_cmm_chain *chain, uint64_t height);
/* The block that is shown, NULL past the end. */
const yq_cmm_block *yq_cmm_at(const yq_cmm_chain *chain, uint64_t height);
const yq_cmm_tx *yq_cmm_find(
    const yq_cmm_chain *chain, yq_slice tx_id, const yq_cmm_block **block, size_t *index);
/* realloc for an array of n items and one more; the new one is zero. */
void *yq_cmm_grow(void *array, size_t *n, size_t size);

static inline uint64_t yq_cmm_height(const yq_cmm_chain *chain)
{
    return chain->block_n - 1;
}

/* ---- request.c ---- */

YQ_NODISCARD yq_status yq_cmm_request_decode(yq_slice in, yq_cmm_request *out, yq_fault *why);
yq_slice yq_cmm_param_of(const yq_cmm_request *r, const char *key);
/* Checks a request as the node does. Returns the code, 0 when it is good. */
uint32_t yq_cmm_request_check(const yq_cmm_chain *chain, const yq_cmm_request *r, uint64_t now_s);
/* Puts a request into the pool, which copies it. Returns the code. */
uint32_t yq_cmm_submit(yq_cmm_chain *chain, yq_slice raw, uint64_t now_s);
/* Signs a call of the chain's client and puts it into the pool. Out: tx_id. */
void yq_cmm_send(
    yq_cmm_chain *chain,
    const char *contract,
    const char *method,
    const yq_cmm_param *param,
    size_t param_n,
    char tx_id[YQ_CMM_TX_ID_MAX + 1]);
yq_cmm_tx *yq_cmm_tx_new(yq_slice raw);
void yq_cmm_tx_free(yq_cmm_tx *tx);

/* ---- execute.c ---- */

/* Runs a transaction: fills its results. */
void yq_cmm_execute(yq_cmm_chain *chain, yq_cmm_tx *tx, uint64_t time_s);
yq_cmm_contract *yq_cmm_contract_at(const yq_cmm_chain *chain, yq_slice name);
/* What a deploy of the inbox carries. */
void yq_cmm_deploy_put(const yq_contract_config *config, yq_writer *w);

/* ---- show.c: messages ---- */

/* Writes a Transaction; as hashed it is without its gas. */
void yq_cmm_tx_put(const yq_cmm_tx *tx, int with_gas, int is_altered, yq_writer *w);
/* Writes a BlockHeader; as hashed it is without hash and signature. */
void yq_cmm_header_put(const yq_cmm_chain *chain, const yq_cmm_block *b, int whole, yq_writer *w);
void yq_cmm_config_put(const yq_cmm_chain *chain, yq_writer *w);
/* Writes a BlockInfo. turn: votes that are not all begin with another node. */
void yq_cmm_block_put(const yq_cmm_chain *chain, const yq_cmm_block *b, size_t turn, yq_writer *w);
/* Room that yq_cmm_block_put needs at most. */
size_t yq_cmm_block_size(const yq_cmm_block *b);

/* ---- votes.c ---- */

/* Writes the VoteSet that the node keeps, as the block's mode says. */
void yq_cmm_votes_put(const yq_cmm_chain *chain, const yq_cmm_block *b, size_t turn, yq_writer *w);
/* Node i among those of a set; YQ_CMM_NODES past the end. */
size_t yq_cmm_voter_at(uint32_t set, size_t i);

/* ---- rpc.c ---- */

/* Answers a SendRequest: a TxResponse in room of its own; free p. */
yq_buf yq_cmm_answer(yq_cmm_chain *chain, yq_slice request, uint64_t now_s);

/* ---- control.c ---- */

/* Carries out a command of common/mock.h. In: time_s of a block that it makes at once. */
yq_status yq_cmm_control(
    yq_cmm_chain *chain,
    uint64_t time_s,
    const yq_json *command,
    yq_json_out *reply,
    yq_fault *why);

#endif /* YQ_CONFORMANCE_CHAINS_CHAINMAKER_CMMOCK_H */
