#include "adapters/attested/session.h"

#include <inttypes.h>
#include <stdio.h>

void yq_atd_ask_attester(
    yq_atd_session *s, size_t i, const yq_atd_expected *e, uint64_t until_ms, yq_atd_answer *out)
{
    char path[64];
    yq_fault why = {0};
    yq_json *reply;
    *out = (yq_atd_answer){0};
    (void)snprintf(path, sizeof path, "/v1/statements/%" PRIu64, e->number);
    const yq_rest_call call = {.path = path, .until_ms = until_ms};
    yq_status status = yq_rest_ask(s->attesters, i, &call, &reply, NULL, &why);
    if (status == YQ_OK) {
        yq_atd_answer_judge(e, &s->reader.mapping.attester[i], yq_json_root(reply), out);
    } else {
        out->verdict = YQ_ATD_SILENT;
        out->status = status;
        (void)snprintf(out->text, sizeof out->text, "%.95s", why.text);
    }
    yq_json_free(reply);
}

static void tell(yq_atd_session *s, size_t i, uint64_t number, const yq_atd_answer *a)
{
    char text[256];
    const yq_adapter_host *host = &s->reader.host;
    s->counts.disagreements += a->verdict == YQ_ATD_DISAGREES;
    s->counts.refusals += a->verdict == YQ_ATD_REFUSES;
    s->counts.silent += a->verdict == YQ_ATD_SILENT;
    (void)snprintf(
        text,
        sizeof text,
        "attester %.40s %s record=%" PRIu64 "%s why=\"%s\"",
        s->reader.mapping.attester[i].name,
        a->verdict == YQ_ATD_DISAGREES ? "disagrees"
        : a->verdict == YQ_ATD_REFUSES ? "refuses"
                                       : "is silent",
        number,
        a->verdict == YQ_ATD_SILENT ? "" : " alarm=1",
        a->text);
    host->log(host->self, YQ_LOG_WARN, text);
}

yq_status yq_atd_gather(
    yq_atd_session *s,
    const yq_atd_expected *e,
    uint64_t until_ms,
    yq_atd_answer *answer,
    yq_fault *why)
{
    const yq_atd_mapping *m = &s->reader.mapping;
    size_t agree = 0, worst = m->attester_n;
    for (size_t i = 0; i < m->attester_n; i++) {
        yq_atd_answer *a = &answer[i];
        yq_atd_ask_attester(s, i, e, until_ms, a);
        if (a->verdict == YQ_ATD_AGREES) {
            agree++;
            continue;
        }
        tell(s, i, e->number, a);
        int is_word = a->verdict != YQ_ATD_SILENT;
        if (worst == m->attester_n || (is_word && answer[worst].verdict == YQ_ATD_SILENT)) {
            worst = i;
        }
    }
    if (agree >= m->threshold || worst == m->attester_n) {
        return YQ_OK;
    }
    char text[160];
    (void)snprintf(
        text,
        sizeof text,
        "record %" PRIu64 ": %zu of %" PRIu64 " attesters; %.20s: %.40s",
        e->number,
        agree,
        m->threshold,
        m->attester[worst].name,
        answer[worst].text);
    return yq_fail(why, answer[worst].status, 0, text);
}
