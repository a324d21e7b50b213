#include "adapters/fisco-bcos-2/fields.h"
#include "adapters/fisco-bcos-2/session.h"
#include "relay/base/bytes.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#define CHECKS_MAX  16u
#define DETAIL_SIZE 160u
#define AHEAD_MS    60000u

/* The list under way. */
typedef struct checks {
    yq_fisco2_session *s;
    uint64_t until_ms;
    yq_check *check;
    size_t n;
    char group[32];
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
    checks *c, const char *name, const char *method, const char *params, yq_json **reply)
{
    yq_fault why = {0};
    *reply = NULL;
    if (yq_jsonrpc_ask_any(&c->s->rpc, method, params, c->until_ms, reply, &why) != YQ_OK) {
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
        yq_json *reply = NULL;
        yq_fault why = {0};
        yq_status status =
            yq_jsonrpc_ask(&c->s->rpc, i, "getBlockNumber", c->group, c->until_ms, &reply, &why);
        if (status == YQ_OK) {
            good++;
        } else {
            (void)snprintf(
                bad, sizeof bad, "; %.60s does not answer", yq_web_pool_url(c->s->rpc.pool, i));
        }
        yq_json_free(reply);
    }
    int passed = good == c->s->endpoint_n && good >= c->s->min_sources;
    add(c, "endpoints", passed, "%zu of %zu answer%s", good, c->s->endpoint_n, bad);
}

static int check_version(checks *c)
{
    yq_fault why = {0};
    c->s->has_profile = 0; /* as the nodes are now */
    yq_status status = yq_fisco2_profile_get(c->s, c->until_ms, &why);
    if (status != YQ_OK) {
        add(c, "version", 0, "%s", why.text);
        return 0;
    }
    const yq_fisco2_profile *p = &c->s->profile;
    add(c, "version", 1, "FISCO BCOS 2, receipts of %u items", p->receipt_items);
    add(c,
        "suite",
        1,
        "%s, chain id %" PRIu64,
        p->suite == YQ_FISCO2_SUITE_SM ? "SM2/SM3" : "secp256k1/Keccak-256",
        p->chain_id);
    return 1;
}

static void check_group(checks *c)
{
    yq_json *reply;
    const yq_json *list = ask(c, "group", "getGroupList", "[]", &reply);
    int found = 0;
    for (size_t i = 0; i < yq_json_count(list); i++) {
        uint64_t id;
        found |= yq_json_quantity(yq_json_at(list, i), &id) && id == c->s->group_id;
    }
    if (list != NULL) {
        add(c,
            "group",
            found,
            found ? "group %" PRIu32 " is there" : "the node is not in group %" PRIu32,
            c->s->group_id);
    }
    yq_json_free(reply);
}

/* All nodes began with one genesis, and it can be an anchor. */
static void check_genesis(checks *c)
{
    yq_fisco2_sources sources;
    yq_fault why = {0};
    yq_status status = yq_fisco2_sources_fetch(c->s, 0, c->until_ms, &sources, &why);
    if (status == YQ_OK) {
        yq_buf room = {c->s->room, YQ_FISCO2_ROOM_SIZE, 0};
        yq_digest hash;
        char hex[65];
        status = yq_fisco2_header_rlp(&c->s->profile, sources.block[0], &room, &hash, &why);
        (void)yq_hex_encode(hex, sizeof hex, hash.b, sizeof hash.b);
        if (status == YQ_OK) {
            add(c, "genesis", 1, "%s from %zu nodes", hex, sources.n);
        }
    }
    if (status != YQ_OK) {
        add(c, "genesis", 0, "%s", why.text);
    }
    yq_fisco2_sources_free(&sources);
}

static void check_sealers(checks *c)
{
    yq_json *reply;
    const yq_json *list = ask(c, "sealers", "getSealerList", c->group, &reply);
    size_t n = yq_json_count(list);
    if (list != NULL) {
        add(c, "sealers", n >= 4, n >= 4 ? "%zu" : "%zu: fewer than four bear no faulty one", n);
    }
    yq_json_free(reply);
}

static void check_peers(checks *c)
{
    yq_json *reply;
    const yq_json *list = ask(c, "peers", "getPeers", c->group, &reply);
    size_t n = yq_json_count(list);
    if (list != NULL) {
        add(c, "peers", n > 0, n > 0 ? "%zu" : "%zu: the node is alone", n);
    }
    yq_json_free(reply);
}

static void check_time(checks *c)
{
    yq_json *reply = NULL;
    char params[64];
    uint64_t height, time_ms = 0;
    yq_fault why = {0};
    yq_status status = yq_fisco2_latest(c->s, c->until_ms, &height, &why);
    if (status != YQ_OK) {
        add(c, "time", 0, "%s", why.text);
        return;
    }
    (void)snprintf(
        params, sizeof params, "[%" PRIu32 ",\"0x%" PRIx64 "\",false]", c->s->group_id, height);
    const yq_json *block = ask(c, "time", "getBlockByNumber", params, &reply);
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
    yq_status status = yq_fisco2_account_open(c->s, &why);
    if (status != YQ_OK) {
        add(c, "account", 0, "%s", why.text);
        return;
    }
    yq_digest md;
    char hex[41];
    yq_hash_one(yq_fisco2_profile_hash(&c->s->profile), yq_key_public(c->s->account), md.b);
    (void)yq_hex_encode(hex, sizeof hex, md.b + 12, 20);
    add(c, "account", 1, "0x%s", hex);
}

static void check_inbox(checks *c)
{
    char params[96], hex[41];
    yq_json *reply;
    yq_slice code = {0};
    (void)yq_hex_encode(hex, sizeof hex, c->s->inbox, sizeof c->s->inbox);
    (void)snprintf(params, sizeof params, "[%" PRIu32 ",\"0x%s\"]", c->s->group_id, hex);
    const yq_json *result = ask(c, "inbox", "getCode", params, &reply);
    if (result != NULL) {
        int passed = yq_json_text(result, &code) && code.n > 2;
        add(c, "inbox", passed, passed ? "0x%s" : "0x%s has no code: deploy the inbox", hex);
    }
    yq_json_free(reply);
}

yq_status yq_fisco2_preflight(
    yq_fisco2_session *s, uint64_t until_ms, const yq_check **check, size_t *check_n, yq_fault *why)
{
    checks c = {.s = s, .until_ms = until_ms};
    c.check = s->host.alloc(s->host.self, CHECKS_MAX * sizeof *c.check);
    if (c.check == NULL) {
        return yq_fail(why, YQ_E_MEMORY, 0, "checks");
    }
    (void)snprintf(c.group, sizeof c.group, "[%" PRIu32 "]", s->group_id);
    yq_web_pool_wake(s->rpc.pool);
    check_endpoints(&c);
    if (check_version(&c)) {
        check_group(&c);
        check_genesis(&c);
        check_sealers(&c);
        check_peers(&c);
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
