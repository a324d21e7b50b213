#include "adapters/xinghuo/session.h"
#include "relay/base/bytes.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#define CHECKS_MAX  16u
#define DETAIL_SIZE 320u
#define SKEW_MS     60000u

/* The list under way. */
typedef struct checks {
    yq_xha_session *s;
    uint64_t until_ms;
    yq_check *check;
    size_t n;
    uint64_t newest;      /* whose proof is there; 0: none */
    yq_xha_source source; /* of newest */
    int has_source;
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
    c->check[c->n++] = (yq_check){name, passed, detail == NULL ? "" : detail};
}

static void check_endpoints(checks *c)
{
    size_t good = 0, all = yq_web_pool_n(c->s->pool);
    char bad[120] = "";
    for (size_t i = 0; i < all; i++) {
        yq_xha_header header;
        yq_fault why = {0};
        if (yq_xha_header_of(c->s, i, 0, c->until_ms, &header, &why) == YQ_OK) {
            good++;
        } else {
            (void)snprintf(bad, sizeof bad, "%.60s", yq_web_pool_url(c->s->pool, i));
        }
    }
    if (good == all) {
        add(c, "endpoints", 1, "%zu", good);
    } else {
        add(c,
            "endpoints",
            0,
            "%zu/%zu；%s 无应答，请检查地址、防火墙与 TLS · does not answer: check address, "
            "firewall, "
            "TLS",
            good,
            all,
            bad);
    }
}

/* One newest ledger and one proof of it at all nodes, of the configured chain. */
static void check_ledger(checks *c)
{
    yq_fault why = {0};
    char hex[65];
    yq_status status = yq_xha_latest(c->s, c->until_ms, &c->newest, &why);
    if (status == YQ_OK && c->newest == 0) {
        status = yq_fail(&why, YQ_E_NOT_FOUND, 0, "the chain has one ledger only");
    }
    if (status == YQ_OK) {
        status = yq_xha_source_fetch(c->s, c->newest, c->until_ms, &c->source, &why);
    }
    c->has_source = status == YQ_OK;
    int is_chain = status == YQ_E_CONFIG_INVALID;
    add(c,
        "chain-id",
        !is_chain,
        is_chain ? "%s；请更正 chain_id 或 endpoints · mend chain_id or endpoints" : "%s",
        is_chain ? why.text : c->s->chain);
    if (!c->has_source) {
        if (!is_chain) {
            add(c,
                "agreement",
                0,
                "%s；请找出说法不同或落后的节点 · find the node that differs or lags",
                why.text);
        }
        return;
    }
    (void)yq_hex_encode(hex, sizeof hex, c->source.header.hash.b, YQ_DIGEST_SIZE);
    add(c, "agreement", 1, "%" PRIu64 " %s, %zu", c->newest, hex, c->source.n);
}

static void check_proof(checks *c)
{
    yq_xha_commits commits;
    yq_fault why = {0};
    yq_status status =
        yq_xha_commits_read(yq_slice_of(c->source.proof.p, c->source.proof.n), &commits, &why);
    int passed = status == YQ_OK && yq_xha_commits_hold(&commits);
    add(c,
        "proof",
        passed,
        passed ? "%zu"
               : "%zu；区块证明的签名不成立，或链使用另一种共识 · the proof does not hold, or the "
                 "chain "
                 "has another consensus",
        status == YQ_OK ? commits.proof.n : 0);
}

static void check_time(checks *c)
{
    uint64_t now = c->s->host.now_ms(c->s->host.self), then = c->source.header.time_ms;
    int passed = then > 0 && then <= now + SKEW_MS;
    add(c,
        "time",
        passed,
        passed ? "%" PRIu64
               : "%" PRIu64
                 "；区块时间超前于本机时钟，请校时 · the ledger is ahead of this clock: set "
                 "one of the two",
        then);
}

/* The keys of all validators, at the anchor and now. */
static void check_validators(checks *c)
{
    uint8_t room[2][YQ_XINGHUO_SET_MAX];
    yq_writer then = yq_writer_of(room[0], sizeof room[0]),
              now = yq_writer_of(room[1], sizeof room[1]);
    size_t n = 0;
    yq_fault why = {0};
    yq_status status =
        yq_xha_validators_put(c->s, c->s->anchor_height, c->until_ms, &then, &n, &why);
    if (status == YQ_OK) {
        status = yq_xha_validators_put(c->s, c->newest, c->until_ms, &now, &n, &why);
    }
    if (status != YQ_OK) {
        add(c,
            "validators",
            0,
            "%s；请在选项 validators 中给出其公钥 · state its key in the option validators",
            why.text);
    } else if (n < 4) {
        add(c,
            "validators",
            0,
            "%zu；少于四个验证节点无法容错 · fewer than four bear no faulty one",
            n);
    } else if (!yq_slice_equal(yq_writer_slice(&then), yq_writer_slice(&now))) {
        add(c,
            "validators",
            0,
            "%zu；验证节点自锚点以来已变更，请投票采用新锚点 · they changed since the anchor: vote "
            "on a "
            "new one, set anchor_height",
            n);
    } else {
        add(c, "validators", 1, "%zu", n);
    }
}

static void check_attesters(checks *c)
{
    const yq_xha_session *s = c->s;
    if (s->attester_pool == NULL) {
        add(c,
            "attesters",
            0,
            "未配置 attesters_file，事件无法证明 · attesters_file is not set: events cannot be "
            "proven");
        return;
    }
    yq_web_pool_wake(s->attester_pool);
    size_t good = 0, all = s->attesters.n;
    char bad[80] = "";
    for (size_t i = 0; i < all; i++) {
        const yq_rest_call call = {.path = "/status", .until_ms = c->until_ms};
        yq_json *reply = NULL;
        yq_fault why = {0};
        yq_slice chain = {0};
        if (yq_rest_ask(s->attester_pool, i, &call, &reply, NULL, &why) == YQ_OK) {
            (void)yq_json_text(yq_json_get(yq_json_root(reply), "chain"), &chain);
        }
        if (yq_slice_equal(chain, yq_slice_text(s->chain))) {
            good++;
        } else {
            (void)snprintf(bad, sizeof bad, "%.60s", s->attesters.one[i].url);
        }
        yq_json_free(reply);
    }
    if (good == all) {
        add(c, "attesters", 1, "%u/%zu", (unsigned)s->attesters.threshold, all);
    } else {
        add(c,
            "attesters",
            0,
            "%zu/%zu；%s 无应答或属于其他链，请联系该机构 · does not answer, or for another chain: "
            "call "
            "its organisation",
            good,
            all,
            bad);
    }
}

/* The contract is there. */
static yq_status find_inbox(checks *c, yq_fault *why)
{
    char path[128];
    yq_status first = YQ_OK;
    (void)snprintf(path, sizeof path, "/getAccountBase?address=%s", c->s->inbox);
    for (size_t i = 0; i < yq_web_pool_n(c->s->pool); i++) {
        yq_json *reply = NULL;
        const yq_json *result = NULL;
        yq_fault reason = {0};
        yq_status status = yq_xha_ask(c->s, i, path, c->until_ms, &reply, &result, &reason);
        if (status == YQ_OK && yq_json_get(result, "contract") == NULL) {
            status = yq_fail(&reason, YQ_E_NOT_FOUND, 0, "not a contract");
        }
        yq_json_free(reply);
        if (status == YQ_OK) {
            return YQ_OK;
        }
        yq_web_note(status, &reason, &first, why);
    }
    return first;
}

static void check_inbox(checks *c)
{
    yq_fault why = {0};
    uint64_t nonce = 0;
    if (c->s->inbox == NULL) {
        add(c,
            "inbox",
            0,
            "未配置 inbox，仅可读取 · no inbox is configured: this adapter only reads");
        return;
    }
    yq_status status = find_inbox(c, &why);
    add(c,
        "inbox",
        status == YQ_OK,
        status == YQ_OK
            ? "%s"
            : "%s；请部署收件箱合约或更正 inbox · deploy the inbox contract, or mend inbox",
        status == YQ_OK ? c->s->inbox : why.text);
    status = yq_xha_account_open(c->s, &why);
    status = status == YQ_OK ? yq_xha_account_nonce(c->s, c->until_ms, &nonce, &why) : status;
    if (status == YQ_OK) {
        add(c, "account", 1, "%" PRIu64, nonce);
    } else {
        add(c,
            "account",
            0,
            "%s；请检查 account_key，并在链上激活该账户 · check account_key, and activate the "
            "account",
            why.text);
    }
}

yq_status yq_xha_preflight(
    yq_xha_session *s, uint64_t until_ms, const yq_check **check, size_t *check_n, yq_fault *why)
{
    checks c = {.s = s, .until_ms = until_ms};
    c.check = s->host.alloc(s->host.self, CHECKS_MAX * sizeof *c.check);
    if (c.check == NULL) {
        return yq_fail(why, YQ_E_MEMORY, 0, "checks");
    }
    yq_web_pool_wake(s->pool);
    check_endpoints(&c);
    check_ledger(&c);
    if (c.has_source) {
        check_proof(&c);
        check_time(&c);
        check_validators(&c);
        check_attesters(&c);
        check_inbox(&c);
    }
    *check = c.check;
    *check_n = c.n;
    return YQ_OK;
}
