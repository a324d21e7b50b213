#ifndef YQ_CONFORMANCE_RUNNER_EVM_RPC_H
#define YQ_CONFORMANCE_RUNNER_EVM_RPC_H

#include "conformance/runner/evm_files.h"

/* A folder of a node's replies, with their envelope or without it. */
#define RPC_HEADER_MAX  (48u << 10)
#define RPC_RECEIPT_MAX (64u << 10)

typedef struct rpc_doc {
    const char *name;
    const yq_json *value; /* what the reply carries */
} rpc_doc;

/* A block by the file of its fields (value NULL: none), by the file of its bytes (value NULL:
 * none), or both. */
typedef struct rpc_block {
    uint64_t number;
    rpc_doc fields, bytes;
    yq_digest stated; /* the hash that the node gives it; zero: none */
    yq_slice raw;
    evm_block block;  /* its header: of the bytes, else made from the fields */
    yq_status status; /* of reading; the file's own verdict when it is not OK */
    yq_fault why;
} rpc_block;

typedef struct rpc_list {
    rpc_doc *doc;
    size_t n;
} rpc_list;

typedef struct rpc_dir {
    rpc_block *block; /* by number, ascending */
    size_t block_n;
    rpc_block *more; /* whose number another one has already */
    size_t more_n;
    rpc_list receipts, proofs, sets, hashes, genesis;
    uint64_t epoch; /* blocks; of the genesis file, else 0 */
} rpc_dir;

/* Takes the documents that are of these forms; others are left. Owns: evm_rpc_free. */
void evm_rpc_read(evm_run *run, const run_folder *folder, rpc_dir *out);
void evm_rpc_free(rpc_dir *dir);

/* Header of the fields as the chain encodes it. Returns 0 when one is missing or malformed. */
int evm_rpc_header(const yq_json *fields, yq_writer *w);

/* A receipt as the receipts trie holds it. Returns 0 when a field is missing or malformed. */
int evm_rpc_receipt(const yq_json *fields, yq_writer *w);

/* Adds a row a file, for what a folder holds. */
void evm_rpc_folder(evm_run *run, const run_folder *folder);

/* evm_rpc_rest.c: receipts, their roots and events; proofs of accounts; hashes of transactions;
 * sets. The client has followed the blocks. */
void evm_rpc_rest(evm_run *run, const rpc_dir *dir);

#endif /* YQ_CONFORMANCE_RUNNER_EVM_RPC_H */
