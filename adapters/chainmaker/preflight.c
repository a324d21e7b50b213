#include "adapters/chainmaker/session.h"
#include "relay/base/bytes.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#define CHECKS_MAX  16u
#define DETAIL_SIZE 384u
#define AHEAD_S     60u
#define NODES_MIN   4u

/* The list under way. */
typedef struct checks {
    yq_cma_session *s;
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

static void check_endpoints(checks *c)
{
    yq_cma_session *s = c->s;
    size_t good = 0;
    char bad[112] = "";
    int refused = 0;
    for (size_t i = 0; i < s->endpoint_n; i++) {
        yq_fault why = {0};
        uint64_t height, share = yq_cma_share(c->until_ms, s->endpoint_n + 1 - i);
        yq_status status = yq_cma_height_of(s, i, share, &height, &why);
        good += status == YQ_OK ? 1 : 0;
        refused |= status == YQ_E_PERMISSION;
        if (status != YQ_OK) {
            (void)snprintf(bad, sizeof bad, "%.40s: %.64s", s->url[i], why.text);
        }
    }
    if (good < s->endpoint_n) {
        fail(
            c,
            "endpoints",
            bad,
            "检查节点地址与端口（12301）、TLS 文件，并确认节点正在运行",
            "check address and port (12301) and the TLS files, and that the node runs");
    } else {
        add(c, "endpoints", 1, "%zu of %zu answer", good, s->endpoint_n);
    }
    if (refused) {
        fail(
            c,
            "identity",
            "a node refused the signed query",
            "证书须由 org_id 的信任根签发，公钥须已登记；核对 org_id、auth、cert_file",
            "the certificate must be of org_id's trust roots, a public key registered; compare "
            "org_id, auth, cert_file");
    } else if (good > 0) {
        add(c, "identity", 1, "signed queries are answered");
    }
}

/* 2.1 to 2.3: three, four or seven digits. */
static int is_known_version(uint32_t version)
{
    return (version >= 210 && version < 240) || (version >= 2100 && version < 2400) ||
           (version >= 2010000 && version < 2040000);
}

static void check_version(checks *c, const yq_cma_header *header)
{
    char text[64];
    (void)snprintf(text, sizeof text, "block version %" PRIu32, header->version);
    if (is_known_version(header->version)) {
        add(c, "version", 1, "%s", text);
    } else {
        fail(
            c,
            "version",
            text,
            "本适配器支持 2.1 至 2.3；请使用其它版本的适配器",
            "2.1 to 2.3 are known; take an adapter of that version");
    }
}

static void check_time(checks *c, const yq_cma_header *header)
{
    uint64_t now_s = c->s->host.now_ms(c->s->host.self) / 1000;
    if (header->time_s <= now_s + AHEAD_S) {
        add(c, "time", 1, "block %" PRIu64 " is not ahead of this clock", header->height);
    } else {
        fail(
            c,
            "time",
            "the newest block is ahead of this clock",
            "校准节点与本机的时钟（NTP）",
            "set the clocks of nodes and of this machine (NTP)");
    }
}

/* The newest block, as all nodes have it. */
static void check_newest(checks *c)
{
    yq_cma_session *s = c->s;
    const yq_cma_block *block;
    yq_fault why = {0};
    uint64_t height;
    yq_status status = yq_cma_source_latest(s, c->until_ms, &height, &why);
    yq_cma_source_clear(s);
    if (status == YQ_OK) {
        status = yq_cma_source_block(s, height, c->until_ms, &block, &why);
    }
    if (status == YQ_OK) {
        add(c, "agreement", 1, "block %" PRIu64 " is the same at all nodes", height);
        check_version(c, &block->header);
        check_time(c, &block->header);
        return;
    }
    fail(
        c,
        "agreement",
        why.text,
        "各端点必须属于同一条链；移除数据不同的节点并查明原因",
        "all endpoints must be of one chain; remove the one that differs and find out why");
}

static void check_config(checks *c)
{
    yq_cma_session *s = c->s;
    yq_cma_bytes room = {0};
    yq_cma_config config = {0};
    uint64_t before = 0;
    yq_fault why = {0};
    static const char *const name[] = {"SM3", "SHA256", "SHA3_256"};
    const char *wanted = s->alg == YQ_HASH_SM3      ? name[0]
                         : s->alg == YQ_HASH_SHA256 ? name[1]
                                                    : name[2];
    if (yq_cma_config_at(s, s->root_conf, c->until_ms, &room, &config, &before, &why) != YQ_OK) {
        fail(c, "chain", why.text, "核对 chain_id 与端点", "compare chain_id and the endpoints");
        yq_cma_bytes_free(&room);
        return;
    }
    add(c, "chain", 1, "%s", s->chain_id);
    if (yq_slice_equal(config.hash, yq_slice_text(wanted))) {
        add(c, "hash", 1, "%s", wanted);
    } else {
        fail(c, "hash", "the chain has another hash", "修改选项 hash", "set the option hash");
    }
    if (config.consensus == YQ_CMA_TBFT) {
        add(c, "consensus", 1, "TBFT");
    } else {
        fail(
            c,
            "consensus",
            "not TBFT",
            "只有 TBFT 的区块可被验证；请按 attested 方式接入",
            "only TBFT can be verified; join the chain as attested");
    }
    yq_cma_bytes_free(&room);
}

/* The anchor's block and the keys of its nodes. */
static void check_anchor(checks *c)
{
    yq_cma_session *s = c->s;
    yq_fault why = {0};
    s->has_root = 0; /* as the nodes are now */
    s->has_set = 0;
    yq_status status = yq_cma_nodes_root(s, c->until_ms, &why);
    if (status != YQ_OK) {
        fail(
            c,
            "anchor",
            why.text,
            "核对 anchor_height、chain_id；投票中未见的节点用 node.ID 给出证书或公钥",
            "compare anchor_height, chain_id; give certificates of nodes that no vote shows as "
            "node.ID");
        return;
    }
    add(c, "anchor", 1, "block %" PRIu64 ", %zu keys known", s->anchor_height, s->root.n);
    check_config(c);
    if (s->root.n >= NODES_MIN) {
        add(c, "nodes", 1, "%zu", s->root.n);
    } else {
        fail(
            c,
            "nodes",
            "fewer than four nodes bear no faulty one",
            "增加共识节点至四个以上",
            "have four consensus nodes or more");
    }
}

static void check_inbox(checks *c)
{
    yq_cma_session *s = c->s;
    yq_cma_bytes room = {0};
    yq_slice result;
    yq_fault why = {0};
    uint32_t state = 0;
    if (s->inbox == NULL) {
        fail(
            c,
            "inbox",
            "no inbox is configured: this adapter only reads",
            "部署收件箱合约并设置 inbox",
            "deploy the inbox contract and set inbox");
        return;
    }
    yq_cma_call call = yq_cma_call_of(s, YQ_CMA_QUERY, "CONTRACT_MANAGE", "GET_CONTRACT_INFO");
    yq_cma_call_add(&call, "CONTRACT_NAME", yq_slice_text(s->inbox));
    yq_status status = yq_cma_query(s, s->preferred, &call, c->until_ms, &room, &result, &why);
    status = status == YQ_OK ? yq_cma_contract_decode(result, &state, &why) : status;
    if (status == YQ_OK && state == 0) {
        add(c, "inbox", 1, "%s", s->inbox);
    } else {
        fail(
            c,
            "inbox",
            status == YQ_OK ? "the contract is frozen or revoked" : why.text,
            "部署收件箱合约，或解冻它，并核对名称",
            "deploy the inbox contract, or unfreeze it, and compare its name");
    }
    yq_cma_bytes_free(&room);
}

yq_status yq_cma_preflight(
    yq_cma_session *s, uint64_t until_ms, const yq_check **check, size_t *check_n, yq_fault *why)
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
