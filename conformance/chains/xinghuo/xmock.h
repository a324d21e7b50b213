#ifndef YQ_CONFORMANCE_CHAINS_XINGHUO_XMOCK_H
#define YQ_CONFORMANCE_CHAINS_XINGHUO_XMOCK_H

/* A Xinghuo chain with an outbox and an inbox: ledgers, PBFT proofs and transactions as its nodes
 * show them. Hashes of headers are this mock's own, as nobody publishes the nodes'. No clock and no
 * socket here: mock.c brings both. */
#include "adapters/xinghuo/address.h"
#include "conformance/chains/common/contract.h"
#include "conformance/chains/common/mock.h"
#include "relay/base/bytes.h"
#include "relay/base/writer.h"
#include "relay/crypto/crypto.h"

#define YQ_XMOCK_KEYS        16u
#define YQ_XMOCK_MEMBERS     4u /* of the first set */
#define YQ_XMOCK_CHAIN_ID    20u
#define YQ_XMOCK_PROOF_MAX   (32u << 10)
#define YQ_XMOCK_LEDGER_TXS  500u
#define YQ_XMOCK_POOL_MAX    1000000u
#define YQ_XMOCK_BLOB_MAX    (4u << 20)
#define YQ_XMOCK_REPLY_MAX   (64u << 20)
#define YQ_XMOCK_REQUEST_MAX (16u << 20)
#define YQ_XMOCK_EVENT       "Yuqiao"
#define YQ_XMOCK_EVENT_PLAIN "Data"

/* The nodes' own codes. */
#define YQ_XMOCK_OK             0u
#define YQ_XMOCK_INVALID        2u /* a parameter */
#define YQ_XMOCK_ALREADY_EXIST  3u
#define YQ_XMOCK_NOT_EXIST      4u
#define YQ_XMOCK_BAD_SIGNATURE  93u
#define YQ_XMOCK_BAD_SEQUENCE   99u
#define YQ_XMOCK_CONTRACT_FAILS 151u
#define YQ_XMOCK_LATE           164u /* its last ledger is over */

typedef enum yq_xmock_code {
    YQ_XMOCK_CODE_INBOX = 1,
    YQ_XMOCK_CODE_EVENTS = 2,
} yq_xmock_code;

typedef struct yq_xmock_contract {
    char address[YQ_XH_ADDRESS_SIZE];
    yq_xmock_code code;
    yq_contract *model; /* of an inbox */
} yq_xmock_contract;

typedef struct yq_xmock_account {
    char address[YQ_XH_ADDRESS_SIZE];
    uint64_t nonce, waiting; /* in ledgers; in the pool */
} yq_xmock_account;

/* What a contract logged: a transaction of its own, behind its cause. */
typedef struct yq_xmock_log {
    char emitter[YQ_XH_ADDRESS_SIZE];
    const char *topic; /* NULL: nothing was logged */
    uint8_t *data;     /* shown in hex */
    size_t data_n;
    yq_digest hash;
} yq_xmock_log;

typedef struct yq_xmock_tx {
    uint8_t *blob;
    size_t blob_n;
    yq_digest hash;
    uint8_t suite, key[64], signature[64];
    char source[YQ_XH_ADDRESS_SIZE];
    uint64_t nonce, fee_limit, gas_price, ceil;
    /* the one operation: slices lie in blob */
    unsigned type; /* 1 create_account with a contract, 7 pay_coin */
    yq_slice dest, payload, input;
    /* what its execution gave */
    uint64_t seq, time_us;
    unsigned code;
    char desc[96];
    yq_xmock_log log;
} yq_xmock_tx;

typedef struct yq_xmock_set {
    size_t first, n; /* validators first .. first + n - 1 */
} yq_xmock_set;

typedef struct yq_xmock_ledger {
    uint64_t seq, time_us, tx_count;
    yq_digest hash, previous, value, validators;
    yq_xmock_set set;
    yq_mock_mode mode; /* how its proof and events are shown */
    yq_xmock_tx **tx;  /* the chain's */
    size_t tx_n;
} yq_xmock_ledger;

typedef struct yq_xmock_chain {
    char *name;    /* the hub's id */
    uint8_t suite; /* of its keys: 1 SM2 with SM3, 4 Ed25519 with SHA-256 */
    uint32_t hash; /* yq_hash_alg */
    yq_key *validator[YQ_XMOCK_KEYS];
    yq_key *stranger; /* makes forged signatures */
    yq_key *owner;    /* sends what control commands ask for */
    yq_xmock_set set, next;
    yq_xmock_ledger **ledger; /* ledger[i] has seq i + 1 */
    size_t ledger_n;
    yq_xmock_ledger *twin; /* a second ledger of its seq, or NULL */
    yq_xmock_tx **pool;
    size_t pool_n;
    yq_xmock_account *account;
    size_t account_n;
    yq_xmock_contract *contract;
    size_t contract_n;
    uint64_t tx_all;
    /* contracts that control commands made, SIZE_MAX: none */
    size_t inbox, foreign, events;
    uint8_t *deploy; /* what the inbox was made with */
    size_t deploy_n;
    yq_mock_mode mode;
} yq_xmock_chain;

/* ---- chain.c ---- */

/* realloc for an array of n items and one more; the new one is zero. */
void *yq_xmock_grow(void *array, size_t *n, size_t size);

/* In: suite, 1 or 4; the time of the first ledger, which is made at once. */
yq_xmock_chain *yq_xmock_chain_new(
    uint8_t suite, const char *name, const char *seed, uint64_t time_ms);
void yq_xmock_chain_free(yq_xmock_chain *chain);

/* Returns 1 when a ledger is due: something waits, or the last one's proof has no ledger to stand
 * in. */
int yq_xmock_chain_due(const yq_xmock_chain *chain);
/* Makes a ledger of what waits. */
void yq_xmock_chain_seal(yq_xmock_chain *chain, uint64_t time_ms);
/* The mode from the next ledger on; honest heals what was shown before. */
void yq_xmock_chain_set_mode(yq_xmock_chain *chain, yq_mock_mode mode);
/* A second ledger of a height, signed as well. Returns 0 when the chain has none there, or it is
 * the last or the first. */
int yq_xmock_chain_fork(yq_xmock_chain *chain, uint64_t seq);
/* The ledger that is shown for a height, NULL: none. */
const yq_xmock_ledger *yq_xmock_chain_at(const yq_xmock_chain *chain, uint64_t seq, int is_witness);

yq_xmock_account *yq_xmock_account_of(yq_xmock_chain *chain, const char *address);
const yq_xmock_account *yq_xmock_account_find(const yq_xmock_chain *chain, const char *address);
const yq_xmock_contract *yq_xmock_contract_find(const yq_xmock_chain *chain, yq_slice address);

/* ---- proof.c ---- */

/* The proof of a ledger's value. In: mode, how it is shown. */
void yq_xmock_proof_put(
    const yq_xmock_chain *chain, const yq_xmock_ledger *ledger, yq_mock_mode mode, yq_writer *w);
/* Fills value and hash of a ledger from its other members. In: previous, NULL for the first. */
void yq_xmock_ledger_hash(
    const yq_xmock_chain *chain, yq_xmock_ledger *ledger, const yq_xmock_ledger *previous);
void yq_xmock_validator_address(
    const yq_xmock_chain *chain, size_t who, char address[YQ_XH_ADDRESS_SIZE]);

/* ---- tx.c ---- */

/* Reads a Transaction with one operation. In: blob, taken over on success. Returns NULL when it is
 * of another form. Owns: yq_xmock_tx_free. */
yq_xmock_tx *yq_xmock_tx_read(const yq_xmock_chain *chain, uint8_t *blob, size_t n);
void yq_xmock_tx_free(yq_xmock_tx *tx);

/* Puts a transaction into the pool, with its encoded key and signature. Returns one of the nodes'
 * codes; tx is the chain's then, when it is OK. */
unsigned yq_xmock_submit(
    yq_xmock_chain *chain, yq_xmock_tx *tx, yq_slice key_text, yq_slice signature);

/* Puts one of the owner's into the pool. In: dest, empty: a new contract of that payload. Returns
 * it. */
yq_xmock_tx *yq_xmock_send(
    yq_xmock_chain *chain, yq_slice dest, const char *payload, yq_slice input);

/* ---- execute.c ---- */

void yq_xmock_execute(yq_xmock_chain *chain, yq_xmock_tx *tx, uint64_t seq, uint64_t time_us);

#define YQ_XMOCK_INBOX_CODE  "yuqiao-inbox"
#define YQ_XMOCK_EVENTS_CODE "yuqiao-events"
/* Writes what an inbox' deploy carries. */
#define YQ_XMOCK_DEPLOY_MAX  8192u
void yq_xmock_deploy_put(const yq_contract_config *config, yq_writer *w);

/* ---- show.c: the node's JSON of things ---- */

typedef struct yq_xmock_view {
    const yq_xmock_chain *chain;
    int is_witness; /* the second node: always what was executed */
} yq_xmock_view;

void yq_xmock_show_ledger(
    const yq_xmock_view *v,
    const yq_xmock_ledger *ledger,
    int with_value,
    int with_validators,
    yq_json_out *out);
/* Writes transactions number start .. start + limit - 1 of a ledger, with those that they set off.
 */
void yq_xmock_show_history(
    const yq_xmock_view *v,
    const yq_xmock_ledger *ledger,
    uint64_t start,
    uint64_t limit,
    yq_json_out *out);
/* Writes the one of that hash. Returns 0 when there is none. */
int yq_xmock_show_tx(const yq_xmock_view *v, const yq_digest *hash, yq_json_out *out);

/* ---- rest.c ---- */

struct yq_mock_question;

/* Answers one question. Returns the reply, to be freed; NULL: no such path. */
yq_json_out *yq_xmock_answer(
    yq_xmock_chain *chain, int is_witness, const struct yq_mock_question *q);

/* ---- control.c ---- */

/* Carries out a command of common/mock.h; {"do":"validators","first","n"}: another set;
 * {"do":"account","address" or "key"}: activates it; {"do":"idle","n"}: n ledgers without
 * transactions. In: time_ms of a ledger that it makes at once. */
yq_status yq_xmock_control(
    yq_xmock_chain *chain,
    uint64_t time_ms,
    const yq_json *command,
    yq_json_out *reply,
    yq_fault *why);

#endif /* YQ_CONFORMANCE_CHAINS_XINGHUO_XMOCK_H */
