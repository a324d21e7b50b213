#include "relay/base/bytes.h"
#include "relay/cli/chain_docs.h"

#include <stdlib.h>
#include <time.h>

#define ADAPTER_STATUS_MAX (1u << 20)

/* Out: adapter, NULL where none was named. */
static yq_status read_adapter(cli *c, yq_json **adapter)
{
    yq_buf file;
    if (!cli_has(c, "adapter-status")) {
        return YQ_OK;
    }
    yq_status status = cli_file(c, cli_get(c, "adapter-status"), ADAPTER_STATUS_MAX, &file);
    if (status == YQ_OK) {
        *adapter = yq_json_parse(yq_slice_of(file.p, file.n), ADAPTER_STATUS_MAX, &c->why);
        free(file.p);
        status =
            *adapter == NULL ? yq_fail(&c->why, YQ_E_USAGE, 0, "--adapter-status: no JSON") : YQ_OK;
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
    chain_docs docs;
    yq_json *adapter = NULL;
    doctor_finding finding[DOCTOR_KIND_N];
    struct timespec now;
    const char *chain = cli_get(c, "chain");
    yq_status status = chain_docs_ask(c, chain, &docs);
    status = status == YQ_OK ? read_adapter(c, &adapter) : status;
    if (status == YQ_OK) {
        (void)clock_gettime(CLOCK_REALTIME, &now);
        doctor_view view = chain_docs_view(&docs);
        view.adapter = adapter == NULL ? NULL : yq_json_root(adapter);
        view.now_ms = (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
        unsigned n = doctor_look(&view, finding);
        if ((*out = yq_json_out_new(CLI_JSON_MAX)) != NULL) {
            write_findings(c, chain, finding, n, *out);
        }
    }
    chain_docs_free(&docs);
    yq_json_free(adapter);
    return status;
}
