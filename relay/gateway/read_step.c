#include "relay/base/assert.h"
#include "relay/gateway/call.h"

/* How an inbox that is behind goes on to its next epoch: the certificate that names the next set,
 * as a delivery without packets, and that set. */

uint64_t gateway_epochs_behind(const gateway_call *call, const yq_chain *c)
{
    uint64_t epoch = yq_view_tip(call->view)->tip.header.epoch;
    return c->inbox_open && c->inbox_state.epoch < epoch ? epoch - c->inbox_state.epoch : 0;
}

/* What an inbox is handed. */
typedef struct step {
    uint8_t cert_room[GATEWAY_CERTIFICATE_MAX];
    uint8_t set_room[YQ_VALSET_STEP_MAX];
    yq_slice certificate, set;
} step;

_Static_assert(YQ_EXPORT_SET_SIZE_MAX <= YQ_VALSET_STEP_MAX, "addresses are shorter than keys");

static yq_status of_a_recovery(gateway_call *call)
{
    return gateway_refuse(
        call,
        "id",
        YQ_E_SET_CHANGE,
        "a recovery ended the inbox's epoch: the chain's own operators hand it the next set");
}

/* In the ledger's own suite: the block that ended the epoch has the certificate. */
static yq_status read_own(gateway_call *call, uint64_t epoch, step *out)
{
    yq_valset next;
    yq_view_block end;
    uint64_t first;
    yq_status status = yq_view_valset(call->view, epoch + 1, &next, &first);
    if (status == YQ_OK) {
        status = first == 0 ? YQ_E_NOT_FOUND : yq_view_block_at(call->view, first - 1, &end);
    }
    if (status != YQ_OK) {
        return gateway_refuse(call, "id", status, "the end of the inbox's epoch is not kept here");
    }
    if (!end.has_cert || end.tip.header.epoch != epoch) {
        return of_a_recovery(call);
    }
    yq_writer c = yq_writer_of(out->cert_room, sizeof out->cert_room);
    yq_writer s = yq_writer_of(out->set_room, sizeof out->set_room);
    yq_cert_put(&c, &end.cert);
    yq_valset_step_put(&s, &next);
    out->certificate = yq_writer_slice(&c);
    out->set = yq_writer_slice(&s);
    return YQ_OK;
}

/* In another suite: the Export of that block, which names the next set when that is whole. */
static yq_status read_export(gateway_call *call, uint64_t epoch, uint8_t suite, step *out)
{
    yq_export end;
    yq_export_set next;
    yq_buf c = {.p = out->cert_room, .cap = sizeof out->cert_room};
    yq_status status = yq_hub_export_end(call->hub, epoch, suite, &end);
    if (status == YQ_E_NOT_FOUND) {
        return of_a_recovery(call);
    }
    if (status == YQ_OK) {
        status = yq_ledger_export_get(call->facts->ledger, suite, end.height, &c);
    }
    if (status == YQ_OK) {
        status = yq_hub_export_set(call->hub, epoch + 1, suite, &next);
    }
    if (status != YQ_OK) {
        return gateway_refuse(call, "id", status, "the certificate is not collected yet");
    }
    yq_writer s = yq_writer_of(out->set_room, sizeof out->set_room);
    yq_export_set_put(&s, &next);
    out->certificate = yq_slice_of(c.p, c.n);
    out->set = yq_writer_slice(&s);
    return YQ_OK;
}

static void put_delivery(gateway_call *call, const yq_chain *c, const step *s)
{
    const yq_delivery empty = {.suite = c->suite, .certificate = s->certificate};
    yq_buf out = {.p = call->facts->delivery, .cap = GATEWAY_DELIVERY_MAX};
    yq_status status = yq_delivery_encode(&empty, &out);
    YQ_ASSERT(status == YQ_OK);
    yq_emit_hex(call->e, "delivery", yq_slice_of(out.p, out.n));
}

yq_status gateway_get_step(gateway_call *call)
{
    step s = {.set = {0}};
    yq_slice id;
    yq_chain c;
    yq_status status = gateway_find_chain(call, &id, &c);
    if (status == YQ_OK && gateway_epochs_behind(call, &c) == 0) {
        status = gateway_refuse(call, "id", YQ_E_NOT_FOUND, "the inbox is at the present epoch");
    }
    if (status == YQ_OK) {
        status = c.suite == call->facts->identity->suite
                     ? read_own(call, c.inbox_state.epoch, &s)
                     : read_export(call, c.inbox_state.epoch, c.suite, &s);
    }
    if (status != YQ_OK) {
        return status;
    }
    yq_emit_object(call->e, NULL);
    yq_emit_uint(call->e, "height", yq_view_tip(call->view)->tip.header.height);
    yq_emit_uint(call->e, "epoch", c.inbox_state.epoch);
    yq_emit_uint(call->e, "behind", gateway_epochs_behind(call, &c));
    put_delivery(call, &c, &s);
    yq_emit_hex(call->e, "set", s.set);
    yq_emit_end(call->e);
    return YQ_OK;
}
