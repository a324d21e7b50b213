#include "conformance/runner/client.h"
#include "conformance/runner/report.h"
#include "relay/base/bytes.h"
#include "relay/base/errors.h"

#include <criterion/criterion.h>
#include <stdio.h>

/* A verifier that wants one text and does not look at one of its bytes. */
#define TEXT  "every byte is looked at, but one"
#define BLIND 7u

static size_t blind = BLIND;

static yq_status blind_until; /* what the change of the unseen byte gives */

static yq_status init(
    const yq_verifier_host *host, yq_slice anchor, uint64_t now_ms, yq_buf *state, yq_fault *why)
{
    (void)host;
    (void)anchor;
    (void)now_ms;
    (void)why;
    state->p[0] = 1;
    state->n = 1;
    return YQ_OK;
}

static yq_status look(yq_slice evidence, yq_fault *why)
{
    cr_assert_eq(evidence.n, sizeof TEXT - 1);
    for (size_t i = 0; i < evidence.n; i++) {
        if (evidence.p[i] != (uint8_t)TEXT[i] && (i != blind || blind_until != YQ_OK)) {
            return yq_fail(why, i == blind ? blind_until : YQ_E_HASH, (uint32_t)i, "byte");
        }
    }
    return YQ_OK;
}

static yq_status update(
    const yq_verifier_host *host,
    yq_slice state,
    yq_slice evidence,
    uint64_t now_ms,
    yq_buf *next,
    yq_fault *why)
{
    (void)host;
    (void)state;
    (void)now_ms;
    next->p[0] = 2;
    next->n = 1;
    return look(evidence, why);
}

static yq_status event(
    const yq_verifier_host *host,
    yq_slice state,
    yq_slice proof,
    uint64_t now_ms,
    yq_verified_event *out,
    yq_fault *why)
{
    (void)host;
    (void)state;
    (void)now_ms;
    *out = (yq_verified_event){0};
    return look(proof, why);
}

static const yq_verifier verifier = {
    .magic = YQ_VERIFIER_MAGIC,
    .size = sizeof verifier,
    .abi_major = YQ_VERIFIER_ABI_MAJOR,
    .version = 1,
    .framework = "blind",
    .state_size_max = 16,
    .init = init,
    .update = update,
    .event = event,
};

static run_row mutate(run_mutation_kind kind, const run_claim *claim)
{
    yq_fault why;
    run_client *client = run_client_new(&verifier);
    run_report *report = run_report_new(1);
    run_row row = {.file = "text", .kind = "block", .anchor = "none"};
    cr_assert_eq(run_client_init(client, yq_slice_text("a"), &why), YQ_OK);
    cr_assert_eq(run_client_update(client, yq_slice_text(TEXT), &why), YQ_OK);
    run_mutate(report, client, kind, yq_slice_text(TEXT), claim, &row);
    run_report_free(report);
    run_client_free(client);
    return row;
}

Test(mutate, a_byte_that_is_not_looked_at_is_found_and_named)
{
    blind_until = YQ_OK;
    for (int kind = RUN_MUTATE_UPDATE; kind <= RUN_MUTATE_EVENT; kind++) {
        run_row row = mutate((run_mutation_kind)kind, NULL);
        cr_expect_eq(row.mutations_tried, sizeof TEXT - 1);
        cr_expect_eq(row.mutations_refused, sizeof TEXT - 2);
        cr_expect(strstr(row.note, "byte 7 of 32") != NULL, "%s", row.note);
    }
}

Test(mutate, a_fault_of_the_machine_is_no_refusal)
{
    blind_until = YQ_E_MEMORY;
    cr_expect_eq(mutate(RUN_MUTATE_EVENT, NULL).mutations_refused, sizeof TEXT - 2);
    blind_until = YQ_E_SIG;
    cr_expect_eq(mutate(RUN_MUTATE_EVENT, NULL).mutations_refused, sizeof TEXT - 1);
}

Test(mutate, what_a_claim_accepts_is_no_failure_and_what_it_refuses_is_counted)
{
    static const run_claim claim = {BLIND - 1, 2, "place", "reason"}, other = {0, BLIND, "", ""};
    blind_until = YQ_OK;
    run_row row = mutate(RUN_MUTATE_UPDATE, &claim);
    cr_expect_eq(row.mutations_tried, sizeof TEXT - 2);
    cr_expect_eq(row.mutations_refused, sizeof TEXT - 2);
    row = mutate(RUN_MUTATE_UPDATE, &other);
    cr_expect_eq(row.mutations_refused, row.mutations_tried - 1, "it ends in front of the byte");
    blind_until = YQ_E_MEMORY;
    row = mutate(RUN_MUTATE_EVENT, &claim);
    cr_expect_eq(row.mutations_refused, row.mutations_tried - 1, "no fault is claimed");
}

/* As many tries as bytes, and each byte is found when it is the blind one: so each is tried once.
 */
Test(mutate, each_byte_is_tried_exactly_once)
{
    blind_until = YQ_OK;
    for (blind = 0; blind < sizeof TEXT - 1; blind++) {
        char expected[64];
        run_row row = mutate(RUN_MUTATE_UPDATE, NULL);
        (void)snprintf(expected, sizeof expected, "byte %zu of 32", blind);
        cr_expect_eq(row.mutations_tried, sizeof TEXT - 1);
        cr_expect_eq(row.mutations_refused, sizeof TEXT - 2);
        cr_expect(strstr(row.note, expected) != NULL, "%s: %s", expected, row.note);
    }
}
