#include "adapters/cometbft/evidence.h"
#include "light-clients/cometbft/test_chain.h"

#include <criterion/criterion.h>

static test_chain *chain;
static test_header h[4];
static const test_votes some = {"cacn", 2};

static void setup(void)
{
    const test_set set = test_set_of(0, 4, 10);
    chain = test_chain_new();
    for (size_t i = 1; i <= 3; i++) {
        h[i] = test_header_next(chain, i == 1 ? NULL : &h[i - 1], &set);
    }
}

static void teardown(void)
{
    test_chain_free(chain);
}

TestSuite(evidence, .init = setup, .fini = teardown);

static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

static void base64(char *out, const uint8_t *p, size_t n)
{
    for (size_t i = 0; i < n; i += 3) {
        uint32_t v = (uint32_t)p[i] << 16 | (i + 1 < n ? (uint32_t)p[i + 1] << 8 : 0) |
                     (i + 2 < n ? p[i + 2] : 0);
        *out++ = digits[v >> 18];
        *out++ = digits[v >> 12 & 63];
        *out++ = i + 1 < n ? digits[v >> 6 & 63] : '=';
        *out++ = i + 2 < n ? digits[v & 63] : '=';
    }
    *out = '\0';
}

static void out_base64(yq_json_out *out, const char *key, const uint8_t *p, size_t n)
{
    char text[256];
    base64(text, p, n);
    yq_json_out_str(out, key, text);
}

static void out_number(yq_json_out *out, const char *key, uint64_t v)
{
    char text[24];
    (void)yq_decimal_encode(text, v);
    yq_json_out_str(out, key, text);
}

/* 2025-10-09T08:53:20 is TEST_TIME; blocks take five seconds. */
static void out_time(yq_json_out *out, const char *key, uint64_t seconds, unsigned nanos)
{
    char text[48];
    uint64_t s = seconds - TEST_TIME + 20;
    cr_assert_lt(s, 60);
    (void)snprintf(text, sizeof text, "2025-10-09T08:53:%02uZ", (unsigned)s);
    if (nanos != 0) {
        (void)snprintf(text, sizeof text, "2025-10-09T08:53:%02u.%09uZ", (unsigned)s, nanos);
    }
    yq_json_out_str(out, key, text);
}

static void out_block_id(
    yq_json_out *out, const char *key, const yq_digest *hash, const char *parts)
{
    yq_digest reversed;
    yq_json_out_object(out, key);
    for (size_t i = 0; i < 32; i++) {
        reversed.b[i] = hash->b[31 - i];
    }
    yq_json_out_hex(out, "hash", YQ_SLICE_OF(hash->b));
    yq_json_out_object(out, parts);
    yq_json_out_uint(out, "total", 1);
    yq_json_out_hex(out, "hash", YQ_SLICE_OF(reversed.b));
    yq_json_out_end(out);
    yq_json_out_end(out);
}

static void out_header(yq_json_out *out, const test_header *x)
{
    const yq_digest other = test_digest("other");
    const yq_digest set = test_set_hash(chain, &x->set), next = test_set_hash(chain, &x->next);
    yq_json_out_object(out, "header");
    yq_json_out_object(out, "version");
    yq_json_out_str(out, "block", "11");
    yq_json_out_end(out);
    yq_json_out_str(out, "chain_id", x->chain_id);
    out_number(out, "height", x->height);
    out_time(out, "time", x->seconds, 5000);
    out_block_id(out, "last_block_id", &x->last, "parts");
    yq_json_out_hex(out, "last_commit_hash", YQ_SLICE_OF(other.b));
    yq_json_out_hex(out, "data_hash", YQ_SLICE_OF(other.b));
    yq_json_out_hex(out, "validators_hash", YQ_SLICE_OF(set.b));
    yq_json_out_hex(out, "next_validators_hash", YQ_SLICE_OF(next.b));
    yq_json_out_hex(out, "consensus_hash", YQ_SLICE_OF(other.b));
    yq_json_out_hex(out, "app_hash", YQ_SLICE_OF(x->app_root.b));
    yq_json_out_hex(out, "last_results_hash", YQ_SLICE_OF(other.b));
    yq_json_out_hex(out, "evidence_hash", YQ_SLICE_OF(other.b));
    yq_json_out_hex(out, "proposer_address", yq_slice_of(chain->key[x->set.who[0]].address, 20));
    yq_json_out_end(out);
}

/* The votes as the evidence has them, read back from it. */
static void out_commit(yq_json_out *out, const test_header *x)
{
    static uint8_t room[TEST_BYTES_MAX];
    yq_cur c = yq_cur_of(test_commit(chain, x, some, room, sizeof room));
    yq_pb_field f;
    yq_json_out_object(out, "commit");
    out_number(out, "height", x->height);
    yq_json_out_uint(out, "round", some.round);
    out_block_id(out, "block_id", &x->hash, "part_set_header");
    yq_json_out_array(out, "signatures");
    for (size_t i = 0; yq_pb_next(&c, &f);) {
        yq_cur v = yq_cur_of(f.bytes);
        yq_pb_field part;
        if (f.number != 4) {
            continue;
        }
        yq_json_out_object(out, NULL);
        while (yq_pb_next(&v, &part)) {
            if (part.number == 1) {
                yq_json_out_uint(out, "block_id_flag", part.value);
            } else if (part.number == 2) {
                yq_json_out_hex(out, "validator_address", part.bytes);
            } else if (part.number == 4) {
                out_base64(out, "signature", part.bytes.p, part.bytes.n);
            }
        }
        if (some.text[i] == 'a') {
            yq_json_out_str(out, "timestamp", "0001-01-01T00:00:00Z");
            yq_json_out_null(out, "signature");
        } else {
            out_time(out, "timestamp", x->seconds + 1, (unsigned)(7 + i));
        }
        yq_json_out_end(out);
        i++;
    }
    yq_json_out_end(out);
    yq_json_out_end(out);
}

/* Members from the last to the first: the reader sorts them. */
static void out_set(yq_json_out *out, const test_set *set)
{
    yq_json_out_array(out, "validators");
    for (size_t i = set->n; i > 0; i--) {
        const test_key *k = &chain->key[set->who[i - 1]];
        yq_json_out_object(out, NULL);
        yq_json_out_hex(out, "address", yq_slice_of(k->address, 20));
        yq_json_out_object(out, "pub_key");
        yq_json_out_str(
            out, "type", k->secp256k1 ? "tendermint/PubKeySecp256k1" : "tendermint/PubKeyEd25519");
        out_base64(out, "value", k->raw, k->raw_n);
        yq_json_out_end(out);
        out_number(out, "voting_power", set->power[i - 1]);
        yq_json_out_end(out);
    }
    yq_json_out_end(out);
}

static yq_json *reply_of(const test_header *x)
{
    yq_json_out *out = yq_json_out_new(1u << 20);
    size_t size;
    yq_fault why;
    yq_json_out_object(out, NULL);
    out_header(out, x);
    out_commit(out, x);
    out_set(out, &x->set);
    yq_json_out_end(out);
    const char *text = yq_json_out_done(out, &size);
    cr_assert_not_null(text);
    yq_json *document = yq_json_parse(yq_slice_of(text, size), 1u << 20, &why);
    cr_assert_not_null(document, "%s", why.text);
    yq_json_out_free(out);
    return document;
}

Test(evidence, a_nodes_replies_give_the_evidence)
{
    static uint8_t room[TEST_BYTES_MAX], expected_room[TEST_BYTES_MAX];
    yq_json *document = reply_of(&h[3]);
    const yq_json *root = yq_json_root(document);
    const yq_json *set = yq_json_get(root, "validators");
    for (unsigned k = 0; k < 2; k++) {
        yq_writer w = yq_writer_of(room, sizeof room);
        yq_writer expected = yq_writer_of(expected_room, sizeof expected_room);
        yq_fault why;
        cr_assert_eq(
            yq_comet_step_of_json(1, root, set, k == 0 ? NULL : set, 1, &w, &why),
            YQ_OK,
            "%s",
            why.text);
        test_step_put(&expected, chain, 1, &h[3], some, k == 0 ? NULL : &h[3].set);
        cr_expect(yq_slice_equal(yq_writer_slice(&w), yq_writer_slice(&expected)));
        /* Too small a room anywhere is a failure, never half an evidence. */
        for (size_t cap = 0; cap < expected.n; cap += 7) {
            yq_writer small = yq_writer_of(room, cap);
            cr_expect_neq(
                yq_comet_step_of_json(1, root, set, k == 0 ? NULL : set, 1, &small, &why), YQ_OK);
        }
    }
    /* Unsorted, the set is not the chain's. */
    yq_writer w = yq_writer_of(room, sizeof room);
    yq_fault why;
    cr_assert_eq(yq_comet_set_of_json(set, 0, &w, &why), YQ_OK);
    yq_writer expected = yq_writer_of(expected_room, sizeof expected_room);
    test_set_put(&expected, chain, &h[3].set);
    cr_expect(
        w.n == expected.n && !yq_slice_equal(yq_writer_slice(&w), yq_writer_slice(&expected)));
    yq_json_free(document);
}

/* ibc.lightclients.tendermint.v1.Header of the same block. */
static void put_ibc_set(yq_writer *w, const test_set *set, uint32_t number)
{
    size_t mark = yq_pb_begin(w);
    for (size_t i = 0; i < set->n; i++) {
        uint8_t room[64];
        yq_writer m = yq_writer_of(room, sizeof room);
        test_member_put(&m, chain, set->who[i], set->power[i]);
        yq_cur c = yq_cur_of(yq_writer_slice(&m));
        int found;
        size_t one = yq_pb_begin(w);
        yq_pb_put_bytes(w, 1, yq_slice_of(chain->key[set->who[i]].address, 20));
        yq_pb_put_bytes(w, 2, yq_pb_find(&c, 1, &found));
        yq_pb_put_varint(w, 3, set->power[i]);
        yq_pb_put_varint(w, 4, 77); /* the proposer's priority, which nothing vouches for */
        yq_pb_end(w, one, 1);
    }
    yq_pb_put_varint(w, 3, 50);
    yq_pb_end(w, mark, number);
}

Test(evidence, an_ibc_header_gives_the_same_evidence)
{
    static uint8_t room[TEST_BYTES_MAX], out_room[TEST_BYTES_MAX], commit[TEST_BYTES_MAX];
    const test_set other = test_set_of(1, 4, 10);
    for (unsigned k = 0; k < 3; k++) {
        const test_header *x = k == 0 ? &h[2] : &h[3];
        const test_set *trusted = k == 2 ? &other : &x->set;
        yq_writer w = yq_writer_of(room, sizeof room);
        size_t mark = yq_pb_begin(&w);
        yq_pb_put_bytes(&w, 1, yq_slice_of(x->raw, x->raw_n));
        yq_pb_put_bytes(&w, 2, test_commit(chain, x, some, commit, sizeof commit));
        yq_pb_end(&w, mark, 1);
        put_ibc_set(&w, &x->set, 2);
        mark = yq_pb_begin(&w);
        yq_pb_put_varint(&w, 1, 2);
        yq_pb_put_varint(&w, 2, 1);
        yq_pb_end(&w, mark, 3);
        put_ibc_set(&w, trusted, 4);
        yq_writer out = yq_writer_of(out_room, sizeof out_room);
        yq_fault why;
        cr_assert_eq(yq_comet_step_of_ibc(yq_writer_slice(&w), &out, &why), YQ_OK);
        yq_writer expected = yq_writer_of(commit, sizeof commit);
        test_step_put(&expected, chain, 1, x, some, k == 2 ? trusted : NULL);
        cr_expect(yq_slice_equal(yq_writer_slice(&out), yq_writer_slice(&expected)), "case %u", k);
    }
}

Test(evidence, times)
{
    static const struct {
        const char *text;
        int64_t seconds;
        uint32_t nanos;
        int good;
    } row[] = {
        {"1970-01-01T00:00:00Z", 0, 0, 1},
        {"0001-01-01T00:00:00Z", INT64_C(-62135596800), 0, 1},
        {"9999-12-31T23:59:59.999999999Z", INT64_C(253402300799), 999999999, 1},
        {"2024-02-29T12:00:00.5Z", 1709208000, 500000000, 1},
        {"2000-03-01T00:00:00.000000001Z", 951868800, 1, 1},
        {"2020-11-18T12:40:34.160570323Z", 1605703234, 160570323, 1},
        {"2020-11-18T12:40:34", 0, 0, 0},
        {"2020-11-18T12:40:34+08:00", 0, 0, 0},
        {"2020-11-18T12:40:34.Z", 0, 0, 0},
        {"2020-11-18T12:40:34.1605703234Z", 0, 0, 0},
        {"2020-13-18T12:40:34Z", 0, 0, 0},
        {"2020-11-18T24:40:34Z", 0, 0, 0},
        {"0000-11-18T12:40:34Z", 0, 0, 0},
        {"2020-11-18T12:40:34Zx", 0, 0, 0},
        {"", 0, 0, 0},
    };
    for (size_t i = 0; i < YQ_ARRAY_N(row); i++) {
        int64_t seconds = 0;
        uint32_t nanos = 0;
        int good = yq_comet_time_of_text(yq_slice_text(row[i].text), &seconds, &nanos);
        cr_expect_eq(good, row[i].good, "%s", row[i].text);
        cr_expect(!good || (seconds == row[i].seconds && nanos == row[i].nanos), "%s", row[i].text);
    }
}
