#include "light-clients/fisco-bcos-3/test_world.h"

TestSuite(anchor, .init = setup, .fini = teardown);

Test(anchor, rules_are_in_their_range)
{
    FOR_BOTH(x)
    {
        const test_chain good = x->chain;
        x->chain.depth = 0;
        cr_assert_eq(start(x), YQ_E_THRESHOLD_LOW);
        x->chain.depth = YQ_FISCO3_DEPTH_MAX + 1;
        cr_assert_eq(start(x), YQ_E_RANGE);
        x->chain.depth = YQ_FISCO3_DEPTH_MAX;
        cr_assert_eq(start(x), YQ_OK);
        x->chain.trust_ms = (UINT64_C(1) << 48) + 1;
        cr_assert_eq(start(x), YQ_E_RANGE);
        x->chain.trust_ms--;
        cr_assert_eq(start(x), YQ_OK);
        x->chain = good;
        x->chain.name = "";
        cr_assert_eq(start(x), YQ_E_FIELD_MISSING);
        x->chain.name = "a name of thirty-three bytes here";
        cr_assert_eq(start(x), YQ_E_LIMIT);
        x->chain.name++;
        cr_assert_eq(start(x), YQ_OK);
        x->chain = good;
        x->chain.group = "";
        cr_assert_eq(start(x), YQ_E_FIELD_MISSING);
        x->chain = good;
        yq_slice a = test_anchor(&x->chain, x->b[0], x->room);
        x->room[1] = 2;
        cr_assert_eq(test_client_init(x->client, a), YQ_E_FIELD_UNKNOWN, "suite");
        x->room[1] = good.suite;
        x->room[0] = 2;
        cr_assert_eq(test_client_init(x->client, a), YQ_E_VERSION);
    }
}

/* An anchor with these operators, each of one repeated byte. */
static yq_status with_operators(world *x, const char *letters)
{
    static uint8_t bytes[4096];
    yq_slice a;
    x->chain.operators = 0;
    a = test_anchor(&x->chain, x->b[0], x->room);
    size_t at = 1 + 1 + 7 + 7 + 1 + 8; /* version, suite, names, depth, period */
    yq_writer out = yq_writer_of(bytes, sizeof bytes);
    yq_put_bytes(&out, x->room, at);
    yq_put_u8(&out, (uint8_t)strlen(letters));
    for (size_t i = 0; letters[i] != 0; i++) {
        uint8_t address[20];
        memset(address, letters[i], sizeof address);
        yq_put(&out, YQ_SLICE_OF(address));
    }
    yq_put_bytes(&out, x->room + at + 1, a.n - at - 1);
    return test_client_init(x->client, yq_writer_slice(&out));
}

Test(anchor, operators_are_few_and_in_order)
{
    FOR_BOTH(x)
    {
        cr_assert_eq(with_operators(x, ""), YQ_OK);
        cr_assert_eq(with_operators(x, "ab"), YQ_OK);
        cr_assert_eq(with_operators(x, "ba"), YQ_E_NONCANONICAL);
        cr_assert_eq(with_operators(x, "aa"), YQ_E_NONCANONICAL);
        cr_assert_eq(with_operators(x, "abcdefghijklmnop"), YQ_OK);
        cr_assert_eq(with_operators(x, "abcdefghijklmnopq"), YQ_E_LIMIT);
    }
}

Test(anchor, a_header_is_pinned_by_its_hash)
{
    FOR_BOTH(x)
    {
        test_block *b = x->b[0];
        const yq_digest hash = b->hash;
        b->hash.b[0] ^= 1;
        cr_assert_eq(start(x), YQ_E_HASH);
        memset(b->hash.b, 0, 32);
        cr_assert_eq(start(x), YQ_E_ZERO_ROOT);
        b->hash = hash;
        yq_slice a = test_anchor(&x->chain, b, x->room);
        yq_client_view view;
        x->room[a.n] = 0;
        cr_assert_eq(test_client_init(x->client, yq_slice_of(x->room, a.n + 1)), YQ_E_TRAILING);
        cr_assert_eq(start(x), YQ_OK);
        cr_assert_eq(test_client_describe(x->client, &view), YQ_OK);
        cr_assert_eq(view.validators, 4);
    }
}

Test(anchor, the_sealers_of_a_header_are_a_set)
{
    FOR_BOTH(x)
    {
        yq_key *first = x->chain.key[0];
        x->chain.key[0] = x->chain.key[1];
        x->chain.key[1] = first;
        test_seal(&x->chain, x->b[0]);
        cr_assert_eq(start(x), YQ_E_ANCHOR, "not sorted");
        x->chain.key[1] = x->chain.key[0];
        test_seal(&x->chain, x->b[0]);
        cr_assert_eq(start(x), YQ_E_ANCHOR, "twice the same");
        x->chain.key[1] = x->chain.key[0];
        x->chain.key[0] = first;
        test_seal(&x->chain, x->b[0]);
        cr_assert_eq(start(x), YQ_OK);
    }
}

/* The place of the weights is known: behind each id. */
static yq_status with_weight(world *x, uint64_t first, uint64_t second)
{
    static uint8_t with[2048], without[2048];
    yq_writer a = yq_writer_of(with, sizeof with), h = yq_writer_of(without, sizeof without);
    test_header_put(&x->chain, x->b[0], 1, &a);
    test_header_put(&x->chain, x->b[0], 0, &h);
    yq_writer out = yq_writer_of(with + 148 + 6 + 16 + 2 + 64, 8);
    yq_put_u64(&out, first);
    out = yq_writer_of(with + 148 + 6 + 16 + 2 + 64 + 72, 8);
    yq_put_u64(&out, second);
    out = yq_writer_of(without + h.n - 32, 16);
    yq_put_u64(&out, first);
    yq_put_u64(&out, second);
    yq_digest hash = test_hash(&x->chain, yq_writer_slice(&h));
    out = yq_writer_of(x->room, TEST_BYTES_MAX);
    test_rules_put(&x->chain, &out);
    yq_put(&out, YQ_SLICE_OF(hash.b));
    yq_put_u8(&out, 1);
    yq_put(&out, yq_writer_slice(&a));
    return test_client_init(x->client, yq_writer_slice(&out));
}

Test(anchor, weights_are_positive_and_can_be_added)
{
    FOR_BOTH(x)
    {
        yq_client_view view;
        cr_assert_eq(with_weight(x, 0, 1), YQ_E_RANGE);
        cr_assert_eq(with_weight(x, 1, INT64_MAX), YQ_E_OVERFLOW);
        cr_assert_eq(with_weight(x, UINT64_MAX, 1), YQ_E_OVERFLOW);
        cr_assert_eq(with_weight(x, 1, INT64_MAX - 2), YQ_E_OVERFLOW);
        cr_assert_eq(with_weight(x, 1, INT64_MAX - 3), YQ_OK);
        cr_assert_eq(test_client_describe(x->client, &view), YQ_OK);
        cr_assert_eq(view.quorum, UINT16_MAX, "the view has no room for more");
    }
}

/* A client of block 10 with one of its roots zero, and of block 11. */
static void begin_with_root(world *x, size_t at)
{
    static uint8_t with[2048], without[2048];
    test_plain_block(&x->chain, x->b[5], x->b[0]);
    x->b[0]->number = 10;
    yq_writer a = yq_writer_of(with, sizeof with), h = yq_writer_of(without, sizeof without);
    test_header_put(&x->chain, x->b[0], 1, &a);
    test_header_put(&x->chain, x->b[0], 0, &h);
    memset(with + at, 0, 32);
    memset(without + at, 0, 32);
    x->b[0]->hash = test_hash(&x->chain, yq_writer_slice(&h));
    yq_writer out = yq_writer_of(x->room, TEST_BYTES_MAX);
    test_rules_put(&x->chain, &out);
    yq_put(&out, YQ_SLICE_OF(x->b[0]->hash.b));
    yq_put_u8(&out, 1);
    yq_put(&out, yq_writer_slice(&a));
    cr_assert_eq(test_client_init(x->client, yq_writer_slice(&out)), YQ_OK);
    advance(x, 1);
}

Test(anchor, nothing_is_proven_under_a_zero_root)
{
    FOR_BOTH(x)
    {
        for (size_t at = 44; at <= 76; at += 32) {
            yq_verified_event e;
            begin_with_root(x, at);
            cr_assert_eq(event(x, 0, 0, 0, &e), YQ_E_ZERO_ROOT, "%zu", at);
        }
    }
}

/* ---- genesis ---- */

static yq_status genesis(world *x, const char *text, size_t n)
{
    yq_digest hash;
    return test_client_init(
        x->client, test_genesis(&x->chain, yq_slice_of(text, n), x->room, &hash));
}

/* The text with one word of it exchanged. */
static yq_status genesis_with(world *x, const char *word, const char *other)
{
    char text[4096];
    size_t n = test_genesis_text(&x->chain, "", text, sizeof text);
    char *at = strstr(text, word);
    cr_assert_not_null(at, "%s", word);
    cr_assert_eq(strlen(word), strlen(other));
    memcpy(at, other, strlen(other));
    return genesis(x, text, n);
}

Test(anchor, a_genesis_names_its_sealers)
{
    FOR_BOTH(x)
    {
        char text[4096];
        yq_client_view view;
        x->chain.weight[1] = 9;
        size_t n = test_genesis_text(&x->chain, "", text, sizeof text);
        cr_assert_eq(genesis(x, text, n), YQ_OK, "%s", x->client->why.text);
        cr_assert_eq(test_client_describe(x->client, &view), YQ_OK);
        cr_assert_eq(view.height, 0);
        cr_assert_eq(view.validators, 4);
        cr_assert_eq(view.quorum, 12 - 11 / 3);
        yq_slice a = test_genesis(&x->chain, yq_slice_of(text, n), x->room, &x->b[0]->hash);
        x->b[0]->number = 0;
        test_plain_block(&x->chain, x->b[0], x->b[1]);
        cr_assert_eq(test_client_init(x->client, a), YQ_OK);
        cr_assert_eq(update(x, 1, 2, 0), YQ_OK, "the first block: a sealer of weight 9");
        cr_assert_eq(genesis(x, text, n - 1), YQ_OK, "the last line may have no end");
    }
}

Test(anchor, a_genesis_is_of_this_chain)
{
    FOR_BOTH(x)
    {
        const char *own = x->chain.suite == TEST_SM ? "sm_crypto:1" : "sm_crypto:0";
        const char *other = x->chain.suite == TEST_SM ? "sm_crypto:0" : "sm_crypto:1";
        cr_assert_eq(genesis_with(x, own, own), YQ_OK);
        cr_assert_eq(genesis_with(x, own, other), YQ_E_ANCHOR);
        cr_assert_eq(genesis_with(x, "chain0", "chain1"), YQ_E_ANCHOR);
        cr_assert_eq(genesis_with(x, "group0", "group1"), YQ_E_ANCHOR);
        cr_assert_eq(genesis_with(x, "pbft", "rpbf"), YQ_E_ANCHOR);
        cr_assert_eq(genesis_with(x, "iswasm: 0", "iswasm: 1"), YQ_E_ANCHOR);
        cr_assert_eq(genesis_with(x, "iswasm", "iswaxm"), YQ_E_ANCHOR, "not said");
        cr_assert_eq(genesis_with(x, "leader_period", "sm_crypto:1xx"), YQ_E_ANCHOR, "twice");
        cr_assert_eq(genesis_with(x, "node.0", "node.4"), YQ_E_ANCHOR, "numbers");
        cr_assert_eq(genesis_with(x, "node.3", "node.2"), YQ_E_ANCHOR, "numbers");
        cr_assert_eq(genesis_with(x, ",1\n", ";1\n"), YQ_E_ANCHOR);
        cr_assert_eq(genesis_with(x, ",1\n", ",x\n"), YQ_E_ANCHOR);
        cr_assert_eq(genesis_with(x, ",1\n", ",0\n"), YQ_E_RANGE, "weight");
        cr_assert_eq(genesis_with(x, "node.3:", "node.3x"), YQ_E_ANCHOR);
    }
}

Test(anchor, the_lines_of_a_genesis_with_too_much)
{
    FOR_BOTH(x)
    {
        char text[4096], line[256], id[129];
        size_t n = test_genesis_text(&x->chain, "node.4:", text, sizeof text);
        cr_assert_eq(genesis(x, text, n), YQ_E_ANCHOR, "no id");
        (void)yq_hex_encode(id, sizeof id, yq_key_public(x->chain.key[0]).p, 64);
        (void)snprintf(line, sizeof line, "node.4:%s,1\n", id);
        n = test_genesis_text(&x->chain, line, text, sizeof text);
        cr_assert_eq(genesis(x, text, n), YQ_E_ANCHOR, "twice the same");
        (void)snprintf(line, sizeof line, "node.4:%s,2\n", id);
        n = test_genesis_text(&x->chain, line, text, sizeof text);
        cr_assert_eq(genesis(x, text, n), YQ_E_ANCHOR, "with another weight");
        n = test_genesis_text(&x->chain, "chainID: chain0\n", text, sizeof text);
        cr_assert_eq(genesis(x, text, n), YQ_E_ANCHOR, "what was said already");
        (void)yq_hex_encode(id, sizeof id, yq_key_public(x->chain.key[5]).p, 64);
        (void)snprintf(line, sizeof line, "node.4:%s,1\n", id);
        n = test_genesis_text(&x->chain, line, text, sizeof text);
        cr_assert_eq(genesis(x, text, n), YQ_OK);
        (void)snprintf(line, sizeof line, "node.4:%s,1234567890123456789\n", id);
        n = test_genesis_text(&x->chain, line, text, sizeof text);
        cr_assert_eq(genesis(x, text, n), YQ_E_ANCHOR, "a weight of 19 digits");
        (void)snprintf(line, sizeof line, "node.4:%s,123456789012345678\n", id);
        n = test_genesis_text(&x->chain, line, text, sizeof text);
        cr_assert_eq(genesis(x, text, n), YQ_OK, "a weight of 18 digits");
        (void)snprintf(line, sizeof line, "node.4:%s,/\n", id);
        n = test_genesis_text(&x->chain, line, text, sizeof text);
        cr_assert_eq(genesis(x, text, n), YQ_E_ANCHOR, "beside the digits");
        (void)snprintf(line, sizeof line, "node.4:%s,:\n", id);
        n = test_genesis_text(&x->chain, line, text, sizeof text);
        cr_assert_eq(genesis(x, text, n), YQ_E_ANCHOR, "beside the digits");
        (void)snprintf(line, sizeof line, "node.4: %s,1\nnode\n", id);
        n = test_genesis_text(&x->chain, line, text, sizeof text);
        cr_assert_eq(genesis(x, text, n), YQ_OK, "with a space, and a line that is none of these");
        (void)snprintf(line, sizeof line, "node.4:  %s,1\n", id);
        n = test_genesis_text(&x->chain, line, text, sizeof text);
        cr_assert_eq(genesis(x, text, n), YQ_E_ANCHOR, "with two");
        (void)snprintf(line, sizeof line, "node.4:%s,\n", id);
        n = test_genesis_text(&x->chain, line, text, sizeof text);
        cr_assert_eq(genesis(x, text, n), YQ_E_ANCHOR, "no weight");
        memset(x->chain.weight, 0, sizeof x->chain.weight);
        n = test_genesis_text(&x->chain, "", text, sizeof text);
        cr_assert_eq(genesis(x, text, n), YQ_E_ANCHOR, "no sealers");
    }
}

Test(anchor, a_genesis_is_of_a_version_that_has_rules)
{
    static const struct {
        uint32_t version;
        yq_status expected;
    } row[] = {
        {YQ_FISCO3_VERSION_MIN - 1, YQ_E_VERSION},
        {YQ_FISCO3_VERSION_MIN, YQ_OK},
        {YQ_FISCO3_VERSION_MAX, YQ_OK},
        {YQ_FISCO3_VERSION_MAX + 1, YQ_E_VERSION},
    };
    static uint8_t bytes[8192];
    FOR_BOTH(x)
    {
        char text[4096];
        yq_digest hash;
        size_t n = test_genesis_text(&x->chain, "", text, sizeof text);
        yq_slice a = test_genesis(&x->chain, yq_slice_of(text, n), x->room, &hash);
        const size_t version = a.n - n - 4 - 16 - 4;
        for (size_t i = 0; i < YQ_ARRAY_N(row); i++) {
            yq_writer out = yq_writer_of(x->room + version, 4);
            yq_writer h = yq_writer_of(bytes, sizeof bytes);
            yq_put_u32(&out, row[i].version);
            yq_put_u32(&h, row[i].version);
            memset(bytes + h.n, 0, 24); /* number, timestamp, sealer */
            h.n += 24;
            yq_put_bytes(&h, text, n);
            hash = test_hash(&x->chain, yq_writer_slice(&h));
            memcpy(x->room + version - 1 - 32, hash.b, 32);
            cr_assert_eq(test_client_init(x->client, a), row[i].expected, "%zu", i);
        }
    }
}

Test(anchor, a_genesis_is_pinned_by_its_hash)
{
    FOR_BOTH(x)
    {
        char text[4096];
        yq_digest hash;
        size_t n = test_genesis_text(&x->chain, "", text, sizeof text);
        yq_slice a = test_genesis(&x->chain, yq_slice_of(text, n), x->room, &hash);
        size_t kind = a.n - n - 4 - 16 - 4 - 1;
        cr_assert_eq(x->room[kind], 2);
        x->room[kind] = 3;
        cr_assert_eq(test_client_init(x->client, a), YQ_E_FIELD_UNKNOWN);
        x->room[kind] = 2;
        x->room[kind + 2] = 0;
        cr_assert_eq(test_client_init(x->client, a), YQ_E_VERSION);
        x->room[kind + 2] = 3;
        x->room[kind + 12] ^= 1;
        cr_assert_eq(test_client_init(x->client, a), YQ_E_HASH);
        for (uint32_t over = 0; over < 2; over++) {
            yq_writer out = yq_writer_of(x->room + kind + 1 + 4 + 16, 4);
            yq_put_u32(&out, YQ_FISCO3_EXTRA_MAX + over);
            cr_assert_eq(
                test_client_init(x->client, a), over ? YQ_E_LIMIT : YQ_E_TRUNCATED, "text");
        }
    }
}
