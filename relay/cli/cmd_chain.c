#include "relay/base/bytes.h"
#include "relay/cli/cli.h"
#include "relay/hub/hub.h"

#include <stdlib.h>

/* Proposals and votes. */
#define DAY_MS     UINT64_C(86400000)
#define TRUST_DAYS 30u /* a chain that is silent for so long needs a look anyway */

static const char *const hash_word[] = {"sm3", "sha256", "keccak256"};
static const char *const suite_word[] = {"sm2", "p256", "secp256k1", "ed25519"};

static uint64_t number_of(const cli_result *result)
{
    uint64_t number = 0;
    for (size_t i = 0; i < result->data_n && i < 8; i++) {
        number = number << 8 | result->data[i];
    }
    return number;
}

static yq_status proposed(const cli_result *result, const char *subject, yq_json_out **out)
{
    *out = cli_result_begin(result);
    if (*out != NULL) {
        if (subject != NULL) {
            yq_json_out_str(*out, "chain", subject);
        }
        if (result->data_n == 8) {
            yq_json_out_uint(*out, "proposal", number_of(result));
        }
        yq_json_out_end(*out);
    }
    return YQ_OK;
}

static yq_status inbox_of(cli *c, yq_tx_chain_register *to, uint8_t *room)
{
    yq_status status = cli_bytes(c, "inbox", room, YQ_EMITTER_SIZE_MAX, &to->inbox);
    if (status == YQ_OK) {
        status = cli_bytes(
            c, "inbox-event", room + YQ_EMITTER_SIZE_MAX, YQ_EVENT_NAME_SIZE_MAX, &to->inbox_event);
    }
    if (status != YQ_OK || (to->inbox.n == 0 && to->inbox_event.n == 0)) {
        return status;
    }
    if (to->inbox.n == 0 || to->inbox_event.n == 0) {
        return cli_usage(c, "--inbox and --inbox-event go together");
    }
    status = cli_word(c, "hash", hash_word, YQ_ARRAY_N(hash_word), &to->hash);
    return status == YQ_OK ? cli_word(c, "suite", suite_word, YQ_ARRAY_N(suite_word), &to->suite)
                           : status;
}

/* With the hash of the anchor, for those who vote to compare. */
static void anchored(
    const cli_result *result, const char *chain, yq_slice anchor, yq_json_out **out)
{
    *out = cli_result_begin(result);
    if (*out != NULL) {
        yq_digest sm3;
        yq_hash_one(YQ_HASH_SM3, anchor, sm3.b);
        yq_json_out_str(*out, "chain", chain);
        yq_json_out_uint(*out, "proposal", number_of(result));
        yq_json_out_hex(*out, "anchor_sm3", YQ_SLICE_OF(sm3));
        yq_json_out_end(*out);
    }
}

yq_status cmd_chain_register(cli *c, yq_json_out **out)
{
    uint8_t room[YQ_EMITTER_SIZE_MAX + YQ_EVENT_NAME_SIZE_MAX];
    yq_tx tx = {.method = YQ_METHOD_CHAIN_REGISTER};
    yq_tx_chain_register *to = &tx.as.chain_register;
    yq_buf anchor;
    uint64_t verifier, trust_days = 0;
    cli_result result;
    yq_status status = cli_number(c, "verifier", 1, UINT32_MAX, &verifier);
    if (status == YQ_OK) {
        status = cli_number(c, "trust-days", TRUST_DAYS, YQ_TRUST_MS_MAX / DAY_MS, &trust_days);
    }
    to->chain = yq_slice_text(cli_get(c, "chain"));
    to->framework = yq_slice_text(cli_get(c, "framework"));
    to->name = yq_slice_text(cli_has(c, "name") ? cli_get(c, "name") : cli_get(c, "chain"));
    to->verifier = (uint32_t)verifier;
    to->trust_ms = trust_days * DAY_MS;
    if (status == YQ_OK) {
        status = inbox_of(c, to, room);
    }
    if (status == YQ_OK) {
        status = cli_file(c, cli_get(c, "anchor"), YQ_ANCHOR_SIZE_MAX, &anchor);
    }
    if (status != YQ_OK) {
        return status;
    }
    to->anchor = yq_slice_of(anchor.p, anchor.n);
    status = cli_submit(c, &tx, &result);
    if (status == YQ_OK) {
        anchored(&result, cli_get(c, "chain"), to->anchor, out);
    }
    free(anchor.p);
    return status;
}

static yq_status vote(cli *c, uint64_t number, int approve, yq_json_out **out)
{
    yq_tx tx = {.method = YQ_METHOD_GOVERNANCE_VOTE, .as.vote = {approve, number}};
    cli_result result;
    yq_status status = cli_submit(c, &tx, &result);
    if (status == YQ_OK && (*out = cli_result_begin(&result)) != NULL) {
        yq_json_out_uint(*out, "proposal", number);
        yq_json_out_str(
            *out,
            "state",
            yq_proposal_state_name(result.data_n == 1 ? result.data[0] : YQ_PROPOSAL_INVALID));
        yq_json_out_end(*out);
    }
    return status;
}

static yq_status proposal_of_chain(cli *c, uint64_t *number)
{
    char path[160];
    yq_json *document;
    yq_status status = cli_hub(c);
    if (snprintf(path, sizeof path, "/api/v1/chains/%s", cli_get(c, "chain")) >= (int)sizeof path) {
        return cli_usage(c, "--chain is too long");
    }
    if (status == YQ_OK) {
        status = yq_api_ask_json(c->http, path, YQ_API_TIME_MS, &document, &c->why);
    }
    if (status != YQ_OK) {
        return status;
    }
    if (!yq_json_uint(yq_json_get(document, "proposal"), number) || *number == 0) {
        status = yq_fail(&c->why, YQ_E_NOT_FOUND, 0, "the chain has no proposal");
    }
    yq_json_free(document);
    return status;
}

yq_status cmd_chain_approve(cli *c, yq_json_out **out)
{
    uint64_t number = 0;
    yq_status status = cli_number(c, "proposal", 0, UINT64_MAX, &number);
    if (status == YQ_OK && !cli_has(c, "proposal")) {
        status = cli_has(c, "chain") ? proposal_of_chain(c, &number)
                                     : cli_usage(c, "--chain ID or --proposal N is needed");
    }
    return status == YQ_OK ? vote(c, number, 1, out) : status;
}

static yq_status vote_named(cli *c, int approve, yq_json_out **out)
{
    char *end;
    uint64_t number = strtoull(c->positional[0], &end, 10);
    if (*end != '\0' || number == 0) {
        return cli_usage(c, "a proposal's number is expected");
    }
    return vote(c, number, approve, out);
}

yq_status cmd_proposal_approve(cli *c, yq_json_out **out)
{
    return vote_named(c, 1, out);
}

yq_status cmd_proposal_reject(cli *c, yq_json_out **out)
{
    return vote_named(c, 0, out);
}

static yq_status act(cli *c, yq_method method, uint64_t duration_ms, yq_json_out **out)
{
    yq_tx tx = {.method = (uint16_t)method};
    cli_result result;
    tx.as.chain_act = (yq_tx_chain_act){
        .chain = yq_slice_text(c->positional[0]),
        .reason = yq_slice_text(cli_get(c, "reason")),
        .duration_ms = duration_ms};
    yq_status status = cli_submit(c, &tx, &result);
    return status == YQ_OK ? proposed(&result, c->positional[0], out) : status;
}

yq_status cmd_chain_freeze(cli *c, yq_json_out **out)
{
    uint64_t hours;
    yq_status status = cli_number(c, "hours", 24, YQ_FREEZE_LONG_MS_MAX / 3600000, &hours);
    return status == YQ_OK ? act(c, YQ_METHOD_CHAIN_FREEZE, hours * 3600000, out) : status;
}

yq_status cmd_chain_unfreeze(cli *c, yq_json_out **out)
{
    return act(c, YQ_METHOD_CHAIN_UNFREEZE, 0, out);
}

yq_status cmd_chain_recover(cli *c, yq_json_out **out)
{
    yq_tx tx = {.method = YQ_METHOD_CHAIN_RECOVER};
    yq_buf anchor;
    uint64_t verifier;
    cli_result result;
    yq_status status = cli_number(c, "verifier", 1, UINT32_MAX, &verifier);
    if (status == YQ_OK) {
        status = cli_file(c, cli_get(c, "anchor"), YQ_ANCHOR_SIZE_MAX, &anchor);
    }
    if (status != YQ_OK) {
        return status;
    }
    tx.as.chain_recover = (yq_tx_chain_recover){
        .anchor = yq_slice_of(anchor.p, anchor.n),
        .chain = yq_slice_text(c->positional[0]),
        .reason = yq_slice_text(cli_get(c, "reason")),
        .verifier = (uint32_t)verifier};
    status = cli_submit(c, &tx, &result);
    if (status == YQ_OK) {
        anchored(&result, c->positional[0], tx.as.chain_recover.anchor, out);
    }
    free(anchor.p);
    return status;
}

yq_status cmd_chain_retire(cli *c, yq_json_out **out)
{
    return act(c, YQ_METHOD_CHAIN_RETIRE, 0, out);
}

yq_status cmd_protocol_activate(cli *c, yq_json_out **out)
{
    uint64_t version = 0, height = 0;
    cli_result result;
    yq_status status = cli_number(c, "version", 0, UINT8_MAX, &version);
    if (status == YQ_OK) {
        status = cli_number(c, "height", 0, UINT64_MAX, &height);
    }
    if (status != YQ_OK) {
        return status;
    }
    yq_tx tx = {.method = YQ_METHOD_PROTOCOL_ACTIVATE};
    tx.as.protocol =
        (yq_tx_protocol){height, (uint8_t)version, yq_slice_text(cli_get(c, "reason"))};
    status = cli_submit(c, &tx, &result);
    if (status == YQ_OK && (*out = cli_result_begin(&result)) != NULL) {
        yq_json_out_uint(*out, "proposal", number_of(&result));
        yq_json_out_end(*out);
    }
    return status;
}
