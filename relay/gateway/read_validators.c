#include "relay/gateway/call.h"

/* Who orders the ledger, and what one of them signed twice. */

static void put_set(yq_emit *e, const yq_validators *v)
{
    yq_emit_uint(e, "epoch", v->epoch);
    if (v->from_height == 0) {
        yq_emit_null(e, "from_height");
    } else {
        yq_emit_uint(e, "from_height", v->from_height);
    }
    yq_emit_uint(e, "suite", v->suite);
    yq_emit_uint(e, "quorum", yq_quorum((uint16_t)v->n));
    yq_emit_array(e, "items");
    for (size_t i = 0; i < v->n; i++) {
        yq_emit_object(e, NULL);
        yq_emit_uint(e, "index", i);
        yq_emit_hex(e, "key", v->item[i].key);
        yq_emit_text(e, "org", v->item[i].org);
        yq_emit_end(e);
    }
    yq_emit_end(e);
}

/* The present epoch's, with the next one's where it is decided; or those of the epoch in the path.
 */
yq_status gateway_get_validators(gateway_call *call)
{
    uint64_t epoch = 0;
    yq_validators v, next;
    yq_emit *e = call->e;
    if (call->target->part_n == 2) {
        yq_status status = yq_number_read(call->target->part[1], UINT64_MAX - 1, &epoch);
        if (status != YQ_OK || epoch == 0) {
            return gateway_refuse(call, "epoch", status == YQ_OK ? YQ_E_RANGE : status, "epoch");
        }
    }
    if (yq_hub_validators(call->hub, epoch, &v) != YQ_OK) {
        return gateway_refuse(call, "epoch", YQ_E_NOT_FOUND, "epoch");
    }
    yq_emit_object(e, NULL);
    yq_emit_uint(e, "height", yq_view_tip(call->view)->tip.header.height);
    put_set(e, &v);
    if (epoch == 0 && yq_hub_validators(call->hub, v.epoch + 1, &next) == YQ_OK) {
        yq_emit_object(e, "next");
        put_set(e, &next);
        yq_emit_end(e);
    } else if (epoch == 0) {
        yq_emit_null(e, "next");
    }
    yq_emit_end(e);
    return YQ_OK;
}

#define EVIDENCE_MAX 500u

yq_status gateway_get_evidence(gateway_call *call)
{
    yq_evidence item = {0};
    yq_emit *e = call->e;
    yq_emit_object(e, NULL);
    yq_emit_uint(e, "height", yq_view_tip(call->view)->tip.header.height);
    yq_emit_array(e, "items");
    for (unsigned n = 0; n < EVIDENCE_MAX && yq_hub_evidence_next(call->hub, &item); n++) {
        yq_emit_object(e, NULL);
        yq_emit_str(e, "kind", yq_evidence_kind_name(item.kind));
        yq_emit_uint(e, "epoch", item.epoch);
        yq_emit_uint(e, "view", item.view);
        yq_emit_uint(e, "index", item.signer);
        yq_emit_hex(e, "key", item.key);
        yq_emit_text(e, "org", item.org);
        yq_emit_uint(e, "height", item.height);
        yq_emit_uint(e, "time_ms", item.time_ms);
        yq_emit_hex(e, "one", item.one);
        yq_emit_hex(e, "two", item.two);
        yq_emit_end(e);
        yq_view_reset(call->view);
    }
    yq_emit_end(e);
    yq_emit_end(e);
    return YQ_OK;
}

void yq_gateway_recovery_of(const yq_recovery_book *book, unsigned idx, yq_gateway_recovery *out)
{
    const yq_recovery_seen *seen = &book->item[idx];
    const yq_recovery *r = &seen->what;
    *out = (yq_gateway_recovery){
        .id = seen->id,
        .h = r->h,
        .epoch = r->epoch,
        .height = r->height,
        .serial = r->serial,
        .signatures = (unsigned)r->sig_n,
        .first_ms = seen->first_ms,
        .due_ms = yq_recovery_book_due_ms(book, idx),
        .standing = yq_recovery_book_standing(book, idx),
    };
    yq_bytes_copy((uint8_t *)out->reason, r->reason.p, r->reason.n);
}

static void put_recovery(yq_emit *e, const yq_gateway_recovery *r)
{
    yq_emit_object(e, NULL);
    gateway_digest(e, "id", &r->id);
    yq_emit_uint(e, "epoch", r->epoch);
    yq_emit_uint(e, "serial", r->serial);
    yq_emit_uint(e, "height", r->height);
    gateway_digest(e, "hash", &r->h);
    yq_emit_str(e, "reason", r->reason);
    yq_emit_uint(e, "signatures", r->signatures);
    yq_emit_uint(e, "first_seen_ms", r->first_ms);
    yq_emit_uint(e, "takes_effect_ms", r->due_ms);
    yq_emit_str(e, "stage", yq_recovery_stage_name(r->stage));
    yq_emit_str(e, "standing", yq_recovery_standing_name(r->standing));
    if (r->refused == YQ_OK) {
        yq_emit_null(e, "refused");
    } else {
        gateway_code(e, "refused", r->refused);
    }
    yq_emit_end(e);
}

/* What this node has seen of the recovery set. */
yq_status gateway_get_recoveries(gateway_call *call)
{
    static yq_gateway_recovery item[YQ_RECOVERIES_MAX]; /* of the gateway's thread */
    const yq_gateway_host *host = call->facts->host;
    unsigned n = host->recoveries(host->self, item);
    yq_emit *e = call->e;
    yq_emit_object(e, NULL);
    yq_emit_uint(e, "height", yq_view_tip(call->view)->tip.header.height);
    yq_emit_array(e, "items");
    for (unsigned i = 0; i < n; i++) {
        put_recovery(e, &item[i]);
    }
    yq_emit_end(e);
    yq_emit_end(e);
    return YQ_OK;
}
