/* What an attester's reply is worth. */
#include "adapters/attested/session.h"
#include "relay/crypto/crypto.h"

#include <criterion/criterion.h>
#include <stdarg.h>
#include <stdio.h>

#define ZERO "0000000000000000000000000000000000000000000000000000000000000000"

static char chain[] = "platform";
static const uint8_t block[] = {1, 2, 3}, event[] = {4, 5};
static yq_atd_reader reader;
static yq_atd_attester attester;
static yq_key *key;
static char block_sig[129], event_sig[129];
static yq_atd_answer out;

static void sign(yq_slice body, char *hex)
{
    uint8_t sig[64];
    const yq_digest m = yq_atd_signed(chain, 1, body);
    yq_key_sign(key, YQ_SLICE_OF(m.b), sig);
    (void)yq_hex_encode(hex, 129, sig, sizeof sig);
}

static void set_up(void)
{
    key = yq_key_derive(YQ_SIG_SM2_MESSAGE, yq_slice_text("answer"), "a");
    reader = (yq_atd_reader){.chain = chain, .mapping = {.epoch = 1}};
    attester = (yq_atd_attester){.name = "a", .suite = 1, .key_n = 64};
    memcpy(attester.key, yq_key_public(key).p, 64);
    sign(YQ_SLICE_OF(block), block_sig);
    sign(YQ_SLICE_OF(event), event_sig);
}

static void tear_down(void)
{
    yq_key_free(key);
}

TestSuite(answer, .init = set_up, .fini = tear_down);

__attribute__((format(printf, 2, 3))) static yq_atd_verdict judge(
    int has_event, const char *format, ...)
{
    char text[2048];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(text, sizeof text, format, args);
    va_end(args);
    yq_json *document = yq_json_parse(yq_slice_text(text), sizeof text, NULL);
    cr_assert_not_null(document, "%s", text);
    const yq_atd_expected expected = {
        &reader, 7, YQ_SLICE_OF(block), has_event ? YQ_SLICE_OF(event) : (yq_slice){0}, 0};
    out = (yq_atd_answer){0};
    yq_atd_answer_judge(&expected, &attester, yq_json_root(document), &out);
    yq_json_free(document);
    return out.verdict;
}

#define HEAD  "\"chain\":\"platform\",\"epoch\":1,\"mapping\":\"" ZERO "\",\"number\":7"
#define BLOCK "\"block\":{\"body\":\"010203\",\"signature\":\"%s\"}"
#define EVENT "\"event\":{\"body\":\"0405\",\"signature\":\"%s\"}"

Test(answer, what_agrees)
{
    cr_expect_eq(judge(1, "{" HEAD "," BLOCK "," EVENT "}", block_sig, event_sig), YQ_ATD_AGREES);
    cr_expect(out.has_event && out.status == YQ_OK);
    cr_expect_eq(judge(0, "{" HEAD "," BLOCK "}", block_sig), YQ_ATD_AGREES);
    cr_expect_not(out.has_event);
}

Test(answer, what_reads_otherwise_disagrees)
{
    cr_expect_eq(
        judge(0, "{" HEAD "," BLOCK "," EVENT "}", block_sig, event_sig), YQ_ATD_DISAGREES);
    cr_expect_eq(judge(1, "{" HEAD "," BLOCK "}", block_sig), YQ_ATD_DISAGREES);
    cr_expect_eq(judge(1, "{" HEAD ",\"gap\":true}"), YQ_ATD_DISAGREES);
    cr_expect_eq(
        judge(0, "{" HEAD ",\"block\":{\"body\":\"010204\",\"signature\":\"%s\"}}", block_sig),
        YQ_ATD_DISAGREES);
    cr_expect_eq(
        judge(0, "{" HEAD ",\"block\":{\"body\":\"0102\",\"signature\":\"%s\"}}", block_sig),
        YQ_ATD_DISAGREES);
    cr_expect_eq(
        judge(
            1,
            "{" HEAD "," BLOCK ",\"event\":{\"body\":\"0406\",\"signature\":\"%s\"}}",
            block_sig,
            event_sig),
        YQ_ATD_DISAGREES);
    cr_expect_eq(out.status, YQ_E_SOURCE_DISAGREE);
    static const char *const other[] = {
        "\"chain\":\"another\",\"epoch\":1,\"mapping\":\"" ZERO "\",\"number\":7",
        "\"chain\":\"platform\",\"epoch\":2,\"mapping\":\"" ZERO "\",\"number\":7",
        "\"chain\":\"platform\",\"epoch\":1,\"mapping\":\"01\",\"number\":7"};
    for (size_t i = 0; i < YQ_ARRAY_N(other); i++) {
        cr_expect_eq(judge(0, "{%s," BLOCK "}", other[i], block_sig), YQ_ATD_DISAGREES, "%zu", i);
        cr_expect_not_null(strstr(out.text, "another mapping"), "%s", out.text);
    }
}

Test(answer, what_cannot_be_used_is_silent)
{
    static const char *const head[] = {
        "\"chain\":\"platform\",\"epoch\":1,\"mapping\":\"" ZERO "\",\"number\":8",
        "\"chain\":\"platform\",\"epoch\":1,\"mapping\":\"" ZERO "\",\"number\":\"7\"",
        "\"chain\":\"platform\",\"mapping\":\"" ZERO "\",\"number\":7",
        "\"epoch\":1,\"mapping\":\"" ZERO "\",\"number\":7"};
    for (size_t i = 0; i < YQ_ARRAY_N(head); i++) {
        cr_expect_eq(judge(0, "{%s," BLOCK "}", head[i], block_sig), YQ_ATD_SILENT, "%zu", i);
        cr_expect_str_eq(out.text, "answers another question");
    }
    cr_expect_eq(judge(0, "[]"), YQ_ATD_SILENT);
    cr_expect_eq(judge(0, "{" HEAD ",\"block\":{\"body\":\"010203\"}}"), YQ_ATD_SILENT);
    cr_expect_eq(judge(0, "{" HEAD "," BLOCK "}", "00"), YQ_ATD_SILENT);
    cr_expect_eq(out.status, YQ_E_PEER);
}

Test(answer, signatures_are_of_this_key_and_statement)
{
    cr_expect_eq(judge(0, "{" HEAD "," BLOCK "}", event_sig), YQ_ATD_SILENT);
    cr_expect_eq(out.status, YQ_E_SIG);
    cr_expect_eq(judge(1, "{" HEAD "," BLOCK "," EVENT "}", block_sig, block_sig), YQ_ATD_SILENT);
    attester.suite = 2;
    cr_expect_eq(judge(0, "{" HEAD "," BLOCK "}", block_sig), YQ_ATD_SILENT, "another suite");
}

Test(answer, refusals_that_wait_and_those_that_do_not)
{
    static const char *const waits[] = {"NOT_FOUND", "UNAVAILABLE", "TIMEOUT", "RATE_LIMIT"};
    static const char *const not_[] = {"CONFLICT", "TIME_FUTURE", "PEER", "CORRUPT", "HEIGHT", ""};
    for (size_t i = 0; i < YQ_ARRAY_N(waits); i++) {
        cr_expect_eq(
            judge(0, "{" HEAD ",\"refused\":{\"code\":\"%s\",\"message\":\"m\"}}", waits[i]),
            YQ_ATD_SILENT);
        cr_expect_eq(out.status, YQ_E_UNAVAILABLE);
    }
    for (size_t i = 0; i < YQ_ARRAY_N(not_); i++) {
        cr_expect_eq(
            judge(0, "{" HEAD ",\"refused\":{\"code\":\"%s\",\"message\":\"m\"}}", not_[i]),
            YQ_ATD_REFUSES,
            "%s",
            not_[i]);
        cr_expect_eq(out.status, YQ_E_SOURCE_DISAGREE);
    }
    (void)judge(0, "{" HEAD ",\"refused\":{\"code\":\"CONFLICT\",\"message\":\"a\\nb\\u8c6b\"}}");
    cr_expect_str_eq(out.text, "CONFLICT: a?b???", "a log takes it");
}

Test(answer, gaps_are_the_same_or_none)
{
    static const struct {
        const char *text;
        yq_atd_verdict verdict;
    } all[] = {
        {"{" HEAD ",\"gap\":9}", YQ_ATD_AGREES},
        {"{" HEAD ",\"gap\":10}", YQ_ATD_DISAGREES},
        {"{" HEAD ",\"gap\":true}", YQ_ATD_DISAGREES},
        {"{" HEAD ",\"block\":{}}", YQ_ATD_DISAGREES},
        {"{" HEAD ",\"refused\":{\"code\":\"NOT_FOUND\",\"message\":\"m\"}}", YQ_ATD_SILENT},
        {"{\"gap\":9}", YQ_ATD_SILENT}};
    for (size_t i = 0; i < YQ_ARRAY_N(all); i++) {
        yq_json *document = yq_json_parse(yq_slice_text(all[i].text), 4096, NULL);
        const yq_atd_expected gap = {.reader = &reader, .number = 7, .next = 9};
        out = (yq_atd_answer){0};
        yq_atd_answer_judge(&gap, &attester, yq_json_root(document), &out);
        yq_json_free(document);
        cr_expect_eq(out.verdict, all[i].verdict, "%s", all[i].text);
    }
}
