#include "adapters/cometbft/session.h"

#include <criterion/criterion.h>

static void *lend(void *self, size_t size)
{
    (void)self;
    (void)size;
    return NULL;
}

static uint64_t now_ms(void *self)
{
    (void)self;
    return 0;
}

static const yq_adapter_host host = {
    .size = sizeof host, .abi_major = YQ_ADAPTER_ABI_MAJOR, .alloc = lend, .now_ms = now_ms};

static yq_status open_with(
    const char *url, const char *key, const char *value, void **session, yq_fault *why)
{
    const yq_option option = {key, value};
    const yq_adapter_config config = {"city-410300", &url, 1, &option, key == NULL ? 0 : 1};
    return yq_adapter_v1()->open(&host, &config, session, why);
}

Test(options, wrong_ones_are_named)
{
    static const struct {
        const char *url, *key, *value, *named;
    } row[] = {
        {"ftp://127.0.0.1:26657", NULL, NULL, "endpoints"},
        {"ws://127.0.0.1:26657", NULL, NULL, "endpoints"},
        {"http://", NULL, NULL, "endpoints"},
        {"a:1", "min_source", "1", "min_source"},
        {"a:1", "min_sources", "0", "min_sources"},
        {"a:1", "min_sources", "2", "min_sources"},
        {"a:1", "min_sources", "1x", "min_sources"},
        {"a:1", "chain_id", "", "chain_id"},
        {"a:1", "chain_id", "0123456789012345678901234567890123456789012345678901", "chain_id"},
        {"a:1", "inbox", "yuqiao", "inbox"},
        {"a:1", "inbox", "", "inbox"},
        {"a:1", "inbox", "612f6", "inbox"},
        {"a:1", "inbox", "6162", "inbox"},
        {"a:1", "inbox", "612f0062", "inbox"},
        {"a:1", "emitters", "", "emitters"},
        {"a:1", "trusting_period_s", "-1", "trusting_period_s"},
        {"a:1", "trusting_period_s", "315360001", "trusting_period_s"},
        {"a:1", "clock_drift_s", "601", "clock_drift_s"},
        {"a:1", "trust_level", "1/4", "trust_level"},
        {"a:1", "trust_level", "3/2", "trust_level"},
        {"a:1", "trust_level", "1", "trust_level"},
        {"a:1", "trust_level", "1/33", "trust_level"},
        {"a:1", "stores", "merkle", "stores"},
        {"a:1", "anchor_height", "0", "anchor_height"},
        {"a:1", "anchor_height", "9223372036854775808", "anchor_height"},
        {"a:1", "update_every", "10001", "update_every"},
        {"a:1", "valid_blocks", "100001", "valid_blocks"},
        {"a:1", "tls_ca_file", "/none", "tls_ca_file"},
        {"a:1", "tls_cert_file", "/none", "tls_cert_file"},
        {"a:1", "tls_key_file", "/none", "tls_cert_file"},
    };
    for (size_t i = 0; i < YQ_ARRAY_N(row); i++) {
        void *session;
        yq_fault why = {0};
        cr_expect_eq(
            open_with(row[i].url, row[i].key, row[i].value, &session, &why),
            YQ_E_CONFIG_INVALID,
            "%zu",
            i);
        cr_expect_null(session);
        cr_expect_eq(
            strncmp(why.text, row[i].named, strlen(row[i].named)), 0, "%zu %s", i, why.text);
    }
    void *session;
    yq_fault why = {0};
    const yq_adapter_config none = {"city-410300", NULL, 0, NULL, 0};
    cr_expect_eq(yq_adapter_v1()->open(&host, &none, &session, &why), YQ_E_CONFIG_INVALID);
}

Test(options, what_is_taken)
{
    static const char *const row[][2] = {
        {"trusting_period_s", "60"},
        {"clock_drift_s", "3"},
        {"trust_level", "2/3"},
        {"stores", "smt"},
        {"chain_id", "c"},
        {"anchor_height", "9223372036854775807"},
    };
    void *session = NULL;
    yq_fault why = {0};
    for (size_t i = 0; i < YQ_ARRAY_N(row); i++) {
        cr_assert_eq(
            open_with("tcp://127.0.0.1:1", row[i][0], row[i][1], &session, &why),
            YQ_OK,
            "%s",
            why.text);
        const yq_comet_session *s = session;
        cr_expect_str_eq(yq_web_pool_url(s->rpc.pool, 0), "http://127.0.0.1:1");
        cr_expect_eq(s->trusting_ms, i == 0 ? 60000 : UINT64_C(1209600000));
        cr_expect_eq(s->drift_ms, i == 1 ? 3000 : 10000);
        cr_expect(
            i == 2 ? s->level_num == 2 && s->level_den == 3
                   : s->level_num == 1 && s->level_den == 3);
        cr_expect_eq(s->stores, i == 3 ? 2 : 1);
        cr_expect_str_eq(s->chain_id, i == 4 ? "c" : "");
        cr_expect_eq(s->anchor_height, i == 5 ? INT64_MAX : 0);
        yq_adapter_v1()->close(session);
    }
}

Test(options, inbox_as_text_or_hex)
{
    static const char *const row[][2] = {
        {"yuqiao/channel-0", "yuqiao/channel-0"},
        {"79757169616f2f6368616e6e656c2d30", "yuqiao/channel-0"},
        {"ab/cd", "ab/cd"},
    };
    for (size_t i = 0; i < YQ_ARRAY_N(row); i++) {
        void *session = NULL;
        yq_fault why = {0};
        cr_assert_eq(open_with("a:1", "inbox", row[i][0], &session, &why), YQ_OK);
        cr_expect_str_eq(((const yq_comet_session *)session)->inbox, row[i][1]);
        yq_adapter_v1()->close(session);
    }
}

Test(options, emitters)
{
    static const struct {
        const char *list, *name;
        int wanted, client;
    } row[] = {
        {"a/b", "a/b", 1, 1},
        {"a/b", "a", 0, 1},
        {"a/b,c/d", "c/d", 1, 1},
        {"a/b,c/d", "c", 0, 1},
        {"a/b", "a/", 0, 0},
        {"a/b", "a/bc", 0, 0},
        {"ab/c", "a", 0, 0},
        {"a/bc", "a/b", 0, 0},
        {",", "a", 0, 0},
        {"client-1", "client-1", 1, 1},
    };
    for (size_t i = 0; i < YQ_ARRAY_N(row); i++) {
        void *session = NULL;
        yq_fault why = {0};
        cr_assert_eq(open_with("a:1", "emitters", row[i].list, &session, &why), YQ_OK);
        cr_expect_eq(
            yq_comet_emitter_wanted(session, yq_slice_text(row[i].name)),
            row[i].wanted,
            "%s",
            row[i].name);
        cr_expect_eq(
            yq_comet_client_wanted(session, yq_slice_text(row[i].name)),
            row[i].client,
            "%s",
            row[i].name);
        yq_adapter_v1()->close(session);
    }
}

Test(options, nobody_there)
{
    void *session = NULL;
    yq_fault why = {0};
    uint64_t height;
    yq_height_evidence e;
    yq_slice reference;
    const yq_adapter *a = yq_adapter_v1();
    cr_assert_eq(open_with("http://127.0.0.1:1", "inbox", "a/b", &session, &why), YQ_OK);
    cr_expect_eq(a->latest(session, 2000, &height, &why), YQ_E_UNAVAILABLE);
    cr_expect_eq(a->evidence(session, 5, 2000, &e, &why), YQ_E_UNAVAILABLE);
    cr_expect_eq(a->evidence(session, 5, 0, &e, &why), YQ_E_TIMEOUT, "a deadline that is over");
    cr_expect_eq(a->submit(session, yq_slice_text("x"), 2000, &reference, &why), YQ_E_UNAVAILABLE);
    cr_expect_eq(a->evidence(session, 1, 2000, &e, &why), YQ_OK, "nothing is below the first");
    cr_expect_eq(e.update.n + e.event_n, 0);
    const yq_check *check;
    size_t n;
    cr_expect_eq(a->preflight(session, 2000, &check, &n, &why), YQ_E_MEMORY);
    a->close(session);
}
