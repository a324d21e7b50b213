#ifndef YQ_CONFORMANCE_RUNNER_XUPER_H
#define YQ_CONFORMANCE_RUNNER_XUPER_H

#include "conformance/chains/xuperchain/message.h"
#include "conformance/runner/kinds.h"
#include "light-clients/xuperchain/xuperchain.h"
#include "relay/codec/protobuf.h"

/* Blocks of XuperChain as its command line prints them: {blockid, preHash, proposer, transactions,
 * merkleTree, justify, ...}, and what lies beside them. A chain with certificates is followed from
 * its lowest block, by the validators who vote in it; of the others each block is looked at alone.
 */
#define XUPER_TXS_MAX      1024u
#define XUPER_HEADER_ROOM  (64u << 10)
#define XUPER_MESSAGE_MAX  (1u << 20)
#define XUPER_PREIMAGE_MAX (4u << 20)

/* A block that is in order by itself. */
typedef struct xuper_block {
    const char *name;
    const yq_json *json;
    uint64_t height;
    yq_digest id, parent;
    uint8_t scheme;
    int certifies; /* its parent */
    int used;      /* in a chain that was followed */
    uint8_t *raw;  /* header in the verifier's layout; NULL: a first block, which nobody signs */
    size_t raw_n;
} xuper_block;

typedef struct xuper_run {
    run_report *report;
    const run_folder *folder;
    int mutations;
    run_client *client;
    run_workspace *space;
    xuper_block *block; /* by height */
    size_t n;
    yq_xuper_set set; /* who proposes and votes in the chain that is followed */
    char address[YQ_XUPER_MEMBERS_MAX][YQ_XUPER_ADDRESS_MAX];
    uint8_t message[XUPER_MESSAGE_MAX], preimage[XUPER_PREIMAGE_MAX];
    uint8_t room[(YQ_XUPER_HEADERS_MAX + 1) * XUPER_HEADER_ROOM];
} xuper_run;

/* ---- xuper_txs.c ---- */

/* Checks a transaction's id, and the signatures in it. In and out: signatures, to which their
 * number is added. Errors: decode codes, E_VERSION, E_HASH, E_SIG*, E_SIGNER_MISMATCH. */
yq_status xuper_tx_check(
    xuper_run *run, const xuper_message *message, size_t *signatures, yq_fault *why);
/* Rows of a document, of a published sample {tx_pb_hex, expect}, of a file of protobuf bytes (0: it
 * is none). */
void xuper_tx_doc(xuper_run *run, const char *name, const yq_json *tx);
void xuper_tx_sample(xuper_run *run, const char *name, const yq_json *sample);
int xuper_tx_bytes(xuper_run *run, const char *name, yq_slice bytes);

/* ---- xuper_blocks.c, xuper_chain.c ---- */

void xuper_block_row(xuper_run *run, const char *name, const yq_json *json);
/* The blocks that were taken, by their certificates. */
void xuper_follow(xuper_run *run);

/* ---- xuper_keys.c: public keys and addresses ---- */

void xuper_keys(xuper_run *run);

/* ---- xuper_rest.c: the genesis, a node's status, lists of ids ---- */

void xuper_rest(xuper_run *run);
/* The text without spaces at its ends; the object without inner ones around a place; where a word
 * stands from a place on, the text's end when it does not. */
yq_slice xuper_trimmed(yq_slice text);
yq_slice xuper_object_around(yq_slice text, size_t at);
size_t xuper_find(yq_slice text, size_t from, const char *word);

#endif /* YQ_CONFORMANCE_RUNNER_XUPER_H */
