/* What the chain's side needs, looked at before anything depends on it. */
#include "adapters/fabric/session.h"

#include <stdio.h>
#include <stdlib.h>

#define CHECKS_MAX    (2 * YQ_FABRIC_ENDPOINTS_MAX + 6u)
#define DETAIL_SIZE   384u
#define PROBED_BLOCKS 8u

/* Checks that preflight has made so far. */
typedef struct checklist {
    yq_fabric_session *s;
    yq_check *check;
    size_t n;
} checklist;

static void add_check(checklist *list, const char *name, int passed, const char *detail)
{
    char *text = list->s->host.alloc(list->s->host.self, DETAIL_SIZE);
    if (text != NULL && list->n < CHECKS_MAX) {
        (void)snprintf(text, DETAIL_SIZE, "%s", detail);
        list->check[list->n++] = (yq_check){.name = name, .passed = passed, .detail = text};
    }
}

static void check_endpoints(checklist *list, uint32_t deadline_ms)
{
    yq_fabric_session *s = list->s;
    char text[DETAIL_SIZE];
    for (size_t i = 0; i < s->endpoint_n; i++) {
        uint64_t newest;
        yq_fault why = {0};
        yq_status status = yq_fabric_source_newest(s, i, deadline_ms, &newest, &why);
        if (status == YQ_OK) {
            (void)snprintf(
                text,
                sizeof text,
                "%.90s: newest block %llu",
                s->url[i],
                (unsigned long long)newest);
        } else {
            (void)snprintf(text, sizeof text, "%.70s: %.80s", s->url[i], why.text);
        }
        add_check(list, "endpoint", status == YQ_OK, text);
    }
}

static void check_blocks(checklist *list, uint32_t deadline_ms)
{
    yq_fabric_session *s = list->s;
    char text[DETAIL_SIZE];
    yq_fault why = {0};
    const yq_fabric_raw_block *block;
    yq_fabric_raw_tx tx;
    yq_fabric_source_clear(s);
    yq_status status = yq_fabric_anchor_block(s, deadline_ms, &block, &tx, &why);
    if (status != YQ_OK) {
        add_check(list, "anchor", 0, why.text);
        return;
    }
    yq_fabric_raw_config config;
    yq_fabric_raw_config_decode(tx.config, &config);
    (void)snprintf(
        text,
        sizeof text,
        "config block %llu, %.*s",
        (unsigned long long)block->number,
        (int)(config.consensus.n < 40 ? config.consensus.n : 40),
        (const char *)config.consensus.p);
    add_check(list, "anchor", 1, text);
    int fits = config.preferred_max_bytes <= YQ_FABRIC_EVIDENCE_MAX &&
               config.absolute_max_bytes <= YQ_FABRIC_EVIDENCE_MAX;
    uint64_t height;
    status = yq_fabric_source_latest(s, deadline_ms, &height, &why);
    if (status == YQ_OK) {
        status = yq_fabric_source_block(s, height, deadline_ms, &block, &why);
    }
    add_check(
        list,
        "agreement",
        status == YQ_OK,
        status == YQ_OK ? "the nodes have the same newest block" : why.text);
    if (status == YQ_OK) {
        (void)snprintf(
            text,
            sizeof text,
            "newest block %zu bytes%s",
            yq_fabric_raw_update_size(block),
            fits ? "" : "; BatchSize permits more than 1 MiB, which could not be handed in");
        add_check(
            list, "block-size", yq_fabric_raw_update_size(block) <= YQ_FABRIC_EVIDENCE_MAX, text);
    }
}

/* ---- who signs, and where deliveries go ---- */

static void fail_check(
    checklist *list, const char *name, const char *what, const char *zh, const char *en)
{
    char text[DETAIL_SIZE];
    (void)snprintf(text, sizeof text, "%.120s。处理：%s / mend: %s", what, zh, en);
    add_check(list, name, 0, text);
}

/* The first transaction of a block that shows how members sign. */
static int probe_block(const yq_fabric_raw_block *block, uint8_t *signing, uint32_t *tx_hash)
{
    size_t at = 0;
    yq_slice element;
    while (yq_fabric_raw_next(block, &at, &element)) {
        if (yq_fabric_member_probe(element, signing, tx_hash)) {
            return 1;
        }
    }
    return 0;
}

/* What the channel's transactions are signed with is what ours have to be signed with. */
static void check_signing(checklist *list, uint32_t deadline_ms)
{
    yq_fabric_session *s = list->s;
    const yq_fabric_member *m = &s->access.member;
    const yq_fabric_raw_block *block;
    uint8_t signing = 0;
    uint32_t tx_hash = 0;
    uint64_t height = s->known_latest;
    int found = 0;
    for (unsigned i = 0; i < PROBED_BLOCKS && !found && height > 0; i++, height--) {
        found = yq_fabric_source_block(s, height, deadline_ms, &block, NULL) == YQ_OK &&
                probe_block(block, &signing, &tx_hash);
    }
    if (!found) {
        add_check(list, "signing", 1, "no transaction shows yet how members sign");
    } else if (signing == m->signing && tx_hash == m->tx_hash) {
        add_check(list, "signing", 1, "as the channel's other members sign");
    } else {
        fail_check(
            list,
            "signing",
            "the channel's members sign in another way",
            "按通道的国密方言设置 signing 与 tx_hash",
            "set signing and tx_hash as the channel's dialect is");
    }
}

/* Asks the inbox for its state through one gateway. */
static yq_status ask_inbox(
    yq_fabric_session *s, size_t gateway, uint32_t deadline_ms, int *is_paused, yq_fault *why)
{
    yq_fabric_bytes room = {0}, reply = {0};
    yq_fabric_proposal proposal;
    yq_slice request, payload = {0};
    uint32_t code = 0;
    yq_status status =
        yq_fabric_request_make(s, "state", (yq_slice){0}, &room, &proposal, &request, why);
    if (status == YQ_OK) {
        status = yq_fabric_gateway_call(
            s, gateway, YQ_FABRIC_EVALUATE, request, yq_fabric_now_ms() + deadline_ms, &reply, why);
    }
    if (status == YQ_OK) {
        status = yq_fabric_evaluate_decode(yq_slice_of(reply.p, reply.n), &code, &payload, why);
    }
    if (status == YQ_OK && (code != 200 || payload.n == 0)) {
        status = yq_fail(why, YQ_E_PEER, 0, "the chaincode does not tell the state of an inbox");
    }
    *is_paused = status == YQ_OK && payload.p[payload.n - 1] != 0;
    free(room.p);
    free(reply.p);
    return status;
}

static void check_gateways(checklist *list, uint32_t deadline_ms)
{
    yq_fabric_session *s = list->s;
    char text[DETAIL_SIZE];
    int is_paused = 0, is_known = 0;
    for (size_t i = 0; i < s->gateway_n; i++) {
        yq_fault why = {0};
        int paused = 0;
        yq_status status = ask_inbox(s, i, deadline_ms, &paused, &why);
        is_known |= status == YQ_OK;
        is_paused |= paused;
        if (status == YQ_OK) {
            (void)snprintf(text, sizeof text, "%.90s: answers as a gateway", s->gateway_url[i]);
            add_check(list, "gateway", 1, text);
        } else {
            (void)snprintf(text, sizeof text, "%.60s: %.80s", s->gateway_url[i], why.text);
            fail_check(
                list,
                "gateway",
                text,
                "检查节点地址（2.4 及以上 peer）、TLS、身份与收件箱链码名称",
                "check the peer's address (2.4 or later), TLS, the identity, and the inbox's name");
        }
    }
    if (is_known && is_paused) {
        fail_check(
            list,
            "inbox",
            "the inbox is paused",
            "由其管理员恢复",
            "let its administrators resume it");
    } else if (is_known) {
        add_check(list, "inbox", 1, s->inbox);
    }
}

yq_status yq_fabric_preflight(
    yq_fabric_session *s,
    uint32_t deadline_ms,
    const yq_check **check,
    size_t *check_n,
    yq_fault *why)
{
    checklist list = {
        .s = s, .check = s->host.alloc(s->host.self, CHECKS_MAX * sizeof *list.check)};
    if (list.check == NULL) {
        return yq_fail(why, YQ_E_MEMORY, 0, "preflight");
    }
    add_check(
        &list,
        "identity",
        1,
        s->key != NULL
            ? "requests are signed"
            : "requests are not signed: a node that admits no strangers will answer 403");
    check_endpoints(&list, deadline_ms);
    check_blocks(&list, deadline_ms);
    if (s->key != NULL) {
        check_signing(&list, deadline_ms);
    }
    if (s->inbox != NULL) {
        check_gateways(&list, deadline_ms);
    }
    *check = list.check;
    *check_n = list.n;
    return YQ_OK;
}
