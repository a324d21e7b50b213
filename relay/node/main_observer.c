/*
 * Two observers on four validators: they follow, answer with the validators' proofs, hand envelopes
 * on, and do not slow the validators, also where one of them stands still.
 * usage: e2e.yq_observer YUQIAOD [--full]
 */
#include "relay/base/bytes.h"
#include "relay/node/main_kit.h"

#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SECOND  (OBSERVER + 1u)
#define RATE_MS UINT64_C(3000)

static char answer[HTTP_SIZE], other[HTTP_SIZE];

static void ok(const char *what)
{
    static unsigned number;
    (void)printf("ok %u %s\n", ++number, what);
    (void)fflush(stdout);
}

/* The part of an answer about state that is the same on every node: all but the certificate, of
 * which each node holds the quorum that it saw first. */
static const char *proven(char *text)
{
    char *end = strstr(text, "\"certificate\"");
    char *at = strstr(text, "\r\n\r\n");
    CHECK(end != NULL && at != NULL);
    *end = '\0';
    return at;
}

static int same_state(unsigned i, const char *path)
{
    return http_get(0, 2, path, answer, sizeof answer) && strstr(answer, " 200 ") != NULL &&
           http_get(i, 2, path, other, sizeof other) && strstr(other, " 200 ") != NULL &&
           strcmp(proven(answer), proven(other)) == 0;
}

static void test_follow(void)
{
    start_node(OBSERVER);
    start_node(SECOND);
    uint64_t height = metric(0, "height");
    SEND_UNTIL(metric(OBSERVER, "height") > height && metric(SECOND, "height") > height);
    for (unsigned i = OBSERVER; i < PROCESSES; i++) {
        CHECK(metric(i, "is_validator") == 0 && metric(i, "halted") == 0);
        CHECK(metric(i, "sync_faults_total") == 0 && metric(i, "peers_linked") == 2);
    }
    ok("two observers follow");
}

static void test_proofs(void)
{
    char id[65], present[128];
    yq_hex_encode(id, sizeof id, kit_signer.b, YQ_DIGEST_SIZE);
    (void)snprintf(present, sizeof present, "/api/v1/state?key=066c656467657201%s", id);
    WAIT_UNTIL(all_equal("height", PROCESSES) && metric(0, "pool_envelopes") == 0);
    for (unsigned i = OBSERVER; i < PROCESSES; i++) {
        WAIT_UNTIL(same_state(i, present));
        CHECK(strstr(answer, "\"present\":true") != NULL);
        WAIT_UNTIL(same_state(i, "/api/v1/state?key=00"));
        CHECK(strstr(answer, "\"present\":false") != NULL);
        uint64_t top = metric(0, "height");
        for (uint64_t h = 1; h <= top; h++) {
            char a[300], b[300];
            CHECK(block_of(0, h, a, sizeof a) && block_of(i, h, b, sizeof b));
            CHECK(strcmp(a, b) == 0);
        }
    }
    ok("their blocks and proofs are the validators'");
}

/* What comes in at an observer goes to all validators that it is linked to; the answer says so. */
static void test_submit(void)
{
    uint8_t room[8192];
    yq_buf out = {room, sizeof room, 0};
    uint64_t before = metric(0, "transactions_total");
    for (unsigned i = OBSERVER; i < PROCESSES; i++) {
        out.n = 0;
        build_envelope(&out);
        CHECK(http_post(i, "/api/v1/envelopes", yq_slice_of(out.p, out.n), answer, HTTP_SIZE));
        CHECK(strstr(answer, " 202 ") != NULL);
    }
    WAIT_UNTIL(metric(0, "transactions_total") == before + (uint64_t)2 * kit_tx);
    WAIT_UNTIL(all_equal("height", PROCESSES));
    /* The last byte is of the signature: refused at the observer, no validator hears of it. */
    uint64_t seen = metric(0, "envelopes_total") + metric(1, "envelopes_total");
    out.n = 0;
    build_envelope(&out);
    out.p[out.n - 1] ^= 1;
    CHECK(http_post(OBSERVER, "/api/v1/envelopes", yq_slice_of(out.p, out.n), answer, HTTP_SIZE));
    CHECK(strstr(answer, " 202 ") == NULL && strstr(answer, "\"code\"") != NULL);
    CHECK(metric(0, "envelopes_total") + metric(1, "envelopes_total") == seen);
    ok("envelopes handed to an observer reach the ledger, bad ones are refused");
}

static uint64_t transactions_in(uint64_t ms)
{
    uint64_t before = metric(2, "transactions_total"), end = now_ms() + ms;
    while (now_ms() < end) {
        send_envelope((unsigned)kit_sent);
        run_ms(5);
    }
    return metric(2, "transactions_total") - before;
}

/* The most that a validator holds back for one peer. */
static uint64_t queued_most(unsigned i)
{
    uint64_t most = 0;
    CHECK(http_get(i, 3, "/metrics", answer, sizeof answer));
    for (const char *at = answer; (at = strstr(at, "yuqiao_peer_queued_bytes{")) != NULL; at++) {
        const char *value = strchr(at, ' ');
        uint64_t n = value == NULL ? 0 : strtoull(value, NULL, 10);
        most = n > most ? n : most;
    }
    return most;
}

static void test_slow(int is_full)
{
    stop_node(OBSERVER, SIGTERM);
    stop_node(SECOND, SIGTERM);
    uint64_t without = transactions_in(RATE_MS);
    start_node(OBSERVER);
    start_node(SECOND);
    uint64_t with = transactions_in(RATE_MS);
    CHECK(kill(node[SECOND].pid, SIGSTOP) == 0);
    uint64_t stopped = transactions_in(RATE_MS);
    CHECK(stopped > 0 && queued_most(0) <= (64u << 20));
    uint64_t queued = queued_most(0) > queued_most(1) ? queued_most(0) : queued_most(1);
    if (is_full) {
        /* A link that is silent for twenty seconds is dropped; left are validators, probe, the
         * other observer. */
        SEND_UNTIL(
            metric(0, "peers_linked") + metric(1, "peers_linked") == UINT64_C(2) * (NODES + 1));
    }
    CHECK(kill(node[SECOND].pid, SIGCONT) == 0);
    uint64_t height = metric(0, "height");
    SEND_UNTIL(metric(SECOND, "height") > height && metric(OBSERVER, "height") > height);
    for (unsigned i = 0; i < NODES; i++) {
        CHECK(metric(i, "halted") == 0 && metric(i, "evidence_total") == 0);
    }
    (void)printf(
        "{\"transactions_without\": %" PRIu64 ", \"with_two\": %" PRIu64
        ", \"with_one_stopped\": %" PRIu64 ", \"queued_bytes\": %" PRIu64 "}\n",
        without,
        with,
        stopped,
        queued);
    ok("an observer that stands still holds nobody up and comes back");
}

int main(int argc, char **argv)
{
    int is_full = argc > 2 && strcmp(argv[2], "--full") == 0;
    kit_program = argc > 1 ? argv[1] : "";
    kit_begin(170);
    make_network();
    for (unsigned i = 0; i < NODES; i++) {
        start_node(i);
    }
    WAIT_UNTIL(all_at_least("peers_linked", NODES - 1, NODES));
    link_probe();
    SEND_UNTIL(all_at_least("height", 2, NODES));
    test_follow();
    test_proofs();
    test_submit();
    test_slow(is_full);
    stop_all(SIGTERM);
    unlink_probe();
    kit_end();
    (void)printf("1..4\n");
    return 0;
}
