#include "adapters/xinghuo/session.h"
#include "relay/base/bytes.h"

#include <inttypes.h>
#include <stdio.h>

#define KEY_SCAN   128u /* ledgers whose proofs are read for keys */
#define ANCHOR_MAX (512u + YQ_XINGHUO_SET_MAX + YQ_ATTEST_SET_MAX)

/* ---- keys of validators ---- */

static void learn_key(yq_xha_session *s, uint8_t suite, yq_slice key)
{
    yq_xha_known one = {.suite = suite};
    memcpy(one.key, key.p, key.n);
    (void)yq_xh_address(suite, key, one.address);
    for (size_t i = 0; i < s->known_n; i++) {
        if (strcmp(s->known[i].address, one.address) == 0) {
            return;
        }
    }
    if (s->known_n < YQ_XHA_KEYS_MAX) {
        s->known[s->known_n++] = one;
    }
}

/* Signers of a ledger's proof; one that cannot be read teaches nothing. */
static void learn_of(yq_xha_session *s, uint64_t height, uint64_t until_ms)
{
    yq_xha_source source;
    yq_xha_commits commits;
    yq_fault why = {0};
    if (yq_xha_source_fetch(s, height, until_ms, &source, &why) != YQ_OK ||
        yq_xha_commits_read(yq_slice_of(source.proof.p, source.proof.n), &commits, &why) != YQ_OK ||
        !yq_xha_commits_hold(&commits)) {
        return;
    }
    for (size_t i = 0; i < commits.proof.n; i++) {
        const yq_xinghuo_commit *a = &commits.proof.commit[i];
        learn_key(s, a->signer.suite, yq_slice_of(a->key, a->signer.key.n));
    }
}

static void learn_stated(yq_xha_session *s)
{
    const char *text = s->validators;
    while (text != NULL && *text != '\0') {
        size_t n = strcspn(text, ",");
        yq_xinghuo_member member;
        uint8_t key[64];
        if (yq_xinghuo_key_decode(yq_slice_of(text, n), &member, key)) {
            learn_key(s, member.suite, member.key);
        }
        text += n + (text[n] == ',' ? 1 : 0);
    }
}

static const yq_xha_known *known_of(const yq_xha_session *s, yq_slice address)
{
    for (size_t i = 0; i < s->known_n; i++) {
        if (yq_slice_equal(address, yq_slice_text(s->known[i].address))) {
            return &s->known[i];
        }
    }
    return NULL;
}

/* ---- the set of a ledger ---- */

/* An address, or an object with one. */
static int address_of(const yq_json *item, yq_slice *out)
{
    const yq_json *inner = yq_json_get(item, "address");
    return yq_json_text(inner == NULL ? item : inner, out);
}

static int all_known(const yq_xha_session *s, const yq_json *list, yq_slice *missing)
{
    for (size_t i = 0; i < yq_json_count(list); i++) {
        if (!address_of(yq_json_at(list, i), missing) || known_of(s, *missing) == NULL) {
            return 0;
        }
    }
    return 1;
}

/* Reads proofs, the ledger's own first, then in turn above and below it. */
static void learn(
    yq_xha_session *s, const yq_json *list, uint64_t height, uint64_t newest, uint64_t until_ms)
{
    yq_slice missing;
    learn_stated(s);
    for (uint64_t i = 0; i < KEY_SCAN && !all_known(s, list, &missing); i++) {
        uint64_t away = (i + 1) / 2;
        int is_below = i % 2 != 0;
        if (is_below ? height > away : newest - height >= away) {
            learn_of(s, is_below ? height - away : height + away, until_ms);
        }
    }
}

static yq_status put_known(
    const yq_xha_session *s, const yq_json *list, yq_writer *w, size_t *n, yq_fault *why)
{
    const yq_xha_known *sorted[YQ_XINGHUO_MEMBERS_MAX];
    *n = yq_json_count(list);
    for (size_t i = 0; i < *n; i++) {
        yq_slice address = {0};
        size_t at = i;
        (void)address_of(yq_json_at(list, i), &address);
        const yq_xha_known *one = known_of(s, address);
        yq_slice key = yq_slice_of(one->key, one->suite == YQ_SUITE_ED25519 ? 32 : 64);
        for (; at > 0; at--) {
            const yq_xha_known *b = sorted[at - 1];
            yq_slice before = yq_slice_of(b->key, b->suite == YQ_SUITE_ED25519 ? 32 : 64);
            int order = yq_slice_compare(before, key);
            if (order == 0) {
                return yq_fail(why, YQ_E_ANCHOR, 0, "validators: one stands there twice");
            }
            if (order < 0) {
                break;
            }
            sorted[at] = sorted[at - 1];
        }
        sorted[at] = one;
    }
    yq_put_u16(w, (uint16_t)*n);
    for (size_t i = 0; i < *n; i++) {
        yq_put_u8(w, sorted[i]->suite);
        yq_put_bytes(w, sorted[i]->key, sorted[i]->suite == YQ_SUITE_ED25519 ? 32 : 64);
    }
    return YQ_OK;
}

static yq_status put_list(
    yq_xha_session *s,
    const yq_json *list,
    uint64_t height,
    uint64_t until_ms,
    yq_writer *w,
    size_t *n,
    yq_fault *why)
{
    char text[sizeof why->text];
    uint64_t newest = 0;
    yq_slice missing = {0};
    if (!yq_json_is_array(list) || yq_json_count(list) > YQ_XINGHUO_MEMBERS_MAX) {
        return yq_fail(why, YQ_E_ANCHOR, 0, "validators: no list, or more than 64");
    }
    yq_status status = yq_xha_latest(s, until_ms, &newest, why);
    if (status != YQ_OK) {
        return status;
    }
    learn(s, list, height, newest, until_ms);
    if (!all_known(s, list, &missing)) {
        (void)snprintf(
            text,
            sizeof text,
            "validators: give the key of %.*s",
            (int)(missing.n < 70 ? missing.n : 70),
            missing.n == 0 ? "" : (const char *)missing.p);
        return yq_fail(why, YQ_E_ANCHOR, 0, text);
    }
    return put_known(s, list, w, n, why);
}

yq_status yq_xha_validators_put(
    yq_xha_session *s, uint64_t height, uint64_t until_ms, yq_writer *w, size_t *n, yq_fault *why)
{
    char path[80];
    yq_status first = YQ_OK;
    (void)snprintf(path, sizeof path, "/getLedger?seq=%" PRIu64 "&with_validator=true", height);
    for (size_t i = 0; i < yq_web_pool_n(s->pool); i++) {
        yq_json *reply = NULL;
        const yq_json *result = NULL;
        yq_fault reason = {0};
        yq_status status =
            yq_xha_ask(s, yq_web_pool_nth(s->pool, i), path, until_ms, &reply, &result, &reason);
        if (status == YQ_OK) {
            status = put_list(s, yq_json_get(result, "validators"), height, until_ms, w, n, why);
            yq_json_free(reply);
            return status;
        }
        yq_web_note(status, &reason, &first, why);
    }
    return first;
}

/* ---- the anchor ---- */

yq_status yq_xha_anchor(yq_xha_session *s, uint64_t until_ms, yq_slice *anchor, yq_fault *why)
{
    uint8_t room[ANCHOR_MAX];
    yq_writer w = yq_writer_of(room, sizeof room);
    yq_xha_source source;
    size_t n = 0;
    if (s->attester_pool == NULL) {
        return yq_fail(why, YQ_E_CONFIG_INVALID, 0, "attesters_file: needed for the anchor");
    }
    yq_status status = yq_xha_source_header(s, s->anchor_height, until_ms, &source, why);
    yq_put_u8(&w, YQ_XINGHUO_LAYOUT_VERSION);
    yq_put_u64(&w, s->chain_id);
    if (status == YQ_OK) {
        status = yq_xha_validators_put(s, s->anchor_height, until_ms, &w, &n, why);
    }
    if (status != YQ_OK) {
        return status;
    }
    yq_put_str8(&w, yq_slice_text(s->chain));
    yq_put_u64(&w, s->attesters.epoch);
    yq_put_u64(&w, source.header.seq);
    yq_put(&w, YQ_SLICE_OF(source.header.value.b));
    yq_xha_attesters_put(&s->attesters, &w);
    return w.status == YQ_OK ? yq_xha_give(s, yq_writer_slice(&w), anchor, why)
                             : yq_fail(why, w.status, 0, "anchor");
}
