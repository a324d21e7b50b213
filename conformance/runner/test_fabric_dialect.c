/* Blocks of a domestic fork: the dialect is found out from the block behind the first one. */
#include "conformance/runner/fabric.h"
#include "light-clients/fabric/test_calls.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <unistd.h>

#define CHAIN_N 4u

static char dir[64];
static yq_slice raw[CHAIN_N];

static void path_of(char *path, size_t cap, unsigned i)
{
    (void)snprintf(path, cap, "%s/b%u.block", dir, i);
}

static void setup(void)
{
    (void)snprintf(dir, sizeof dir, "/tmp/yq-test-dialect-XXXXXX");
    cr_assert_not_null(mkdtemp(dir));
}

static void teardown(void)
{
    for (unsigned i = 0; i < CHAIN_N; i++) {
        char path[96];
        path_of(path, sizeof path, i);
        (void)unlink(path);
    }
    (void)rmdir(dir);
}

TestSuite(dialect, .init = setup, .fini = teardown);

/* Genesis, a definition, an event, an update of the configuration. */
static void make_chain(int is_bft)
{
    net n = net_new(is_bft), after;
    n.is_lean = 1;
    parts b = genesis_of(&n);
    raw[0] = raw_block(&b);
    yq_slice element = definition_tx(&n, cc.path, 2);
    b = block_of(&n, &element, 1);
    raw[1] = raw_block(&b);
    net_take(&n, &b);
    tx_spec t = plain_call();
    element = tx_of(&n, &t);
    b = block_of(&n, &element, 1);
    raw[2] = raw_block(&b);
    net_take(&n, &b);
    element = config_element(&n, &good_update, &after);
    b = block_next(&n, &element, 1);
    block_sign(&n, &b, b.number);
    raw[3] = raw_block(&b);
}

static void each(void *self, const run_folder *folder)
{
    run_fabric_folder(self, folder, 0);
}

/* Judges the first n blocks. */
static int judge(unsigned n)
{
    run_report *report = run_report_new(1);
    yq_fault why;
    for (unsigned i = 0; i < CHAIN_N; i++) {
        char path[96];
        path_of(path, sizeof path, i);
        (void)unlink(path);
        FILE *f = i < n ? fopen(path, "wb") : NULL;
        if (f != NULL) {
            cr_assert_eq(fwrite(raw[i].p, 1, raw[i].n, f), raw[i].n);
            cr_assert_eq(fclose(f), 0);
        }
    }
    cr_assert_eq(run_walk(dir, each, report, &why), YQ_OK);
    int good = run_report_print(report, 1);
    run_report_free(report);
    return good;
}

static void change(unsigned i, int back)
{
    static size_t at;
    at = back ? at : raw[i].n / 2;
    ((uint8_t *)(uintptr_t)raw[i].p)[at] ^= 1;
}

Test(dialect, is_found_out, .timeout = 60)
{
    for (unsigned mode = YQ_FABRIC_SIGNING_PLAIN; mode <= YQ_FABRIC_SIGNING_SM2_TWICE; mode++) {
        for (unsigned hash = 0; hash < 2; hash++) {
            const uint8_t alg = hash == 0 ? YQ_HASH_SM3 : YQ_HASH_SHA256;
            net_dialect = (yq_fabric_dialect){alg, YQ_HASH_SM3, alg, (uint8_t)mode};
            make_chain((int)hash);
            cr_expect_eq(judge(CHAIN_N), 1, "%u %u", mode, hash);
            for (unsigned i = 0; i < CHAIN_N; i++) {
                change(i, 0);
                cr_expect_eq(judge(CHAIN_N), 0, "%u %u: block %u", mode, hash, i);
                change(i, 1);
            }
            cr_expect_eq(judge(1), 0, "nothing shows the dialect");
        }
    }
}

/* Another hash of headers alone shows only in the link of the next block. */
Test(dialect, a_link_shows_the_hash_of_headers, .timeout = 60)
{
    net_dialect.header_hash = YQ_HASH_SM3;
    make_chain(0);
    cr_expect_eq(judge(1), 1, "the configuration as such is Fabric's");
    cr_expect_eq(judge(CHAIN_N), 1);
    net_dialect.header_hash = YQ_HASH_SHA256;
    make_chain(0);
    cr_expect_eq(judge(CHAIN_N), 1);
}

/* Two dialects in one chain are none. */
Test(dialect, is_kept_to, .timeout = 60)
{
    net_dialect =
        (yq_fabric_dialect){YQ_HASH_SM3, YQ_HASH_SM3, YQ_HASH_SM3, YQ_FABRIC_SIGNING_SM2_TWICE};
    net n = net_new(0);
    parts b = genesis_of(&n);
    raw[0] = raw_block(&b);
    yq_slice element = definition_tx(&n, cc.path, 2);
    b = block_of(&n, &element, 1);
    raw[1] = raw_block(&b);
    net_take(&n, &b);
    tx_spec t = plain_call();
    element = tx_of(&n, &t);
    net_dialect.signing = YQ_FABRIC_SIGNING_SM2_HASH;
    b = block_of(&n, &element, 1);
    raw[2] = raw_block(&b);
    cr_expect_eq(judge(2), 1);
    cr_expect_eq(judge(3), 0);
}
