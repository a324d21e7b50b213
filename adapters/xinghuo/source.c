#include "adapters/xinghuo/session.h"
#include "relay/base/bytes.h"

#include <inttypes.h>
#include <stdio.h>

#define NOT_EXIST 4u /* the nodes' word for what they do not have */

yq_status yq_xha_give(const yq_xha_session *s, yq_slice bytes, yq_slice *out, yq_fault *why)
{
    uint8_t *p = s->host.alloc(s->host.self, bytes.n == 0 ? 1 : bytes.n);
    if (p == NULL) {
        return yq_fail(why, YQ_E_MEMORY, 0, "evidence");
    }
    yq_bytes_copy(p, bytes.p, bytes.n);
    *out = yq_slice_of(p, bytes.n);
    return YQ_OK;
}

/* The node's own word for a failure, as far as it can be printed. */
static yq_status meaning_of(const char *path, uint64_t code, yq_slice words, yq_fault *why)
{
    char text[sizeof why->text], shown[41];
    size_t n = 0;
    for (; n < words.n && n + 1 < sizeof shown; n++) {
        shown[n] = (char)(words.p[n] >= 0x20 && words.p[n] < 0x7f ? words.p[n] : '?');
    }
    shown[n] = '\0';
    (void)snprintf(
        text,
        sizeof text,
        "%.*s: error %" PRIu64 " %s",
        (int)strcspn(path, "?"),
        path,
        code,
        shown);
    return yq_fail(why, code == NOT_EXIST ? YQ_E_NOT_FOUND : YQ_E_PEER, 0, text);
}

yq_status yq_xha_ask(
    yq_xha_session *s,
    size_t endpoint,
    const char *path,
    uint64_t until_ms,
    yq_json **reply,
    const yq_json **result,
    yq_fault *why)
{
    const yq_rest_call call = {.path = path, .until_ms = until_ms};
    yq_status status = yq_rest_ask(s->pool, endpoint, &call, reply, NULL, why);
    if (status != YQ_OK) {
        return status;
    }
    const yq_json *root = yq_json_root(*reply);
    uint64_t code = 0;
    yq_slice words = {0};
    (void)yq_json_text(yq_json_get(root, "error_desc"), &words);
    *result = yq_json_get(root, "result");
    if (!yq_json_uint(yq_json_get(root, "error_code"), &code)) {
        status = yq_fail(why, YQ_E_PEER, 0, "the reply has no error_code");
    } else if (code != 0) {
        status = meaning_of(path, code, words, why);
    } else if (!yq_json_is_object(*result)) {
        status = yq_fail(why, YQ_E_PEER, 0, "the reply has no result");
    }
    if (status != YQ_OK) {
        yq_web_failed(s->pool, status);
        yq_json_free(*reply);
        *reply = NULL;
    }
    return status;
}

yq_status yq_xha_header_of(
    yq_xha_session *s,
    size_t endpoint,
    uint64_t height,
    uint64_t until_ms,
    yq_xha_header *header,
    yq_fault *why)
{
    char path[64] = "/getLedger";
    yq_json *reply = NULL;
    const yq_json *result = NULL;
    if (height != 0) {
        (void)snprintf(path, sizeof path, "/getLedger?seq=%" PRIu64, height);
    }
    yq_status status = yq_xha_ask(s, endpoint, path, until_ms, &reply, &result, why);
    if (status == YQ_OK) {
        status = yq_xha_header_read(result, header, why);
    }
    yq_json_free(reply);
    if (status == YQ_OK && height != 0 && header->seq != height) {
        status = yq_fail(why, YQ_E_PEER, 0, "getLedger: another ledger than asked for");
    }
    return status;
}

static yq_status check_commit(
    const yq_xha_session *s, const yq_xha_header *header, const yq_xinghuo_commit *a, yq_fault *why)
{
    char text[sizeof why->text];
    if (a->chain_id != s->chain_id) {
        (void)snprintf(
            text,
            sizeof text,
            "chain_id: a node is of chain %" PRIu64 ", not of %" PRIu64,
            a->chain_id,
            s->chain_id);
        return yq_fail(why, YQ_E_CONFIG_INVALID, 0, text);
    }
    if (a->sequence != header->seq || !yq_slice_equal(a->digest, YQ_SLICE_OF(header->value.b))) {
        return yq_fail(why, YQ_E_PEER, 0, "previous_proof is of another value than the ledger's");
    }
    return YQ_OK;
}

yq_status yq_xha_proof_of(
    yq_xha_session *s,
    size_t endpoint,
    const yq_xha_header *header,
    uint64_t until_ms,
    yq_buf *room,
    yq_fault *why)
{
    char path[80];
    yq_json *reply = NULL;
    const yq_json *result = NULL;
    yq_xha_commits commits;
    (void)snprintf(
        path, sizeof path, "/getLedger?seq=%" PRIu64 "&with_consvalue=true", header->seq + 1);
    yq_status status = yq_xha_ask(s, endpoint, path, until_ms, &reply, &result, why);
    if (status == YQ_OK) {
        status = yq_xha_proof_read(result, room, why);
    }
    yq_json_free(reply);
    if (status == YQ_OK) {
        status = yq_xha_commits_read(yq_slice_of(room->p, room->n), &commits, why);
        if (status != YQ_OK) {
            return yq_fail(why, status, why->offset, "previous_proof: not as PBFT makes it");
        }
    }
    for (size_t i = 0; status == YQ_OK && i < commits.proof.n; i++) {
        status = check_commit(s, header, &commits.proof.commit[i], why);
    }
    return status;
}
