#include "conformance/oracles/oracle.h"
#include "light-clients/cometbft/ics23.h"
#include "light-clients/evm/mpt.h"
#include "light-clients/evm/trie.h"

/* ---- Merkle-Patricia ---- */

/* mpt ROOT KEY NODE...: "present" and the value, or "absent" */
static yq_status run_mpt(yq_oracle_call *call)
{
    yq_digest root;
    yq_slice value;
    int present;
    const yq_mpt_proof proof = {.n = call->n - 2, .node = call->arg + 2};
    if (call->arg[0].n != sizeof root.b) {
        return YQ_E_LEN;
    }
    yq_bytes_copy(root.b, call->arg[0].p, sizeof root.b);
    yq_status status =
        yq_mpt_check(call->host, &root, call->arg[1], &proof, &value, &present, NULL);
    if (status != YQ_OK) {
        return status;
    }
    yq_oracle_text(call, present ? "present " : "absent");
    if (present) {
        yq_oracle_hex(call, value);
    }
    return YQ_OK;
}

/* trie KEY (KEY VALUE)...: the root, and the nodes of the proof of the first key */
static yq_status run_trie(yq_oracle_call *call)
{
    static yq_trie_entry entry[YQ_ORACLE_ARGS_MAX / 2];
    static yq_trie_proof proof;
    size_t n = (call->n - 1) / 2;
    for (size_t i = 0; i < n; i++) {
        entry[i] = (yq_trie_entry){call->arg[1 + 2 * i], call->arg[2 + 2 * i]};
    }
    yq_status status = yq_trie_build(call->host, call->arena, entry, n, call->arg[0], &proof);
    if (status != YQ_OK) {
        return status;
    }
    yq_oracle_hex(call, YQ_SLICE_OF(proof.root.b));
    for (size_t i = 0; i < proof.n; i++) {
        yq_oracle_text(call, " ");
        yq_oracle_hex(call, proof.node[i]);
    }
    return YQ_OK;
}

/* ---- ICS-23 ---- */

static yq_status spec_of(yq_slice arg, yq_ics23_spec *out)
{
    uint64_t number;
    yq_status status = yq_oracle_number(arg, &number);
    if (status != YQ_OK || number > 2) {
        return YQ_E_FIELD_UNKNOWN;
    }
    *out = number == 0   ? yq_ics23_spec_iavl()
           : number == 1 ? yq_ics23_spec_tendermint()
                         : yq_ics23_spec_smt();
    return YQ_OK;
}

/* ics23 SPEC ROOT PROOF KEY [VALUE]: a member, or without a value an absence */
static yq_status run_ics23(yq_oracle_call *call)
{
    yq_ics23_spec spec;
    yq_ics23_proof proof;
    const yq_comet_call comet = {.host = call->host};
    yq_status status = spec_of(call->arg[0], &spec);
    if (status == YQ_OK) {
        status = yq_ics23_decode(&comet, call->arg[2], &proof);
    }
    if (status != YQ_OK) {
        return status;
    }
    yq_oracle_text(call, "OK");
    return call->n > 4
               ? yq_ics23_member(&comet, &spec, call->arg[1], &proof, call->arg[3], call->arg[4])
               : yq_ics23_absent(&comet, &spec, call->arg[1], &proof, call->arg[3]);
}

/* The membership proof of an argument. */
static yq_status take_exist(yq_oracle_call *call, yq_slice in, yq_ics23_proof *out)
{
    const yq_comet_call comet = {.host = call->host};
    yq_status status = yq_ics23_decode(&comet, in, out);
    return status == YQ_OK && out->absent ? YQ_E_PROOF_TYPE : status;
}

/* ics23-root PROOF: the root that it leads to, whatever its form */
static yq_status run_ics23_root(yq_oracle_call *call)
{
    yq_ics23_proof proof;
    yq_ics23_md root;
    const yq_comet_call comet = {.host = call->host};
    yq_status status = take_exist(call, call->arg[0], &proof);
    if (status == YQ_OK) {
        status = yq_ics23_root(&comet, &proof.exist[0], &root);
    }
    if (status == YQ_OK) {
        yq_oracle_hex(call, yq_slice_of(root.b, root.n));
    }
    return status;
}

/* ics23-form SPEC PROOF: whether its form is the spec's, whatever its root */
static yq_status run_ics23_form(yq_oracle_call *call)
{
    yq_ics23_spec spec;
    yq_ics23_proof proof;
    const yq_comet_call comet = {.host = call->host};
    yq_status status = spec_of(call->arg[0], &spec);
    if (status == YQ_OK) {
        status = take_exist(call, call->arg[1], &proof);
    }
    yq_oracle_text(call, "OK");
    return status == YQ_OK ? yq_ics23_spec_check(&comet, &spec, &proof.exist[0]) : status;
}

const yq_oracle_op yq_oracle_proofs[] = {
    {"mpt", 2, run_mpt},
    {"trie", 1, run_trie},
    {"ics23", 4, run_ics23},
    {"ics23-root", 1, run_ics23_root},
    {"ics23-form", 2, run_ics23_form},
    {0},
};
