#ifndef YQ_CONFORMANCE_CHAINS_COMETBFT_TEST_BROKEN_H
#define YQ_CONFORMANCE_CHAINS_COMETBFT_TEST_BROKEN_H

/* For tests: a node that lies, or is broken, in one reply. */
#include "conformance/chains/cometbft/test_proxy.h"
#include "conformance/chains/cometbft/test_world.h"

static test_world *w;
static test_proxy *proxy;
static uint64_t height; /* of a header under which a packet is proven */
static void *session;   /* behind the proxy */

static inline void setup(void)
{
    w = test_world_new("ibc-v1", "1");
    test_anchor(w);
    (void)test_follow(w);
    test_do(
        w,
        "{\"do\":\"send\",\"service\":\"a\",\"dst_chain\":\"city-410100\",\"dst_service\":\"b\","
        "\"payload\":\"01\"}");
    cr_assert_eq(test_follow(w), 1);
    height = w->next - 1;
    proxy = test_proxy_start(w->program.endpoint, NULL);
    const char *endpoint = proxy->url;
    const char *const options[] = {"inbox", w->inbox, "chain_id", TEST_CHAIN "-1", NULL};
    session = test_open(w, &endpoint, 1, options);
}

static inline void teardown(void)
{
    yq_adapter_v1()->close(session);
    test_proxy_stop(proxy);
    test_world_free(w);
}

static inline void turn(
    test_proxy_mode mode, const char *method, const char *find, const char *with)
{
    proxy->method = method;
    proxy->find = find;
    proxy->with = with;
    proxy->replaced = 0;
    proxy->mode = mode;
}

static inline yq_status evidence(void)
{
    yq_height_evidence e;
    w->why = (yq_fault){0};
    yq_status status = yq_adapter_v1()->evidence(session, height, TEST_DEADLINE_MS, &e, &w->why);
    if (status != YQ_OK) {
        cr_expect(e.update.n == 0 && e.event_n == 0);
        cr_expect_eq(w->why.status, (int32_t)status);
        cr_expect_str_neq(w->why.text, "");
    }
    test_release();
    return status;
}

#endif /* YQ_CONFORMANCE_CHAINS_COMETBFT_TEST_BROKEN_H */
