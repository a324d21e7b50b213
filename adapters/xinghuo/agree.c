#include "adapters/xinghuo/session.h"
#include "relay/base/bytes.h"

static yq_status disagree(yq_xha_session *s, const char *text, yq_fault *why)
{
    s->counts.disagreements++;
    return yq_fail(why, YQ_E_SOURCE_DISAGREE, 0, text);
}

/* ---- headers ---- */

/* One node's header beside the first one's. */
static yq_status take_header(
    yq_xha_session *s,
    size_t endpoint,
    const yq_xha_header *header,
    yq_xha_source *out,
    yq_fault *why)
{
    if (out->n == 0) {
        out->header = *header;
        out->endpoint = endpoint;
    } else if (
        !yq_digest_equal(&header->hash, &out->header.hash) ||
        !yq_digest_equal(&header->value, &out->header.value) ||
        !yq_digest_equal(&header->validators, &out->header.validators) ||
        header->time_ms != out->header.time_ms) {
        return disagree(s, "nodes have different ledgers of this height", why);
    }
    out->n++;
    return YQ_OK;
}

yq_status yq_xha_source_header(
    yq_xha_session *s, uint64_t height, uint64_t until_ms, yq_xha_source *out, yq_fault *why)
{
    yq_status first = YQ_OK;
    out->n = 0;
    for (size_t i = 0; i < yq_web_pool_n(s->pool); i++) {
        size_t endpoint = yq_web_pool_nth(s->pool, i);
        yq_xha_header header;
        yq_fault reason = {0};
        yq_status status = yq_xha_header_of(s, endpoint, height, until_ms, &header, &reason);
        if (status != YQ_OK) {
            yq_web_note(status, &reason, &first, why);
            continue;
        }
        status = take_header(s, endpoint, &header, out, why);
        if (status != YQ_OK) {
            return status;
        }
    }
    if (out->n == 0) {
        return first;
    }
    return out->n >= s->min_sources
               ? YQ_OK
               : yq_fail(why, YQ_E_UNAVAILABLE, 0, "fewer nodes than min_sources have this ledger");
}

/* ---- proofs ---- */

static int holds(yq_slice proof)
{
    yq_xha_commits commits;
    return yq_xha_commits_read(proof, &commits, NULL) == YQ_OK && yq_xha_commits_hold(&commits);
}

/* Every node was asked before a proof is brought that does not hold. */
static yq_status fetch_proof(
    yq_xha_session *s, uint64_t until_ms, yq_xha_source *out, yq_fault *why)
{
    uint8_t room[YQ_XINGHUO_PROOF_MAX];
    yq_status first = YQ_OK;
    out->proof = (yq_buf){out->room, sizeof out->room, 0};
    for (size_t i = 0; i < yq_web_pool_n(s->pool); i++) {
        size_t endpoint = yq_web_pool_nth(s->pool, i);
        yq_buf proof = {room, sizeof room, 0};
        yq_fault reason = {0};
        yq_status status = yq_xha_proof_of(s, endpoint, &out->header, until_ms, &proof, &reason);
        if (status == YQ_E_CONFIG_INVALID) {
            *why = reason;
            return status;
        }
        if (status != YQ_OK) {
            yq_web_note(status, &reason, &first, why);
            continue;
        }
        int good = holds(yq_slice_of(proof.p, proof.n));
        if (good || out->proof.n == 0) {
            yq_bytes_copy(out->room, proof.p, proof.n);
            out->proof.n = proof.n;
        }
        if (good) {
            return YQ_OK;
        }
    }
    return out->proof.n > 0 ? YQ_OK : first;
}

yq_status yq_xha_source_fetch(
    yq_xha_session *s, uint64_t height, uint64_t until_ms, yq_xha_source *out, yq_fault *why)
{
    yq_status status = yq_xha_source_header(s, height, until_ms, out, why);
    return status == YQ_OK ? fetch_proof(s, until_ms, out, why) : status;
}

/* ---- events ---- */

yq_status yq_xha_source_events(
    yq_xha_session *s,
    const yq_xha_source *source,
    uint64_t until_ms,
    yq_xha_bodies *out,
    yq_fault *why)
{
    yq_status first = YQ_OK, status = YQ_OK;
    size_t n = 0;
    *out = (yq_xha_bodies){0};
    for (size_t i = 0; i < yq_web_pool_n(s->pool) && status == YQ_OK; i++) {
        size_t endpoint = yq_web_pool_nth(s->pool, i);
        yq_xha_bodies told = {0};
        yq_fault reason = {0};
        yq_status asked = yq_xha_history_of(s, endpoint, &source->header, until_ms, &told, &reason);
        if (asked != YQ_OK) {
            yq_web_note(asked, &reason, &first, why);
        } else if (n++ == 0) {
            *out = told;
            told = (yq_xha_bodies){0};
        } else if (!yq_xha_bodies_equal(out, &told)) {
            status = disagree(s, "nodes tell different events of this ledger", why);
        }
        yq_xha_bodies_free(&told);
    }
    if (status == YQ_OK && n == 0) {
        return first;
    }
    if (status == YQ_OK && n < s->min_sources) {
        status =
            yq_fail(why, YQ_E_UNAVAILABLE, 0, "fewer nodes than min_sources tell of this ledger");
    }
    if (status != YQ_OK) {
        yq_xha_bodies_free(out);
    }
    return status;
}

/* ---- heights ---- */

yq_status yq_xha_latest(yq_xha_session *s, uint64_t until_ms, uint64_t *height, yq_fault *why)
{
    uint64_t known[YQ_WEB_ENDPOINTS_MAX] = {0};
    yq_status first = YQ_OK;
    size_t n = 0;
    for (size_t i = 0; i < yq_web_pool_n(s->pool); i++) {
        yq_xha_header header;
        yq_fault reason = {0};
        yq_status status = yq_xha_header_of(s, i, 0, until_ms, &header, &reason);
        if (status != YQ_OK) {
            yq_web_note(status, &reason, &first, why);
            continue;
        }
        size_t at = n++;
        for (; at > 0 && known[at - 1] < header.seq; at--) {
            known[at] = known[at - 1];
        }
        known[at] = header.seq;
    }
    if (n < s->min_sources) {
        return n == 0 ? first
                      : yq_fail(why, YQ_E_UNAVAILABLE, 0, "fewer nodes than min_sources answer");
    }
    *height = known[s->min_sources - 1] - 1;
    return YQ_OK;
}
