/* What a gateway answers. */
#include "adapters/fabric/proposal.h"
#include "relay/base/bytes.h"
#include "relay/base/cursor.h"
#include "relay/codec/protobuf.h"
#include "relay/crypto/crypto.h"

#include <stdio.h>

#define OK_STATUS_MIN 200u
#define OK_STATUS_MAX 399u
#define REFUSED       "chaincode response "
#define MISMATCH      "do not match"

/* A field of bytes that stands at most once. Returns an empty slice when it is not there, or the
 * message is not in form; that spoils *good. */
static yq_slice field_of(yq_slice in, uint32_t number, int *good)
{
    yq_cur c = yq_cur_of(in);
    int found;
    yq_slice bytes = yq_pb_find(&c, number, &found);
    *good &= yq_cur_ok(&c);
    return yq_cur_ok(&c) ? bytes : (yq_slice){0};
}

yq_status yq_fabric_endorse_decode(yq_slice in, yq_slice *payload, yq_fault *why)
{
    int good = 1;
    *payload = field_of(field_of(in, 2, &good), 1, &good);
    if (!good) {
        return yq_fail(why, YQ_E_NONCANONICAL, 0, "EndorseResponse");
    }
    return payload->n > 0 ? YQ_OK : yq_fail(why, YQ_E_FIELD_MISSING, 0, "prepared_transaction");
}

/* Numbers of a message {1: a, 2: b}; what is not there is 0. Errors: decode codes. */
static yq_status two_numbers(yq_slice in, uint64_t *a, uint64_t *b, yq_fault *why)
{
    yq_cur c = yq_cur_of(in);
    yq_pb_field f;
    uint64_t seen = 0;
    *a = *b = 0;
    while (yq_pb_next(&c, &f)) {
        if (f.number == 1 && yq_pb_once(&c, &f, YQ_PB_VARINT, &seen)) {
            *a = f.value;
        } else if (f.number == 2 && yq_pb_once(&c, &f, YQ_PB_VARINT, &seen)) {
            *b = f.value;
        }
    }
    return yq_cur_done(&c, why);
}

yq_status yq_fabric_status_decode(yq_slice in, uint32_t *code, uint64_t *block, yq_fault *why)
{
    uint64_t value;
    yq_status status = two_numbers(in, &value, block, why);
    if (status == YQ_OK && value > UINT8_MAX) {
        return yq_fail(why, YQ_E_RANGE, 0, "CommitStatusResponse: result");
    }
    *code = (uint32_t)value;
    return status;
}

/* Response {1: status, 2: message, 3: payload}. */
static int read_response(yq_slice in, uint64_t *status, yq_slice *payload)
{
    yq_cur c = yq_cur_of(in);
    yq_pb_field f;
    uint64_t seen = 0;
    *status = 0;
    *payload = (yq_slice){0};
    while (yq_pb_next(&c, &f)) {
        if (f.number == 1 && yq_pb_once(&c, &f, YQ_PB_VARINT, &seen)) {
            *status = f.value;
        } else if (f.number == 3 && yq_pb_once(&c, &f, YQ_PB_BYTES, &seen)) {
            *payload = f.bytes;
        }
    }
    return yq_cur_ok(&c);
}

yq_status yq_fabric_evaluate_decode(yq_slice in, uint32_t *status, yq_slice *payload, yq_fault *why)
{
    int good = 1;
    uint64_t value;
    yq_slice response = field_of(in, 1, &good);
    good &= read_response(response, &value, payload);
    if (!good || value > UINT32_MAX) {
        return yq_fail(why, YQ_E_NONCANONICAL, 0, "EvaluateResponse");
    }
    *status = (uint32_t)value;
    return YQ_OK;
}

/* ---- a prepared transaction ---- */

static yq_status other(yq_fault *why, const char *what)
{
    char text[sizeof why->text];
    (void)snprintf(text, sizeof text, "the gateway prepared something else: %s", what);
    return yq_fail(why, YQ_E_PEER, 0, text);
}

/* ProposalResponsePayload {1: proposal_hash, 2: ChaincodeAction {3: response, 4: chaincode_id}}. */
static yq_status check_response(const yq_fabric_proposal *p, yq_slice response, yq_fault *why)
{
    uint8_t md[YQ_DIGEST_SIZE];
    int good = 1;
    uint64_t status;
    yq_slice result, action = field_of(response, 2, &good);
    const yq_slice part[] = {p->channel_header, p->signature_header, p->payload};
    yq_hash(p->tx_hash, part, YQ_ARRAY_N(part), md);
    if (!yq_slice_equal(field_of(response, 1, &good), YQ_SLICE_OF(md))) {
        return other(why, "the proposal's hash (see tx_hash)");
    }
    if (!yq_slice_equal(field_of(field_of(action, 4, &good), 2, &good), p->chaincode)) {
        return other(why, "the chaincode");
    }
    good &= read_response(field_of(action, 3, &good), &status, &result);
    if (!good || status < OK_STATUS_MIN || status > OK_STATUS_MAX) {
        return other(why, "a response that is no success");
    }
    return YQ_OK;
}

yq_status yq_fabric_prepared_check(
    const yq_fabric_proposal *proposal, yq_slice payload, yq_fault *why)
{
    int good = 1;
    yq_slice header = field_of(payload, 1, &good);
    /* field_of takes one action only, as nodes do. */
    yq_slice action = field_of(field_of(payload, 2, &good), 1, &good);
    yq_slice call = field_of(action, 2, &good), endorsed = field_of(call, 2, &good);
    if (!good) {
        return other(why, "a transaction that cannot be read");
    }
    if (!yq_slice_equal(field_of(header, 1, &good), proposal->channel_header) ||
        !yq_slice_equal(field_of(header, 2, &good), proposal->signature_header) ||
        !yq_slice_equal(field_of(action, 1, &good), proposal->signature_header)) {
        return other(why, "another header");
    }
    if (!yq_slice_equal(field_of(call, 1, &good), proposal->payload)) {
        return other(why, "another call");
    }
    yq_cur c = yq_cur_of(endorsed);
    yq_pb_field f;
    size_t n = 0;
    yq_slice response = {0};
    while (yq_pb_next(&c, &f)) {
        response = f.number == 1 && f.type == YQ_PB_BYTES ? f.bytes : response;
        n += f.number == 2 ? 1 : 0;
    }
    if (!good || !yq_cur_ok(&c) || n == 0) {
        return other(why, "no endorsement");
    }
    return check_response(proposal, response, why);
}

/* ---- details of a failure ---- */

/* Whether text stands in bytes. */
static int holds(yq_slice bytes, const char *text)
{
    size_t n = strlen(text);
    for (size_t i = 0; i + n <= bytes.n; i++) {
        if (memcmp(bytes.p + i, text, n) == 0) {
            return 1;
        }
    }
    return 0;
}

static void print(yq_slice bytes, char *text, size_t cap)
{
    size_t n = 0;
    for (; n < bytes.n && n + 1 < cap; n++) {
        text[n] = (char)(bytes.p[n] >= ' ' && bytes.p[n] < 0x7f ? bytes.p[n] : '?');
    }
    text[n] = '\0';
}

static yq_fabric_trouble kind_of(yq_slice message)
{
    if (holds(message, REFUSED)) {
        return YQ_FABRIC_TROUBLE_REFUSED;
    }
    return holds(message, MISMATCH) ? YQ_FABRIC_TROUBLE_MISMATCH : YQ_FABRIC_TROUBLE_OTHER;
}

yq_fabric_trouble yq_fabric_trouble_of(yq_slice details, char *text, size_t cap)
{
    yq_fabric_trouble found = YQ_FABRIC_TROUBLE_OTHER;
    yq_cur c = yq_cur_of(details);
    yq_pb_field f;
    text[0] = '\0';
    /* Status {3: Any {2: ErrorDetail {3: message}}} */
    while (yq_pb_next(&c, &f)) {
        int good = 1;
        if (f.number != 3 || f.type != YQ_PB_BYTES) {
            continue;
        }
        yq_slice message = field_of(field_of(f.bytes, 2, &good), 3, &good);
        yq_fabric_trouble kind = kind_of(message);
        if (text[0] == '\0' || (kind != YQ_FABRIC_TROUBLE_OTHER && found != kind &&
                                found != YQ_FABRIC_TROUBLE_REFUSED)) {
            print(message, text, cap);
        }
        found =
            found == YQ_FABRIC_TROUBLE_REFUSED || kind == YQ_FABRIC_TROUBLE_OTHER ? found : kind;
    }
    return found;
}
