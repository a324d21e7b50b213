#ifndef YQ_CONFORMANCE_CHAINS_XUPERCHAIN_XUMOCK_H
#define YQ_CONFORMANCE_CHAINS_XUPERCHAIN_XUMOCK_H

/* A chain of XuperChain 5 with XPoA and chained BFT, without fees: accounts, blocks, certificates,
 * contracts whose calls are tried before they are sent. No clock and no socket here: mock.c brings
 * both. */
#include "adapters/xuperchain/evidence.h"
#include "conformance/chains/common/contract.h"
#include "conformance/chains/common/mock.h"
#include "conformance/chains/xuperchain/message.h"
#include "relay/base/bytes.h"
#include "relay/base/writer.h"
#include "relay/crypto/crypto.h"

#define YQ_XUM_NODES        6u /* of which some are validators */
#define YQ_XUM_VALIDATORS   4u /* at the beginning */
#define YQ_XUM_CHAIN        "xuper"
#define YQ_XUM_BLOCK_TX_MAX 100u
#define YQ_XUM_NAME_SIZE    64u
#define YQ_XUM_REQUEST_MAX  (4u << 20)
#define YQ_XUM_BEHIND       3u /* blocks that certify one and its next two */
#define YQ_XUM_DELAY        4u /* from a list of validators to its first block */
#define YQ_XUM_CHANGES_MAX  64u

#define YQ_XUM_MODULE      "native"
#define YQ_XUM_KERNEL      "xkernel"
#define YQ_XUM_DEPLOY      "$contract"
#define YQ_XUM_POA         "$xpoa"
#define YQ_XUM_LIST_KEY    "0_validates"
#define YQ_XUM_INBOX_NAME  "yuqiao_inbox"
#define YQ_XUM_EVENTS_NAME "plain_events"
#define YQ_XUM_KEY         "Yuqiao"
#define YQ_XUM_CALLS_KEY   "calls"

typedef struct yq_xum_member {
    yq_key *key;
    char address[YQ_XUA_ADDRESS_MAX], text[YQ_XUA_KEY_TEXT_MAX];
} yq_xum_member;

/* A Transaction, without the block it is in. */
typedef struct yq_xum_tx {
    uint8_t *raw;
    size_t raw_n;
    yq_digest id;
    int fails; /* its block says so */
} yq_xum_tx;

typedef struct yq_xum_block {
    uint64_t height, time_ns;
    yq_digest id;
    size_t tx_n;
    yq_xum_tx **tx; /* the chain's, behind the block's own first one */
    uint8_t *raw;   /* InternalBlock */
    size_t raw_n;
} yq_xum_block;

typedef struct yq_xum_contract {
    char name[YQ_XUM_NAME_SIZE];
    yq_contract *model; /* NULL: emits what it is given */
    uint64_t calls;
    yq_digest last; /* the transaction that wrote last, which the next one reads */
} yq_xum_contract;

/* Validators from a height on; bit i: node i is one. */
typedef struct yq_xum_change {
    uint64_t from;
    uint32_t set;
} yq_xum_change;

typedef struct yq_xum_chain {
    uint8_t scheme;
    char *name; /* the hub's id */
    yq_xum_member node[YQ_XUM_NODES], client, stranger;
    yq_xum_change change[YQ_XUM_CHANGES_MAX];
    size_t change_n;
    yq_xum_block **block;
    size_t block_n;
    uint64_t busy; /* the highest block with more than its own transaction */
    yq_xum_tx **pool;
    size_t pool_n;
    yq_xum_contract *contract;
    size_t contract_n;
    uint64_t sent; /* nonces */
    char inbox[YQ_XUM_NAME_SIZE], foreign[YQ_XUM_NAME_SIZE];
    uint8_t *deploy; /* configuration of the inbox */
    size_t deploy_n;
    yq_mock_mode mode;
    uint64_t spoilt;      /* the lowest block that is made anew when the mode ends; 0: none */
    yq_xum_block **aside; /* blocks of a fork that are not shown, from forked on */
    size_t aside_n;
    uint64_t forked;
    int fails; /* the first transaction of the next block */
    int is_recorded;
} yq_xum_chain;

/* ---- member.c ---- */

void yq_xum_member_make(uint8_t scheme, yq_xum_member *m, yq_slice seed, const char *name);
/* Out: DER, at most 80 bytes. Returns its size. */
size_t yq_xum_sign(uint8_t scheme, const yq_key *key, const yq_digest *digest, uint8_t *out);

/* ---- block.c: InternalBlock ---- */

/* Makes raw and id of a block behind parent (NULL: the first one), with its transactions. turn: a
 * second block of a height has another one. */
void yq_xum_block_make(
    yq_xum_chain *chain, yq_xum_block *b, const yq_xum_block *parent, uint32_t turn);
void yq_xum_block_free(yq_xum_block *b);
/* Node i among those of a set; YQ_XUM_NODES past the end. */
size_t yq_xum_validator_at(uint32_t set, size_t i);
uint32_t yq_xum_set_at(const yq_xum_chain *chain, uint64_t height);

/* ---- chain.c ---- */

yq_xum_chain *yq_xum_chain_new(
    uint8_t scheme, const char *name, const char *seed, uint64_t time_ns);
void yq_xum_chain_free(yq_xum_chain *chain);
/* Makes a block of what waits, or of nothing when the last one is not certified yet. Returns 0 when
 * neither is wanted. */
int yq_xum_seal(yq_xum_chain *chain, uint64_t time_ns);
/* Blocks and transactions that are still to come. */
uint64_t yq_xum_waiting(const yq_xum_chain *chain);
/* The mode from the next block on; honest heals what was shown before. */
void yq_xum_set_mode(yq_xum_chain *chain, yq_mock_mode mode);
/* A second branch from a height on, which is shown from now on. Returns 0 when the chain has none
 * there, or has one already. */
int yq_xum_fork(yq_xum_chain *chain, uint64_t height);
/* The block that is shown, NULL past the end. */
const yq_xum_block *yq_xum_at(const yq_xum_chain *chain, uint64_t height);
/* Also not shown ones. Out: is_shown. */
const yq_xum_block *yq_xum_by_id(const yq_xum_chain *chain, yq_slice id, int *is_shown);
const yq_xum_tx *yq_xum_find(const yq_xum_chain *chain, yq_slice txid, const yq_xum_block **block);
/* realloc for an array of n items and one more; the new one is zero. */
void *yq_xum_grow(void *array, size_t *n, size_t size);

static inline uint64_t yq_xum_height(const yq_xum_chain *chain)
{
    return chain->block[chain->block_n - 1]->height;
}

/* ---- call.c: what a contract does ---- */

/* A call: InvokeRequest, read. */
typedef struct yq_xum_call {
    yq_slice raw, module, contract, method;
    yq_slice initiator; /* of the transaction */
} yq_xum_call;
yq_xum_call yq_xum_call_of(yq_slice raw, yq_slice initiator);
/* An argument by its name, empty when it is not there. */
yq_slice yq_xum_arg(const yq_xum_call *call, const char *name);

#define YQ_XUM_REFUSED 500u
typedef struct yq_xum_result {
    uint32_t status; /* 200, or YQ_XUM_REFUSED */
    char message[64];
    yq_buf run;                /* inputs {1} and outputs {2} of an InvokeResponse */
    yq_xum_contract *contract; /* of the call, when it ran for good */
} yq_xum_result;

/* Runs a call, for good or to try it. Out: result; free run.p. */
void yq_xum_run(
    yq_xum_chain *chain,
    const yq_xum_call *call,
    uint64_t time_ns,
    int for_good,
    yq_xum_result *result);
yq_xum_contract *yq_xum_contract_at(const yq_xum_chain *chain, yq_slice name);
/* What a deploy of the inbox carries. */
void yq_xum_deploy_put(const yq_contract_config *config, yq_writer *w);
/* The list of validators as the contract writes it; returns its length. */
#define YQ_XUM_LIST_MAX 512u
size_t yq_xum_list(const yq_xum_chain *chain, uint32_t set, char text[YQ_XUM_LIST_MAX]);

/* ---- tx.c ---- */

/* XChainErrorEnum */
#define YQ_XUM_SUCCESS   0u
#define YQ_XUM_VALIDATE  10u
#define YQ_XUM_SIGN      8u
#define YQ_XUM_DUPLICATE 19u
#define YQ_XUM_RWSET     33u
#define YQ_XUM_VERSION   36u

/* Takes a Transaction into the pool, as the node does: runs it for good. Returns the error. */
uint32_t yq_xum_post(yq_xum_chain *chain, yq_slice raw, uint64_t time_ns);
/* A call of the chain's client. */
typedef struct yq_xum_send_what {
    const char *module, *contract, *method;
    size_t arg_n;
    const char *arg[2];
    yq_slice value[2];
} yq_xum_send_what;
/* Tries it, signs and posts it. Out: id. Returns 0 when it was refused; then message says why. */
int yq_xum_send(
    yq_xum_chain *chain,
    const yq_xum_send_what *what,
    uint64_t time_ns,
    yq_digest *id,
    char message[64]);
yq_xum_tx *yq_xum_tx_new(yq_slice raw, const yq_digest *id);
void yq_xum_tx_free(yq_xum_tx *tx);
/* The id that a transaction has. Returns 0 for one that cannot be hashed. */
int yq_xum_tx_hash(yq_slice raw, unsigned flags, yq_digest *id);

/* ---- rpc.c ---- */

/* Methods in the order of yq_xum_method. */
extern const char *const yq_xum_method[];
/* Answers a request. Out: the reply in room of its own; free p; p NULL: the call fails. */
yq_buf yq_xum_answer(yq_xum_chain *chain, size_t method, yq_slice request, uint64_t time_ns);

/* ---- replay.c ---- */

/* A chain of the recorded blocks of a folder: b0.json and on, as the command line prints them.
 * Errors: E_CORRUPT naming the file, E_IO. */
YQ_NODISCARD yq_status yq_xum_replay(const char *folder, yq_xum_chain **out, yq_fault *why);

/* ---- control.c ---- */

/* Carries out a command of common/mock.h. In: time_ns of a block that it makes at once. */
yq_status yq_xum_control(
    yq_xum_chain *chain,
    uint64_t time_ns,
    const yq_json *command,
    yq_json_out *reply,
    yq_fault *why);

#endif /* YQ_CONFORMANCE_CHAINS_XUPERCHAIN_XUMOCK_H */
