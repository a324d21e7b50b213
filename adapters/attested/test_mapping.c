#include "adapters/attested/test_mapping.h"

#include <criterion/criterion.h>

static yq_atd_mapping m;
static yq_fault why;

Test(mapping, a_good_one_is_taken)
{
    cr_assert_eq(test_mapping_with(NULL, NULL, &m, &why), YQ_OK, "%s", why.text);
    cr_expect_str_eq(m.records.list, "items", "what is not said");
    cr_expect_str_eq(m.records.index, "=0");
    cr_expect_str_eq(m.inbox.member, "delivery");
    cr_expect_str_eq(m.inbox.reason, "reason");
    cr_expect(m.records.page == 10 && m.records.form == YQ_ATD_HEX && m.threshold == 3);
    for (size_t i = 1; i < m.attester_n; i++) {
        cr_expect_lt(memcmp(m.attester[i - 1].key, m.attester[i].key, 64), 0, "by key");
    }
    yq_digest first = m.sm3;
    yq_atd_mapping_free(&m);
    cr_assert_eq(test_mapping_with("page: 10", "page: 11", &m, &why), YQ_OK);
    cr_expect(!yq_digest_equal(&first, &m.sm3));
    yq_atd_mapping_free(&m);
}

Test(mapping, without_an_inbox_it_only_reads)
{
    char *text = test_mapping_text();
    char *from = strstr(text, "inbox:"), *to = strstr(text, "epoch:");
    memmove(from, to, strlen(to) + 1);
    cr_assert_eq(yq_atd_mapping_parse(yq_slice_text(text), &m, &why), YQ_OK, "%s", why.text);
    cr_expect_null(m.inbox.submit);
    yq_atd_mapping_free(&m);
    free(text);
}

Test(mapping, what_is_wrong_is_told_with_its_line)
{
    static const struct {
        const char *from, *to, *text;
        yq_status status;
    } all[] = {
        {"version: 1", "version: 2", "line 1: version: must be a number of 1 to 1", 0},
        {"version: 1\n", "", "line 1: version: must be a number", 0},
        {"  page: 10", "  page: 0", "line 4: page: must be a number of 1 to 1000", 0},
        {"  page: 10", "  page: 1001", "line 4: page: must be", 0},
        {"  page: 10", "  page: 99999999999999999999999", "line 4: page: must be", 0},
        {"  page: 10", "  page: -1", "line 4: page: must be", 0},
        {"  page: 10", "  page: [1]", "line 4: page: must be", 0},
        {"  last: last\n", "", "line 3: last: is needed here; add it", 0},
        {"  last: last", "  lost: last", "line 5: lost: not known here", 0},
        {"  last: last", "  last: last\n  last: more", "line 6: last: stands here twice", 0},
        {"  last: last", "  last: \"\"", "line 5: last: must be one text", 0},
        {"  last: last", "  last: {a: b}", "line 5: last: must be one text", 0},
        {"  last: last", "  last: \"a\\tb\"", "line 5: last: must be one text", 0},
        {"  last: last", "  ? [a]\n  : b", "not known here", 0},
        {"{after}", "{since}", "line 3: path: must begin with / and have {after}", 0},
        {"&limit={limit}", "", "line 3: path: must begin with / and have {after} {limit}", 0},
        {"path: /journal", "path: journal", "line 3: path: must begin with /", 0},
        {"clock: ms", "clock: us", "line 8: clock: must be one of ms s text", 0},
        {"form: hex", "form: json", "line 13: form: must be one of hex text base64 fields", 0},
        {"form: hex", "form: fields", "fields: is needed here", 0},
        {"form: hex", "form: fields\n  fields: {}", "line 14: fields: must be 1 to 32", 0},
        {"form: hex", "form: fields\n  fields: {a: b, a: c}", "a: stands here twice", 0},
        {"form: hex", "form: fields\n  fields: {a: [b]}", "line 14: fields: must be one text", 0},
        {"  fate: /inbox/{ticket}", "  fate: /inbox", "line 17: fate: must begin with / and", 0},
        {"  submit: /inbox", "  submit: inbox", "line 15: submit: must begin with /", 0},
        {"inbox:\n", "inbox: []\nother:\n", "line 15: other: not known here", 0},
        {"records:\n", "records: 1\nother:\n", "line 3: other: not known", 0},
        {"epoch: 1", "epoch: 0", "line 22: epoch: must be a number of 1", 0},
        {"attesters:\n", "attesters: 7\nother:\n", "line 25: other: not known", 0},
        {"name: a1", "name: a0", "line 26: name: another attester has it", 0},
        {"organisation: org1", "organisation: \"\"", "line 26: organisation: must be one text", 0},
        {"suite: sm2", "suite: sm9", "line 25: suite: must be one of sm2 p256", 0},
        {"suite: sm2", "suite: ed25519", "attesters: a0: key: no public key", 0},
        {"suite: sm2, key: \"", "suite: sm2, key: \"zz", "line 25: key: must be the public key", 0},
        {"suite: sm2, key: \"", "suite: sm2, key: \"00", "line 25: key: must be the public key", 0},
        {"  - {name: a0", "  - a\n  - {name: a0", "line 25: attesters: each must be a mapping", 0},
        {"threshold: 3", "threshold: 2", "", YQ_E_THRESHOLD_LOW},
        {"threshold: 3", "threshold: 5", "threshold above", YQ_E_CONFIG_INVALID},
        {"version: 1", "- a", "line 2: file: not valid YAML", 0},
        {"version: 1", "version: \"1", "file: not valid YAML", 0}};
    for (size_t i = 0; i < YQ_ARRAY_N(all); i++) {
        yq_status wanted = all[i].status == 0 ? YQ_E_CONFIG_INVALID : all[i].status;
        yq_status status = test_mapping_with(all[i].from, all[i].to, &m, &why);
        cr_expect_eq(status, wanted, "%s: %d %s", all[i].to, status, why.text);
        cr_expect_not_null(strstr(why.text, all[i].text), "%s: %s", all[i].to, why.text);
        yq_atd_mapping_free(&m);
    }
}

Test(mapping, sets_that_one_could_speak_for_are_refused)
{
    char *text = test_mapping_text();
    for (char *at = strstr(text, "org1"); at != NULL; at = strstr(at + 1, "organisation: org")) {
        char *number = strstr(at, "org");
        number[at == strstr(text, "org1") ? 3 : 17] = '0';
    }
    cr_expect_eq(yq_atd_mapping_parse(yq_slice_text(text), &m, &why), YQ_E_QUORUM_CONFIG);
    yq_atd_mapping_free(&m);
    free(text);
    text = test_mapping_text();
    *strstr(text, "  - {name: a1") = '\0';
    cr_expect_eq(yq_atd_mapping_parse(yq_slice_text(text), &m, &why), YQ_E_QUORUM_CONFIG);
    yq_atd_mapping_free(&m);
    free(text);
}

Test(mapping, files_that_are_none)
{
    uint8_t *large = calloc(1, YQ_ATD_FILE_MAX + 1);
    cr_assert_not_null(large);
    cr_expect_eq(
        yq_atd_mapping_parse(yq_slice_of(large, YQ_ATD_FILE_MAX + 1), &m, &why), YQ_E_LIMIT);
    cr_expect_eq(yq_atd_mapping_parse((yq_slice){0}, &m, &why), YQ_E_CONFIG_INVALID);
    cr_expect_eq(yq_atd_mapping_read("/nowhere/at.all", &m, &why), YQ_E_NOT_FOUND);
    cr_expect_not_null(strstr(why.text, "correct the path"));
    free(large);
}
