#include "conformance/runner/evm_rpc.h"
#include "relay/base/assert.h"
#include "relay/base/bytes.h"

#include <stdio.h>
#include <stdlib.h>

typedef enum evm_class {
    EVM_OTHER = 0,
    EVM_RLP,         /* named cases of {in, out} */
    EVM_TRIES,       /* named cases of {in, root} */
    EVM_ORDER,       /* named cases about the order of keys: nothing is hashed */
    EVM_CHAIN_TESTS, /* named cases of {blocks, genesisBlockHeader} */
    EVM_PROOFS,      /* steps of a client of Ethereum, with account and storage proofs */
    EVM_EXTRA,       /* extraData as text: of a genesis, or as named constants */
} evm_class;

static int has(const yq_json *object, const char *key)
{
    return yq_json_get(object, key) != NULL;
}

static int is_extra_text(const yq_json *value)
{
    yq_slice text;
    return yq_json_text(value, &text) && text.n > 66 && text.p[0] == '0' && text.p[1] == 'x';
}

static evm_class class_of(const yq_json *v)
{
    if (!yq_json_is_object(v) || yq_json_count(v) == 0) {
        return EVM_OTHER;
    }
    if (has(v, "steps") && yq_json_is_array(yq_json_get(v, "steps"))) {
        const yq_json *first = yq_json_at(yq_json_get(v, "steps"), 0);
        return has(first, "name") && has(first, "data") ? EVM_PROOFS : EVM_OTHER;
    }
    if (has(v, "extraData") && has(v, "config") && has(v, "gasLimit")) {
        return EVM_EXTRA;
    }
    const yq_json *first = yq_json_get(v, yq_json_key_at(v, 0));
    if (is_extra_text(first)) {
        return EVM_EXTRA;
    }
    if (has(first, "in") && has(first, "out")) {
        return EVM_RLP;
    }
    if (has(first, "in") && has(first, "root")) {
        return EVM_TRIES;
    }
    if (has(first, "in") && has(first, "tests")) {
        return EVM_ORDER;
    }
    return has(first, "blocks") && has(first, "genesisBlockHeader") ? EVM_CHAIN_TESTS : EVM_OTHER;
}

static int says_secure(const char *base)
{
    return strstr(base, "secure") != NULL || strstr(base, "Secure") != NULL;
}

static void run_json(evm_run *run, const run_file *file, const yq_json *value)
{
    switch (class_of(value)) {
    case EVM_RLP:
        evm_rlp(run, file->name, value);
        break;
    case EVM_TRIES:
        evm_tries(run, file->name, says_secure(file->base), value);
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

void run_evm_folder(run_report *report, const run_folder *folder, int mutations)
{
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
