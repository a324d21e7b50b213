/* What became of a delivery: validation codes as gateways tell them. */
#include "adapters/fabric/session.h"
#include "relay/base/bytes.h"
#include "relay/base/cursor.h"

#include <stdio.h>
#include <stdlib.h>

#define TEXT_MAX    96u
#define WAIT_MS     2000u /* a gateway answers when the transaction is in a block */
#define OTHERS_MS   1000u /* once one has answered */
#define LATE_S      60u   /* clocks of nodes and of this machine differ */
#define CREATOR_MAX (YQ_FABRIC_FILE_MAX + 512u)

/* What gateways have said so far. */
typedef struct verdict {
    size_t agree, answered; /* answered: reached, whether they know it or not */
    uint32_t code;
    uint64_t block;
} verdict;

static yq_status make_request(const yq_fabric_session *s, yq_slice tx_id, yq_buf *out)
{
    uint8_t der[YQ_FABRIC_SIGNATURE_MAX];
    yq_buf signature = {der, sizeof der, 0};
    yq_buf creator = {malloc(CREATOR_MAX), CREATOR_MAX, 0};
    yq_buf inner = {malloc(2 * (size_t)CREATOR_MAX), 2 * (size_t)CREATOR_MAX, 0};
    yq_status status = creator.p == NULL || inner.p == NULL
                           ? YQ_E_MEMORY
                           : yq_fabric_member_identity(&s->access.member, &creator);
    if (status == YQ_OK) {
        yq_slice who = yq_slice_of(creator.p, creator.n);
        status = yq_fabric_status_request(tx_id, s->access.channel, who, &inner);
    }
    yq_slice said = yq_slice_of(inner.p, inner.n);
    if (status == YQ_OK) {
        status = yq_fabric_member_sign(&s->access.member, said, &signature);
    }
    if (status == YQ_OK) {
        status = yq_fabric_status_signed(said, yq_slice_of(der, signature.n), out);
    }
    free(creator.p);
    free(inner.p);
    return status;
}

/* One gateway's word. Returns OK also when it does not know the transaction yet. */
static yq_status ask(
    yq_fabric_session *s,
    size_t gateway,
    yq_slice request,
    uint64_t until_ms,
    verdict *v,
    yq_fault *why)
{
    yq_fabric_bytes reply;
    uint32_t code;
    uint64_t block;
    yq_status status =
        yq_fabric_gateway_call(s, gateway, YQ_FABRIC_STATUS, request, until_ms, &reply, why);
    if (status == YQ_OK) {
        status = yq_fabric_status_decode(yq_slice_of(reply.p, reply.n), &code, &block, why);
    }
    free(reply.p);
    if (status == YQ_E_TIMEOUT && reply.is_uncertain) {
        v->answered++; /* it waits for a block */
        return YQ_OK;
    }
    if (status != YQ_OK) {
        return status;
    }
    v->answered++;
    if (v->agree > 0 && (code != v->code || block != v->block)) {
        s->counts.disagreements++;
        return yq_fail(why, YQ_E_SOURCE_DISAGREE, 0, "gateways tell different fates");
    }
    v->agree++;
    v->code = code;
    v->block = block;
    return YQ_OK;
}

static yq_status ask_all(
    yq_fabric_session *s, yq_slice request, uint64_t until_ms, verdict *v, yq_fault *why)
{
    yq_status worst = YQ_OK;
    for (size_t i = 0; i < s->gateway_n; i++) {
        size_t gateway = (s->preferred_gateway + i) % s->gateway_n;
        uint64_t share = yq_fabric_share(until_ms, s->gateway_n - i);
        uint64_t most = yq_fabric_now_ms() + (v->agree > 0 ? OTHERS_MS : WAIT_MS);
        yq_fault theirs = {0};
        yq_status status = ask(s, gateway, request, share < most ? share : most, v, &theirs);
        if (status == YQ_E_SOURCE_DISAGREE) {
            return yq_fail(why, status, 0, theirs.text);
        }
        if (status != YQ_OK && worst == YQ_OK) {
            worst = yq_fail(why, status, 0, theirs.text);
        }
    }
    return v->answered > 0 ? YQ_OK : worst;
}

/* How a code is taken. A transaction that read what another has changed, or whose chaincode was
 * redefined meanwhile, has done nothing, and is worth another try. */
static yq_submit_state state_of(uint32_t code)
{
    switch (code) {
    case YQ_FABRIC_TX_VALID:
        return YQ_SUBMIT_DONE;
    case YQ_FABRIC_TX_MVCC:
    case YQ_FABRIC_TX_PHANTOM:
    case YQ_FABRIC_TX_EXPIRED_CHAINCODE:
    case YQ_FABRIC_TX_OTHER_VERSION:
        return YQ_SUBMIT_LOST;
    case YQ_FABRIC_TX_DUPLICATE: /* of its copy: the first one's fate is asked */
    case YQ_FABRIC_TX_NOT_VALIDATED:
        return YQ_SUBMIT_PENDING;
    default:
        return YQ_SUBMIT_FAILED;
    }
}

static const char *name_of(uint32_t code)
{
    switch (code) {
    case YQ_FABRIC_TX_VALID:
        return "valid";
    case YQ_FABRIC_TX_DUPLICATE:
        return "repeated id";
    case YQ_FABRIC_TX_POLICY:
        return "endorsement policy not satisfied";
    case YQ_FABRIC_TX_MVCC:
        return "read what another transaction changed";
    case YQ_FABRIC_TX_PHANTOM:
        return "a range that it read has changed";
    case YQ_FABRIC_TX_EXPIRED_CHAINCODE:
    case YQ_FABRIC_TX_OTHER_VERSION:
        return "the chaincode was redefined";
    default:
        return "not valid";
    }
}

static yq_status conclude(
    yq_fabric_session *s, const verdict *v, int is_late, yq_receipt_view *out, yq_fault *why)
{
    size_t need = s->min_sources < s->gateway_n ? s->min_sources : s->gateway_n;
    char *text = s->host.alloc(s->host.self, TEXT_MAX);
    if (text == NULL) {
        return yq_fail(why, YQ_E_MEMORY, 0, "receipt");
    }
    out->state = v->agree >= need ? state_of(v->code) : YQ_SUBMIT_PENDING;
    out->height = v->agree >= need ? v->block : 0;
    out->text = text;
    if (v->agree > 0) {
        (void)snprintf(text, TEXT_MAX, "validation code %u: %s", v->code, name_of(v->code));
    }
    if (out->state == YQ_SUBMIT_PENDING && is_late) {
        out->state = YQ_SUBMIT_LOST;
    }
    return YQ_OK;
}

yq_status yq_fabric_fate(
    yq_fabric_session *s,
    yq_slice reference,
    uint64_t until_ms,
    yq_receipt_view *out,
    yq_fault *why)
{
    verdict v = {0};
    *out = (yq_receipt_view){0};
    if (reference.n != YQ_FABRIC_REFERENCE_SIZE) {
        return yq_fail(why, YQ_E_LEN, 0, "reference");
    }
    if (s->inbox == NULL) {
        return yq_fail(why, YQ_E_UNSUPPORTED, 0, "no inbox is configured: read only");
    }
    size_t cap = 3 * (size_t)CREATOR_MAX;
    yq_buf request = {malloc(cap), cap, 0};
    yq_slice tx_id = yq_slice_of(reference.p, YQ_FABRIC_TX_ID_SIZE);
    yq_cur c = yq_cur_of(yq_slice_of(reference.p + YQ_FABRIC_TX_ID_SIZE, 8));
    uint64_t expires_s = yq_cur_u64(&c);
    yq_status status = request.p == NULL ? YQ_E_MEMORY : make_request(s, tx_id, &request);
    status = status == YQ_OK ? ask_all(s, yq_slice_of(request.p, request.n), until_ms, &v, why)
                             : yq_fail(why, status, 0, "status request");
    free(request.p);
    if (status == YQ_OK) {
        int is_late = s->host.now_ms(s->host.self) / 1000 > expires_s + LATE_S;
        status = conclude(s, &v, is_late, out, why);
    }
    if (status == YQ_OK && out->state != YQ_SUBMIT_PENDING &&
        yq_slice_equal(reference, YQ_SLICE_OF(s->under_way))) {
        s->is_under_way = 0;
    }
    return status;
}
