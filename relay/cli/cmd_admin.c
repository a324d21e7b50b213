#include "yuqiao/packet.h"

#include "relay/base/bytes.h"
#include "relay/cli/cli.h"

#include <stdlib.h>

/* Organisations and their keys, services and lanes. */

static const char *const role_word[] = {"admin", "operator", "adapter", "gateway"};
static const char *const kind_word[] = {"contract", "mapped"};
static const char *const grade_word[] = {"attested", "endorsed", "light-client"};

static yq_status done(const cli_result *result, const char *member, yq_json_out **out)
{
    *out = cli_result_begin(result);
    if (*out != NULL) {
        if (member != NULL) {
            yq_json_out_hex(*out, member, yq_slice_of(result->data, result->data_n));
        }
        yq_json_out_end(*out);
    }
    return YQ_OK;
}

static yq_status submit(cli *c, const yq_tx *tx, const char *member, yq_json_out **out)
{
    cli_result result;
    yq_status status = cli_submit(c, tx, &result);
    return status == YQ_OK ? done(&result, member, out) : status;
}

yq_status cmd_org_register(cli *c, yq_json_out **out)
{
    uint8_t room[YQ_SM2_KEY_SIZE];
    yq_tx tx = {.method = YQ_METHOD_ORG_REGISTER};
    cli_result result;
    yq_status status = cli_bytes(c, "admin", room, sizeof room, &tx.as.org_register.admin);
    tx.as.org_register.code = yq_slice_text(cli_get(c, "code"));
    tx.as.org_register.name = yq_slice_text(cli_get(c, "name"));
    if (status == YQ_OK) {
        status = cli_submit(c, &tx, &result);
    }
    if (status == YQ_OK && (*out = cli_result_begin(&result)) != NULL) {
        uint64_t number = 0;
        for (size_t i = 0; i < result.data_n; i++) {
            number = number << 8 | result.data[i];
        }
        yq_json_out_uint(*out, "proposal", number);
        yq_json_out_end(*out);
    }
    return status;
}

yq_status cmd_org_key_add(cli *c, yq_json_out **out)
{
    uint8_t room[YQ_SM2_KEY_SIZE];
    yq_tx tx = {.method = YQ_METHOD_ORG_KEY_ADD};
    yq_tx_org_key_add *to = &tx.as.org_key_add;
    yq_status status = cli_bytes(c, "public", room, sizeof room, &to->key);
    if (status == YQ_OK) {
        status = cli_word(c, "role", role_word, YQ_ARRAY_N(role_word), &to->role);
    }
    if (cli_has(c, "chain")) {
        to->chain = yq_slice_text(cli_get(c, "chain"));
    }
    return status == YQ_OK ? submit(c, &tx, "signer", out) : status;
}

yq_status cmd_org_key_remove(cli *c, yq_json_out **out)
{
    yq_tx tx = {.method = YQ_METHOD_ORG_KEY_REMOVE};
    yq_slice signer;
    yq_status status =
        cli_bytes(c, "signer", tx.as.org_key_remove.signer.b, YQ_DIGEST_SIZE, &signer);
    if (status == YQ_OK && signer.n != YQ_DIGEST_SIZE) {
        return cli_usage(c, "--signer: 64 hex digits are expected");
    }
    return status == YQ_OK ? submit(c, &tx, NULL, out) : status;
}

yq_status cmd_service_register(cli *c, yq_json_out **out)
{
    uint8_t emitter[YQ_EMITTER_SIZE_MAX], event[YQ_EVENT_NAME_SIZE_MAX],
        service[YQ_SERVICE_SIZE_MAX];
    yq_tx tx = {.method = YQ_METHOD_SERVICE_REGISTER};
    yq_tx_service *to = &tx.as.service;
    yq_status status = cli_word(c, "kind", kind_word, YQ_ARRAY_N(kind_word), &to->kind);
    to->chain = yq_slice_text(cli_get(c, "chain"));
    if (status == YQ_OK) {
        status = cli_bytes(c, "emitter", emitter, sizeof emitter, &to->emitter);
    }
    if (status == YQ_OK) {
        status = cli_bytes(c, "event", event, sizeof event, &to->event);
    }
    if (status == YQ_OK) {
        status = cli_bytes(c, "service", service, sizeof service, &to->service);
    }
    if (status == YQ_OK) {
        status = cli_number(c, "from-height", 0, UINT64_MAX, &to->from_height);
    }
    to->ordered = cli_has(c, "ordered") != 0;
    return status == YQ_OK ? submit(c, &tx, NULL, out) : status;
}

/* CHAIN/SERVICE */
typedef struct end {
    char chain[YQ_CHAIN_ID_SIZE_MAX + 1];
    uint8_t service[YQ_SERVICE_SIZE_MAX];
    size_t service_n;
} end;

static yq_status end_of(cli *c, const char *name, end *out)
{
    const char *text = cli_get(c, name), *slash = strchr(text, '/');
    size_t chain_n = slash == NULL ? 0 : (size_t)(slash - text);
    size_t service_n = slash == NULL ? 0 : strlen(slash + 1);
    if (chain_n == 0 || chain_n > YQ_CHAIN_ID_SIZE_MAX || service_n == 0) {
        return cli_usage(c, "--%.20s: CHAIN/SERVICE is expected", name);
    }
    memcpy(out->chain, text, chain_n);
    out->chain[chain_n] = '\0';
    const char *service = slash + 1;
    yq_buf buf = {out->service, sizeof out->service, 0};
    if (strncmp(service, "0x", 2) == 0) {
        if (yq_hex_decode(&buf, service + 2, service_n - 2) != YQ_OK || buf.n == 0) {
            return cli_usage(c, "--%.20s: the service is no hex text of 1 to 64 bytes", name);
        }
        out->service_n = buf.n;
        return YQ_OK;
    }
    if (service_n > sizeof out->service) {
        return cli_usage(c, "--%.20s: the service has more than 64 bytes", name);
    }
    memcpy(out->service, service, service_n);
    out->service_n = service_n;
    return YQ_OK;
}

yq_status cmd_lane_open(cli *c, yq_json_out **out)
{
    end from = {0}, to = {0};
    uint64_t patience = 0, payload = 0, rate = 0;
    yq_tx tx = {.method = YQ_METHOD_LANE_OPEN};
    yq_tx_lane *lane = &tx.as.lane;
    yq_status status = end_of(c, "from", &from);
    if (status == YQ_OK) {
        status = end_of(c, "to", &to);
    }
    if (status == YQ_OK) {
        status = cli_word(c, "grade", grade_word, YQ_ARRAY_N(grade_word), &lane->grade_min);
    }
    if (status == YQ_OK) {
        status = cli_number(c, "patience-ms", 0, YQ_PATIENCE_MS_MAX, &patience);
    }
    if (status == YQ_OK) {
        status = cli_number(c, "payload-max", YQ_PAYLOAD_SIZE_MAX, YQ_PAYLOAD_SIZE_MAX, &payload);
    }
    if (status == YQ_OK) {
        status = cli_number(c, "per-minute", 10000, YQ_LANE_PER_MINUTE_MAX, &rate);
    }
    if (status != YQ_OK) {
        return status;
    }
    lane->src_chain = yq_slice_text(from.chain);
    lane->src_service = yq_slice_of(from.service, from.service_n);
    lane->dst_chain = yq_slice_text(to.chain);
    lane->dst_service = yq_slice_of(to.service, to.service_n);
    lane->order = cli_has(c, "ordered") ? YQ_ORDER_ORDERED : YQ_ORDER_UNORDERED;
    lane->patience_ms = patience;
    lane->payload_max = (uint32_t)payload;
    lane->per_minute_max = (uint32_t)rate;
    return submit(c, &tx, NULL, out);
}

yq_status cmd_tx_submit(cli *c, yq_json_out **out)
{
    yq_buf tx;
    cli_result result;
    yq_status status = cli_file(c, c->positional[0], YQ_TX_SIZE_MAX, &tx);
    if (status != YQ_OK) {
        return status;
    }
    status = cli_submit_raw(c, yq_slice_of(tx.p, tx.n), &result);
    free(tx.p);
    return status == YQ_OK ? done(&result, "data", out) : status;
}

/* The first of two persons leaves the message as it is; the second one's word counts. */
yq_status cmd_message_force(cli *c, yq_json_out **out)
{
    static const char *const outcome_word[] = {"ok", "cancelled"};
    static const uint8_t outcome[] = {YQ_DONE_OK, YQ_DONE_CANCELLED};
    yq_tx tx = {.method = YQ_METHOD_MESSAGE_FORCE};
    yq_buf id = {tx.as.force.message.b, YQ_DIGEST_SIZE, 0};
    const char *text = c->positional[0];
    cli_result result;
    uint8_t word;
    if (yq_hex_decode(&id, text, strlen(text)) != YQ_OK || id.n != YQ_DIGEST_SIZE) {
        return cli_usage(c, "ID: 64 hex digits are expected");
    }
    yq_status status = cli_word(c, "outcome", outcome_word, YQ_ARRAY_N(outcome_word), &word);
    if (status != YQ_OK) {
        return status;
    }
    tx.as.force.outcome = outcome[word - 1];
    tx.as.force.reason = yq_slice_text(cli_get(c, "reason"));
    status = cli_submit(c, &tx, &result);
    if (status == YQ_OK && (*out = cli_result_begin(&result)) != NULL) {
        yq_json_out_bool(*out, "forced", result.data_n == 1 && result.data[0] == 2);
        yq_json_out_end(*out);
    }
    return status;
}
