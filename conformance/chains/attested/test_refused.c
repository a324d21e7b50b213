/* What stands before the platform, and what the operator got wrong. */
#include "conformance/chains/attested/test_drive.h"

static test_drive d;

#define EMIT "{\"do\":\"emit\",\"payload\":\"0a0b\",\"count\":%u}"

static void expect_latest(yq_status status, const char *text)
{
    uint64_t height;
    d.why = (yq_fault){0};
    cr_assert_eq(
        yq_adapter_v1()->latest(d.session, DEADLINE_MS, &height, &d.why), status, "%s", d.why.text);
    cr_assert_not_null(strstr(d.why.text, text), "%s", d.why.text);
}

static void manner(const char *as)
{
    drive_dof(&d, "{\"do\":\"manner\",\"as\":\"%s\"}", as);
}

Test(refused, replies_that_are_not_as_mapped, .timeout = 120)
{
    yq_height_evidence e;
    drive_begin(&d, NULL);
    drive_dof(&d, EMIT, 3u);
    manner("html");
    expect_latest(YQ_E_PEER, "no JSON");
    manner("large");
    expect_latest(YQ_E_PEER, "too large");
    manner("backward");
    expect_latest(YQ_E_PEER, "numbers do not rise");
    manner("no-id");
    cr_assert_eq(drive_evidence(&d, 3, &e), YQ_E_PEER);
    cr_assert_not_null(strstr(d.why.text, "record 3: id:"), "%s", d.why.text);
    manner("honest");
    cr_assert_eq(drive_latest(&d), 5);
    drive_end(&d);
}

Test(refused, a_token_that_is_none, .timeout = 120)
{
    char path[700];
    drive_begin(&d, NULL);
    (void)snprintf(path, sizeof path, "%s/adapter.token", d.dir);
    write_file(path, "wrong");
    drive_reopen(&d, NULL);
    expect_latest(YQ_E_PERMISSION, "token");
    cr_assert_eq(chmod(path, 0644), 0);
    cr_assert_eq(drive_try(&d, NULL), YQ_E_PERMISSION, "who else may read it is a stranger");
    drive_dof(&d, "{\"do\":\"token\",\"caller\":\"adapter\",\"file\":\"%s\"}", path);
    cr_assert_eq(chmod(path, 0600), 0);
    drive_open(&d, NULL);
    cr_assert_eq(drive_latest(&d), 2);
    drive_end(&d);
}

/* Down for hours, and back: what was written meanwhile comes in order, at the adapter's own pace.
 */
Test(refused, an_outage_loses_nothing, .timeout = 120)
{
    drive_begin(&d, NULL);
    drive_anchor(&d);
    (void)drive_follow(&d);
    drive_do(&d, "{\"do\":\"outage\",\"on\":true,\"retry_after\":1}");
    drive_dof(&d, EMIT, 30u);
    expect_latest(YQ_E_UNAVAILABLE, "503");
    uint64_t asked = test_program_number(&d.program, "{\"do\":\"status\"}", "asked");
    expect_latest(YQ_E_UNAVAILABLE, "left alone");
    cr_assert_eq(test_program_number(&d.program, "{\"do\":\"status\"}", "asked"), asked);
    drive_do(&d, "{\"do\":\"outage\",\"on\":false}");
    test_sleep_ms(1100);
    cr_assert_eq(drive_follow(&d), 30);
    drive_end(&d);
}

Test(refused, too_many_questions, .timeout = 120)
{
    drive_begin(&d, NULL);
    drive_do(&d, "{\"do\":\"limit\",\"per_minute\":2,\"retry_after\":1}");
    cr_assert_eq(drive_latest(&d), 2);
    cr_assert_eq(drive_latest(&d), 2);
    expect_latest(YQ_E_UNAVAILABLE, "429");
    expect_latest(YQ_E_UNAVAILABLE, "left alone");
    cr_assert_eq(test_program_number(&d.program, "{\"do\":\"status\"}", "limited"), 1);
    drive_do(&d, "{\"do\":\"limit\"}");
    test_sleep_ms(1100);
    cr_assert_eq(drive_latest(&d), 2);
    drive_end(&d);
}

/* 1200 a minute are one each 50 ms, five at once before. */
Test(refused, ones_own_rate_is_kept, .timeout = 120)
{
    uint64_t height;
    drive_begin(&d, (const char *const[]){"rate_per_minute", "1200", NULL});
    struct timespec before, after;
    (void)clock_gettime(CLOCK_MONOTONIC, &before);
    for (unsigned i = 0; i < 15; i++) {
        (void)drive_latest(&d);
    }
    (void)clock_gettime(CLOCK_MONOTONIC, &after);
    int64_t ms = (after.tv_sec - before.tv_sec) * 1000 + (after.tv_nsec - before.tv_nsec) / 1000000;
    cr_assert(ms >= 480 && ms < 5000, "%" PRId64, ms);
    cr_assert_geq(drive_counter(&d, "waited_ms"), 400);
    drive_reopen(&d, (const char *const[]){"rate_per_minute", "1", NULL});
    for (unsigned i = 0; i < 5; i++) {
        (void)drive_latest(&d);
    }
    cr_assert_eq(
        yq_adapter_v1()->latest(d.session, 500, &height, &d.why),
        YQ_E_RATE_LIMIT,
        "%s",
        d.why.text);
    drive_end(&d);
}

/* ---- preflight ---- */

static void expect_check(const char *name, int passed)
{
    const yq_check *check;
    size_t n = 0, found = 0;
    cr_assert_eq(yq_adapter_v1()->preflight(d.session, DEADLINE_MS, &check, &n, &d.why), YQ_OK);
    for (size_t i = 0; i < n; i++) {
        if (strcmp(check[i].name, name) == 0) {
            cr_assert_eq(check[i].passed, passed, "%s: %s", name, check[i].detail);
            if (!passed) {
                cr_assert_not_null(strstr(check[i].detail, "处理："), "%s", check[i].detail);
                cr_assert_not_null(strstr(check[i].detail, "mend: "), "%s", check[i].detail);
            }
            found++;
        }
    }
    cr_assert_eq(found, 1, "%s", name);
    release();
}

Test(refused, preflight_names_what_is_wrong, .timeout = 120)
{
    char path[700];
    drive_begin(&d, NULL);
    expect_check("attesters", 1);
    (void)drive_attester_end(&d.attester[2], SIGKILL);
    expect_check("attester", 0);
    expect_check("attesters", 1);
    (void)drive_attester_end(&d.attester[3], SIGKILL);
    expect_check("attesters", 0);
    manner("html");
    expect_check("platform", 0);
    expect_check("anchor", 0);
    manner("honest");
    drive_reopen(&d, (const char *const[]){"anchor_number", "77", NULL});
    expect_check("platform", 1);
    expect_check("anchor", 0);
    drive_do(&d, "{\"do\":\"skew\",\"ahead_ms\":900000}");
    drive_dof(&d, EMIT, 1u);
    expect_check("time", 0);
    (void)snprintf(path, sizeof path, "%s/adapter.token", d.dir);
    write_file(path, "wrong");
    drive_reopen(&d, NULL);
    expect_check("platform", 0);
    drive_end(&d);
}

/* ---- options ---- */

Test(refused, options, .timeout = 120)
{
    static const struct {
        const char *key, *value, *text;
        yq_status status;
    } all[] = {
        {"mapping", "", "mapping: is needed", YQ_E_CONFIG_INVALID},
        {"mapping", "/nowhere/mapping.yaml", "mapping: the file", YQ_E_NOT_FOUND},
        {"url.attester-3", "", "url.attester-3: is needed", YQ_E_CONFIG_INVALID},
        {"url.nobody", "http://127.0.0.1:1", "url.nobody: the mapping has no", YQ_E_CONFIG_INVALID},
        {"rate_per_minute", "0", "rate_per_minute: a number", YQ_E_CONFIG_INVALID},
        {"rate_per_minute", "060", "rate_per_minute: a number", YQ_E_CONFIG_INVALID},
        {"rate_per_minute", "60001", "rate_per_minute: a number", YQ_E_CONFIG_INVALID},
        {"skew_ms", "-1", "skew_ms: a number", YQ_E_CONFIG_INVALID},
        {"anchor_number", "0", "anchor_number: a number", YQ_E_CONFIG_INVALID},
        {"attester_token", "x", "attester_token: not an option", YQ_E_CONFIG_INVALID},
        {"colour", "red", "colour: not an option", YQ_E_CONFIG_INVALID}};
    drive_begin(&d, NULL);
    yq_adapter_v1()->close(d.session);
    for (size_t i = 0; i < YQ_ARRAY_N(all); i++) {
        const char *const more[] = {all[i].key, all[i].value, NULL};
        d.why = (yq_fault){0};
        cr_assert_eq(drive_try(&d, more), all[i].status, "%s: %s", all[i].key, d.why.text);
        cr_assert_not_null(strstr(d.why.text, all[i].text), "%s", d.why.text);
        cr_assert_null(d.session);
    }
    drive_end(&d);
}
