#include "adapters/xinghuo/attesters.h"
#include "relay/base/bytes.h"

#include <criterion/criterion.h>
#include <stdio.h>

#define MEMBERS_MAX 17u

static yq_key *key[MEMBERS_MAX];

static void keys_new(void)
{
    for (unsigned i = 0; i < MEMBERS_MAX; i++) {
        key[i] = yq_key_generate(i % 2 == 0 ? YQ_SIG_ED25519_MESSAGE : YQ_SIG_SM2_MESSAGE);
    }
}

static void keys_free(void)
{
    for (unsigned i = 0; i < MEMBERS_MAX; i++) {
        yq_key_free(key[i]);
    }
}

/* A file of n attesters, their organisations as letters. */
static const char *file_of(unsigned threshold, const char *organisations)
{
    static char text[8192];
    char hex[129];
    size_t at = (size_t)snprintf(
        text, sizeof text, "{\"epoch\":3,\"threshold\":%u,\"attesters\":[", threshold);
    for (unsigned i = 0; organisations[i] != '\0'; i++) {
        yq_slice k = yq_key_public(key[i]);
        (void)yq_hex_encode(hex, sizeof hex, k.p, k.n);
        at += (size_t)snprintf(
            text + at,
            sizeof text - at,
            "%s{\"organisation\":\"%c\",\"suite\":\"%s\",\"key\":\"%s\",\"url\":\"http://h:%u\"}",
            i == 0 ? "" : ",",
            organisations[i],
            i % 2 == 0 ? "ed25519" : "sm2",
            hex,
            i + 1);
    }
    (void)snprintf(text + at, sizeof text - at, "]}");
    return text;
}

static yq_status parse(const char *text, yq_xha_attesters *out, yq_fault *why)
{
    yq_status status = yq_xha_attesters_parse(yq_slice_text(text), out, why);
    if (status != YQ_OK) {
        yq_xha_attesters_free(out);
    }
    return status;
}

Test(attesters, sets, .init = keys_new, .fini = keys_free)
{
    static const struct {
        unsigned threshold;
        const char *organisations;
        yq_status status;
    } row[] = {
        {2, "abc", YQ_OK},
        {3, "abcd", YQ_OK},
        {11, "abcdefghijklmnop", YQ_OK},
        {11, "abcdefghijklmnopq", YQ_E_CONFIG_INVALID},
        {1, "a", YQ_E_QUORUM_CONFIG},
        {2, "aa", YQ_E_QUORUM_CONFIG},
        {1, "ab", YQ_E_THRESHOLD_LOW},
        {2, "abcd", YQ_E_THRESHOLD_LOW},
        {2, "aab", YQ_E_SET_CONCENTRATION},
        {1, "", YQ_E_QUORUM_CONFIG},
    };
    for (size_t i = 0; i < YQ_ARRAY_N(row); i++) {
        yq_xha_attesters set;
        yq_fault why = {0};
        yq_status status = parse(file_of(row[i].threshold, row[i].organisations), &set, &why);
        cr_expect_eq(status, row[i].status, "%zu: %d %s", i, status, why.text);
        if (status == YQ_OK) {
            yq_xha_attesters_free(&set);
        }
    }
}

Test(attesters, are_sorted_by_their_keys, .init = keys_new, .fini = keys_free)
{
    yq_xha_attesters set;
    yq_fault why = {0};
    uint8_t room[4096];
    yq_writer w = yq_writer_of(room, sizeof room);
    cr_assert_eq(parse(file_of(5, "abcdefg"), &set, &why), YQ_OK, "%s", why.text);
    cr_assert(set.n == 7 && set.epoch == 3 && set.threshold == 5);
    for (size_t i = 0; i < set.n; i++) {
        unsigned port = 0;
        cr_assert_eq(sscanf(set.one[i].url, "http://h:%u", &port), 1);
        yq_slice own = yq_key_public(key[port - 1]);
        cr_assert(yq_slice_equal(own, yq_slice_of(set.one[i].key, set.one[i].key_n)));
        cr_assert_eq(set.one[i].organisation[0], (char)('a' + port - 1));
        cr_assert(
            i == 0 ||
            yq_slice_compare(yq_slice_of(set.one[i - 1].key, set.one[i - 1].key_n), own) < 0);
    }
    yq_xha_attesters_put(&set, &w);
    cr_assert_eq(w.status, YQ_OK);
    cr_assert_eq(w.n, 4 + 7 * (1 + 2 + 1) + 4 * 32 + 3 * 64);
    yq_xha_attesters_free(&set);
}

Test(attesters, files_that_are_none)
{
    static const char *const text[] = {
        "",
        "[]",
        "{}",
        "{\"epoch\":1,\"threshold\":2}",
        "{\"epoch\":1,\"threshold\":70000,\"attesters\":[]}",
        "{\"epoch\":-1,\"threshold\":2,\"attesters\":[]}",
        "{\"epoch\":1,\"threshold\":2,\"attesters\":{}}",
        "{\"epoch\":1,\"threshold\":2,\"attesters\":[],\"more\":1}",
        "{\"epoch\":1,\"threshold\":2,\"attesters\":[1]}",
        "{\"epoch\":1,\"threshold\":2,\"attesters\":[{\"organisation\":\"a\",\"suite\":\"sm2\","
        "\"key\":\"00\",\"url\":\"http://h\"}]}",
        "{\"epoch\":1,\"threshold\":2,\"attesters\":[{\"organisation\":\"\",\"suite\":\"sm2\","
        "\"key\":\"00\",\"url\":\"http://h\"}]}",
        "{\"epoch\":1,\"threshold\":2,\"attesters\":[{\"organisation\":\"a\",\"suite\":\"rsa\","
        "\"key\":\"00\",\"url\":\"http://h\"}]}",
    };
    for (size_t i = 0; i < YQ_ARRAY_N(text); i++) {
        yq_xha_attesters set;
        yq_fault why = {0};
        cr_expect_eq(parse(text[i], &set, &why), YQ_E_CONFIG_INVALID, "%s", text[i]);
        cr_expect_not_null(strstr(why.text, "attesters_file: "), "%s", why.text);
    }
    yq_xha_attesters set;
    yq_fault why = {0};
    cr_assert_eq(yq_xha_attesters_read("/nonexistent/attesters", &set, &why), YQ_E_CONFIG_INVALID);
}

/* A key that is on no curve. */
Test(attesters, keys_that_are_none, .init = keys_new, .fini = keys_free)
{
    char text[8192];
    yq_xha_attesters set;
    yq_fault why = {0};
    (void)snprintf(text, sizeof text, "%s", file_of(2, "abc"));
    char *at = strstr(text, "\"sm2\",\"key\":\"");
    cr_assert_not_null(at);
    memset(at + 13, '1', 128);
    cr_assert_eq(parse(text, &set, &why), YQ_E_CONFIG_INVALID);
    cr_assert_not_null(strstr(why.text, "suite, key"), "%s", why.text);
}
