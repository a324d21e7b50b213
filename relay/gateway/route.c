#include "relay/base/errors.h"
#include "relay/base/log.h"
#include "relay/gateway/call.h"
#include "relay/hub/tx.h"

#include <stdio.h>

/* The table of what can be read, and what all of it shares. */

typedef struct route {
    const char *name, *last; /* first and third part of the path */
    size_t part_n;
    yq_status (*read)(gateway_call *call);
    uint32_t params;
} route;

#define P(param) GATEWAY_BIT(YQ_PARAM_##param)

static const route routes[] = {
    {"status", NULL, 1, gateway_get_status, 0},
    {"genesis", NULL, 1, gateway_get_genesis, 0},
    {"envelopes", NULL, 2, gateway_get_envelope, P(WAIT_MS)},
    {"transactions", NULL, 2, gateway_get_transaction, 0},
    {"signers", NULL, 2, gateway_get_signer, 0},
    {"state", NULL, 1, gateway_get_state, P(KEY) | P(HEIGHT)},
    {"chains", NULL, 1, gateway_get_chains, 0},
    {"chains", NULL, 2, gateway_get_chain, 0},
    {"chains", "services", 3, gateway_get_services, 0},
    {"chains", "deliveries", 3, gateway_get_deliveries, P(FROM) | P(LIMIT)},
    {"chains", "outbox", 3, gateway_get_outbox, P(FROM)},
    {"chains", "step", 3, gateway_get_step, 0},
    {"lanes", NULL, 1, gateway_get_lanes, 0},
    {"messages", NULL, 1, gateway_get_messages, P(CHAIN) | P(STATE) | P(LIMIT) | P(CURSOR)},
    {"messages", NULL, 2, gateway_get_message, 0},
    {"proposals", NULL, 1, gateway_get_proposals, P(LIMIT) | P(CURSOR)},
    {"proposals", NULL, 2, gateway_get_proposal, 0},
    {"validators", NULL, 1, gateway_get_validators, 0},
    {"validators", NULL, 2, gateway_get_validators, 0},
    {"exports", NULL, 2, gateway_get_exports, 0},
    {"exports", NULL, 3, gateway_get_exports, 0},
    {"evidence", NULL, 1, gateway_get_evidence, 0},
    {"recoveries", NULL, 1, gateway_get_recoveries, 0},
    {"blocks", NULL, 2, gateway_get_block, 0},
    {"events", NULL, 1, gateway_get_events, P(HEIGHT) | P(INDEX) | P(LIMIT) | P(WAIT_MS)},
};

static int is_text(yq_slice part, const char *text)
{
    return yq_slice_equal(part, yq_slice_text(text));
}

yq_status gateway_read(gateway_call *call)
{
    const yq_target *t = call->target;
    for (size_t i = 0; i < YQ_ARRAY_N(routes); i++) {
        const route *r = &routes[i];
        if (r->part_n != t->part_n || !is_text(t->part[0], r->name) ||
            (r->last != NULL && !is_text(t->part[2], r->last))) {
            continue;
        }
        yq_status status = gateway_only(call, r->params);
        if (status == YQ_OK) {
            status = r->read(call);
        }
        yq_status fault = yq_view_fault(call->view);
        if (fault != YQ_OK) {
            yq_log(YQ_LOG_ERROR, "gateway", "reading fails code=%s", yq_status_name(fault));
            return gateway_refuse(call, NULL, fault, "state");
        }
        return status;
    }
    return gateway_refuse(call, "path", YQ_E_NOT_FOUND, "path");
}

yq_status gateway_refuse(gateway_call *call, const char *field, yq_status status, const char *text)
{
    call->field = field;
    return yq_fail(&call->why, status, 0, text);
}

yq_status gateway_only(gateway_call *call, uint32_t params)
{
    uint32_t more = call->target->given & ~params;
    for (unsigned i = 0; i < YQ_PARAM_N; i++) {
        if ((more >> i & 1) != 0) {
            return gateway_refuse(
                call, yq_param_name((yq_param)i), YQ_E_FIELD_UNKNOWN, "not a parameter of this");
        }
    }
    return YQ_OK;
}

yq_status gateway_number(
    gateway_call *call, yq_param param, uint64_t fallback, uint64_t max, uint64_t *out)
{
    *out = fallback;
    if ((call->target->given >> param & 1) == 0) {
        return YQ_OK;
    }
    yq_status status = yq_number_read(call->target->value[param], max, out);
    return status == YQ_OK
               ? YQ_OK
               : gateway_refuse(call, yq_param_name(param), status, yq_param_name(param));
}

yq_status gateway_id(gateway_call *call, size_t idx, yq_digest *id)
{
    yq_status status = yq_id_read(call->target->part[idx], id);
    return status == YQ_OK ? YQ_OK : gateway_refuse(call, "id", status, "id: 64 hex digits");
}

yq_status gateway_chain_id(gateway_call *call, size_t idx, yq_slice *id)
{
    *id = call->target->part[idx];
    return yq_chain_id_valid(*id) ? YQ_OK : gateway_refuse(call, "id", YQ_E_RANGE, "a chain's id");
}

void gateway_digest(yq_emit *e, const char *key, const yq_digest *digest)
{
    yq_emit_hex(e, key, YQ_SLICE_OF(digest->b));
}

void gateway_cert(yq_emit *e, const char *key, int has_cert, const yq_cert *cert)
{
    uint8_t room[YQ_CERT_SIZE_MAX];
    yq_writer w = yq_writer_of(room, sizeof room);
    if (!has_cert) {
        yq_emit_null(e, key);
        return;
    }
    yq_cert_put(&w, cert);
    yq_emit_hex(e, key, yq_writer_slice(&w));
}

void gateway_roots(yq_emit *e, const char *key, const yq_block_roots *roots)
{
    uint8_t room[2 * YQ_DIGEST_SIZE + 1 + YQ_SUITES_MAX * (1 + YQ_DIGEST_SIZE)];
    yq_writer w = yq_writer_of(room, sizeof room);
    yq_block_roots_put(&w, roots);
    yq_emit_hex(e, key, yq_writer_slice(&w));
}

void gateway_header(yq_emit *e, const char *key, const yq_header *header)
{
    uint8_t room[YQ_HEADER_SIZE];
    yq_writer w = yq_writer_of(room, sizeof room);
    yq_header_put(&w, header);
    yq_emit_hex(e, key, yq_writer_slice(&w));
}

const char *gateway_code_name(yq_status status)
{
    const char *name = yq_status_name(status);
    return strncmp(name, "E_", 2) == 0 ? name + 2 : name;
}

void gateway_code(yq_emit *e, const char *key, int32_t status)
{
    yq_emit_str(e, key, gateway_code_name((yq_status)status));
}

int gateway_http_code(yq_status status, int of_body)
{
    if (yq_status_is_fault(status)) {
        return 503;
    }
    static const struct {
        yq_status status;
        int code;
    } named[] = {
        {YQ_E_PERMISSION, 403},
        {YQ_E_NOT_FOUND, 404},
        {YQ_E_EXISTS, 409},
        {YQ_E_REPLAY, 409},
        {YQ_E_STATE, 409},
        {YQ_E_BUSY, 429},
    };
    for (size_t i = 0; i < YQ_ARRAY_N(named); i++) {
        if (named[i].status == status) {
            return named[i].code;
        }
    }
    if (status == YQ_E_LIMIT) {
        return of_body ? 413 : 400;
    }
    return status <= -100 && status > -200 ? 400 : 422;
}

void gateway_error(
    yq_emit *e, yq_status status, const yq_fault *why, const char *field, int has_offset)
{
    char text[256];
    const char *english = yq_status_text(status, "en");
    (void)snprintf(text, sizeof text, "%s", english);
    if (why != NULL && why->text[0] != '\0') {
        (void)snprintf(text, sizeof text, "%s: %.119s", english, why->text);
    }
    yq_emit_object(e, NULL);
    gateway_code(e, "code", status);
    yq_emit_int(e, "number", status);
    yq_emit_str(e, "message", text);
    yq_emit_str(e, "message_zh", yq_status_text(status, "zh"));
    if (field != NULL) {
        yq_emit_str(e, "field", field);
    }
    if (why != NULL && has_offset) {
        yq_emit_uint(e, "offset", why->offset);
    }
    yq_emit_end(e);
}
