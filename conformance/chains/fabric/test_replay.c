/* Recorded networks of real nodes over a real socket. */
#include "conformance/chains/common/mock.h"
#include "conformance/chains/fabric/test_peer.h"

#include <stdio.h>

#define VECTORS YQ_SOURCE_DIR "/conformance/vectors/real-nodes/"
#define BLOCKS  9u
#define ORDERER "/orderer.AtomicBroadcast/Deliver"
#define PEER    "/protos.Deliver/Deliver"

const yq_mock_framework *yq_mock_fabric(void);

static yq_slice load(const char *folder, unsigned number)
{
    char path[1024];
    snprintf(path, sizeof path, "%s/b%u.block", folder, number);
    FILE *f = fopen(path, "rb");
    cr_assert_not_null(f, "%s", path);
    uint8_t *p = malloc(1u << 20);
    size_t n = fread(p, 1, 1u << 20, f);
    fclose(f);
    return yq_slice_of(p, n);
}

static void store(const char *folder, const char *name, yq_slice bytes)
{
    char path[1024];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *f = fopen(path, "wb");
    cr_assert_not_null(f);
    cr_assert_eq(fwrite(bytes.p, 1, bytes.n, f), bytes.n);
    fclose(f);
}

typedef struct world {
    struct event_base *base;
    void *mock;
    peer *peer;
} world;

static world begin(const char *folder)
{
    world w = {.base = event_base_new()};
    yq_fault why = {0};
    yq_mock_options options = {.chain = "f", .replay = folder};
    cr_assert_eq(yq_mock_fabric()->open(w.base, &options, &w.mock, &why), YQ_OK, "%s", why.text);
    w.peer = peer_open(w.base, yq_mock_fabric()->port(w.mock));
    return w;
}

static void end(world *w)
{
    peer_close(w->peer);
    yq_mock_fabric()->close(w->mock);
    event_base_free(w->base);
}

static peer_call *ask(world *w, const char *path, uint64_t from, uint64_t to, unsigned behaviour)
{
    uint8_t room[512];
    size_t n = peer_ask(room, "hubch", from, to, behaviour, 0);
    peer_call *call = peer_start(w->peer, yq_slice_of(room, n), path, 0);
    return call;
}

static void check_blocks(const peer_call *call, const char *folder, unsigned from, unsigned to)
{
    uint64_t status;
    for (unsigned i = from; i <= to; i++) {
        yq_slice want = load(folder, i);
        cr_assert(yq_slice_equal(peer_block(call, i - from, &status), want), "block %u", i);
        free((void *)(uintptr_t)want.p);
    }
    (void)peer_block(call, to - from + 1, &status);
    cr_assert_eq(status, 200);
    cr_assert_str_eq(call->grpc, "0");
}

static void check_network(const char *folder)
{
    world w = begin(folder);
    peer_call *all = ask(&w, ORDERER, PEER_OLDEST, PEER_NEWEST, 1);
    peer_call *some = ask(&w, PEER, 3, 5, 0), *newest = ask(&w, PEER, PEER_NEWEST, PEER_NEWEST, 0);
    peer_finish(w.peer, all);
    peer_finish(w.peer, some);
    peer_finish(w.peer, newest);
    check_blocks(all, folder, 0, BLOCKS - 1);
    check_blocks(some, folder, 3, 5);
    check_blocks(newest, folder, BLOCKS - 1, BLOCKS - 1);
    end(&w);
}

Test(fabric_replay, same_bytes)
{
    check_network(VECTORS "fabric-2.5-raft");
    check_network(VECTORS "fabric-3pre-smartbft");
}

static void check_status(world *w, const char *channel, uint64_t from, uint64_t to, uint64_t want)
{
    uint8_t room[512];
    uint64_t status;
    size_t n = peer_ask(room, channel, from, to, 1, 0);
    peer_call *call = peer_start(w->peer, yq_slice_of(room, n), ORDERER, 0);
    peer_finish(w->peer, call);
    cr_assert_eq(peer_block(call, 0, &status).n, 0);
    cr_assert_eq(status, want, "%lu", (unsigned long)status);
    cr_assert_str_eq(call->grpc, "0");
}

Test(fabric_replay, statuses)
{
    world w = begin(VECTORS "fabric-2.5-raft");
    uint64_t status;
    check_status(&w, "other", 0, 3, 404);
    check_status(&w, "hubch", 9, 9, 404);
    check_status(&w, "hubch", 30, 40, 404);
    check_status(&w, "hubch", 5, 4, 400);
    /* What a node has of a range, and then that there is no more. */
    peer_call *call = ask(&w, ORDERER, 7, 20, 1);
    peer_finish(w.peer, call);
    cr_assert_gt(peer_block(call, 1, &status).n, 0);
    (void)peer_block(call, 2, &status);
    cr_assert_eq(status, 404);
    /* One that may wait does. */
    call = ask(&w, ORDERER, 8, 9, 0);
    for (int i = 0; i < 200; i++) {
        cr_assert(peer_turn(w.peer));
    }
    cr_assert(!call->closed);
    cr_assert_gt(peer_block(call, 0, &status).n, 0);
    cr_assert_eq(peer_message(call, 1).n, 0);
    end(&w);
}

Test(fabric_replay, headers_only)
{
    world w = begin(VECTORS "fabric-2.5-raft");
    uint8_t room[512];
    uint64_t status;
    size_t n = peer_ask(room, "hubch", 0, 3, 1, 1);
    peer_call *call = peer_start(w.peer, yq_slice_of(room, n), PEER, 0);
    peer_finish(w.peer, call);
    yq_slice whole = load(VECTORS "fabric-2.5-raft", 0);
    cr_assert(yq_slice_equal(peer_block(call, 0, &status), whole));
    yq_slice raw = peer_block(call, 3, &status);
    yq_cur c = yq_cur_of(raw);
    yq_pb_field f;
    cr_assert(yq_pb_next(&c, &f) && f.number == 1);
    cr_assert(yq_pb_next(&c, &f) && f.number == 3);
    cr_assert(!yq_pb_next(&c, &f) && yq_cur_ok(&c));
    end(&w);
    free((void *)(uintptr_t)whole.p);
}

/* ---- damaged recordings ---------------------------------------------------------------------- */

static yq_status try_open(const char *folder, yq_fault *why)
{
    struct event_base *base = event_base_new();
    void *mock;
    yq_mock_options options = {.chain = "f", .replay = folder};
    *why = (yq_fault){0};
    yq_status status = yq_mock_fabric()->open(base, &options, &mock, why);
    if (status == YQ_OK) {
        yq_mock_fabric()->close(mock);
    }
    event_base_free(base);
    return status;
}

static void copy_to(const char *folder)
{
    for (unsigned i = 0; i < BLOCKS; i++) {
        char name[32];
        snprintf(name, sizeof name, "b%u.block", i);
        yq_slice bytes = load(VECTORS "fabric-2.5-raft", i);
        store(folder, name, bytes);
        free((void *)(uintptr_t)bytes.p);
    }
}

static void remove_all(const char *folder)
{
    for (unsigned i = 0; i < BLOCKS; i++) {
        char path[128];
        snprintf(path, sizeof path, "%s/b%u.block", folder, i);
        (void)remove(path);
    }
    (void)remove(folder);
}

Test(fabric_replay, damaged)
{
    char folder[] = "fabric-replay-XXXXXX";
    yq_fault why;
    cr_assert_not_null(mkdtemp(folder));
    copy_to(folder);
    cr_assert_eq(try_open(folder, &why), YQ_OK, "%s", why.text);
    yq_slice good = load(folder, 4);
    uint8_t *p = malloc(good.n);
    unsigned refused = 0, served = 0;
    for (size_t i = 0; i < good.n; i += 61) {
        memcpy(p, good.p, good.n);
        p[i] ^= 0x80;
        store(folder, "b4.block", yq_slice_of(p, good.n));
        yq_status status = try_open(folder, &why);
        cr_assert(status == YQ_OK || status == YQ_E_CORRUPT);
        cr_assert(
            status == YQ_OK || strncmp(why.text, "b4.block: offset ", 17) == 0, "%s", why.text);
        refused += status != YQ_OK;
        served += status == YQ_OK;
    }
    cr_assert_gt(refused, 0);
    cr_assert_gt(served, 10);
    store(folder, "b4.block", yq_slice_of(good.p, good.n - 1));
    cr_assert_eq(try_open(folder, &why), YQ_E_CORRUPT);
    yq_slice other = load(folder, 5);
    store(folder, "b4.block", other);
    cr_assert_eq(try_open(folder, &why), YQ_E_CORRUPT);
    char path[64];
    snprintf(path, sizeof path, "%s/b4.block", folder);
    (void)remove(path);
    cr_assert_eq(try_open(folder, &why), YQ_E_CORRUPT);
    cr_assert_eq(strncmp(why.text, "b4.block", 8), 0, "%s", why.text);
    remove_all(folder);
    cr_assert_eq(try_open(folder, &why), YQ_E_IO);
    free(p);
    free((void *)(uintptr_t)good.p);
    free((void *)(uintptr_t)other.p);
}
