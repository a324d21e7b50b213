#include "conformance/chains/xinghuo/test_world.h"

#define SEND                                                                                       \
    "{\"do\":\"send\",\"service\":\"a\",\"dst_chain\":\"city-410100\",\"dst_service\":\"b\","      \
    "\"payload\":\"01\"}"
#define NOBODY "http://127.0.0.1:9" /* discard: nothing listens there */

static const yq_check *find_check(const yq_check *check, size_t n, const char *name)
{
    for (size_t i = 0; i < n; i++) {
        if (strcmp(check[i].name, name) == 0) {
            return &check[i];
        }
    }
    cr_assert_fail("no check %s", name);
    return NULL;
}

/* A check that fails, and says so in both languages. */
static void check_fails(test_world *w, void *session, const char *name, const char *chinese)
{
    const yq_check *check;
    size_t n = 0;
    cr_assert_eq(yq_adapter_v1()->preflight(session, TEST_DEADLINE_MS, &check, &n, &w->why), YQ_OK);
    const yq_check *found = find_check(check, n, name);
    cr_expect_not(found->passed, "%s", name);
    cr_expect_not_null(strstr(found->detail, chinese), "%s", found->detail);
    cr_expect_not_null(strstr(found->detail, " · "), "%s", found->detail);
    test_release();
}

static uint64_t sent_height(test_world *w)
{
    test_do(w, SEND);
    test_program_wait(&w->program, "waiting", 0);
    return test_program_number(&w->program, "{\"do\":\"status\"}", "height") - 1;
}

static yq_status evidence_of(test_world *w, void *session, uint64_t height, yq_height_evidence *e)
{
    return yq_adapter_v1()->evidence(session, height, TEST_DEADLINE_MS, e, &w->why);
}

Test(nodes, one_that_does_not_answer, .timeout = 120)
{
    test_world *w = test_world_new("ed25519", "1");
    uint64_t height = sent_height(w);
    yq_height_evidence e;
    const char *const endpoint[] = {NOBODY, w->program.endpoint, w->witness};
    void *session = test_session(w, endpoint, 3, (const char *const[]){"min_sources", "2", NULL});
    cr_assert_eq(evidence_of(w, session, height, &e), YQ_OK, "%s", w->why.text);
    cr_assert_eq(e.event_n, 1);
    test_release();
    check_fails(w, session, "endpoints", "无应答");
    yq_adapter_v1()->close(session);
    session = test_session(w, endpoint, 3, (const char *const[]){"min_sources", "3", NULL});
    cr_assert_eq(evidence_of(w, session, height, &e), YQ_E_UNAVAILABLE, "%s", w->why.text);
    uint64_t latest;
    cr_assert_eq(
        yq_adapter_v1()->latest(session, TEST_DEADLINE_MS, &latest, &w->why), YQ_E_UNAVAILABLE);
    yq_adapter_v1()->close(session);
    session = test_session(w, endpoint, 1, (const char *const[]){NULL});
    cr_assert_eq(evidence_of(w, session, height, &e), YQ_E_UNAVAILABLE);
    yq_adapter_v1()->close(session);
    test_world_free(w);
}

Test(nodes, of_another_chain, .timeout = 120)
{
    test_world *w = test_world_new("ed25519", "1");
    uint64_t height = sent_height(w);
    yq_height_evidence e;
    const char *endpoint = w->program.endpoint;
    void *session = test_session(w, &endpoint, 1, (const char *const[]){"chain_id", "21", NULL});
    cr_assert_eq(evidence_of(w, session, height, &e), YQ_E_CONFIG_INVALID);
    cr_assert_not_null(strstr(w->why.text, "of chain 20, not of 21"), "%s", w->why.text);
    check_fails(w, session, "chain-id", "请更正 chain_id");
    yq_adapter_v1()->close(session);
    test_world_free(w);
}

Test(nodes, heights_that_are_not_there, .timeout = 120)
{
    test_world *w = test_world_new("ed25519", "1");
    uint64_t latest = 0;
    yq_height_evidence e;
    cr_assert_eq(yq_adapter_v1()->latest(w->session, TEST_DEADLINE_MS, &latest, &w->why), YQ_OK);
    cr_assert_eq(evidence_of(w, w->session, latest, &e), YQ_OK);
    cr_assert_gt(e.update.n, 0);
    cr_assert_eq(evidence_of(w, w->session, latest + 1, &e), YQ_E_NOT_FOUND, "not proven yet");
    cr_assert_eq(evidence_of(w, w->session, latest + 2, &e), YQ_E_NOT_FOUND);
    cr_assert_eq(evidence_of(w, w->session, 1, &e), YQ_OK, "the anchor");
    cr_assert(e.update.n == 0 && e.event_n == 0);
    test_world_free(w);
}

/* Two of three sign; the third may be away, or say nonsense. */
Test(nodes, attesters_that_are_away, .timeout = 120)
{
    test_world *w = test_world_new("ed25519", "1");
    uint64_t height = sent_height(w);
    yq_height_evidence e;
    test_attester_stop(&w->attesters.one[0]);
    cr_assert_eq(evidence_of(w, w->session, height, &e), YQ_OK, "%s", w->why.text);
    cr_assert_eq(e.event_n, 1);
    test_release();
    check_fails(w, w->session, "attesters", "请联系该机构");
    test_attester_stop(&w->attesters.one[2]);
    cr_assert_eq(evidence_of(w, w->session, height, &e), YQ_E_UNAVAILABLE);
    cr_assert_not_null(strstr(w->why.text, "threshold"), "%s", w->why.text);
    /* Behind the address of one stands another: its signatures are not taken. */
    test_attester_start(&w->attesters.one[0], TEST_CHAIN, w->witness, 1);
    test_attester_start(&w->attesters.one[2], TEST_CHAIN, w->witness, 1);
    char kept[128];
    memcpy(kept, w->attesters.one[0].url, sizeof kept);
    memcpy(w->attesters.one[0].url, w->attesters.one[2].url, sizeof kept);
    memcpy(w->attesters.one[2].url, kept, sizeof kept);
    test_attesters_write(&w->attesters);
    const char *endpoint = w->program.endpoint;
    void *session = test_session(w, &endpoint, 1, (const char *const[]){NULL});
    cr_assert_eq(evidence_of(w, session, height, &e), YQ_E_UNAVAILABLE);
    yq_adapter_v1()->close(session);
    test_world_free(w);
}

/* Attesters of another epoch, or for another chain, sign nothing. */
Test(nodes, attesters_of_another_epoch, .timeout = 120)
{
    test_world *w = test_world_new("ed25519", "1");
    uint64_t height = sent_height(w);
    yq_height_evidence e;
    w->attesters.epoch = 2;
    test_attesters_write(&w->attesters);
    const char *endpoint = w->program.endpoint;
    void *session = test_session(w, &endpoint, 1, (const char *const[]){NULL});
    cr_assert_eq(evidence_of(w, session, height, &e), YQ_E_UNAVAILABLE);
    yq_adapter_v1()->close(session);
    for (size_t i = 0; i < TEST_ATTESTERS; i++) {
        test_attester_stop(&w->attesters.one[i]);
        test_attester_start(&w->attesters.one[i], "another-city", w->witness, 2);
    }
    test_attesters_write(&w->attesters);
    session = test_session(w, &endpoint, 1, (const char *const[]){NULL});
    cr_assert_eq(evidence_of(w, session, height, &e), YQ_E_UNAVAILABLE);
    check_fails(w, session, "attesters", "属于其他链");
    yq_adapter_v1()->close(session);
    test_world_free(w);
}

/* Keys come from proofs around the anchor, or from the options. */
Test(nodes, keys_of_validators, .timeout = 120)
{
    test_world *w = test_world_new("sm", "1");
    yq_slice anchor;
    char height[24];
    /* Seven of which five sign each ledger: two ledgers show them all; the newest alone does not.
     */
    test_do(w, "{\"do\":\"validators\",\"first\":0,\"n\":7}");
    uint64_t at = test_program_number(&w->program, "{\"do\":\"status\"}", "height");
    test_do(w, "{\"do\":\"idle\",\"n\":1}");
    (void)snprintf(height, sizeof height, "%u", (unsigned)at);
    const char *endpoint = w->program.endpoint;
    const char *const more[] = {"anchor_height", height, NULL};
    void *session = test_session(w, &endpoint, 1, more);
    cr_assert_eq(yq_adapter_v1()->anchor(session, TEST_DEADLINE_MS, &anchor, &w->why), YQ_E_ANCHOR);
    cr_assert_not_null(strstr(w->why.text, "give the key of did:bid:zf"), "%s", w->why.text);
    check_fails(w, session, "validators", "请在选项 validators 中给出其公钥");
    test_do(w, "{\"do\":\"idle\",\"n\":3}");
    cr_assert_eq(
        yq_adapter_v1()->anchor(session, TEST_DEADLINE_MS, &anchor, &w->why),
        YQ_OK,
        "%s",
        w->why.text);
    cr_assert_eq(test_client_init(w->client, anchor), YQ_OK, "%s", w->client->why.text);
    yq_adapter_v1()->close(session);
    test_world_free(w);
}

Test(nodes, preflight_tells_what_is_missing, .timeout = 120)
{
    test_world *w = test_world_new("sm", "1");
    const char *endpoint = w->program.endpoint;
    void *session = test_session(
        w, &endpoint, 1, (const char *const[]){"inbox", "did:bid:efNobodyIsHere1111", NULL});
    check_fails(w, session, "inbox", "请部署收件箱合约");
    yq_adapter_v1()->close(session);
    yq_key *stranger = yq_key_generate(YQ_SIG_SM2_MESSAGE);
    (void)unlink(w->account);
    cr_assert_eq(yq_key_write(stranger, w->account, NULL, &w->why), YQ_OK);
    session = test_session(w, &endpoint, 1, (const char *const[]){NULL});
    check_fails(w, session, "account", "激活该账户");
    yq_adapter_v1()->close(session);
    yq_key_free(stranger);
    const char *const bare[] = {"chain_id", "20", NULL};
    session = test_open(w, &endpoint, 1, bare);
    check_fails(w, session, "attesters", "未配置");
    check_fails(w, session, "inbox", "未配置");
    yq_slice out;
    yq_height_evidence e;
    cr_assert_eq(
        yq_adapter_v1()->anchor(session, TEST_DEADLINE_MS, &out, &w->why), YQ_E_CONFIG_INVALID);
    cr_assert_eq(evidence_of(w, session, sent_height(w), &e), YQ_E_CONFIG_INVALID);
    cr_assert_eq(
        yq_adapter_v1()->submit(session, yq_slice_text("x"), TEST_DEADLINE_MS, &out, &w->why),
        YQ_E_UNSUPPORTED);
    yq_adapter_v1()->close(session);
    test_world_free(w);
}

/* What an attester says to a question in these words; "" when it signs. */
static void ask_attester(test_world *w, const char *text, char code[32])
{
    char url[160];
    long http = 0;
    yq_slice word = {0};
    (void)snprintf(url, sizeof url, "%s/attest", w->attesters.one[0].url);
    yq_json *reply = test_program_post(&w->program, url, text, &http);
    cr_assert(reply != NULL && http == 200, "%s", text);
    (void)yq_json_text(yq_json_get(yq_json_root(reply), "code"), &word);
    (void)snprintf(code, 32, "%.*s", (int)word.n, word.n == 0 ? "" : (const char *)word.p);
    cr_assert_eq(
        yq_json_get(yq_json_root(reply), "signatures") == NULL, word.n > 0, "a word or signatures");
    yq_json_free(reply);
}

Test(nodes, questions_to_an_attester, .timeout = 120)
{
    static char text[2][8192], question[20480];
    test_world *w = test_world_new("ed25519", "1");
    uint64_t height[2] = {sent_height(w), sent_height(w)};
    char body[2][4096], code[32];
    /* Two bodies as the adapter's own proofs carry them, behind version and epoch. */
    for (size_t i = 0; i < 2; i++) {
        yq_height_evidence e;
        cr_assert_eq(evidence_of(w, w->session, height[i], &e), YQ_OK, "%s", w->why.text);
        size_t signatures = 2 + 2 * (2 + 64), n = e.event[0].proof.n - 9 - signatures;
        cr_assert_gt(yq_hex_encode(body[i], sizeof body[i], e.event[0].proof.p + 9, n), 0);
        test_release();
    }
    static const struct {
        const char *chain;
        unsigned epoch;
        int first, second; /* which bodies; -1: none, -2: no hex, -3: altered, -4: cut */
        const char *code;
    } row[] = {
        {TEST_CHAIN, 1, 0, -1, ""},
        {TEST_CHAIN, 1, 0, 0, ""},
        {TEST_CHAIN, 0, 0, -1, "EPOCH_OLD"},
        {TEST_CHAIN, 2, 0, -1, "DOMAIN"},
        {"another-city", 1, 0, -1, "DOMAIN"},
        {TEST_CHAIN, 1, -1, -1, "LIMIT"},
        {TEST_CHAIN, 1, -2, -1, "TYPE"},
        {TEST_CHAIN, 1, 0, 1, "RANGE"},
        {TEST_CHAIN, 1, 0, -3, "SOURCE_DISAGREE"},
        {TEST_CHAIN, 1, -4, -1, "TRUNCATED"}};
    for (size_t i = 0; i < YQ_ARRAY_N(row); i++) {
        const int which[2] = {row[i].first, row[i].second};
        for (size_t k = 0; k < 2; k++) {
            char *out = text[k];
            out[0] = '\0';
            if (which[k] == -1) {
                continue;
            }
            (void)snprintf(
                out, sizeof text[0], "%s\"%s\"", k == 0 ? "" : ",", body[which[k] == 1 ? 1 : 0]);
            size_t n = strlen(out);
            if (which[k] == -2) {
                out[5] = 'x';
            } else if (which[k] == -3) {
                out[n - 2] = out[n - 2] == '0' ? '1' : '0';
            } else if (which[k] == -4) {
                memcpy(out + n - 3, "\"", 2);
            }
        }
        (void)snprintf(
            question,
            sizeof question,
            "{\"chain\":\"%s\",\"epoch\":%u,\"bodies\":[%s%s]}",
            row[i].chain,
            row[i].epoch,
            text[0],
            text[1]);
        ask_attester(w, question, code);
        cr_expect_str_eq(code, row[i].code, "%zu: %s", i, code);
    }
    ask_attester(w, "{\"epoch\":1}", code);
    cr_expect_str_eq(code, "FIELD_MISSING");
    ask_attester(w, "{", code);
    cr_expect_str_eq(code, "JSON_STRICT");
    test_world_free(w);
}
