/* A platform and attesters that lie, are silent, or went away. */
#include "conformance/chains/attested/test_drive.h"

static test_drive d;

#define EMIT "{\"do\":\"emit\",\"payload\":\"0a0b\",\"count\":%u}"

static void begin(void)
{
    drive_begin(&d, NULL);
    drive_anchor(&d);
    (void)drive_follow(&d);
    logs[0] = '\0';
}

/* Record 3 is what one caller is shown otherwise. */
static void lie(const char *caller)
{
    drive_dof(&d, "{\"do\":\"lie\",\"caller\":\"%s\",\"number\":3}", caller);
}

static void expect_refused(uint64_t number, yq_status status, const char *text)
{
    yq_height_evidence e;
    cr_assert_eq(drive_evidence(&d, number, &e), status, "%d %s", d.why.status, d.why.text);
    cr_assert_not_null(strstr(d.why.text, text), "%s", d.why.text);
    cr_assert_eq(e.update.n + e.event_n, 0, "nothing is brought");
    release();
}

Test(hostile, one_who_reads_otherwise_is_named_and_left_out, .timeout = 120)
{
    yq_height_evidence e;
    begin();
    drive_dof(&d, EMIT, 1u);
    lie("attester-2");
    cr_assert_eq(drive_height(&d, 3, &e), YQ_OK, "three of four agree");
    cr_assert_not_null(strstr(logs, "attester attester-2 disagrees record=3 alarm=1"), "%s", logs);
    cr_assert_eq(drive_counter(&d, "disagreements"), 1);
    drive_end(&d);
}

Test(hostile, two_who_read_otherwise_stop_it, .timeout = 120)
{
    begin();
    drive_dof(&d, EMIT, 1u);
    lie("attester-1");
    lie("attester-4");
    expect_refused(3, YQ_E_SOURCE_DISAGREE, "record 3: 2 of 3 attesters; attester-");
    cr_assert_not_null(strstr(d.why.text, "reads something else"), "%s", d.why.text);
    drive_end(&d);
}

Test(hostile, an_adapter_that_is_lied_to_brings_nothing, .timeout = 120)
{
    begin();
    drive_dof(&d, EMIT, 1u);
    lie("adapter");
    expect_refused(3, YQ_E_SOURCE_DISAGREE, "record 3: 0 of 3 attesters");
    drive_end(&d);
}

/* What was signed stays signed: a platform that shows another record to all finds no one to sign.
 */
Test(hostile, a_platform_that_changes_its_mind_finds_no_signer, .timeout = 120)
{
    yq_height_evidence e;
    begin();
    drive_dof(&d, EMIT, 2u);
    cr_assert_eq(drive_height(&d, 3, &e), YQ_OK);
    release();
    drive_do(&d, "{\"do\":\"hostile\",\"mode\":\"fork\",\"height\":3}");
    expect_refused(3, YQ_E_SOURCE_DISAGREE, "CONFLICT");
    cr_assert_eq(drive_counter(&d, "refusals"), TEST_ATTESTERS);
    for (size_t i = 0; i < TEST_ATTESTERS; i++) { /* not after a restart, either */
        (void)drive_attester_end(&d.attester[i], SIGKILL);
        drive_attester_run(&d.attester[i]);
    }
    drive_reopen(&d, NULL);
    expect_refused(3, YQ_E_SOURCE_DISAGREE, "CONFLICT");
    drive_do(&d, "{\"do\":\"hostile\",\"mode\":\"none\"}");
    cr_assert_eq(drive_height(&d, 3, &e), YQ_E_REPLAY, "healed");
    cr_assert_eq(drive_height(&d, 4, &e), YQ_OK, "what comes next is not held");
    drive_end(&d);
}

Test(hostile, one_who_is_gone_is_passed_over_and_two_are_not, .timeout = 120)
{
    yq_height_evidence e;
    begin();
    drive_dof(&d, EMIT, 2u);
    (void)drive_attester_end(&d.attester[0], SIGKILL);
    cr_assert_eq(drive_height(&d, 3, &e), YQ_OK);
    cr_assert_not_null(strstr(logs, "attester attester-1 is silent record=3"), "%s", logs);
    (void)drive_attester_end(&d.attester[1], SIGKILL);
    expect_refused(4, YQ_E_UNAVAILABLE, "record 4: 2 of 3 attesters; attester-");
    drive_attester_run(&d.attester[1]);
    drive_reopen(&d, NULL);
    cr_assert_eq(drive_height(&d, 4, &e), YQ_OK);
    drive_end(&d);
}

/* An attester behind the adapter's sight does not sign, and is not blamed. */
Test(hostile, one_who_does_not_see_it_yet_is_silent, .timeout = 120)
{
    yq_height_evidence e;
    begin();
    drive_dof(&d, EMIT, 1u);
    drive_do(&d, "{\"do\":\"lie\",\"caller\":\"attester-3\",\"number\":3,\"hide\":true}");
    cr_assert_eq(drive_height(&d, 3, &e), YQ_OK);
    cr_assert_eq(drive_counter(&d, "disagreements"), 0);
    drive_end(&d);
}

Test(hostile, another_mapping_is_named, .timeout = 120)
{
    yq_height_evidence e;
    char path[700];
    begin();
    drive_dof(&d, EMIT, 1u);
    (void)snprintf(path, sizeof path, "%s/other.yaml", d.dir);
    drive_mapping(&d, path, "of another day", 1);
    (void)drive_attester_end(&d.attester[1], SIGTERM);
    drive_config(&d, 1, path);
    drive_attester_run(&d.attester[1]);
    drive_reopen(&d, NULL);
    cr_assert_eq(drive_height(&d, 3, &e), YQ_OK);
    cr_assert_not_null(strstr(logs, "attester-2 disagrees"), "%s", logs);
    cr_assert_not_null(strstr(logs, "another mapping"), "%s", logs);
    drive_end(&d);
}

/* Addresses that are exchanged: each signs well, and not as who it is taken for. */
Test(hostile, a_signature_of_another_key_is_none, .timeout = 120)
{
    begin();
    drive_dof(&d, EMIT, 1u);
    drive_reopen(
        &d,
        (const char *const[]){
            "url.attester-1", d.attester[1].url, "url.attester-2", d.attester[0].url, NULL});
    expect_refused(3, YQ_E_SIG, "signs with another key");
    drive_end(&d);
}

Test(hostile, a_foreign_topic_keeps_its_name, .timeout = 120)
{
    yq_height_evidence e;
    begin();
    drive_do(&d, "{\"do\":\"hostile\",\"mode\":\"foreign-emitter\"}");
    drive_do(
        &d,
        "{\"do\":\"send\",\"service\":\"a\",\"dst_chain\":\"city-410100\",\"dst_service\":\"b\","
        "\"payload\":\"01\"}");
    cr_assert_eq(drive_height(&d, 3, &e), YQ_OK);
    cr_assert_eq(drive_height(&d, 4, &e), YQ_OK);
    cr_assert(yq_slice_equal(e.event[0].emitter, yq_slice_text("yuqiao-inbox-2")));
    drive_end(&d);
}

/* A gap that nobody else sees is none. */
Test(hostile, a_record_that_is_hidden_from_the_adapter_is_missed, .timeout = 120)
{
    yq_height_evidence e;
    begin();
    drive_dof(&d, EMIT, 2u);
    drive_do(&d, "{\"do\":\"lie\",\"caller\":\"adapter\",\"number\":3,\"hide\":true}");
    expect_refused(3, YQ_E_SOURCE_DISAGREE, "record 3: 0 of 3 attesters");
    cr_assert_not_null(strstr(d.why.text, "sees a record there"), "%s", d.why.text);
    drive_do(&d, "{\"do\":\"hostile\",\"mode\":\"none\"}");
    cr_assert_eq(drive_height(&d, 3, &e), YQ_OK, "shown again");
    drive_end(&d);
}

/* ---- clocks ---- */

Test(hostile, a_record_of_tomorrow_waits, .timeout = 120)
{
    begin();
    drive_do(&d, "{\"do\":\"skew\",\"ahead_ms\":600000}");
    drive_dof(&d, EMIT, 1u);
    expect_refused(3, YQ_E_TIME_FUTURE, "record 3 is ");
    drive_reopen(&d, (const char *const[]){"skew_ms", "700000", NULL});
    expect_refused(3, YQ_E_SOURCE_DISAGREE, "TIME_FUTURE");
    drive_end(&d);
}

Test(hostile, a_clock_that_goes_back_is_the_light_clients_to_refuse, .timeout = 120)
{
    yq_height_evidence e;
    begin();
    drive_do(&d, "{\"do\":\"skew\",\"back_ms\":600000}");
    drive_dof(&d, EMIT, 1u);
    cr_assert_eq(drive_height(&d, 3, &e), YQ_E_TIME_ORDER);
    drive_end(&d);
}
