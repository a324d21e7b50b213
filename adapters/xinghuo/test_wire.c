#include "adapters/xinghuo/wire.h"
#include "relay/crypto/crypto.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

#define HEX64 "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"
#define HEADER(seq, time, hash)                                                                    \
    "{\"header\":{\"seq\":" seq ",\"close_time\":" time ",\"hash\":\"" hash                        \
    "\",\"consensus_value_hash\":\"" HEX64 "\",\"validators_hash\":\"" HEX64 "\"}}"

static yq_json *parse(const char *text)
{
    yq_json *document = yq_json_parse(yq_slice_text(text), strlen(text), NULL);
    cr_assert_not_null(document, "%s", text);
    return document;
}

/* ---- replies ---- */

Test(wire, headers)
{
    static const struct {
        const char *text;
        yq_status status;
    } row[] = {
        {HEADER("7", "1630760729249135", HEX64), YQ_OK},
        {HEADER("\"7\"", "\"1630760729249135\"", HEX64), YQ_OK},
        {HEADER("0", "1", HEX64), YQ_E_PEER},
        {HEADER("9223372036854775807", "1", HEX64), YQ_E_PEER},
        {HEADER("-1", "1", HEX64), YQ_E_PEER},
        {HEADER("7", "null", HEX64), YQ_E_PEER},
        {HEADER("7", "1", "00"), YQ_E_PEER},
        {HEADER("7", "1", HEX64 "00"), YQ_E_PEER},
        {"{\"header\":[]}", YQ_E_PEER},
        {"{}", YQ_E_PEER},
    };
    for (size_t i = 0; i < YQ_ARRAY_N(row); i++) {
        yq_json *document = parse(row[i].text);
        yq_xha_header header;
        yq_fault why = {0};
        cr_assert_eq(
            yq_xha_header_read(yq_json_root(document), &header, &why), row[i].status, "%zu", i);
        if (i == 0) {
            cr_assert_eq(header.seq, 7);
            cr_assert_eq(header.time_ms, UINT64_C(1630760729249));
            cr_assert_eq(header.value.b[1], 0x11);
        }
        yq_json_free(document);
    }
}

Test(wire, proofs_stand_where_both_generations_have_them)
{
    static const struct {
        const char *text;
        yq_status status;
    } row[] = {
        {"{\"consensus_value\":{\"consensus_header\":{\"previous_proof\":\"0a0b\"}}}", YQ_OK},
        {"{\"consensus_value\":{\"previous_proof\":\"0a0b\"}}", YQ_OK},
        {"{\"consensus_value\":{\"previous_proof\":\"\"}}", YQ_E_PEER},
        {"{\"consensus_value\":{\"previous_proof\":\"0a0b0c0d0e\"}}", YQ_E_PEER},
        {"{\"consensus_value\":{\"previous_proof\":\"xy\"}}", YQ_E_PEER},
        {"{\"consensus_value\":{}}", YQ_E_PEER},
        {"{}", YQ_E_PEER},
    };
    for (size_t i = 0; i < YQ_ARRAY_N(row); i++) {
        uint8_t room[4];
        yq_buf proof = {room, sizeof room, 0};
        yq_fault why = {0};
        yq_json *document = parse(row[i].text);
        cr_assert_eq(
            yq_xha_proof_read(yq_json_root(document), &proof, &why), row[i].status, "%zu", i);
        if (row[i].status == YQ_OK) {
            cr_assert(proof.n == 2 && room[0] == 0x0a && room[1] == 0x0b);
        }
        yq_json_free(document);
    }
}

Test(wire, a_proof_of_nothing_does_not_hold)
{
    static yq_xha_commits commits;
    yq_fault why = {0};
    static const uint8_t cut[] = {0x0a, 0x05, 0x01};
    cr_assert_eq(yq_xha_commits_read((yq_slice){0}, &commits, &why), YQ_OK);
    cr_assert_not(yq_xha_commits_hold(&commits));
    cr_assert_neq(yq_xha_commits_read(YQ_SLICE_OF(cut), &commits, &why), YQ_OK);
}

/* ---- bodies ---- */

static const yq_xha_header header = {.seq = 9, .time_ms = 1000, .value = {{1}}};

/* Adds a log of these texts. */
static yq_status add(yq_xha_bodies *all, const char *emitter, const char *topic, const char *datas)
{
    yq_json *document = parse(datas);
    yq_fault why = {0};
    const yq_xha_log log = {
        .emitter = yq_slice_text(emitter),
        .topic = yq_slice_text(topic),
        .tx = {{2}},
        .index = 3,
        .datas = yq_json_root(document)};
    yq_status status = yq_xha_bodies_add(all, &header, &log, &why);
    yq_json_free(document);
    return status;
}

Test(wire, records_and_texts)
{
    static const struct {
        const char *topic, *datas, *data;
        size_t n;
    } row[] = {
        {"Yuqiao", "[\"0a0b\"]", "\x0a\x0b", 2},
        {"Yuqiao", "[\"\"]", "", 0},
        {"Yuqiao",
         "[\"0A0B\"]",
         "\0\1\0\0\0\4"
         "0A0B",
         10},
        {"Yuqiao",
         "[\"0a0\"]",
         "\0\1\0\0\0\3"
         "0a0",
         9},
        {"Yuqiao",
         "[\"0a\",\"0b\"]",
         "\0\2\0\0\0\2"
         "0a"
         "\0\0\0\2"
         "0b",
         14},
        {"Other",
         "[\"0a0b\"]",
         "\0\1\0\0\0\4"
         "0a0b",
         10},
        {"Other", "[]", "\0\0", 2},
    };
    for (size_t i = 0; i < YQ_ARRAY_N(row); i++) {
        yq_xha_bodies all = {0};
        cr_assert_eq(add(&all, "did:bid:efX", row[i].topic, row[i].datas), YQ_OK, "%zu", i);
        cr_assert_eq(all.n, 1);
        const yq_xha_body *b = &all.body[0];
        cr_assert(yq_slice_equal(b->emitter, yq_slice_text("did:bid:efX")));
        cr_assert(yq_slice_equal(b->name, yq_slice_text(row[i].topic)));
        cr_assert(b->tx_id.n == 32 && b->tx_id.p[0] == 2 && b->index == 3);
        cr_assert_geq(b->n, row[i].n + 4);
        cr_assert_arr_eq(b->p + b->n - row[i].n, row[i].data, row[i].n, "%zu", i);
        cr_assert_eq(b->p[b->n - row[i].n - 1], row[i].n, "its length");
        yq_xha_bodies_free(&all);
    }
}

Test(wire, logs_that_are_none)
{
    static char long_name[257], many[65 * 5 + 3];
    yq_xha_bodies all = {0};
    memset(long_name, 'a', 256);
    cr_assert_eq(add(&all, "", "t", "[]"), YQ_E_PEER);
    cr_assert_eq(add(&all, "e", "", "[]"), YQ_E_PEER);
    cr_assert_eq(add(&all, long_name, "t", "[]"), YQ_E_PEER);
    cr_assert_eq(add(&all, "e", long_name, "[]"), YQ_E_PEER);
    cr_assert_eq(add(&all, "e", "t", "{}"), YQ_E_PEER);
    cr_assert_eq(add(&all, "e", "t", "[1]"), YQ_E_PEER);
    long_name[255] = '\0';
    cr_assert_eq(add(&all, long_name, long_name, "[]"), YQ_OK);
    for (size_t n = 64; n <= 65; n++) {
        size_t at = 0;
        many[at++] = '[';
        for (size_t i = 0; i < n; i++) {
            at += (size_t)snprintf(many + at, sizeof many - at, "%s\"a\"", i == 0 ? "" : ",");
        }
        (void)snprintf(many + at, sizeof many - at, "]");
        cr_assert_eq(add(&all, "e", "t", many), n == 64 ? YQ_OK : YQ_E_PEER);
    }
    yq_xha_bodies_free(&all);
}

/* What no statement can hold is counted and left out. */
Test(wire, data_that_is_too_large)
{
    size_t most = YQ_ATTEST_DATA_MAX - 6; /* count and length stand in front of one text */
    char *text = malloc(most + 16);
    yq_xha_bodies all = {0};
    for (size_t more = 0; more < 2; more++) {
        memcpy(text, "[\"", 2);
        memset(text + 2, 'a', most + more);
        memcpy(text + 2 + most + more, "\"]", 3);
        cr_assert_eq(add(&all, "e", "t", text), YQ_OK);
        cr_assert_eq(all.n, 1);
        cr_assert_eq(all.oversized, more);
    }
    yq_xha_bodies_free(&all);
    free(text);
}

Test(wire, bounds_of_a_ledger_and_equality)
{
    yq_xha_bodies a = {0}, b = {0};
    for (size_t i = 0; i < YQ_XHA_EVENTS_MAX; i++) {
        cr_assert_eq(add(&a, "e", "t", "[]"), YQ_OK);
    }
    cr_assert_eq(add(&a, "e", "t", "[]"), YQ_E_LIMIT);
    cr_assert_not(yq_xha_bodies_equal(&a, &b));
    yq_xha_bodies_free(&a);
    cr_assert_eq(add(&a, "e", "t", "[\"1\"]"), YQ_OK);
    cr_assert_eq(add(&b, "e", "t", "[\"2\"]"), YQ_OK);
    cr_assert_not(yq_xha_bodies_equal(&a, &b));
    yq_xha_bodies_free(&b);
    cr_assert_eq(add(&b, "e", "t", "[\"1\"]"), YQ_OK);
    cr_assert(yq_xha_bodies_equal(&a, &b));
    b.oversized = 1;
    cr_assert_not(yq_xha_bodies_equal(&a, &b));
    yq_xha_bodies_free(&a);
    yq_xha_bodies_free(&b);
}

Test(wire, bodies_are_read_to_their_end)
{
    yq_xha_bodies all = {0};
    yq_xha_body body;
    uint64_t height;
    yq_fault why = {0};
    uint8_t copy[256];
    cr_assert_eq(add(&all, "e", "Yuqiao", "[\"0a0b\"]"), YQ_OK);
    yq_slice whole = yq_slice_of(all.body[0].p, all.body[0].n);
    cr_assert_eq(yq_xha_body_read(whole, &body, &height, &why), YQ_OK);
    cr_assert_eq(height, 9);
    for (size_t n = 0; n < whole.n; n++) {
        cr_assert_neq(yq_xha_body_read(yq_slice_of(whole.p, n), &body, &height, &why), YQ_OK);
    }
    memcpy(copy, whole.p, whole.n);
    copy[whole.n] = 0;
    cr_assert_eq(
        yq_xha_body_read(yq_slice_of(copy, whole.n + 1), &body, &height, &why), YQ_E_TRAILING);
    copy[0] = YQ_ATTEST_VALUE;
    cr_assert_eq(yq_xha_body_read(yq_slice_of(copy, whole.n), &body, &height, &why), YQ_E_TYPE);
    yq_xha_bodies_free(&all);
}
