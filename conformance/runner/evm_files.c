#include "conformance/runner/evm_rpc.h"
#include "relay/base/assert.h"
#include "relay/base/bytes.h"

#include <stdio.h>
#include <stdlib.h>

#define HEX_MIN 64u /* digits of a hash */

typedef enum evm_class {
    EVM_OTHER = 0,
    EVM_RLP,         /* named cases of {in, out} */
    EVM_TRIES,       /* named cases of {in, root} */
    EVM_ORDER,       /* named cases about the order of keys: nothing is hashed */
    EVM_CHAIN_TESTS, /* named cases of {blocks, genesisBlockHeader} */
    EVM_PROOFS,      /* steps of a client of Ethereum, with account and storage proofs */
    EVM_GENESIS,     /* with its extraData */
    EVM_EXTRA,       /* extraData as named constants */
} evm_class;

static int has(const yq_json *object, const char *key)
{
    return yq_json_get(object, key) != NULL;
}

/* The first member that is an object: named cases may have a comment before them. */
static const yq_json *first_case(const yq_json *v)
{
    for (const char *key = yq_json_key_next(v, NULL); key != NULL; key = yq_json_key_next(v, key)) {
        const yq_json *member = yq_json_get(v, key);
        if (yq_json_is_object(member)) {
            return member;
        }
    }
    return NULL;
}

static evm_class class_of(evm_run *run, const yq_json *v)
{
    if (!yq_json_is_object(v) || yq_json_count(v) == 0) {
        return EVM_OTHER;
    }
    if (yq_json_is_array(yq_json_get(v, "steps"))) {
        const yq_json *step = yq_json_at(yq_json_get(v, "steps"), 0);
        return has(step, "name") && has(step, "data") ? EVM_PROOFS : EVM_OTHER;
    }
    if (evm_genesis_is(v)) {
        return EVM_GENESIS;
    }
    const yq_json *first = first_case(v);
    if (has(first, "in")) {
        return has(first, "out")     ? EVM_RLP
               : has(first, "root")  ? EVM_TRIES
               : has(first, "tests") ? EVM_ORDER
                                     : EVM_OTHER;
    }
    if (has(first, "blocks") && has(first, "genesisBlockHeader")) {
        return EVM_CHAIN_TESTS;
    }
    return !has(v, "jsonrpc") && evm_extra_is(run, v) ? EVM_EXTRA : EVM_OTHER;
}

static void run_json(evm_run *run, const run_file *file, const yq_json *value)
{
    switch (class_of(run, value)) {
    case EVM_RLP:
        evm_rlp(run, file->name, value);
        break;
    case EVM_TRIES:
        evm_tries(run, file->name, value);
        break;
    case EVM_ORDER:
        run_report_skip(run->report, file->name, "order of keys: nothing in it is hashed");
        break;
    case EVM_CHAIN_TESTS:
        evm_chain_tests(run, file->name, value);
        break;
    case EVM_PROOFS:
        evm_state_proofs(run, file->name, value);
        break;
    case EVM_GENESIS:
        evm_genesis(run, file->name, value);
        break;
    case EVM_EXTRA:
        evm_extra(run, file->name, value);
        break;
    case EVM_OTHER:
        break;
    }
}

/* A client's own file of blocks. */
static void run_blocks(evm_run *run, const run_file *file)
{
    yq_slice bytes;
    yq_fault why;
    if (run_ends_with(file->base, ".blocks") && run_file_read(file->path, &bytes, &why) == YQ_OK) {
        evm_block_file(run, file->name, bytes);
        run_file_free(bytes);
    }
}

/* What no reader here can take is seen without one: no object of named cases or fields, no list of
 * addresses, no text of bytes. */
static int may_be_ours(const yq_json *root)
{
    static const char *const keys[] = {
        "steps", "extraData", "extradata", "accountProof", "logsBloom", "sha3Uncles"};
    const yq_json *result = yq_json_get(root, "result"), *v = result == NULL ? root : result;
    yq_slice text;
    int ours = yq_json_is_array(v) || (yq_json_text(v, &text) && text.n >= HEX_MIN);
    for (size_t i = 0; i < YQ_ARRAY_N(keys) && !ours; i++) {
        ours = has(v, keys[i]);
    }
    for (const char *key = yq_json_key_next(v, NULL); key != NULL && !ours;
         key = yq_json_key_next(v, key)) {
        const yq_json *member = yq_json_get(v, key);
        ours = has(member, "in") || has(member, "blocks") || yq_json_is_array(member) ||
               (yq_json_text(member, &text) && text.n > HEX_MIN);
    }
    return ours;
}

static int is_ours(const run_folder *folder)
{
    int ours = 0;
    for (size_t i = 0; i < folder->doc_n && !ours; i++) {
        ours = may_be_ours(folder->doc[i].root);
    }
    for (size_t i = 0; i < folder->n && !ours; i++) {
        ours = run_ends_with(folder->file[i].base, ".blocks");
    }
    return ours;
}

void run_evm_folder(run_report *report, const run_folder *folder, int mutations)
{
    if (!is_ours(folder)) {
        return;
    }
    evm_run *run = calloc(1, sizeof *run);
    YQ_ASSERT(run != NULL);
    const yq_verifier *verifier = run_verifier("evm");
    YQ_ASSERT(verifier != NULL);
    run->report = report;
    run->mutations = mutations;
    run->client = run_client_new(verifier);
    run->space = run_workspace_new();
    run->memory = malloc(EVM_ARENA_SIZE);
    YQ_ASSERT(run->memory != NULL);
    run->arena = yq_arena_of(run->memory, EVM_ARENA_SIZE);
    for (size_t i = 0; i < folder->n; i++) {
        run_blocks(run, &folder->file[i]);
    }
    for (size_t i = 0; i < folder->doc_n; i++) {
        run_json(run, folder->doc[i].file, folder->doc[i].root);
    }
    evm_rpc_folder(run, folder);
    run_client_free(run->client);
    run_workspace_free(run->space);
    free(run->memory);
    free(run);
}
