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

/* Each adds its rows. name: of the file. */
void evm_rlp(evm_run *run, const char *name, const yq_json *value);
void evm_tries(evm_run *run, const char *name, int secure, const yq_json *value);
void evm_chain_tests(evm_run *run, const char *name, const yq_json *value);
void evm_block_file(evm_run *run, const char *name, yq_slice bytes);
void evm_state_proofs(evm_run *run, const char *name, const yq_json *value);
void evm_extra(evm_run *run, const char *name, const yq_json *value);

/* A host for a part of the verifier, with an empty arena. */
const yq_verifier_host *evm_host(evm_run *run, run_call *room);

/* Reads strict RLP of exactly one item, of any depth up to 64. */
yq_status evm_rlp_walk(yq_slice in, yq_fault *why);

/* Bytes of a text: hex when it begins with 0x, else as it stands. Returns 0 when they do not fit.
 */
int evm_text_bytes(yq_slice text, yq_buf *out);

#endif /* YQ_CONFORMANCE_RUNNER_EVM_FILES_H */
