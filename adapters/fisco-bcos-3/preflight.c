#include "adapters/fisco-bcos-3/session.h"
#include "relay/base/bytes.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#define CHECKS_MAX  16u
#define DETAIL_SIZE 160u
#define AHEAD_MS    60000u
#define SEALERS_MIN 4u

/* The list under way. */
typedef struct checks {
    yq_bcos3_session *s;
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
    c->check[c->n++] = (yq_check){name, passed, detail == NULL ? "" : detail};
}

/* Asks any node; says why not under this name. Returns the result, NULL after a failure. */
static const yq_json *ask(
    checks *c, const char *name, const char *method, const char *rest, yq_json **reply)
{
    yq_fault why = {0};
    if (yq_bcos3_ask_any(c->s, method, rest, c->until_ms, reply, &why) != YQ_OK) {
        add(c, name, 0, "%s", why.text);
        return NULL;
    }
    return yq_json_get(yq_json_root(*reply), "result");
}

static void check_endpoints(checks *c)
{
    size_t good = 0;
    char bad[96] = "";
    for (size_t i = 0; i < c->s->endpoint_n; i++) {
        yq_fault why = {0};
        uint64_t height;
        if (yq_bcos3_height_of(c->s, i, c->until_ms, &height, &why) == YQ_OK) {
            good++;
        } else {
            (void)snprintf(
                bad, sizeof bad, "; %.60s does not answer", yq_web_pool_url(c->s->rpc.pool, i));
        }
    }
    int passed = good == c->s->endpoint_n && good >= c->s->min_sources;
    add(c, "endpoints", passed, "%zu of %zu answer%s", good, c->s->endpoint_n, bad);
}

static int check_group(checks *c)
{
    yq_fault why = {0};
    c->s->has_profile = 0; /* as the nodes are now */
    yq_status status = yq_bcos3_profile_get(c->s, c->until_ms, &why);
    if (status != YQ_OK) {
        add(c, "group", 0, "%s", why.text);
        return 0;
    }
    const yq_bcos3_profile *p = &c->s->profile;
    add(c, "group", 1, "group %s of chain %s", p->group, p->chain);
    add(c, "suite", 1, p->suite == YQ_BCOS3_SUITE_SM ? "SM2/SM3" : "secp256k1/Keccak-256");
    return 1;
}

static void check_version(checks *c)
{
    yq_json *reply = NULL;
    yq_slice text = {0};
    const yq_json *result =
        ask(c, "version", "getSystemConfigByKey", ",\"compatibility_version\"", &reply);
    if (result != NULL) {
        (void)yq_json_text(yq_json_get(result, "value"), &text);
        uint32_t version = text.n == 0 ? 0 : yq_bcos3_version_of(text);
        int n = (int)(text.n < 16 ? text.n : 16);
        const char *p = text.n == 0 ? "" : (const char *)text.p;
        if (version < YQ_BCOS3_VERSION_MIN || version > YQ_BCOS3_VERSION_MAX) {
            add(c, "version", 0, "compatibility version \"%.*s\": 3.1 to 3.16 are known", n, p);
        } else if (c->s->tx_version >= 1 && version < YQ_BCOS3_VERSION_TX_1) {
            add(c, "version", 0, "%.*s takes no transactions of version 1: set tx_version 0", n, p);
        } else {
            add(c, "version", 1, "compatibility version %.*s", n, p);
        }
    }
    yq_json_free(reply);
}

/* All nodes have one block at the anchor's height, and it can be an anchor. */
static void check_anchor(checks *c)
{
    yq_bcos3_sources sources = {0};
    yq_fault why = {0};
    yq_status status =
        yq_bcos3_sources_fetch(c->s, c->s->anchor_height, c->until_ms, &sources, &why);
    if (status == YQ_OK) {
        const yq_buf room = {c->s->room, YQ_BCOS3_ROOM_SIZE, 0};
        yq_digest hash;
        char hex[65];
        status = yq_bcos3_header_hash(&c->s->profile, sources.block[0], room, &hash, &why);
        (void)yq_hex_encode(hex, sizeof hex, hash.b, sizeof hash.b);
        if (status == YQ_OK) {
            add(c,
                "anchor",
                1,
                "block %" PRIu64 " %s from %zu nodes",
                c->s->anchor_height,
                hex,
                sources.n);
        }
    }
    if (status != YQ_OK) {
        add(c, "anchor", 0, "block %" PRIu64 ": %s", c->s->anchor_height, why.text);
    }
    yq_bcos3_sources_free(&sources);
}

static void check_sealers(checks *c)
{
    yq_json *reply = NULL;
    const yq_json *list = ask(c, "sealers", "getSealerList", "", &reply);
    size_t n = yq_json_count(list);
    if (list != NULL) {
        add(c,
            "sealers",
            n >= SEALERS_MIN,
            n >= SEALERS_MIN ? "%zu" : "%zu: fewer than four bear no faulty one",
            n);
    }
    yq_json_free(reply);
}

/* Who changes the sealers: only calls of the operators can be proven. */
static void check_operators(checks *c)
{
    if (c->s->profile.auth_check) {
        add(c,
            "operators",
            0,
            "a committee governs this chain: a change of sealers stops the client");
    } else if (c->s->rules.operator_n == 0) {
        add(c, "operators", 0, "none: the first change of sealers stops the client; set operators");
    } else {
        add(c, "operators", 1, "%zu, depth %u", c->s->rules.operator_n, c->s->rules.depth);
    }
}

static void check_time(checks *c)
{
    yq_json *reply = NULL;
    char rest[64];
    uint64_t height, time_ms = 0;
    yq_fault why = {0};
    yq_status status = yq_bcos3_latest(c->s, c->until_ms, &height, &why);
    if (status != YQ_OK) {
        add(c, "time", 0, "%s", why.text);
        return;
    }
    (void)snprintf(rest, sizeof rest, ",%" PRIu64 ",true,true", height);
    const yq_json *block = ask(c, "time", "getBlockByNumber", rest, &reply);
    uint64_t now = c->s->host.now_ms(c->s->host.self);
    if (block != NULL) {
        int passed = yq_json_quantity(yq_json_get(block, "timestamp"), &time_ms) &&
                     time_ms <= now + AHEAD_MS;
        add(c,
            "time",
            passed,
            passed ? "block %" PRIu64 " is not ahead of this clock"
                   : "block %" PRIu64 " is ahead of this clock: set one of the two",
            height);
    }
    yq_json_free(reply);
}

static void check_account(checks *c)
{
    yq_fault why = {0};
    yq_status status = yq_bcos3_account_open(c->s, &why);
    if (status != YQ_OK) {
        add(c, "account", 0, "%s", why.text);
        return;
    }
    yq_digest md = {{0}};
    char hex[41];
    yq_hash_one(yq_bcos3_hash_alg(&c->s->profile), yq_key_public(c->s->account), md.b);
    (void)yq_hex_encode(hex, sizeof hex, md.b + 12, 20);
    add(c, "account", 1, "0x%s", hex);
}

static void check_inbox(checks *c)
{
    char rest[64], hex[41];
    yq_json *reply = NULL;
    yq_slice code = {0};
    (void)yq_hex_encode(hex, sizeof hex, c->s->inbox, sizeof c->s->inbox);
    (void)snprintf(rest, sizeof rest, ",\"0x%s\"", hex);
    const yq_json *result = ask(c, "inbox", "getCode", rest, &reply);
    if (result != NULL) {
        int passed = yq_json_text(result, &code) && code.n > 2;
        add(c, "inbox", passed, passed ? "0x%s" : "0x%s has no code: deploy the inbox", hex);
    }
    yq_json_free(reply);
}

yq_status yq_bcos3_preflight(
    yq_bcos3_session *s, uint64_t until_ms, const yq_check **check, size_t *check_n, yq_fault *why)
{
    checks c = {.s = s, .until_ms = until_ms};
    c.check = s->host.alloc(s->host.self, CHECKS_MAX * sizeof *c.check);
    if (c.check == NULL) {
        return yq_fail(why, YQ_E_MEMORY, 0, "checks");
    }
    yq_web_pool_wake(s->rpc.pool);
    check_endpoints(&c);
    if (check_group(&c)) {
        check_version(&c);
        check_anchor(&c);
        check_sealers(&c);
        check_operators(&c);
        check_time(&c);
        if (s->has_inbox) {
            check_account(&c);
            check_inbox(&c);
        } else {
            add(&c, "inbox", 0, "no inbox is configured: this adapter only reads");
        }
    }
    *check = c.check;
    *check_n = c.n;
    return YQ_OK;
}
