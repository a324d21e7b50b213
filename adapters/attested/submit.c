#include "adapters/attested/session.h"

#include <stdio.h>

#define PATH_SIZE   2048u
#define BODY_EXTRA  512u
#define TICKET_MAX  128u
#define REASON_SIZE 160u

/* The one thing that is handed over, in hex under its member. */
static yq_status hand_in(
    yq_atd_session *s,
    const char *path,
    const char *member,
    yq_slice bytes,
    uint64_t until_ms,
    yq_slice *reference,
    yq_fault *why)
{
    const yq_adapter_host *host = &s->reader.host;
    yq_json *reply = NULL;
    size_t size;
    uint8_t *ticket = host->alloc(host->self, TICKET_MAX);
    yq_json_out *out = yq_json_out_new(2 * bytes.n + BODY_EXTRA);
    if (ticket == NULL || out == NULL) {
        yq_json_out_free(out);
        return yq_fail(why, YQ_E_MEMORY, 0, "delivery");
    }
    yq_json_out_object(out, NULL);
    yq_json_out_hex(out, member, bytes);
    yq_json_out_end(out);
    const char *text = yq_json_out_done(out, &size);
    const yq_slice body = yq_slice_of(text, size);
    const yq_rest_call call = {.path = path, .body = &body, .until_ms = until_ms};
    yq_status status = text == NULL
                           ? yq_fail(why, YQ_E_MEMORY, 0, "delivery")
                           : yq_atd_platform_ask(&s->reader.platform, &call, &reply, NULL, why);
    yq_json_out_free(out);
    if (status == YQ_OK && !yq_atd_text_of(
                               yq_json_root(reply),
                               s->reader.mapping.inbox.ticket,
                               ticket,
                               TICKET_MAX,
                               &reference->n)) {
        status = yq_fail(why, YQ_E_PEER, 0, "inbox: ticket: the platform gives none");
    }
    reference->p = ticket;
    yq_json_free(reply);
    s->counts.submitted += status == YQ_OK;
    return status;
}

yq_status yq_atd_submit(
    yq_atd_session *s, yq_slice delivery, uint64_t until_ms, yq_slice *reference, yq_fault *why)
{
    const yq_atd_inbox *inbox = &s->reader.mapping.inbox;
    if (inbox->submit == NULL) {
        return yq_fail(why, YQ_E_UNSUPPORTED, 0, "inbox: the mapping has none, it only reads");
    }
    return hand_in(s, inbox->submit, inbox->member, delivery, until_ms, reference, why);
}

yq_status yq_atd_step_epoch(
    yq_atd_session *s, yq_slice set, uint64_t until_ms, yq_slice *reference, yq_fault *why)
{
    const yq_atd_inbox *inbox = &s->reader.mapping.inbox;
    if (inbox->step == NULL) {
        return yq_fail(
            why,
            YQ_E_UNSUPPORTED,
            0,
            "inbox: step: the mapping has none; the platform's operators hand it the next set");
    }
    return hand_in(s, inbox->step, inbox->step_member, set, until_ms, reference, why);
}

/* The platform's words, of a size and letters that a log takes. */
static void put_reason(char *text, size_t size, const yq_json *reply, yq_atd_place place)
{
    uint8_t words[REASON_SIZE - 1];
    size_t n = 0;
    if (!yq_atd_text_of(reply, place, words, size - 1, &n)) {
        (void)snprintf(text, size, "the platform gives no reason");
        return;
    }
    for (size_t i = 0; i < n; i++) {
        text[i] = (char)(words[i] >= 0x20 && words[i] != 0x7f ? words[i] : '?');
    }
    text[n] = '\0';
}

static yq_status read_fate(
    yq_atd_session *s, const yq_json *reply, yq_receipt_view *out, yq_fault *why)
{
    const yq_adapter_host *host = &s->reader.host;
    const yq_atd_inbox *inbox = &s->reader.mapping.inbox;
    uint8_t state[YQ_ATD_TEXT_MAX];
    size_t n;
    if (!yq_atd_text_of(reply, inbox->state, state, sizeof state, &n)) {
        return yq_fail(why, YQ_E_PEER, 0, "inbox: state: the platform gives none");
    }
    out->state = YQ_SUBMIT_PENDING;
    if (yq_slice_equal(yq_slice_of(state, n), yq_slice_text(inbox->done))) {
        out->state = YQ_SUBMIT_DONE;
        return yq_atd_number_of(reply, inbox->number, &out->height)
                   ? YQ_OK
                   : yq_fail(why, YQ_E_PEER, 0, "inbox: number: the platform gives none");
    }
    if (yq_slice_equal(yq_slice_of(state, n), yq_slice_text(inbox->failed))) {
        char *text = host->alloc(host->self, REASON_SIZE);
        if (text == NULL) {
            return yq_fail(why, YQ_E_MEMORY, 0, "receipt");
        }
        put_reason(text, REASON_SIZE, reply, inbox->reason);
        out->state = YQ_SUBMIT_FAILED;
        out->text = text;
    }
    return YQ_OK;
}

yq_status yq_atd_fate(
    yq_atd_session *s, yq_slice reference, uint64_t until_ms, yq_receipt_view *out, yq_fault *why)
{
    char path[PATH_SIZE];
    yq_json *reply;
    const yq_atd_inbox *inbox = &s->reader.mapping.inbox;
    *out = (yq_receipt_view){0};
    if (inbox->submit == NULL) {
        return yq_fail(why, YQ_E_UNSUPPORTED, 0, "inbox: the mapping has none, it only reads");
    }
    if (yq_atd_path_make(path, sizeof path, inbox->fate, "{ticket}", reference) != YQ_OK) {
        return yq_fail(why, YQ_E_LEN, 0, "reference");
    }
    const yq_rest_call call = {.path = path, .until_ms = until_ms};
    yq_status status = yq_atd_platform_ask(&s->reader.platform, &call, &reply, NULL, why);
    if (status == YQ_E_NOT_FOUND) { /* a ticket that the platform lost is handed in again */
        out->state = YQ_SUBMIT_LOST;
        status = YQ_OK;
    } else if (status == YQ_OK) {
        status = read_fate(s, yq_json_root(reply), out, why);
    }
    yq_json_free(reply);
    return status;
}
