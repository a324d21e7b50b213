#include "adapters/xuperchain/session.h"
#include "relay/base/bytes.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#define CHECKS_MAX  16u
#define DETAIL_SIZE 384u
#define AHEAD_S     60u
#define NODES_MIN   4u
#define REFUSES     400u

/* The list under way. */
typedef struct checks {
    yq_xua_session *s;
    uint64_t until_ms;
    yq_check *check;
    size_t n;
} checks;

__attribute__((format(printf, 4, 5))) static void add(
    checks *c, const char *name, int passed, const char *format, ...)
{
    char *detail = c->s->host.alloc(c->s->host.self, DETAIL_SIZE);
    if (detail != NULL) {
        va_list args;
        va_start(args, format);
        (void)vsnprintf(detail, DETAIL_SIZE, format, args);
        va_end(args);
    }
    if (c->n < CHECKS_MAX) {
        c->check[c->n++] = (yq_check){name, passed, detail == NULL ? "" : detail};
    }
}

/* What failed, and the mend in both languages. */
static void fail(checks *c, const char *name, const char *what, const char *zh, const char *en)
{
    add(c, name, 0, "%.110s。处理：%s / mend: %s", what, zh, en);
}

/* What the endpoints say of themselves. */
typedef struct survey {
    size_t good;
    int is_other; /* two have different first blocks, or another one than the option root */
    yq_digest root;
    char bad[112];
} survey;

static survey ask_endpoints(checks *c)
{
    yq_xua_session *s = c->s;
    survey seen = {0};
    for (size_t i = 0; i < s->endpoint_n; i++) {
        yq_fault why = {0};
        yq_digest root = {{0}};
        uint64_t height, share = yq_xua_share(c->until_ms, s->endpoint_n + 1 - i);
        yq_status status = yq_xua_height_of(s, i, share, &height, &root, &why);
        if (status == YQ_OK) {
            seen.is_other |= seen.good > 0 && !yq_digest_equal(&root, &seen.root);
            seen.root = root;
            seen.good++;
        } else {
            seen.is_other |= status == YQ_E_DOMAIN;
            (void)snprintf(seen.bad, sizeof seen.bad, "%.40s: %.64s", s->url[i], why.text);
        }
    }
    return seen;
}

static void check_endpoints(checks *c)
{
    const survey seen = ask_endpoints(c);
    char hex[2 * YQ_DIGEST_SIZE + 1];
    if (seen.good < c->s->endpoint_n) {
        fail(
            c,
            "endpoints",
            seen.bad,
            "检查节点地址与端口（37101）、TLS 文件、链名 bcname，并确认节点正在运行",
            "check address and port (37101), the TLS files and bcname, and that the node runs");
    } else {
        add(c, "endpoints", 1, "%zu of %zu answer", seen.good, c->s->endpoint_n);
    }
    if (seen.is_other) {
        fail(
            c,
            "chain",
            "an endpoint has another first block",
            "各端点必须属于同一条链；核对选项 root 与 bcname",
            "all endpoints must be of one chain; compare the options root and bcname");
    } else if (seen.good > 0) {
        (void)yq_hex_encode(hex, sizeof hex, seen.root.b, sizeof seen.root.b);
        add(c, "chain", 1, "%s, first block %s", c->s->chain, hex);
    }
}

static void check_time(checks *c, const yq_xua_block *block)
{
    uint64_t now_s = c->s->host.now_ms(c->s->host.self) / 1000;
    if (block->time_ns / 1000000000 <= now_s + AHEAD_S) {
        add(c, "time", 1, "block %" PRIu64 " is not ahead of this clock", block->height);
    } else {
        fail(
            c,
            "time",
            "the newest block is ahead of this clock",
            "校准节点与本机的时钟（NTP）",
            "set the clocks of nodes and of this machine (NTP)");
    }
}

static void check_certificates(checks *c, uint64_t height)
{
    yq_xua_headers headers;
    yq_fault why = {0};
    yq_status status = yq_xua_headers_make(c->s, height, c->until_ms, &headers, &why);
    yq_xua_bytes_free(&headers.bytes);
    if (status == YQ_OK) {
        add(c, "certificates", 1, "block %" PRIu64 " is certified", height);
        return;
    }
    fail(
        c,
        "certificates",
        why.text,
        "只有启用 chained-BFT（bft_config）的 XPoA、XPoS、TDPoS 可被验证；核对 crypto",
        "only XPoA, XPoS and TDPoS with chained BFT (bft_config) can be verified; compare crypto");
}

/* The newest block that is certified, as all nodes have it. */
static void check_newest(checks *c)
{
    yq_xua_session *s = c->s;
    const yq_xua_block *block = NULL;
    yq_fault why = {0};
    uint64_t height;
    yq_status status = yq_xua_source_common(s, c->until_ms, &height, &why);
    yq_xua_source_clear(s);
    if (status == YQ_OK) {
        status = yq_xua_source_block(s, height, c->until_ms, &block, &why);
    }
    if (status == YQ_OK) {
        status = yq_xua_source_compare(s, block, c->until_ms, &why);
    }
    if (status == YQ_OK) {
        add(c, "agreement", 1, "block %" PRIu64 " is the same at all nodes", height);
        check_time(c, block);
        check_certificates(c, height);
        return;
    }
    fail(
        c,
        "agreement",
        why.text,
        "各端点必须属于同一条链；移除数据不同的节点并查明原因",
        "all endpoints must be of one chain; remove the one that differs and find out why");
}

/* The anchor's block and validators. */
static void check_anchor(checks *c)
{
    yq_xua_session *s = c->s;
    yq_xua_set set;
    yq_fault why = {0};
    const yq_xua_block *block = NULL;
    yq_xua_source_clear(s);
    yq_status status = yq_xua_source_block(s, s->anchor_height, c->until_ms, &block, &why);
    status = status == YQ_OK ? yq_xua_anchor_set(s, c->until_ms, &set, &why) : status;
    if (status != YQ_OK) {
        fail(
            c,
            "anchor",
            why.text,
            "核对 anchor_height；验证者已变更时用 validators 给出当时的名单",
            "compare anchor_height; where the validators have changed give those of then as "
            "validators");
        return;
    }
    add(c, "anchor", 1, "block %" PRIu64, s->anchor_height);
    if (set.n >= NODES_MIN) {
        add(c, "validators", 1, "%zu", set.n);
    } else {
        fail(
            c,
            "validators",
            "fewer than four validators bear no faulty one",
            "增加共识节点至四个以上",
            "have four validators or more");
    }
}

static void check_inbox(checks *c)
{
    yq_xua_session *s = c->s;
    yq_xua_bytes room = {0};
    yq_xua_run run = {0};
    yq_fault why = {0};
    if (s->inbox == NULL) {
        fail(
            c,
            "inbox",
            "no inbox is configured: this adapter only reads",
            "部署收件箱合约并设置 inbox 与 key_file",
            "deploy the inbox contract and set inbox and key_file");
        return;
    }
    const yq_xua_call call = {.method = "inboxState"};
    yq_status status = yq_xua_try(s, s->preferred, &call, c->until_ms, &room, &run, &why);
    if (status == YQ_OK && run.status < REFUSES) {
        add(c, "inbox", 1, "%s, called by %s", s->inbox, s->address);
    } else {
        fail(
            c,
            "inbox",
            status == YQ_OK ? "the contract refuses inboxState" : why.text,
            "部署收件箱合约，并核对名称 inbox 与类型 module",
            "deploy the inbox contract, and compare its name inbox and kind module");
    }
    yq_xua_bytes_free(&room);
}

yq_status yq_xua_preflight(
    yq_xua_session *s, uint64_t until_ms, const yq_check **check, size_t *check_n, yq_fault *why)
{
    checks c = {.s = s, .until_ms = until_ms};
    c.check = s->host.alloc(s->host.self, CHECKS_MAX * sizeof *c.check);
    if (c.check == NULL) {
        return yq_fail(why, YQ_E_MEMORY, 0, "checks");
    }
    check_endpoints(&c);
    check_newest(&c);
    check_anchor(&c);
    check_inbox(&c);
    *check = c.check;
    *check_n = c.n;
    return YQ_OK;
}
