#include "adapters/evm/fields.h"
#include "adapters/evm/session.h"
#include "relay/base/bytes.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#define CHECKS_MAX  20u
#define DETAIL_SIZE 192u
#define AHEAD_S     60u

/* The list under way. */
typedef struct checks {
    yq_evma_session *s;
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
    checks *c, const char *name, const char *method, const char *params, yq_json **reply)
{
    yq_fault why = {0};
    *reply = NULL;
    if (yq_jsonrpc_ask_any(&c->s->rpc, method, params, c->until_ms, reply, &why) != YQ_OK) {
        add(c, name, 0, "%s", why.text);
        return NULL;
    }
    return yq_jsonrpc_result(*reply);
}

static void check_endpoints(checks *c)
{
    size_t good = 0;
    char bad[112] = "";
    for (size_t i = 0; i < c->s->endpoint_n; i++) {
        yq_json *reply = NULL;
        yq_fault why = {0};
        if (yq_jsonrpc_ask(&c->s->rpc, i, "eth_blockNumber", "[]", c->until_ms, &reply, &why) ==
            YQ_OK) {
            good++;
        } else {
            (void)snprintf(
                bad, sizeof bad, "; %.48s: %.52s", yq_web_pool_url(c->s->rpc.pool, i), why.text);
        }
        yq_json_free(reply);
    }
    int passed = good == c->s->endpoint_n && good >= c->s->min_sources;
    add(c, "endpoints", passed, "%zu of %zu answer%s", good, c->s->endpoint_n, bad);
}

static void check_version(checks *c)
{
    yq_json *reply;
    yq_slice text = {0};
    const yq_json *version = ask(c, "version", "web3_clientVersion", "[]", &reply);
    if (version != NULL) {
        int passed = yq_json_text(version, &text);
        add(c,
            "version",
            passed,
            "%.*s",
            (int)(text.n < 120 ? text.n : 120),
            text.n == 0 ? "" : (const char *)text.p);
    }
    yq_json_free(reply);
}

static int check_chain_id(checks *c)
{
    yq_fault why = {0};
    c->s->has_chain_id = 0; /* as the nodes are now */
    yq_status status = yq_evma_chain_id(c->s, c->until_ms, &why);
    if (status != YQ_OK) {
        add(c, "chain-id", 0, "%s", why.text);
        return 0;
    }
    add(c, "chain-id", 1, "%" PRIu64, c->s->chain_id);
    return 1;
}

/* For people: nodes of one network name the same. */
static void check_network(checks *c)
{
    yq_json *reply;
    yq_slice text = {0};
    const yq_json *version = ask(c, "network", "net_version", "[]", &reply);
    if (version != NULL) {
        int passed = yq_json_text(version, &text);
        add(c,
            "network",
            passed,
            "%.*s",
            (int)(text.n < 40 ? text.n : 40),
            text.n == 0 ? "" : (const char *)text.p);
    }
    yq_json_free(reply);
}

static void check_syncing(checks *c)
{
    yq_json *reply;
    int syncing = 1;
    const yq_json *result = ask(c, "syncing", "eth_syncing", "[]", &reply);
    if (result != NULL) {
        int passed = yq_json_bool(result, &syncing) && !syncing;
        add(c, "syncing", passed, passed ? "done" : "the node is catching up: wait for it");
    }
    yq_json_free(reply);
}

static void check_peers(checks *c)
{
    yq_json *reply;
    uint64_t n = 0;
    const yq_json *result = ask(c, "peers", "net_peerCount", "[]", &reply);
    if (result != NULL) {
        int passed = yq_json_quantity(result, &n) && n > 0;
        add(c, "peers", passed, passed ? "%" PRIu64 : "%" PRIu64 ": the node is alone", n);
    }
    yq_json_free(reply);
}

/* The anchor's header can be read as the mode has it, and is one and the same at all nodes. */
static void check_anchor(checks *c)
{
    yq_evma_sources sources;
    yq_fault why = {0};
    yq_evma_session *s = c->s;
    yq_status status = yq_evma_sources_fetch(s, s->anchor_height, c->until_ms, &sources, &why);
    if (status == YQ_OK) {
        char hex[65];
        (void)yq_hex_encode(hex, sizeof hex, sources.header.hash.b, YQ_DIGEST_SIZE);
        add(c, "anchor", 1, "%s at %" PRIu64 " from %zu nodes", hex, s->anchor_height, sources.n);
    } else {
        add(c, "anchor", 0, "%s: see consensus, epoch, anchor_height", why.text);
    }
    yq_evma_sources_free(&sources);
}

static void check_validators(checks *c, const yq_evma_header *header)
{
    size_t n = header->validators;
    const yq_evma_profile *p = &c->s->profile;
    if (p->mode == YQ_EVM_QBFT_CONTRACT) {
        uint8_t room[64 << 10];
        yq_buf out = {room, sizeof room, 0};
        yq_fault why = {0};
        uint64_t number = c->s->anchor_height + 1;
        yq_status status = header->number < number
                               ? YQ_OK
                               : yq_evma_contract_proof(c->s, number, c->until_ms, &out, &why);
        add(c,
            "validators",
            status == YQ_OK,
            "%s",
            status == YQ_OK ? "the contract's list is proven" : why.text);
    } else if (p->mode == YQ_EVM_CLIQUE) {
        add(c, "validators", 1, "final behind %u blocks", p->depth);
    } else {
        add(c, "validators", n >= 4, n >= 4 ? "%zu" : "%zu: fewer than four bear no faulty one", n);
    }
}

static void check_time(checks *c, const yq_evma_header *header)
{
    uint64_t now = c->s->host.now_ms(c->s->host.self) / 1000;
    int passed = header->time <= now + AHEAD_S;
    add(c,
        "time",
        passed,
        passed ? "block %" PRIu64 " is not ahead of this clock"
               : "block %" PRIu64 " is ahead of this clock: set one of the two",
        header->number);
}

/* The newest block that evidence can be asked for: form, seals, set, time. */
static void check_latest(checks *c)
{
    yq_evma_sources sources = {0};
    yq_fault why = {0};
    uint64_t head = 0;
    yq_status status = yq_evma_head(c->s, c->until_ms, &head, &why);
    if (status == YQ_OK) {
        status = yq_evma_sources_fetch(c->s, head, c->until_ms, &sources, &why);
    }
    if (status == YQ_OK) {
        status = yq_evma_seals_look(&c->s->work, &c->s->profile, sources.header.raw, &why);
    }
    add(c,
        "consensus",
        status == YQ_OK,
        "%s",
        status == YQ_OK ? "the latest header is of this form" : why.text);
    if (status == YQ_OK) {
        check_validators(c, &sources.header);
        check_time(c, &sources.header);
    }
    yq_evma_sources_free(&sources);
}

static void check_account(checks *c)
{
    yq_fault why = {0};
    uint8_t address[YQ_EVM_ADDRESS_SIZE];
    char hex[41];
    if (yq_evma_account_open(c->s, &why) != YQ_OK) {
        add(c, "account", 0, "%s", why.text);
        return;
    }
    yq_evma_account_address(c->s, address);
    (void)yq_hex_encode(hex, sizeof hex, address, sizeof address);
    add(c, "account", 1, "0x%s", hex);
}

static void check_fees(checks *c)
{
    yq_fault why = {0};
    yq_evma_fees fees;
    yq_status status = yq_evma_fees_get(c->s, c->until_ms, &fees, &why);
    if (status != YQ_OK) {
        add(c, "fees", 0, "%s", why.text);
    } else if (fees.eip1559) {
        add(c, "fees", 1, "EIP-1559, at most %" PRIu64 " wei a gas", fees.fee_cap);
    } else {
        add(c, "fees", 1, "legacy, %" PRIu64 " wei a gas", fees.gas_price);
    }
}

static void check_inbox(checks *c)
{
    char params[96], hex[41];
    yq_json *reply;
    yq_slice code = {0};
    (void)yq_hex_encode(hex, sizeof hex, c->s->inbox, sizeof c->s->inbox);
    (void)snprintf(params, sizeof params, "[\"0x%s\",\"latest\"]", hex);
    const yq_json *result = ask(c, "inbox", "eth_getCode", params, &reply);
    if (result != NULL) {
        int passed = yq_json_text(result, &code) && code.n > 2;
        add(c, "inbox", passed, passed ? "0x%s" : "0x%s has no code: deploy the inbox", hex);
    }
    yq_json_free(reply);
}

yq_status yq_evma_preflight(
    yq_evma_session *s, uint64_t until_ms, const yq_check **check, size_t *check_n, yq_fault *why)
{
    checks c = {.s = s, .until_ms = until_ms};
    c.check = s->host.alloc(s->host.self, CHECKS_MAX * sizeof *c.check);
    if (c.check == NULL) {
        return yq_fail(why, YQ_E_MEMORY, 0, "checks");
    }
    yq_web_pool_wake(s->rpc.pool);
    check_endpoints(&c);
    if (check_chain_id(&c)) {
        check_version(&c);
        check_network(&c);
        check_syncing(&c);
        check_peers(&c);
        check_anchor(&c);
        check_latest(&c);
        if (s->has_inbox) {
            check_account(&c);
            check_fees(&c);
            check_inbox(&c);
        } else {
            add(&c, "inbox", 0, "no inbox is configured: this adapter only reads");
        }
    }
    *check = c.check;
    *check_n = c.n;
    return YQ_OK;
}
