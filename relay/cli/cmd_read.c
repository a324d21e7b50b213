#include "relay/base/bytes.h"
#include "relay/cli/cli.h"
#include "relay/ledger/genesis.h"

#include <stdlib.h>

/* What only asks. */

yq_status cmd_status(cli *c, yq_json_out **out)
{
    return cli_pass(c, "/api/v1/status", out);
}

/* A name that goes into a path: of the characters that ids and numbers have. */
static yq_status path_of(
    cli *c, const char *before, const char *name, const char *after, char *path, size_t size)
{
    size_t n = strlen(name);
    if (n == 0 || n > 64 || strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-") != n) {
        return cli_usage(c, "\"%.64s\" is no name of that kind", name);
    }
    (void)snprintf(path, size, "%s%s%s", before, name, after);
    return YQ_OK;
}

static yq_status pass_named(cli *c, const char *before, const char *after, yq_json_out **out)
{
    char path[256];
    yq_status status = path_of(c, before, c->positional[0], after, path, sizeof path);
    return status == YQ_OK ? cli_pass(c, path, out) : status;
}

yq_status cmd_chain_list(cli *c, yq_json_out **out)
{
    return cli_pass(c, "/api/v1/chains", out);
}

yq_status cmd_chain_show(cli *c, yq_json_out **out)
{
    return pass_named(c, "/api/v1/chains/", "", out);
}

yq_status cmd_client_show(cli *c, yq_json_out **out)
{
    char path[256];
    yq_json *document;
    yq_status status = path_of(c, "/api/v1/chains/", c->positional[0], "", path, sizeof path);
    if (status == YQ_OK) {
        status = cli_hub(c);
    }
    if (status == YQ_OK) {
        status = yq_api_ask_json(c->http, path, YQ_API_TIME_MS, &document, &c->why);
    }
    if (status != YQ_OK) {
        return status;
    }
    const yq_json *client = yq_json_get(document, "client");
    if (!yq_json_is_object(client)) {
        status = yq_fail(&c->why, YQ_E_NOT_FOUND, 0, "the chain has no light client yet");
    } else if ((*out = yq_json_out_new(CLI_JSON_MAX)) != NULL) {
        cli_copy(*out, NULL, client);
    }
    yq_json_free(document);
    return status;
}

yq_status cmd_service_list(cli *c, yq_json_out **out)
{
    return pass_named(c, "/api/v1/chains/", "/services", out);
}

yq_status cmd_lane_list(cli *c, yq_json_out **out)
{
    return cli_pass(c, "/api/v1/lanes", out);
}

yq_status cmd_message_list(cli *c, yq_json_out **out)
{
    static const char *const filter[] = {"chain", "state", "cursor"};
    char path[512];
    uint64_t limit;
    yq_status status = cli_number(c, "limit", 50, 500, &limit);
    int used =
        snprintf(path, sizeof path, "/api/v1/messages?limit=%llu", (unsigned long long)limit);
    for (size_t i = 0; i < YQ_ARRAY_N(filter) && status == YQ_OK; i++) {
        const char *value = cli_get(c, filter[i]);
        char checked[256];
        if (value != NULL) {
            status = path_of(c, "", value, "", checked, sizeof checked);
            used += snprintf(path + used, sizeof path - (size_t)used, "&%s=%s", filter[i], checked);
        }
    }
    return status == YQ_OK ? cli_pass(c, path, out) : status;
}

yq_status cmd_message_trace(cli *c, yq_json_out **out)
{
    return pass_named(c, "/api/v1/messages/", "", out);
}

yq_status cmd_proposal_list(cli *c, yq_json_out **out)
{
    return cli_pass(c, "/api/v1/proposals", out);
}

yq_status cmd_proposal_show(cli *c, yq_json_out **out)
{
    return pass_named(c, "/api/v1/proposals/", "", out);
}

static void show_keys(yq_json_out *out, const yq_genesis *genesis)
{
    yq_json_out_array(out, "keys");
    for (size_t i = 0; i < genesis->validator_n; i++) {
        yq_json_out_hex(out, NULL, genesis->validator[i].key);
    }
    yq_json_out_end(out);
    yq_json_out_array(out, "organisations");
    for (size_t i = 0; i < genesis->org_n; i++) {
        yq_json_out_object(out, NULL);
        yq_json_out_text(out, "code", genesis->org[i].code);
        yq_json_out_text(out, "name", genesis->org[i].name);
        yq_json_out_bool(out, "votes", genesis->org[i].votes);
        yq_json_out_end(out);
    }
    yq_json_out_end(out);
}

static void show_recovery(yq_json_out *out, const yq_genesis *genesis)
{
    if (genesis->recovery_n == 0) {
        yq_json_out_null(out, "recovery");
        return;
    }
    yq_json_out_object(out, "recovery");
    yq_json_out_uint(out, "approvals", genesis->recovery_approvals);
    yq_json_out_uint(out, "delay_ms", genesis->recovery_delay_ms);
    yq_json_out_array(out, "keys");
    for (size_t i = 0; i < genesis->recovery_n; i++) {
        yq_json_out_object(out, NULL);
        yq_json_out_hex(out, "key", genesis->recovery[i].key);
        yq_json_out_text(out, "org", genesis->recovery[i].org);
        yq_json_out_end(out);
    }
    yq_json_out_end(out);
    yq_json_out_end(out);
}

static yq_status show_genesis(cli *c, yq_slice bytes, yq_json_out **out)
{
    yq_genesis *genesis = malloc(sizeof *genesis);
    if (genesis == NULL) {
        return yq_fail(&c->why, YQ_E_MEMORY, 0, "genesis");
    }
    yq_status status = yq_genesis_decode(bytes, genesis, &c->why);
    if (status == YQ_OK && (*out = yq_json_out_new(CLI_JSON_MAX)) != NULL) {
        yq_digest chain, set_hash;
        yq_valset set;
        yq_genesis_chain_hash(genesis, bytes, &chain);
        yq_genesis_valset(genesis, &chain, &set);
        yq_valset_hash(genesis->alg, &set, &set_hash);
        yq_json_out_object(*out, NULL);
        yq_json_out_text(*out, "hub", genesis->hub);
        yq_json_out_text(*out, "name", genesis->display);
        yq_json_out_hex(*out, "chain_id_hash", YQ_SLICE_OF(chain));
        yq_json_out_uint(*out, "epoch", set.epoch);
        yq_json_out_uint(*out, "suite", genesis->suite);
        yq_json_out_uint(*out, "quorum", yq_quorum(set.n));
        yq_json_out_hex(*out, "set_hash", YQ_SLICE_OF(set_hash));
        yq_json_out_uint(*out, "approvals", genesis->approvals);
        yq_json_out_uint(*out, "delay_ms", genesis->delay_ms);
        yq_json_out_bool(*out, "single_operator", genesis->single_operator);
        yq_json_out_uint(*out, "time_ms", genesis->time_ms);
        show_keys(*out, genesis);
        show_recovery(*out, genesis);
        yq_json_out_end(*out);
    }
    free(genesis);
    return status;
}

/* A copy of the slice. */
static yq_status keep(cli *c, yq_slice bytes, yq_buf *out)
{
    uint8_t *p = malloc(bytes.n + 1);
    if (p == NULL) {
        return yq_fail(&c->why, YQ_E_MEMORY, 0, "genesis");
    }
    yq_bytes_copy(p, bytes.p, bytes.n);
    *out = (yq_buf){p, bytes.n, bytes.n};
    return YQ_OK;
}

yq_status cli_genesis(cli *c, const char *option, yq_buf *out)
{
    const char *file = cli_get(c, option), *home = cli_get(c, "home");
    char room[1024];
    if (file == NULL && home != NULL && !cli_has(c, "hub")) {
        (void)snprintf(room, sizeof room, "%s/genesis.bin", home);
        file = room;
    }
    if (file != NULL) {
        return cli_file(c, file, YQ_GENESIS_SIZE_MAX, out);
    }
    yq_slice bytes;
    yq_status status = cli_hub(c);
    if (status == YQ_OK) {
        status = yq_api_ask(c->http, "/api/v1/genesis", NULL, YQ_API_TIME_MS, &bytes, &c->why);
    }
    return status == YQ_OK ? keep(c, bytes, out) : status;
}

yq_status cmd_genesis_show(cli *c, yq_json_out **out)
{
    yq_buf bytes = {0};
    yq_status status = cli_genesis(c, "file", &bytes);
    if (status == YQ_OK) {
        status = show_genesis(c, yq_slice_of(bytes.p, bytes.n), out);
        free(bytes.p);
    }
    return status;
}
