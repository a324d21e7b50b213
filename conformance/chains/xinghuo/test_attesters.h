#ifndef YQ_CONFORMANCE_CHAINS_XINGHUO_TEST_ATTESTERS_H
#define YQ_CONFORMANCE_CHAINS_XINGHUO_TEST_ATTESTERS_H

/* For tests: attesters of three organisations, each the program yuqiao-xinghuo-attester. */
#include "conformance/chains/common/test_program.h"
#include "relay/crypto/crypto.h"

#include <criterion/criterion.h>

#define TEST_ATTESTERS 3u
#define TEST_ATTESTER  YQ_BINARY_DIR "/bin/yuqiao-xinghuo-attester"

typedef struct test_attester {
    pid_t pid;
    yq_key *key;
    char path[400]; /* of its files, without what ends their names */
    char url[128];
    char more[1100]; /* members of its configuration more, each behind a comma */
} test_attester;

typedef struct test_attesters {
    test_attester one[TEST_ATTESTERS];
    char file[512]; /* attesters_file */
    unsigned epoch;
} test_attesters;

static const struct {
    const char *organisation, *suite;
    yq_sig_alg alg;
} test_attester_kind[TEST_ATTESTERS] = {
    {"data bureau", "sm2", YQ_SIG_SM2_MESSAGE},
    {"audit office", "ed25519", YQ_SIG_ED25519_MESSAGE},
    {"court", "p256", YQ_SIG_P256_DIGEST}};

static inline void test_attester_file(const test_attester *a, const char *end, char *out)
{
    (void)snprintf(out, 512, "%s.%s", a->path, end);
}

static inline void test_attester_text(const char *path, const char *text)
{
    FILE *file = fopen(path, "wb");
    cr_assert(file != NULL && fputs(text, file) >= 0 && fclose(file) == 0);
}

/* Starts one in front of a node; chain_id as an option. */
static inline void test_attester_start(
    test_attester *a, const char *chain, const char *node, unsigned epoch)
{
    char key[512], config[512], ports[512], text[4096];
    yq_fault why = {0};
    test_attester_file(a, "key", key);
    test_attester_file(a, "json", config);
    test_attester_file(a, "ports", ports);
    (void)unlink(key);
    (void)unlink(ports);
    cr_assert_eq(yq_key_write(a->key, key, NULL, &why), YQ_OK, "%s", why.text);
    (void)snprintf(
        text,
        sizeof text,
        "{\"chain\":\"%s\",\"endpoints\":[\"%s\"],\"options\":{\"chain_id\":\"20\"},"
        "\"epoch\":%u,\"key\":\"%s\",\"listen\":\"127.0.0.1:0\"%s}",
        chain,
        node,
        epoch,
        key,
        a->more);
    test_attester_text(config, text);
    a->pid = fork();
    cr_assert_geq(a->pid, 0);
    if (a->pid == 0) {
        (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
        (void)execl(
            TEST_ATTESTER, TEST_ATTESTER, "--config", config, "--ports-file", ports, (char *)NULL);
        _exit(127);
    }
    test_program reader = {.pid = 0};
    (void)snprintf(reader.ports_file, sizeof reader.ports_file, "%s", ports);
    yq_json *document = NULL;
    for (unsigned ms = 0; ms < TEST_WAIT_MS && document == NULL; ms += 10) {
        test_sleep_ms(10);
        document = test_program_ports(&reader);
    }
    cr_assert_not_null(document, "the attester does not listen");
    test_program_url(yq_json_get(yq_json_root(document), "endpoint"), a->url, sizeof a->url);
    yq_json_free(document);
}

static inline void test_attester_stop(test_attester *a)
{
    if (a->pid > 0) {
        int status = 0;
        (void)kill(a->pid, SIGTERM);
        cr_assert_eq(waitpid(a->pid, &status, 0), a->pid);
        cr_assert(WIFEXITED(status) && WEXITSTATUS(status) == 0);
        a->pid = 0;
    }
}

/* Writes who attests: those of the list, in any order. */
static inline void test_attesters_write(test_attesters *t)
{
    char text[4096], hex[129];
    size_t at = (size_t)snprintf(
        text, sizeof text, "{\"epoch\":%u,\"threshold\":2,\"attesters\":[", t->epoch);
    for (size_t i = 0; i < TEST_ATTESTERS; i++) {
        yq_slice key = yq_key_public(t->one[i].key);
        (void)yq_hex_encode(hex, sizeof hex, key.p, key.n);
        at += (size_t)snprintf(
            text + at,
            sizeof text - at,
            "%s{\"organisation\":\"%s\",\"suite\":\"%s\",\"key\":\"%s\",\"url\":\"%s\"}",
            i == 0 ? "" : ",",
            test_attester_kind[i].organisation,
            test_attester_kind[i].suite,
            hex,
            t->one[i].url);
    }
    (void)snprintf(text + at, sizeof text - at, "]}");
    test_attester_text(t->file, text);
}

static inline void test_attesters_start(test_attesters *t, const char *chain, const char *node)
{
    *t = (test_attesters){.epoch = 1};
    (void)snprintf(
        t->file, sizeof t->file, YQ_BINARY_DIR "/tests/xh-attesters.%ld", (long)getpid());
    for (unsigned i = 0; i < TEST_ATTESTERS; i++) {
        test_attester *a = &t->one[i];
        a->key = yq_key_generate(test_attester_kind[i].alg);
        (void)snprintf(
            a->path, sizeof a->path, YQ_BINARY_DIR "/tests/xh-attester.%ld.%u", (long)getpid(), i);
        test_attester_start(a, chain, node, t->epoch);
    }
    test_attesters_write(t);
}

static inline void test_attesters_stop(test_attesters *t)
{
    static const char *const ends[] = {"key", "json", "ports"};
    char path[512];
    for (unsigned i = 0; i < TEST_ATTESTERS; i++) {
        test_attester_stop(&t->one[i]);
        yq_key_free(t->one[i].key);
        for (size_t k = 0; k < YQ_ARRAY_N(ends); k++) {
            test_attester_file(&t->one[i], ends[k], path);
            (void)unlink(path);
        }
    }
    (void)unlink(t->file);
}

#endif /* YQ_CONFORMANCE_CHAINS_XINGHUO_TEST_ATTESTERS_H */
