#include "relay/base/bytes.h"
#include "relay/cli/cli.h"
#include "relay/hub/change.h"
#include "relay/ledger/genesis.h"

#include <stdlib.h>

/* Who orders the ledger. */

yq_status cmd_validators_list(cli *c, yq_json_out **out)
{
    char path[64] = "/api/v1/validators";
    uint64_t epoch;
    yq_status status = cli_number(c, "epoch", 0, UINT64_MAX - 1, &epoch);
    if (status == YQ_OK && epoch != 0) {
        (void)snprintf(path, sizeof path, "/api/v1/validators/%llu", (unsigned long long)epoch);
    }
    return status == YQ_OK ? cli_pass(c, path, out) : status;
}

yq_status cmd_validators_evidence(cli *c, yq_json_out **out)
{
    return cli_pass(c, "/api/v1/evidence", out);
}

/* What a new key signs, so that nobody brings a key that is not theirs. */
static yq_status show_proof(
    cli *c, const yq_key *key, yq_slice genesis_bytes, uint64_t epoch, yq_json_out **out)
{
    yq_genesis *g = malloc(sizeof *g);
    if (g == NULL) {
        return yq_fail(&c->why, YQ_E_MEMORY, 0, "genesis");
    }
    yq_status status = yq_genesis_decode(genesis_bytes, g, &c->why);
    if (status == YQ_OK && (*out = yq_json_out_new(CLI_JSON_MAX)) != NULL) {
        yq_digest chain, m;
        uint8_t sig[64];
        char key_hex[129], sig_hex[129], join[512];
        const char *org = cli_get(c, "org");
        yq_slice public = yq_key_public(key);
        yq_genesis_chain_hash(g, genesis_bytes, &chain);
        yq_change_proof_digest(g->alg, &chain, epoch, yq_slice_text(org), public, &m);
        yq_key_sign(key, YQ_SLICE_OF(m.b), sig);
        (void)yq_hex_encode(key_hex, sizeof key_hex, public.p, public.n);
        (void)yq_hex_encode(sig_hex, sizeof sig_hex, sig, sizeof sig);
        (void)snprintf(join, sizeof join, "%s:%s:%s", org, key_hex, sig_hex);
        yq_json_out_object(*out, NULL);
        yq_json_out_str(*out, "org", org);
        yq_json_out_str(*out, "key", key_hex);
        yq_json_out_uint(*out, "epoch", epoch);
        yq_json_out_str(*out, "join", join);
        yq_json_out_end(*out);
    }
    free(g);
    return status;
}

/* --key is the new validator's: it leaves this machine as a proof only. */
yq_status cmd_validators_prove(cli *c, yq_json_out **out)
{
    uint64_t epoch;
    yq_key *key;
    yq_slice bytes;
    if (strlen(cli_get(c, "org")) != YQ_ORG_CODE_SIZE) {
        return cli_usage(c, "--org takes a unified social credit code of 18 characters");
    }
    yq_status status = cli_number(c, "epoch", 0, UINT64_MAX, &epoch);
    if (status == YQ_OK) {
        status = cli_hub(c);
    }
    if (status == YQ_OK) {
        status = yq_api_ask(c->http, "/api/v1/genesis", NULL, YQ_API_TIME_MS, &bytes, &c->why);
    }
    if (status == YQ_OK) {
        status = cli_key(c, &key);
    }
    if (status == YQ_OK) {
        status = show_proof(c, key, bytes, epoch, out);
        yq_key_free(key);
    }
    return status;
}

/* ---- a change -----------------------------------------------------------------------------------
 */

static yq_status proposed(const cli_result *result, yq_json_out **out)
{
    uint64_t number = 0;
    for (size_t i = 0; i < result->data_n && i < 8; i++) {
        number = number << 8 | result->data[i];
    }
    *out = cli_result_begin(result);
    if (*out != NULL) {
        yq_json_out_uint(*out, "proposal", number);
        yq_json_out_end(*out);
    }
    return YQ_OK;
}

yq_status cmd_validators_propose(cli *c, yq_json_out **out)
{
    uint8_t room[YQ_CHANGE_SIZE_MAX];
    cli_result result;
    yq_writer w = yq_writer_of(room, sizeof room);
    yq_status status = cli_change(c, &w);
    if (status != YQ_OK) {
        return status;
    }
    yq_tx tx = {.method = YQ_METHOD_VALIDATORS_CHANGE};
    tx.as.validators = (yq_tx_validators){yq_writer_slice(&w), yq_slice_text(cli_get(c, "reason"))};
    status = cli_submit(c, &tx, &result);
    return status == YQ_OK ? proposed(&result, out) : status;
}

/* A file of a node's evidence folder: u8 kind, blob16 one, blob16 two. */
yq_status cmd_validators_report(cli *c, yq_json_out **out)
{
    yq_buf file;
    cli_result result;
    yq_status status = cli_file(c, c->positional[0], 4096, &file);
    if (status != YQ_OK) {
        return status;
    }
    yq_tx tx = {.method = YQ_METHOD_EVIDENCE_RECORD};
    yq_cur cur = yq_cur_of(yq_slice_of(file.p, file.n));
    (void)yq_cur_u8(&cur);
    tx.as.twice_signed.one = yq_cur_blob16(&cur, YQ_SIGNED_VOTE_MAX);
    tx.as.twice_signed.two = yq_cur_blob16(&cur, YQ_SIGNED_VOTE_MAX);
    status = yq_cur_done(&cur, &c->why);
    if (status == YQ_OK) {
        status = cli_submit(c, &tx, &result);
    }
    if (status == YQ_OK && (*out = cli_result_begin(&result)) != NULL) {
        yq_json_out_str(
            *out, "kind", yq_evidence_kind_name(result.data_n == 1 ? result.data[0] : 0));
        yq_json_out_end(*out);
    }
    free(file.p);
    return status;
}
