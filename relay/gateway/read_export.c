#include "relay/base/assert.h"
#include "relay/gateway/call.h"

/* Certificates of other suites, and the sets that sign them. */

/* Out: out, empty while it is not collected. */
static yq_status certificate(gateway_call *call, const yq_export *body, yq_buf *out)
{
    yq_status status = yq_ledger_export_get(call->facts->ledger, body->suite, body->height, out);
    return status == YQ_E_NOT_FOUND ? YQ_OK : status;
}

/* The root that a delivery is made under, as the newest certificate has it: an inbox takes those of
 * its own epoch only. */
static int is_present(const gateway_call *call, const yq_export *body)
{
    const yq_view_block *tip = yq_view_tip(call->view);
    for (size_t i = 0; i < tip->roots.suite_n; i++) {
        if (tip->roots.suite[i].suite == body->suite) {
            return body->epoch == tip->tip.header.epoch &&
                   memcmp(tip->roots.suite[i].export_root.b, body->export_root.b, YQ_DIGEST_SIZE) ==
                       0;
        }
    }
    return 0;
}

yq_status gateway_export_certificate(gateway_call *call, uint8_t suite, yq_buf *out)
{
    yq_export body;
    out->n = 0;
    yq_status status = yq_hub_export(call->hub, suite, &body);
    if (status == YQ_OK && is_present(call, &body)) {
        status = certificate(call, &body, out);
    }
    if (status == YQ_OK && out->n == 0) {
        status = YQ_E_NOT_FOUND;
    }
    return status == YQ_E_NOT_FOUND
               ? gateway_refuse(call, NULL, status, "no certificate of the chain's suite yet")
               : status;
}

static void put_set(gateway_call *call, uint64_t epoch, uint8_t suite)
{
    yq_export_set set;
    yq_digest hash;
    if (yq_hub_export_set(call->hub, epoch, suite, &set) != YQ_OK) {
        yq_emit_null(call->e, "set");
        yq_emit_null(call->e, "set_hash");
        return;
    }
    uint8_t room[YQ_EXPORT_SET_SIZE_MAX];
    yq_writer w = yq_writer_of(room, sizeof room);
    yq_export_set_put(&w, &set);
    yq_export_set_hash(&set, &hash);
    yq_emit_hex(call->e, "set", yq_writer_slice(&w));
    gateway_digest(call->e, "set_hash", &hash);
}

static yq_status put_export(gateway_call *call, const char *name, const yq_export *body)
{
    uint8_t room[YQ_EXPORT_CERT_SIZE_MAX];
    yq_buf out = {.p = room, .cap = sizeof room};
    yq_status status = certificate(call, body, &out);
    if (status != YQ_OK) {
        return status;
    }
    yq_emit_object(call->e, name);
    yq_emit_uint(call->e, "epoch", body->epoch);
    yq_emit_uint(call->e, "height", body->height);
    yq_emit_uint(call->e, "time_ms", body->time_ms);
    gateway_digest(call->e, "export_root", &body->export_root);
    gateway_digest(call->e, "next_set", &body->next_set);
    if (out.n == 0) {
        yq_emit_null(call->e, "certificate");
    } else {
        yq_emit_hex(call->e, "certificate", yq_slice_of(out.p, out.n));
    }
    yq_emit_end(call->e);
    return YQ_OK;
}

static yq_status read_number(gateway_call *call, size_t idx, uint64_t max, uint64_t *out)
{
    yq_status status = yq_number_read(call->target->part[idx], max, out);
    const char *field = idx == 1 ? "suite" : "epoch";
    if (status == YQ_OK && *out == 0) {
        status = YQ_E_RANGE;
    }
    return status == YQ_OK ? YQ_OK : gateway_refuse(call, field, status, field);
}

/* The present epoch's set with the newest Export; or, of the epoch in the path, its set with the
 * Export that ended it. */
yq_status gateway_get_exports(gateway_call *call)
{
    const yq_header *tip = &yq_view_tip(call->view)->tip.header;
    uint64_t suite, epoch = tip->epoch;
    yq_export body;
    yq_status status = read_number(call, 1, YQ_SUITE_ED25519, &suite);
    if (status == YQ_OK && call->target->part_n == 3) {
        status = read_number(call, 2, UINT64_MAX - 1, &epoch);
    }
    if (status != YQ_OK) {
        return status;
    }
    const char *name = call->target->part_n == 3 ? "end" : "newest";
    yq_status found = call->target->part_n == 3
                          ? yq_hub_export_end(call->hub, epoch, (uint8_t)suite, &body)
                          : yq_hub_export(call->hub, (uint8_t)suite, &body);
    yq_emit_object(call->e, NULL);
    yq_emit_uint(call->e, "height", tip->height);
    yq_emit_uint(call->e, "suite", suite);
    yq_emit_uint(call->e, "epoch", epoch);
    if (found == YQ_OK) {
        status = put_export(call, name, &body);
    } else {
        yq_emit_null(call->e, name);
    }
    put_set(call, epoch, (uint8_t)suite);
    yq_emit_end(call->e);
    return status;
}
