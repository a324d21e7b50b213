#include "relay/base/bytes.h"
#include "relay/cli/cli.h"
#include "relay/cli/doctor.h"

#include <stdlib.h>
#include <time.h>

#define ADAPTER_STATUS_MAX (1u << 20)
#define DOCUMENTS          5u

/* What was asked for; every document lives as long as the findings that are made of it. */
typedef struct asked {
    yq_json *document[DOCUMENTS], *adapter;
} asked;

static void asked_free(asked *a)
{
    for (size_t i = 0; i < DOCUMENTS; i++) {
        yq_json_free(a->document[i]);
    }
    yq_json_free(a->adapter);
}

static yq_status ask_all(cli *c, const char *chain, asked *a)
{
    static const char *const path[DOCUMENTS] = {
        "/api/v1/status",
        "/api/v1/chains/%s",
        "/api/v1/chains/%s/services",
        "/api/v1/lanes",
        "/api/v1/messages?limit=500&chain=%s"};
    char full[160];
    size_t n = strlen(chain);
    if (n == 0 || n > 64 || strspn(chain, "abcdefghijklmnopqrstuvwxyz0123456789-") != n) {
        return cli_usage(c, "\"%.64s\" is no chain's id", chain);
    }
    yq_status status = cli_hub(c);
    for (size_t i = 0; i < DOCUMENTS && status == YQ_OK; i++) {
        const char *name = strstr(path[i], "%s");
        size_t head = name == NULL ? strlen(path[i]) : (size_t)(name - path[i]);
        (void)snprintf(
            full,
            sizeof full,
            "%.*s%s%s",
            (int)head,
            path[i],
            name == NULL ? "" : chain,
            name == NULL ? "" : name + 2);
        status = yq_api_ask_json(c->http, full, YQ_API_TIME_MS, &a->document[i], &c->why);
    }
    return status;
}

static yq_status read_adapter(cli *c, asked *a)
{
    yq_buf file;
    if (!cli_has(c, "adapter-status")) {
        return YQ_OK;
    }
    yq_status status = cli_file(c, cli_get(c, "adapter-status"), ADAPTER_STATUS_MAX, &file);
    if (status == YQ_OK) {
        a->adapter = yq_json_parse(yq_slice_of(file.p, file.n), ADAPTER_STATUS_MAX, &c->why);
        free(file.p);
        status = a->adapter == NULL ? yq_fail(&c->why, YQ_E_USAGE, 0, "--adapter-status: no JSON")
                                    : YQ_OK;
    }
    return status;
}

static void write_findings(
    const cli *c, const char *chain, const doctor_finding *finding, unsigned n, yq_json_out *out)
{
    int zh = strcmp(c->language, "zh") == 0;
    yq_json_out_object(out, NULL);
    yq_json_out_str(out, "chain", chain);
    yq_json_out_bool(out, "healthy", n == 0);
    yq_json_out_array(out, "findings");
    for (unsigned i = 0; i < n; i++) {
        const doctor_words *words = doctor_words_of(finding[i].kind);
        yq_json_out_object(out, NULL);
        yq_json_out_str(out, "id", words->id);
        yq_json_out_str(out, "what", zh ? words->what_zh : words->what_en);
        yq_json_out_str(out, "do", zh ? words->do_zh : words->do_en);
        yq_json_out_str(out, "detail", finding[i].detail);
        yq_json_out_end(out);
    }
    yq_json_out_end(out);
    yq_json_out_end(out);
}

yq_status cmd_doctor(cli *c, yq_json_out **out)
{
    asked a = {0};
    doctor_finding finding[DOCTOR_KIND_N];
    struct timespec now;
    const char *chain = cli_get(c, "chain");
    yq_status status = ask_all(c, chain, &a);
    status = status == YQ_OK ? read_adapter(c, &a) : status;
    if (status == YQ_OK) {
        (void)clock_gettime(CLOCK_REALTIME, &now);
        const doctor_view view = {
            .status = yq_json_root(a.document[0]),
            .chain = yq_json_root(a.document[1]),
            .services = yq_json_root(a.document[2]),
            .lanes = yq_json_root(a.document[3]),
            .messages = yq_json_root(a.document[4]),
            .adapter = a.adapter == NULL ? NULL : yq_json_root(a.adapter),
            .now_ms = (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000};
        unsigned n = doctor_look(&view, finding);
        if ((*out = yq_json_out_new(CLI_JSON_MAX)) != NULL) {
            write_findings(c, chain, finding, n, *out);
        }
    }
    asked_free(&a);
    return status;
}
