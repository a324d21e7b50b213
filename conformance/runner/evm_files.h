#ifndef YQ_CONFORMANCE_RUNNER_EVM_FILES_H
#define YQ_CONFORMANCE_RUNNER_EVM_FILES_H

#include "conformance/runner/kinds.h"
#include "light-clients/evm/evm.h"
#include "light-clients/evm/trie.h"

#define EVM_EVIDENCE_MAX (4u << 20)
#define EVM_ARENA_SIZE   (64u << 20)

/* One folder's run. */
typedef struct evm_run {
    run_report *report;
    int mutations;
    run_client *client;
    run_workspace *space;
    uint8_t *memory; /* of the arena, EVM_ARENA_SIZE */
    yq_arena arena;  /* emptied for each case */
    uint8_t evidence[EVM_EVIDENCE_MAX];
} evm_run;

#define EVM_TXS_MAX 8192u
#define EVM_EPOCH   30000u /* the default of all these programs */

/* One block as it is stored: [header, transactions, uncles, ...]. */
typedef struct evm_block {
    yq_slice header, txs; /* items as they stand; txs empty: not there */
    yq_evm_header fields;
} evm_block;

/* Entries of the trie of transactions, in its order. */
typedef struct evm_txs {
    yq_trie_entry entry[EVM_TXS_MAX];
    uint8_t key[EVM_TXS_MAX][4];
    size_t n;
} evm_txs;

/* Out: entries over the item's bytes. Returns 0 for what is no list of transactions. */
int evm_txs_read(yq_slice item, evm_txs *out);
/* Errors: E_PROOF when they do not lead to the header's transactionsRoot. */
yq_status evm_txs_check(evm_run *run, const evm_block *b, yq_fault *why);

/* Starts the run's client at b[0], in the mode that takes it and the blocks behind it. In: n blocks
 * one behind the other. Out: depth, successors that an update needs. Returns 0 when none does. */
int evm_start(
    evm_run *run,
    const evm_block *const *b,
    size_t n,
    uint64_t epoch,
    uint8_t *mode,
    uint16_t *depth);
/* The update of b[0], with n - 1 successors; lies in the run's evidence. */
yq_slice evm_update_of(evm_run *run, const evm_block *const *b, size_t n);

/* Each adds its rows. name: of the file. */
void evm_rlp(evm_run *run, const char *name, const yq_json *value);
void evm_tries(evm_run *run, const char *name, const yq_json *value);
void evm_chain_tests(evm_run *run, const char *name, const yq_json *value);
void evm_block_file(evm_run *run, const char *name, yq_slice bytes);
void evm_state_proofs(evm_run *run, const char *name, const yq_json *value);
/* evm_extra.c: a genesis, and named constants of extraData. */
int evm_genesis_is(const yq_json *value);
void evm_genesis(evm_run *run, const char *name, const yq_json *value);
int evm_extra_is(evm_run *run, const yq_json *value);
void evm_extra(evm_run *run, const char *name, const yq_json *value);

/* A host for a part of the verifier, with an empty arena. */
const yq_verifier_host *evm_host(evm_run *run, run_call *room);

/* Reads strict RLP of exactly one item, of any depth up to 64. */
yq_status evm_rlp_walk(yq_slice in, yq_fault *why);

/* Nodes of a proof, as eth_getProof lists them. */
typedef struct evm_nodes {
    yq_slice node[YQ_MPT_NODES_MAX];
    yq_mpt_proof proof;
    uint8_t bytes[1u << 16];
    size_t used;
} evm_nodes;
int evm_nodes_read(const yq_json *list, evm_nodes *out);

/* A number of at most 256 bits, as hex without a fixed size. Out: big-endian, without zeros in
 * front, in room of at least 33 bytes. Returns 0 for another text. */
int evm_json_number(const yq_json *value, uint8_t *room, size_t cap, yq_slice *out);

/* Bytes of a text: hex when it begins with 0x, else as it stands. Returns 0 when they do not fit.
 */
int evm_text_bytes(yq_slice text, yq_buf *out);

#endif /* YQ_CONFORMANCE_RUNNER_EVM_FILES_H */
