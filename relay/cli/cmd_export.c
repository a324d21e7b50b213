#include "relay/base/bytes.h"
#include "relay/cli/cli.h"
#include "relay/hub/export_key.h"
#include "relay/ledger/genesis.h"

#include <stdlib.h>

/* Keys for certificates of other suites. A binding travels as one text, without a secret:
 * VALIDATOR:ADDRESS:PROOF:PROOF in hex. */

#define VALIDATOR_SIZE 64u
#define PROOF_SIZE     64u

typedef struct binding {
    uint8_t validator[VALIDATOR_SIZE], address[YQ_ADDRESS_SIZE];
    uint8_t validator_proof[PROOF_SIZE], address_proof[YQ_EXPORT_SIG_SIZE];
} binding;

#define TEXT_SIZE (2u * sizeof(binding) + 3u)

/* Everything that a binding is, in the order of its text. */
static yq_buf part_of(binding *b, unsigned idx)
{
    yq_buf part[] = {
        {b->validator, sizeof b->validator, 0},
        {b->address, sizeof b->address, 0},
        {b->validator_proof, sizeof b->validator_proof, 0},
        {b->address_proof, sizeof b->address_proof, 0}};
    return part[idx];
}

static void write_text(binding *b, char *text)
{
    for (unsigned i = 0; i < 4; i++) {
        yq_buf part = part_of(b, i);
        (void)yq_hex_encode(text, 2 * part.cap + 1, part.p, part.cap);
        text += 2 * part.cap;
        *text++ = i < 3 ? ':' : '\0';
    }
}

static int read_text(const char *text, binding *b)
{
    for (unsigned i = 0; i < 4; i++) {
        yq_buf part = part_of(b, i);
        size_t n = strcspn(text, ":");
        if (n != 2 * part.cap || text[n] != (i < 3 ? ':' : '\0') ||
            yq_hex_decode(&part, text, n) != YQ_OK || part.n != part.cap) {
            return 0;
        }
        text += n + 1;
    }
    return 1;
}

static void prove(
    uint32_t alg, const yq_digest *chain, const yq_key *key, const yq_key *export_key, binding *b)
{
    yq_digest m;
    memcpy(b->validator, yq_key_public(key).p, sizeof b->validator);
    yq_secp256k1_address(yq_key_public(export_key).p, b->address);
    const yq_export_binding what = {
        YQ_SUITE_ETH, YQ_SLICE_OF(b->validator), YQ_SLICE_OF(b->address)};
    yq_export_key_digest(alg, chain, &what, &m);
    yq_key_sign(key, YQ_SLICE_OF(m.b), b->validator_proof);
    yq_export_owner_digest(chain, &what, &m);
    yq_key_sign_recoverable(export_key, m.b, b->address_proof);
}

static yq_status show(cli *c, binding *b, yq_json_out **out)
{
    char text[TEXT_SIZE + 1];
    write_text(b, text);
    *out = yq_json_out_new(CLI_JSON_MAX);
    if (*out == NULL) {
        return yq_fail(&c->why, YQ_E_MEMORY, 0, "binding");
    }
    yq_json_out_object(*out, NULL);
    yq_json_out_hex(*out, "validator", YQ_SLICE_OF(b->validator));
    yq_json_out_hex(*out, "address", YQ_SLICE_OF(b->address));
    yq_json_out_str(*out, "binding", text);
    yq_json_out_end(*out);
    return YQ_OK;
}

/* Out: the ledger's hash and identity, as the hub's genesis has them. */
static yq_status read_chain(cli *c, uint32_t *alg, yq_digest *chain)
{
    yq_slice bytes;
    yq_genesis *g = malloc(sizeof *g);
    if (g == NULL) {
        return yq_fail(&c->why, YQ_E_MEMORY, 0, "genesis");
    }
    yq_status status = cli_hub(c);
    if (status == YQ_OK) {
        status = yq_api_ask(c->http, "/api/v1/genesis", NULL, YQ_API_TIME_MS, &bytes, &c->why);
    }
    if (status == YQ_OK) {
        status = yq_genesis_decode(bytes, g, &c->why);
    }
    if (status == YQ_OK) {
        *alg = g->alg;
        yq_genesis_chain_hash(g, bytes, chain);
    }
    free(g);
    return status;
}

/* --key is the validator's, --export-key its own: both leave this machine as proofs only. */
yq_status cmd_validators_prove_export(cli *c, yq_json_out **out)
{
    uint32_t alg = 0;
    yq_digest chain = {{0}};
    binding b;
    yq_key *key = NULL, *export_key = NULL;
    yq_status status = read_chain(c, &alg, &chain);
    if (status == YQ_OK) {
        status = cli_key(c, &key);
    }
    if (status == YQ_OK) {
        status = cli_key_of(c, cli_get(c, "export-key"), &export_key);
    }
    if (status == YQ_OK && (yq_key_alg(key) != YQ_SIG_SM2_MESSAGE ||
                            yq_key_alg(export_key) != YQ_SIG_SECP256K1_DIGEST)) {
        status = cli_usage(c, "--key takes an SM2 key, --export-key a secp256k1 key");
    }
    if (status == YQ_OK) {
        prove(alg, &chain, key, export_key, &b);
        status = show(c, &b, out);
    }
    yq_key_free(key);
    yq_key_free(export_key);
    return status;
}

yq_status cmd_validators_export_key(cli *c, yq_json_out **out)
{
    binding b;
    cli_result result;
    if (!read_text(c->positional[0], &b)) {
        return cli_usage(c, "BINDING is what \"validators prove-export\" printed");
    }
    yq_tx tx = {.method = YQ_METHOD_EXPORT_KEY};
    tx.as.export_key = (yq_tx_export_key){
        .suite = YQ_SUITE_ETH,
        .validator = YQ_SLICE_OF(b.validator),
        .address = YQ_SLICE_OF(b.address),
        .validator_proof = YQ_SLICE_OF(b.validator_proof),
        .address_proof = YQ_SLICE_OF(b.address_proof)};
    yq_status status = cli_submit(c, &tx, &result);
    if (status == YQ_OK && (*out = cli_result_begin(&result)) != NULL) {
        yq_json_out_hex(*out, "validator", YQ_SLICE_OF(b.validator));
        yq_json_out_hex(*out, "address", YQ_SLICE_OF(b.address));
        yq_json_out_end(*out);
    }
    return status;
}
