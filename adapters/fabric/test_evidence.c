#include "adapters/fabric/evidence.h"
#include "relay/base/bytes.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

#define VECTORS YQ_SOURCE_DIR "/conformance/vectors/real-nodes/"

static yq_slice load(const char *network, const char *name)
{
    char path[1024];
    snprintf(path, sizeof path, VECTORS "%s/%s", network, name);
    FILE *f = fopen(path, "rb");
    cr_assert_not_null(f, "%s", path);
    uint8_t *p = malloc(1u << 20);
    size_t n = fread(p, 1, 1u << 20, f);
    fclose(f);
    /* Kept to the test's end, where its process ends too. */
    static uint8_t *kept[16];
    static size_t kept_n;
    cr_assert_lt(kept_n, YQ_ARRAY_N(kept));
    kept[kept_n] = realloc(p, n);
    /* cppcheck-suppress memleak ; kept owns it */
    return yq_slice_of(kept[kept_n++], n);
}

static uint64_t be_at(yq_slice s, size_t at, size_t size)
{
    uint64_t v = 0;
    cr_assert_leq(at + size, s.n);
    for (size_t i = 0; i < size; i++) {
        v = v << 8 | s.p[at + i];
    }
    return v;
}

Test(evidence, an_update_has_the_blocks_parts)
{
    yq_slice raw = load("fabric-3pre-smartbft", "b3.block");
    yq_fabric_raw_block b;
    yq_fault why = {0};
    cr_assert_eq(yq_fabric_raw_block_decode(raw, &b, &why), YQ_OK, "%s", why.text);
    cr_assert_eq(b.number, 3);
    cr_assert_eq(b.n, 1);
    cr_assert_eq(b.flags.n, 0);
    static uint8_t room[1u << 16];
    yq_buf out = {room, sizeof room, 0};
    cr_assert_eq(yq_fabric_raw_update(&b, &out), YQ_OK);
    cr_assert_leq(out.n, yq_fabric_raw_update_size(&b));
    yq_slice got = yq_slice_of(out.p, out.n);
    cr_assert_eq(got.p[0], 1);
    cr_assert_eq(be_at(got, 1, 8), 3);
    cr_assert_eq(be_at(got, 9, 1), 32);
    cr_assert_arr_eq(got.p + 10, b.previous_hash.p, 32);
    cr_assert_arr_eq(got.p + 42, b.data_hash.p, 32);
    cr_assert_eq(be_at(got, 74, 4), b.signatures.n);
    size_t at = 78 + b.signatures.n;
    cr_assert_eq(be_at(got, at, 2), 0);
    cr_assert_eq(be_at(got, at + 2, 4), 1);
    size_t walk = 0;
    yq_slice element;
    cr_assert(yq_fabric_raw_next(&b, &walk, &element));
    cr_assert_eq(be_at(got, at + 6, 4), element.n);
    cr_assert_eq(got.n, at + 10 + element.n);
    cr_assert_not(yq_fabric_raw_next(&b, &walk, &element));
    out.n = 0;
    out.cap = got.n - 1;
    cr_assert_eq(yq_fabric_raw_update(&b, &out), YQ_E_NOSPC);
}

Test(evidence, transactions_say_what_they_are)
{
    static const struct {
        unsigned block;
        const char *chaincode, *payload;
    } want[] = {{1, "_lifecycle", NULL}, {2, "_lifecycle", NULL}, {3, "hubcc", "k1=v1"}};
    for (size_t i = 0; i < YQ_ARRAY_N(want); i++) {
        char name[16];
        snprintf(name, sizeof name, "b%u.block", want[i].block);
        yq_fabric_raw_block b;
        cr_assert_eq(yq_fabric_raw_block_decode(load("fabric-2.5-raft", name), &b, NULL), YQ_OK);
        size_t at = 0;
        yq_slice element;
        yq_fabric_raw_tx tx;
        cr_assert(yq_fabric_raw_next(&b, &at, &element));
        yq_fabric_raw_tx_decode(element, &tx);
        cr_assert_eq(tx.type, 3);
        cr_assert_eq(tx.tx_id.n, 64);
        cr_assert(yq_slice_equal(tx.channel, yq_slice_text("hubch")));
        cr_assert(yq_slice_equal(tx.chaincode, yq_slice_text(want[i].chaincode)));
        cr_assert_eq(tx.has_event, want[i].payload != NULL);
        if (want[i].payload != NULL) {
            cr_assert(yq_slice_equal(tx.event_name, yq_slice_text("CrossChainSend")));
            cr_assert(yq_slice_equal(tx.event_payload, yq_slice_text(want[i].payload)));
        }
    }
}

Test(evidence, an_anchor_holds_registrations_and_the_block)
{
    yq_fabric_raw_block b;
    cr_assert_eq(
        yq_fabric_raw_block_decode(load("fabric-3pre-smartbft", "genesis.block"), &b, NULL), YQ_OK);
    cr_assert_eq(b.number, 0);
    yq_fabric_registration r[2] = {
        {.name = yq_slice_text("a"), .path = yq_slice_text("/Channel/X"), .keys = 7},
        {.name = yq_slice_text("b"), .rule = yq_slice_text("rule"), .keys = 8}};
    static uint8_t room[1u << 16];
    yq_buf out = {room, sizeof room, 0};
    cr_assert_eq(yq_fabric_raw_anchor(yq_slice_text("hubch"), r, 2, &b, &out), YQ_OK);
    static const uint8_t head[] = {1,   5,   'h', 'u', 'b', 'c', 'h', 2,   1,   'a', 1, 0, 10, '/',
                                   'C', 'h', 'a', 'n', 'n', 'e', 'l', '/', 'X', 0,   0, 0, 0,  0,
                                   0,   0,   0,   0,   0,   0,   0,   0,   0,   0,   0, 7, 1,  'b',
                                   2,   0,   4,   'r', 'u', 'l', 'e', 0,   0,   0,   0, 0, 0,  0,
                                   0,   0,   0,   0,   0,   0,   0,   0,   0,   8};
    cr_assert_arr_eq(out.p, head, sizeof head);
    yq_slice got = yq_slice_of(out.p, out.n);
    cr_assert_eq(be_at(got, sizeof head, 4), got.n - sizeof head - 4);
    yq_slice name = r[0].name;
    r[0].name = r[1].name;
    cr_assert_eq(yq_fabric_raw_anchor(yq_slice_text("hubch"), r, 2, &b, &out), YQ_E_RANGE);
    r[0].name = name;
    r[0].rule = name;
    cr_assert_eq(yq_fabric_raw_anchor(yq_slice_text("hubch"), r, 2, &b, &out), YQ_E_RANGE);
}

Test(evidence, configuration)
{
    yq_fabric_raw_block b;
    cr_assert_eq(
        yq_fabric_raw_block_decode(load("fabric-3pre-smartbft", "genesis.block"), &b, NULL), YQ_OK);
    size_t at = 0;
    yq_slice element;
    yq_fabric_raw_tx tx;
    yq_fabric_raw_config config;
    cr_assert(yq_fabric_raw_next(&b, &at, &element));
    yq_fabric_raw_tx_decode(element, &tx);
    cr_assert_eq(tx.type, 1);
    yq_fabric_raw_config_decode(tx.config, &config);
    cr_assert_eq(config.sequence, 0);
    cr_assert_eq(config.consenter_n, 4);
    cr_assert_eq(config.absolute_max_bytes, 10485760);
    cr_assert_eq(config.preferred_max_bytes, 2097152);
    cr_assert(yq_slice_equal(config.consensus, yq_slice_text("BFT")));
}

Test(evidence, cut_blocks_are_refused)
{
    yq_slice raw = load("fabric-2.5-raft", "b3.block");
    yq_fabric_raw_block b;
    for (size_t n = 0; n < raw.n; n++) {
        uint8_t *exact = malloc(n + 1);
        memcpy(exact, raw.p, n);
        cr_assert(
            yq_fabric_raw_block_decode(yq_slice_of(exact, n), &b, NULL) != YQ_OK ||
            b.signatures.n == 0);
        free(exact);
    }
}
