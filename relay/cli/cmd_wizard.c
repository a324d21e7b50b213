#include "relay/base/bytes.h"
#include "relay/cli/chain_docs.h"
#include "relay/cli/wizard.h"

static void put_command(yq_json_out *out, const char *command, const char *chain)
{
    char text[512];
    size_t n = 0;
    for (const char *p = command; *p != '\0' && n + 1 < sizeof text; p++) {
        if (*p != '@') {
            text[n++] = *p;
            continue;
        }
        int put = snprintf(text + n, sizeof text - n, "%s", chain);
        n += put > 0 && (size_t)put < sizeof text - n ? (size_t)put : 0;
    }
    text[n] = '\0';
    yq_json_out_str(out, "command", text);
}

static void write_steps(const cli *c, const char *chain, const doctor_view *view, yq_json_out *out)
{
    int zh = strcmp(c->language, "zh") == 0;
    const char *next = wizard_next(view);
    yq_json_out_object(out, NULL);
    yq_json_out_str(out, "chain", chain);
    yq_json_out_bool(out, "joined", next[0] == '\0');
    yq_json_out_str(out, "next", next);
    yq_json_out_array(out, "steps");
    for (size_t i = 0; i < WIZARD_STEPS; i++) {
        yq_json_out_object(out, NULL);
        yq_json_out_str(out, "id", wizard_steps[i].id);
        yq_json_out_bool(out, "done", wizard_steps[i].is_done(view));
        yq_json_out_str(out, "what", zh ? wizard_steps[i].what_zh : wizard_steps[i].what_en);
        put_command(out, wizard_steps[i].command, chain);
        yq_json_out_end(out);
    }
    yq_json_out_end(out);
    yq_json_out_end(out);
}

/* Who --public names, where the hub knows it. Out: signer, NULL: not asked, or not known. */
static yq_status ask_signer(cli *c, yq_json **signer)
{
    uint8_t room[YQ_SM2_KEY_SIZE];
    char path[96] = "/api/v1/signers/";
    size_t n = strlen(path);
    yq_slice key;
    yq_digest id = {{0}};
    if (!cli_has(c, "public")) {
        return YQ_OK;
    }
    yq_status status = cli_bytes(c, "public", room, sizeof room, &key);
    if (status == YQ_OK && key.n != sizeof room) {
        status = cli_usage(c, "--public: 128 hex digits are expected");
    }
    if (status != YQ_OK) {
        return status;
    }
    yq_signer_id(YQ_SUITE_SM2, key, &id);
    (void)yq_hex_encode(path + n, sizeof path - n, id.b, sizeof id.b);
    status = yq_api_ask_json(c->http, path, YQ_API_TIME_MS, signer, &c->why);
    return status == YQ_E_NOT_FOUND ? YQ_OK : status;
}

yq_status cmd_chain_wizard(cli *c, yq_json_out **out)
{
    chain_docs docs;
    doctor_view view = {0};
    yq_json *signer = NULL;
    const char *chain = cli_get(c, "chain");
    yq_status status = chain_docs_ask(c, chain, &docs);
    if (status == YQ_OK) {
        view = chain_docs_view(&docs);
        status = ask_signer(c, &signer);
        view.signer = signer == NULL ? NULL : yq_json_root(signer);
    } else if (status == YQ_E_NOT_FOUND) {
        status = YQ_OK; /* nobody has registered it yet: all steps are before it */
    }
    if (status == YQ_OK && (*out = yq_json_out_new(CLI_JSON_MAX)) != NULL) {
        write_steps(c, chain, &view, *out);
    }
    chain_docs_free(&docs);
    yq_json_free(signer);
    return status;
}
