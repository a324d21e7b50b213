#include "adapters/cometbft/session.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#define CHECKS_MAX  16u
#define DETAIL_SIZE 200u

/* The list under way. */
typedef struct checks {
    yq_comet_session *s;
    uint64_t until_ms;
    yq_check *check;
    size_t n;
    yq_comet_status node[YQ_COMET_ENDPOINTS_MAX];
    yq_status status[YQ_COMET_ENDPOINTS_MAX];
    yq_fault why[YQ_COMET_ENDPOINTS_MAX];
    size_t first; /* a node that answers; endpoint_n: none */
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

static int is_other_chain(yq_status status)
{
    return status == YQ_E_CONFIG_INVALID || status == YQ_E_SOURCE_DISAGREE;
}

static void check_endpoints(checks *c)
{
    size_t good = 0;
    char bad[110] = "";
    for (size_t i = 0; i < c->s->endpoint_n; i++) {
        c->status[i] = yq_comet_status_get(c->s, i, c->until_ms, &c->node[i], &c->why[i]);
        if (c->status[i] == YQ_OK || is_other_chain(c->status[i])) {
            good++;
        } else {
            (void)snprintf(
                bad, sizeof bad, "; %.70s does not answer", yq_web_pool_url(c->s->rpc.pool, i));
        }
        c->first = c->status[i] == YQ_OK && c->first == c->s->endpoint_n ? i : c->first;
    }
    add(c,
        "endpoints",
        good == c->s->endpoint_n,
        "%zu of %zu answer%s",
        good,
        c->s->endpoint_n,
        bad);
}

static void check_chain_id(checks *c)
{
    for (size_t i = 0; i < c->s->endpoint_n; i++) {
        if (is_other_chain(c->status[i])) {
            add(c, "chain-id", 0, "%s", c->why[i].text);
            return;
        }
    }
    add(c, "chain-id", c->s->chain_id[0] != '\0', "%s", c->s->chain_id);
}

static void check_nodes(checks *c)
{
    size_t behind = c->s->endpoint_n, blind = c->s->endpoint_n;
    for (size_t i = 0; i < c->s->endpoint_n; i++) {
        if (c->status[i] != YQ_OK) {
            continue;
        }
        behind = c->node[i].catching_up ? i : behind;
        blind = c->node[i].indexes ? blind : i;
    }
    if (behind < c->s->endpoint_n) {
        const char *url = yq_web_pool_url(c->s->rpc.pool, behind);
        add(c, "sync", 0, "%.80s is catching up: wait, or leave it out", url);
    } else {
        add(c, "sync", 1, "height %" PRIu64, c->node[c->first].height);
    }
    if (blind < c->s->endpoint_n) {
        const char *url = yq_web_pool_url(c->s->rpc.pool, blind);
        add(c, "tx-index", 0, "%.80s: set indexer = \"kv\" under [tx_index]", url);
    } else {
        add(c, "tx-index", 1, "on; version %s", c->node[c->first].version);
    }
}

static void check_time(checks *c)
{
    uint64_t now_ms = c->s->host.now_ms(c->s->host.self);
    const yq_comet_status *node = &c->node[c->first];
    uint64_t time_ms = node->seconds > 0 ? (uint64_t)node->seconds * 1000 : 0;
    int passed = time_ms > 0 && time_ms <= now_ms + c->s->drift_ms;
    add(c,
        "time",
        passed,
        passed ? "block %" PRIu64 " is not ahead of this clock"
               : "block %" PRIu64 " is ahead of this clock, or has no time: set one of the two",
        node->height);
}

/* All nodes have one header, and its whole set of validators can be read. */
static void check_header(checks *c)
{
    yq_comet_source source;
    yq_fault why = {0};
    uint64_t height = 0;
    char hex[65];
    yq_writer w = yq_writer_of(c->s->room, YQ_COMET_ROOM_SIZE);
    yq_status status = yq_comet_latest(c->s, c->until_ms, &height, &why);
    if (status != YQ_OK) {
        add(c, "header", 0, "%s", why.text);
        return;
    }
    status = yq_comet_source_fetch(c->s, height, c->until_ms, &source, &why);
    (void)yq_hex_encode(hex, sizeof hex, source.hash.b, sizeof source.hash.b);
    add(c,
        "header",
        status == YQ_OK,
        status == YQ_OK ? "%s from %zu nodes" : "%s (%zu nodes)",
        status == YQ_OK ? hex : why.text,
        source.n);
    if (status == YQ_OK) {
        status = yq_comet_validators_put(c->s, source.endpoint, height, c->until_ms, &w, &why);
        unsigned n = w.n < 2 ? 0 : (unsigned)w.p[0] << 8 | w.p[1];
        if (status != YQ_OK) {
            add(c, "validators", 0, "%s", why.text);
        } else {
            add(c,
                "validators",
                n >= 4,
                n >= 4 ? "%u" : "%u: fewer than four bear no faulty one",
                n);
        }
    }
    yq_comet_source_free(&source);
}

/* The application answers with ICS-23 proofs: a key that no one has is asked for. */
static void check_proofs(checks *c)
{
    char params[128];
    yq_json *reply = NULL;
    yq_fault why = {0};
    uint64_t height = c->node[c->first].height;
    (void)snprintf(
        params,
        sizeof params,
        "{\"path\":\"/store/ibc/key\",\"data\":\"00\",\"height\":\"%" PRIu64 "\",\"prove\":true}",
        height > 1 ? height - 1 : height);
    yq_status status =
        yq_jsonrpc_ask_any(&c->s->rpc, "abci_query", params, c->until_ms, &reply, &why);
    if (status != YQ_OK) {
        add(c, "proofs", 0, "%s", why.text);
        return;
    }
    const yq_json *response = yq_json_get(yq_jsonrpc_result(reply), "response");
    const yq_json *ops = yq_json_get(response, "proofOps");
    ops = ops != NULL ? ops : yq_json_get(response, "proof_ops");
    int passed = yq_json_count(yq_json_get(ops, "ops")) == 2;
    add(c,
        "proofs",
        passed,
        "%s",
        passed ? "the store ibc answers with both proofs"
               : "the application gives no proofs of a store named ibc: it needs IBC's core");
    yq_json_free(reply);
}

static void check_trust(checks *c)
{
    add(c,
        "trust",
        1,
        "trusting period %" PRIu64 " h: keep it below the chain's unbonding time",
        c->s->trusting_ms / 3600000);
}

/* The application knows the inbox by its name. */
static void check_inbox(checks *c)
{
    char params[640], hex[512];
    yq_json *reply = NULL;
    yq_fault why = {0};
    uint64_t code = 1;
    if (c->s->inbox == NULL) {
        add(c, "inbox", 0, "no inbox is configured: this adapter only reads");
        return;
    }
    (void)yq_hex_encode(hex, sizeof hex, (const uint8_t *)c->s->inbox, strlen(c->s->inbox));
    (void)snprintf(params, sizeof params, "{\"path\":\"/yuqiao/inbox\",\"data\":\"%s\"}", hex);
    yq_status status =
        yq_jsonrpc_ask_any(&c->s->rpc, "abci_query", params, c->until_ms, &reply, &why);
    if (status != YQ_OK) {
        add(c, "inbox", 0, "%s", why.text);
        return;
    }
    int passed =
        yq_json_quantity(
            yq_json_get(yq_json_get(yq_jsonrpc_result(reply), "response"), "code"), &code) &&
        code == 0;
    add(c,
        "inbox",
        passed,
        passed ? "%.100s" : "%.100s is not there: install the inbox, or mend the option inbox",
        c->s->inbox);
    yq_json_free(reply);
}

yq_status yq_comet_preflight(
    yq_comet_session *s, uint64_t until_ms, const yq_check **check, size_t *check_n, yq_fault *why)
{
    checks c = {.s = s, .until_ms = until_ms, .first = s->endpoint_n};
    c.check = s->host.alloc(s->host.self, CHECKS_MAX * sizeof *c.check);
    if (c.check == NULL) {
        return yq_fail(why, YQ_E_MEMORY, 0, "checks");
    }
    yq_web_pool_wake(s->rpc.pool);
    check_endpoints(&c);
    check_chain_id(&c);
    if (c.first < s->endpoint_n) {
        check_nodes(&c);
        check_time(&c);
        check_header(&c);
        check_proofs(&c);
        check_trust(&c);
        check_inbox(&c);
    }
    *check = c.check;
    *check_n = c.n;
    return YQ_OK;
}
