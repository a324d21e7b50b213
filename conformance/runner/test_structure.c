#include "conformance/runner/structure.h"
#include "relay/base/bytes.h"
#include "relay/codec/protobuf.h"

#include <criterion/criterion.h>

static const char layouts[] =
    "{\"pair\": [\"u8 index\", \"2 mark\"],"
    " \"all\": [\"u8 version\", {\"u32\": \"which\", \"claim\": \"it chooses\"},"
    "  \"blob8 first\", {\"blob16\": \"second\", \"claim\": \"a remark\"},"
    "  {\"list8\": \"pairs\", \"unordered\": \"each says whose it is\", \"of\": [\"@pair\"]},"
    "  {\"list8\": \"siblings\", \"less\": 1, \"of\": [\"3 hash\"]},"
    "  {\"tag8\": \"kind\", \"1\": [\"u16 a\"], \"2\": [\"blob8 b\"]},"
    "  {\"blob32\": \"inner\", \"of\": [\"u8 x\", \"blob8 y\"]},"
    "  \"blob32:pb message\", \"blob32:rlp list\", \"blob32:der sequence\","
    "  {\"blob16\": \"votes\", \"as\": \"pb\", \"unordered\": \"votes\"}],"
    " \"sealed\": [{\"blob8\": \"header\", \"as\": \"rlp\", \"behind\": 2, \"at\": [0, 1, 1],"
    "  \"unordered\": \"seals\"}],"
    " \"nowhere\": [{\"blob8\": \"header\", \"as\": \"rlp\", \"at\": [0, 2], \"unordered\": "
    "\"seals\"}],"
    " \"batch\": [{\"list8\": \"headers\", \"prefix\": \"a beginning\", \"of\": [\"u8 header\"]}],"
    " \"short\": [\"u8 version\"], \"bad\": [\"u24 x\"]}";

static uint8_t input[512];
static yq_json *document;
static run_structure *structure;

static yq_slice sample(void)
{
    static const uint8_t list[] = {0xc7, 0x05, 0x82, 'h', 'i', 0xc2, 0x80, 0x07};
    static const uint8_t der[] = {0x30, 0x08, 0x02, 0x01, 0x05, 0x04, 0x03, 'a', 'b', 'c'};
    uint8_t room[128];
    yq_writer w = yq_writer_of(input, sizeof input), m = yq_writer_of(room, sizeof room);
    yq_put_u8(&w, 1);
    yq_put_u32(&w, 7);
    yq_put_str8(&w, yq_slice_text("city"));
    yq_put_blob16(&w, yq_slice_text("country"));
    yq_put_u8(&w, 2);
    yq_put_bytes(&w, "\0ab\1cd", 6);
    yq_put_u8(&w, 3);
    yq_put_bytes(&w, "onetwo", 6);
    yq_put_u8(&w, 2);
    yq_put_str8(&w, yq_slice_text("chosen"));
    yq_put_u32(&w, 4);
    yq_put_bytes(&w, "\5\2hi", 4);
    size_t mark = yq_pb_begin(&m);
    yq_pb_put_varint(&m, 1, 300);
    yq_pb_put_bytes(&m, 2, yq_slice_text("\xff\xff"));
    yq_pb_end(&m, mark, 3);
    yq_pb_put_varint(&m, 4, 1);
    yq_put_blob32(&w, yq_writer_slice(&m));
    yq_put_blob32(&w, YQ_SLICE_OF(list));
    yq_put_blob32(&w, YQ_SLICE_OF(der));
    m.n = 0;
    yq_pb_put_bytes(&m, 1, yq_slice_text("\xffz"));
    yq_pb_put_bytes(&m, 1, yq_slice_text("\xffy"));
    yq_put_blob16(&w, yq_writer_slice(&m));
    return yq_writer_slice(&w);
}

static void setup(void)
{
    yq_fault why;
    document = yq_json_parse(yq_slice_text(layouts), sizeof layouts, &why);
    cr_assert_not_null(document);
    structure = run_structure_new();
}

static void teardown(void)
{
    yq_json_free(document);
    run_structure_free(structure);
}

TestSuite(structure, .init = setup, .fini = teardown);

static yq_status begin(const char *name, yq_slice in)
{
    yq_fault why;
    return run_structure_begin(structure, yq_json_root(document), yq_slice_text(name), in, &why);
}

static unsigned count(const char *where, const char *how)
{
    unsigned n = 0;
    run_change change;
    cr_assert_eq(begin("all", sample()), YQ_OK);
    while (run_structure_next(structure, &change)) {
        n += yq_slice_equal(change.where, yq_slice_text(where)) &&
             (how == NULL || strcmp(change.how, how) == 0);
    }
    return n;
}

Test(structure, an_input_is_put_together_as_it_was)
{
    cr_expect_eq(begin("all", sample()), YQ_OK);
    cr_expect_eq(begin("nothing", sample()), YQ_E_NOT_FOUND);
    cr_expect_eq(begin("bad", sample()), YQ_E_CONFIG_INVALID);
    cr_expect_eq(begin("short", sample()), YQ_E_TYPE, "bytes are left");
    yq_slice cut = sample();
    cut.n--;
    cr_expect_eq(begin("all", cut), YQ_E_TYPE);
}

Test(structure, each_place_is_changed)
{
    cr_expect_eq(count("version", NULL), 4);
    cr_expect_eq(count("which", NULL), 4);
    cr_expect_eq(count("first", "emptied"), 1);
    cr_expect_eq(count("first", "border moved right"), 1);
    cr_expect_eq(count("first", "border moved left"), 1);
    cr_expect_eq(count("pairs", "left out"), 2);
    cr_expect_eq(count("pairs", "doubled"), 2);
    cr_expect_eq(count("pairs", "exchanged with the next"), 1);
    cr_expect_eq(count("pairs", "emptied"), 3, "the list, and each item");
    cr_expect_eq(count("siblings", "left out"), 2);
    cr_expect_eq(count("kind", "one less"), 1);
    cr_expect_eq(count("inner", "emptied"), 1);
    cr_expect_eq(count("message", "left out"), 4);
    cr_expect_eq(count("list", "left out"), 6);
    cr_expect_eq(count("sequence", "left out"), 3);
}

/* Lengths and counts fit again: what was left out is gone from the count before it. */
Test(structure, lengths_and_counts_follow)
{
    run_change change;
    unsigned seen = 0;
    cr_assert_eq(begin("all", sample()), YQ_OK);
    while (run_structure_next(structure, &change)) {
        if (yq_slice_equal(change.where, yq_slice_text("pairs")) &&
            strcmp(change.how, "left out") == 0) {
            const size_t at = 1 + 4 + 5 + 9;
            cr_expect_eq(change.bytes.p[at], 1);
            cr_expect_eq(change.bytes.p[at + 1], seen == 0, "the other pair stays");
            seen++;
        }
        if (yq_slice_equal(change.where, yq_slice_text("first")) &&
            strcmp(change.how, "border moved right") == 0) {
            cr_expect_eq(memcmp(change.bytes.p + 5, "\5cityc\0\6ountry", 14), 0);
        }
    }
    cr_expect_eq(seen, 2);
}

Test(structure, what_may_be_accepted_says_why)
{
    run_change change;
    cr_assert_eq(begin("all", sample()), YQ_OK);
    while (run_structure_next(structure, &change)) {
        const char *excuse = "";
        if (yq_slice_equal(change.where, yq_slice_text("which"))) {
            excuse = "it chooses";
        } else if (yq_slice_equal(change.where, yq_slice_text("second"))) {
            excuse = "a remark";
        } else if (strcmp(change.how, "exchanged with the next") == 0) {
            excuse = yq_slice_equal(change.where, yq_slice_text("pairs")) ? "each says whose it is"
                     : yq_slice_equal(change.where, yq_slice_text("votes")) ? "votes"
                                                                            : "";
        }
        cr_expect(
            yq_slice_equal(change.excuse, yq_slice_text(excuse)),
            "%.*s %s",
            (int)change.where.n,
            (const char *)change.where.p,
            change.how);
    }
}

/* A list of seals behind the vanity of a header's extra data: its order alone says nothing. */
Test(structure, what_is_deep_in_a_foreign_encoding)
{
    static const uint8_t in[] = {10, 0xc9, 0x05, 0x87, 'v', 'a', 0xc4, 0x82, 'a', 'b', 'c'};
    static const uint8_t exchanged[] = {10, 0xc9, 0x05, 0x87, 'v', 'a', 0xc4, 'c', 0x82, 'a', 'b'};
    run_change change;
    unsigned excused = 0, left_out = 0;
    cr_assert_eq(begin("nowhere", YQ_SLICE_OF(in)), YQ_E_TYPE, "there is no third item");
    cr_assert_eq(begin("sealed", YQ_SLICE_OF(in)), YQ_OK);
    while (run_structure_next(structure, &change)) {
        if (change.excuse.n > 0) {
            cr_expect(yq_slice_equal(change.excuse, yq_slice_text("seals")));
            cr_expect(yq_slice_equal(change.bytes, YQ_SLICE_OF(exchanged)));
            excused++;
        }
        left_out += strcmp(change.how, "left out") == 0;
    }
    cr_expect_eq(excused, 1);
    cr_expect_eq(left_out, 6, "list, number, string, inner list, two seals");
}

Test(structure, a_beginning_of_a_batch_may_be_good)
{
    static const uint8_t in[] = {3, 'a', 'b', 'c'};
    run_change change;
    cr_assert_eq(begin("batch", YQ_SLICE_OF(in)), YQ_OK);
    while (run_structure_next(structure, &change)) {
        const int last = change.bytes.n == 3 && memcmp(change.bytes.p, "\2ab", 3) == 0;
        cr_expect_eq(change.excuse.n > 0, last, "%s", change.how);
    }
}
