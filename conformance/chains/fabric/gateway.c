#include "conformance/chains/fabric/gateway.h"

#include "conformance/chains/fabric/inbox.h"
#include "conformance/chains/fabric/propose.h"
#include "relay/base/assert.h"
#include "relay/base/bytes.h"
#include "relay/base/errors.h"
#include "relay/codec/der.h"
#include "relay/codec/protobuf.h"

#include <stdio.h>
#include <stdlib.h>

#define TYPE_ENDORSER 3u
#define PEER          "peer0.org2:7051"
#define FAILED        500u

const char *yq_fbmock_gateway_mode_name(unsigned mode)
{
    static const char *const name[YQ_FBMOCK_GATEWAY_MODE_N] = {
        "honest",      "mismatch",     "refuses",    "no-policy",   "forbids",
        "other-call",  "other-header", "other-hash", "other-code",  "failed",
        "unendorsed",  "short",        "broken",     "lost-answer", "swallows",
        "not-ordered", "twice",        "conflict",   "phantom",     "two-faced"};
    return mode < YQ_FBMOCK_GATEWAY_MODE_N ? name[mode] : NULL;
}

/* ---- answers ---- */

void yq_fbmock_gateway_say(yq_mock_grpc_stream *s, yq_slice message)
{
    yq_mock_grpc_put(s, &message, 1);
    yq_mock_grpc_end(s, YQ_MOCK_GRPC_OK);
}

/* A failure whose details say what an endorser said. */
static void abort_with(yq_mock_grpc_stream *s, const char *words, const char *detail)
{
    uint8_t room[512];
    yq_writer w = yq_writer_of(room, sizeof room);
    yq_pb_put_varint(&w, 1, 10);
    yq_pb_put_bytes(&w, 2, yq_slice_text(words));
    size_t any = yq_pb_begin(&w);
    yq_pb_put_bytes(&w, 1, yq_slice_text("type.googleapis.com/gateway.ErrorDetail"));
    size_t mark = yq_pb_begin(&w);
    yq_pb_put_bytes(&w, 1, yq_slice_text(PEER));
    yq_pb_put_bytes(&w, 2, yq_slice_text("Org2MSP"));
    yq_pb_put_bytes(&w, 3, yq_slice_text(detail));
    yq_pb_end(&w, mark, 2);
    yq_pb_end(&w, any, 3);
    YQ_ASSERT(w.status == YQ_OK);
    yq_mock_grpc_fail(s, YQ_MOCK_GRPC_ABORTED, words, yq_writer_slice(&w));
}

static void refused(yq_mock_grpc_stream *s, const char *reason)
{
    char text[128];
    (void)snprintf(text, sizeof text, "chaincode response 500, %s", reason);
    abort_with(s, "failed to endorse transaction, see attached details for more info", text);
}

/* ---- who asks ---- */

int yq_fbmock_gateway_is_signed(
    const yq_fbmock_chain *chain, yq_slice who, yq_slice bytes, yq_slice signature)
{
    uint8_t md[YQ_DIGEST_SIZE], rs[64];
    const yq_fbmock_member *m = &chain->client;
    if (!yq_slice_equal(who, yq_slice_of(m->identity, m->identity_n)) ||
        yq_der_signature_decode(signature, 32, rs, NULL) != YQ_OK) {
        return 0;
    }
    yq_hash_one(YQ_HASH_SHA256, bytes, md);
    const yq_signature one = {
        .alg = YQ_SIG_P256_DIGEST,
        .key = yq_key_public(m->key),
        .msg = YQ_SLICE_OF(md),
        .sig = YQ_SLICE_OF(rs)};
    return yq_signature_check(&one) == YQ_OK;
}

static int is_own_id(const yq_fbmock_proposal *p)
{
    uint8_t md[YQ_DIGEST_SIZE];
    char text[YQ_FBMOCK_TX_ID_SIZE];
    const yq_slice part[] = {p->nonce, p->creator};
    yq_hash(YQ_HASH_SHA256, part, YQ_ARRAY_N(part), md);
    (void)yq_hex_encode(text, sizeof text, md, sizeof md);
    return yq_slice_equal(p->tx_id, yq_slice_text(text)) &&
           yq_slice_equal(p->header_tx_id, p->tx_id);
}

/* Takes a proposal as a peer does. Returns 0 when it was answered. */
static int take_proposal(
    const yq_fbmock_chain *chain, yq_mock_grpc_stream *s, yq_slice message, yq_fbmock_proposal *p)
{
    yq_fault why = {0};
    if (yq_fbmock_proposal_decode(message, p, &why) != YQ_OK) {
        yq_mock_grpc_fail(s, YQ_MOCK_GRPC_BAD_REQUEST, why.text, (yq_slice){0});
        return 0;
    }
    if (!yq_fbmock_gateway_is_signed(chain, p->creator, p->bytes, p->signature) ||
        chain->gateway == YQ_FBMOCK_GATEWAY_FORBIDS) {
        yq_mock_grpc_fail(s, YQ_MOCK_GRPC_FORBIDDEN, "access denied", (yq_slice){0});
        return 0;
    }
    if (p->type != TYPE_ENDORSER || !is_own_id(p) ||
        !yq_slice_equal(p->channel, yq_slice_text(chain->channel)) ||
        !yq_slice_equal(p->header_channel, p->channel) ||
        !yq_slice_equal(p->header_chaincode, p->chaincode)) {
        yq_mock_grpc_fail(s, YQ_MOCK_GRPC_BAD_REQUEST, "proposal", (yq_slice){0});
        return 0;
    }
    if (!yq_slice_equal(p->chaincode, yq_slice_text(YQ_FBMOCK_INBOX)) ||
        chain->gateway == YQ_FBMOCK_GATEWAY_NO_POLICY) {
        yq_mock_grpc_fail(
            s,
            YQ_MOCK_GRPC_PRECONDITION,
            "no combination of peers can be derived which satisfy the endorsement policy",
            (yq_slice){0});
        return 0;
    }
    return 1;
}

/* ---- Endorse ---- */

static yq_slice spoilt(yq_slice bytes, uint8_t *room)
{
    yq_bytes_copy(room, bytes.p, bytes.n);
    room[bytes.n - 1] ^= 1;
    return yq_slice_of(room, bytes.n);
}

/* What a lying gateway puts in place of what was proposed. In: room for the largest part. */
static void distort(
    yq_fbmock_gateway_mode mode, yq_fbmock_call *call, yq_slice part[3], uint8_t *room)
{
    if (mode == YQ_FBMOCK_GATEWAY_OTHER_CALL) {
        part[2] = spoilt(part[2], room);
    } else if (mode == YQ_FBMOCK_GATEWAY_OTHER_HEADER) {
        part[0] = spoilt(part[0], room);
    }
    call->has_other_hash = mode == YQ_FBMOCK_GATEWAY_OTHER_HASH;
    call->chaincode = mode == YQ_FBMOCK_GATEWAY_OTHER_CODE ? YQ_FBMOCK_FOREIGN : YQ_FBMOCK_INBOX;
    call->status = mode == YQ_FBMOCK_GATEWAY_FAILED ? FAILED : 0;
    call->missing_n = mode == YQ_FBMOCK_GATEWAY_UNENDORSED ? YQ_FBMOCK_ORGS
                      : mode == YQ_FBMOCK_GATEWAY_SHORT    ? YQ_FBMOCK_ORGS - 1
                                                           : 0;
}

/* EndorseResponse {2: Envelope {1: payload}}. */
static void say_prepared(
    const yq_fbmock_chain *chain, yq_mock_grpc_stream *s, const yq_fbmock_prepared *prepared)
{
    size_t cap = prepared->payload_n + 64;
    yq_writer w = yq_writer_of(malloc(cap), cap);
    YQ_ASSERT(w.p != NULL);
    size_t mark = yq_pb_begin(&w);
    yq_pb_put_bytes(&w, 1, yq_slice_of(prepared->payload, prepared->payload_n));
    yq_pb_end(&w, mark, 2);
    if (chain->gateway == YQ_FBMOCK_GATEWAY_BROKEN) {
        w.n /= 2;
    }
    yq_fbmock_gateway_say(s, yq_writer_slice(&w));
    free(w.p);
}

static void prepare(yq_fbmock_chain *chain, yq_mock_grpc_stream *s, const yq_fbmock_proposal *p)
{
    const yq_fbmock_prepared *prepared;
    char tx_id[YQ_FBMOCK_TX_ID_SIZE];
    yq_slice part[3] = {p->channel_header, p->signature_header, p->payload};
    yq_fbmock_call call = {.argument = p->argument};
    uint8_t *room = calloc(1, p->payload.n + p->channel_header.n);
    YQ_ASSERT(room != NULL);
    memcpy(tx_id, p->tx_id.p, sizeof tx_id - 1);
    tx_id[sizeof tx_id - 1] = '\0';
    distort(chain->gateway, &call, part, room);
    yq_status status =
        yq_fbmock_inbox_prepare(chain, &call, part, p->function, p->creator, tx_id, &prepared);
    free(room);
    if (status != YQ_OK) {
        refused(s, yq_status_name(status));
    } else {
        say_prepared(chain, s, prepared);
    }
}

static void endorse(yq_fbmock_chain *chain, yq_mock_grpc_stream *s, yq_slice message)
{
    yq_fbmock_proposal p;
    if (!take_proposal(chain, s, message, &p)) {
        return;
    }
    if (chain->gateway == YQ_FBMOCK_GATEWAY_MISMATCH) {
        abort_with(
            s,
            "failed to collect enough transaction endorsements, see attached details for more info",
            "ProposalResponsePayloads do not match");
    } else if (chain->gateway == YQ_FBMOCK_GATEWAY_REFUSES) {
        refused(s, "E_QUORUM");
    } else {
        prepare(chain, s, &p);
    }
}

/* EvaluateResponse {1: Response {1: status, 3: payload}}. */
static void evaluate(const yq_fbmock_chain *chain, yq_mock_grpc_stream *s, yq_slice message)
{
    yq_fbmock_proposal p;
    yq_contract *after;
    yq_buf records = {malloc(YQ_FBMOCK_RECORDS_MAX), YQ_FBMOCK_RECORDS_MAX, 0};
    yq_writer w = yq_writer_of(malloc(YQ_FBMOCK_RECORDS_MAX), YQ_FBMOCK_RECORDS_MAX);
    YQ_ASSERT(records.p != NULL && w.p != NULL);
    if (take_proposal(chain, s, message, &p)) {
        yq_status status =
            yq_fbmock_inbox_run(chain, p.function, p.argument, p.creator, &after, &records);
        if (status != YQ_OK) {
            refused(s, yq_status_name(status));
        } else {
            yq_contract_free(after);
            size_t mark = yq_pb_begin(&w);
            yq_pb_put_varint(&w, 1, 200);
            yq_pb_put_bytes(&w, 3, yq_slice_of(records.p, records.n));
            yq_pb_end(&w, mark, 1);
            yq_fbmock_gateway_say(s, yq_writer_slice(&w));
        }
    }
    free(records.p);
    free(w.p);
}

void yq_fbmock_gateway_request(
    yq_fbmock_chain *chain,
    yq_fbmock_method method,
    yq_mock_grpc_stream *s,
    yq_fbmock_waiter *waiter,
    yq_slice message)
{
    switch (method) {
    case YQ_FBMOCK_ENDORSE:
        endorse(chain, s, message);
        break;
    case YQ_FBMOCK_SUBMIT:
        yq_fbmock_gateway_submit(chain, s, message);
        break;
    case YQ_FBMOCK_COMMIT_STATUS:
        yq_fbmock_gateway_status(chain, s, waiter, message);
        break;
    case YQ_FBMOCK_EVALUATE:
        evaluate(chain, s, message);
        break;
    }
}
