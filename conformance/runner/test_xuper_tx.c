#include "conformance/runner/xuper.h"
#include "relay/base/bytes.h"

#include <criterion/criterion.h>
#include <stdio.h>

/* What a transaction's id is the hash of, and messages that are made of what the command line
 * prints. */

Test(xuper_tx, messages_have_an_id_a_known_version_and_few_arguments)
{
    static uint8_t bytes[8192], room[65536];
    static const uint8_t id[YQ_DIGEST_SIZE] = {1};
    yq_writer m = yq_writer_of(bytes, sizeof bytes), w = yq_writer_of(room, sizeof room);
    yq_fault why;
    xuper_message message;
    cr_expect_eq(xuper_message_read((yq_slice){0}, &message, &why), YQ_E_LEN);
    yq_pb_put_bytes(&m, 1, YQ_SLICE_OF(id));
    cr_expect_eq(xuper_message_read(yq_slice_of(bytes, m.n - 1), &message, &why), YQ_E_TRUNCATED);
    for (size_t more = 0; more < 2; more++) {
        m.n = YQ_DIGEST_SIZE + 2;
        size_t mark = yq_pb_begin(&m);
        for (size_t i = 0; i < XUPER_ARGS_MAX + more; i++) {
            yq_pb_put_bytes(&m, 4, (yq_slice){0});
        }
        yq_pb_end(&m, mark, 25);
        cr_assert_eq(xuper_message_read(yq_writer_slice(&m), &message, &why), YQ_OK);
        for (uint64_t version = 0; version <= XUPER_VERSIONS; version++) {
            w = yq_writer_of(room, sizeof room);
            cr_expect_eq(
                xuper_preimage(&message, version, 0, &w, &why), more == 0 ? YQ_OK : YQ_E_LIMIT);
        }
    }
    w = yq_writer_of(room, sizeof room);
    cr_expect_eq(xuper_preimage(&message, XUPER_VERSIONS + 1, 0, &w, &why), YQ_E_VERSION);
    w = yq_writer_of(room, 16);
    m.n = YQ_DIGEST_SIZE + 2;
    cr_assert_eq(xuper_message_read(yq_writer_slice(&m), &message, &why), YQ_OK);
    cr_expect_eq(xuper_preimage(&message, XUPER_VERSIONS, 0, &w, &why), YQ_E_LIMIT);
}

static const char full_corpus[] = YQ_SOURCE_DIR "/conformance/runner/corpus/xuper/all";

static void expect_preimage(uint64_t version, unsigned flags, const char *wanted)
{
    static uint8_t room[4096];
    yq_slice bytes;
    yq_fault why;
    xuper_message message;
    yq_writer w = yq_writer_of(room, sizeof room);
    cr_assert_eq(run_file_read(full_corpus, &bytes, &why), YQ_OK);
    cr_assert_eq(xuper_message_read(bytes, &message, &why), YQ_OK);
    cr_assert_eq(xuper_preimage(&message, version, flags, &w, &why), YQ_OK);
    cr_expect(
        yq_slice_equal(yq_writer_slice(&w), yq_slice_text(wanted)), "%.*s", (int)w.n, (char *)room);
    run_file_free(bytes);
}

#define LINES_A                                                                                    \
    "\"ERERERERERERERERERERERERERERERERERERERERERE=\"\n1\n\"YWxpY2U=\"\n\"Cg==\"\n3\n"             \
    "[{\"amount\":\"CQ==\",\"to_addr\":\"Ym9i\",\"frozen_height\":7},{}]\n\"ZGVzYw==\"\n"          \
    "\"nonce\"\n1700000000\n"
#define LINES_B                                                                                    \
    "\"bk\"\n\"aw==\"\n\"REREREREREREREREREREREREREREREREREREREREREQ=\"\n1\n"                      \
    "\"bk\"\n\"aw==\"\n\"dg==\"\n"                                                                 \
    "[{\"module_name\":\"wasm\",\"contract_name\":\"c\",\"method_name\":\"m\","                    \
    "\"args\":{\"a\":\"PCY+\",\"b\":\"Mg==\"},"                                                    \
    "\"resource_limits\":[{\"limit\":5},{\"type\":3,\"limit\":9}],\"amount\":\"12\"}]\n"           \
    "\"alice\"\n[\"alice\"]\n"
#define SIGNS                                                                                      \
    "[{\"PublicKey\":\"{\\\"X\\\":1}\",\"Sign\":\"MAE=\"}]\n"                                      \
    "[{\"PublicKey\":\"{\\\"X\\\":1}\",\"Sign\":\"MAE=\"}]\n"                                      \
    "{\"public_keys\":[\"cA==\"],\"signature\":\"cw==\"}\n"

Test(xuper_tx, lines_that_older_versions_hash)
{
    expect_preimage(1, XUPER_SIGNED, LINES_A "1\n" LINES_B SIGNS "false\nfalse\n");
    expect_preimage(1, 0, LINES_A "1\n" LINES_B "false\nfalse\n");
    expect_preimage(
        2,
        0,
        LINES_A "2\n" LINES_B
                "false\nfalse\n{\"hd_public_key\":\"aA==\",\"original_hash\":\"bw==\"}\n");
}

static void expect_lines(const char *json, const char *wanted)
{
    static uint8_t message[4096], room[4096];
    yq_fault why;
    yq_writer m = yq_writer_of(message, sizeof message), w = yq_writer_of(room, sizeof room);
    yq_json *document = yq_json_parse(yq_slice_text(json), 4096, &why);
    cr_assert_not_null(document, "%s", json);
    cr_assert(xuper_message_of_json(yq_json_root(document), &m), "%s", json);
    cr_assert(xuper_lines(yq_writer_slice(&m), 1, 0, &w));
    cr_expect(
        yq_slice_equal(yq_writer_slice(&w), yq_slice_text(wanted)), "%.*s", (int)w.n, (char *)room);
    yq_json_free(document);
}

Test(xuper_tx, texts_are_written_as_the_chain_writes_them)
{
    expect_lines(
        "{\"nonce\":\"a\\\"\\\\\\n\\r\\t\\u0001\\u001f<>&\\u2028\\u2029\\u2027\xc3\xa9\"}",
        "null\n\"a\\\"\\\\\\n\\r\\t\\u0001\\u001f\\u003c\\u003e\\u0026\\u2028\\u2029\xe2\x80\xa7"
        "\xc3\xa9\"\n0\n1\nnull\n\"\"\nnull\nfalse\nfalse\n");
    expect_lines(
        "{\"txInputs\":[{\"frozenHeight\":-1,\"amount\":\"65536\"}],\"timestamp\":-5,"
        "\"coinbase\":true,\"autogen\":true}",
        "0\n\"AQAA\"\n-1\nnull\n\"\"\n-5\n1\nnull\n\"\"\nnull\ntrue\ntrue\n");
    expect_lines(
        "{\"contractRequests\":[{},{\"resource_limits\":[{\"type\":\"CPU\"}],\"args\":{\"k\":\"\"}}"
        "],"
        "\"txInputsExt\":[{}],\"txOutputsExt\":[{}]}",
        "null\n\"\"\n0\n1\n\"\"\nnull\n0\n\"\"\nnull\nnull\n"
        "[{},{\"args\":{\"k\":\"\"},\"resource_limits\":[{}]}]\n\"\"\nnull\nfalse\nfalse\n");
}

static int is_message(const char *json)
{
    static uint8_t message[4096];
    yq_fault why;
    yq_writer m = yq_writer_of(message, sizeof message);
    yq_json *document = yq_json_parse(yq_slice_text(json), 4096, &why);
    cr_assert_not_null(document, "%s", json);
    int good = xuper_message_of_json(yq_json_root(document), &m);
    yq_json_free(document);
    return good;
}

Test(xuper_tx, what_cannot_be_rebuilt_is_no_message)
{
    cr_expect(is_message("{\"txInputs\":[{\"refTxid\":\"00\"}]}"));
    cr_expect_not(is_message("{\"txInputs\":[{\"refTxid\":\"0x0g\"}]}"));
    cr_expect_not(is_message("{\"txOutputs\":[{\"amount\":\"1a\"}]}"));
    cr_expect_not(is_message("{\"authRequire\":[1]}"));
    cr_expect_not(
        is_message("{\"contractRequests\":[{\"resource_limits\":[{\"type\":\"GAS\"}]}]}"));
    char json[400] = "{\"txOutputs\":[{\"amount\":\"";
    memset(json + strlen(json), '9', 200);
    (void)snprintf(json + 225, sizeof json - 225, "\"}]}");
    cr_expect_not(is_message(json), "above 64 bytes");
}

Test(xuper_tx, bytes_that_were_no_text_are_seen)
{
    static const struct {
        const char *json;
        int lost;
    } row[] = {
        {"{\"desc\":\"a\"}", 0},
        {"{\"desc\":\"\\ufffd\"}", 1},
        {"{\"txInputsExt\":[{\"key\":\"\\ufffd\"}]}", 1},
        {"{\"txOutputsExt\":[{\"key\":\"\\ufffd\"}]}", 1},
        {"{\"txOutputsExt\":[{\"value\":\"\\ufffd\"}]}", 1},
        {"{\"contractRequests\":[{\"args\":{\"a\":\"x\",\"b\":\"\\ufffd\"}}]}", 1},
        {"{\"nonce\":\"\\ufffd\"}", 0},
    };
    for (size_t i = 0; i < YQ_ARRAY_N(row); i++) {
        yq_fault why;
        yq_json *document = yq_json_parse(yq_slice_text(row[i].json), 4096, &why);
        cr_assert_not_null(document);
        cr_expect_eq(xuper_lost_bytes(yq_json_root(document)), row[i].lost, "%s", row[i].json);
        yq_json_free(document);
    }
}
