#include "relay/base/assert.h"
#include "relay/gateway/call.h"

/* How an inbox that is behind goes on to its next epoch: the certificate that names the next set,
 * as a delivery without packets, and that set. */

uint64_t gateway_epochs_behind(const gateway_call *call, const yq_chain *c)
{
    uint64_t epoch = yq_view_tip(call->view)->tip.header.epoch;
    return c->inbox_open && c->inbox_state.epoch < epoch ? epoch - c->inbox_state.epoch : 0;
}

/* Out: next, the set of the epoch after; end, the block that ended the epoch, with its certificate.
 */
static yq_status read_end(gateway_call *call, uint64_t epoch, yq_valset *next, yq_view_block *end)
{
    uint64_t first;
    yq_status status = yq_view_valset(call->view, epoch + 1, next, &first);
    if (status == YQ_OK) {
        status = first == 0 ? YQ_E_NOT_FOUND : yq_view_block_at(call->view, first - 1, end);
    }
    if (status != YQ_OK) {
        return gateway_refuse(call, "id", status, "the end of the inbox's epoch is not kept here");
    }
    if (!end->has_cert || end->tip.header.epoch != epoch) {
        return gateway_refuse(
            call,
            "id",
            YQ_E_SET_CHANGE,
            "a recovery ended the inbox's epoch: the chain's own operators hand it the next set");
    }
    return YQ_OK;
}

static void put_delivery(gateway_call *call, const yq_chain *c, const yq_cert *cert)
{
    uint8_t room[YQ_CERT_SIZE_MAX];
    yq_writer w = yq_writer_of(room, sizeof room);
    yq_cert_put(&w, cert);
    const yq_delivery empty = {.suite = c->suite, .certificate = yq_writer_slice(&w)};
    yq_buf out = {.p = call->facts->delivery, .cap = GATEWAY_DELIVERY_MAX};
    yq_status status = yq_delivery_encode(&empty, &out);
    YQ_ASSERT(status == YQ_OK);
    yq_emit_hex(call->e, "delivery", yq_slice_of(out.p, out.n));
}

static void put_set(gateway_call *call, const yq_valset *set)
{
    uint8_t room[YQ_VALSET_STEP_MAX];
    yq_writer w = yq_writer_of(room, sizeof room);
    yq_valset_step_put(&w, set);
    yq_emit_hex(call->e, "set", yq_writer_slice(&w));
}

yq_status gateway_get_step(gateway_call *call)
{
    yq_valset next;
    yq_view_block end;
    yq_slice id;
    yq_chain c;
    yq_status status = gateway_find_chain(call, &id, &c);
    if (status == YQ_OK && gateway_epochs_behind(call, &c) == 0) {
        status = gateway_refuse(call, "id", YQ_E_NOT_FOUND, "the inbox is at the present epoch");
    }
    if (status == YQ_OK && c.suite != call->facts->identity->suite) {
        status = gateway_refuse(call, "id", YQ_E_UNSUPPORTED, "suite");
    }
    if (status == YQ_OK) {
        status = read_end(call, c.inbox_state.epoch, &next, &end);
    }
    if (status != YQ_OK) {
        return status;
    }
    yq_emit_object(call->e, NULL);
    yq_emit_uint(call->e, "height", yq_view_tip(call->view)->tip.header.height);
    yq_emit_uint(call->e, "epoch", c.inbox_state.epoch);
    yq_emit_uint(call->e, "behind", gateway_epochs_behind(call, &c));
    put_delivery(call, &c, &end.cert);
    put_set(call, &next);
    yq_emit_end(call->e);
    return YQ_OK;
}
