#include "relay/cli/chain_docs.h"

void chain_docs_free(chain_docs *docs)
{
    for (size_t i = 0; i < CHAIN_DOCS; i++) {
        yq_json_free(docs->document[i]);
    }
}

/* Writes a path in which "%s" stands for the chain, once or not at all. */
static void put_path(char *out, size_t size, const char *path, const char *chain)
{
    const char *gap = strstr(path, "%s");
    if (gap == NULL) {
        (void)snprintf(out, size, "%s", path);
    } else {
        (void)snprintf(out, size, "%.*s%s%s", (int)(gap - path), path, chain, gap + 2);
    }
}

yq_status chain_docs_ask(cli *c, const char *chain, chain_docs *docs)
{
    static const char *const path[CHAIN_DOCS] = {
        "/api/v1/status",
        "/api/v1/chains/%s",
        "/api/v1/chains/%s/services",
        "/api/v1/lanes",
        "/api/v1/messages?limit=500&chain=%s"};
    char full[160];
    size_t n = strlen(chain);
    *docs = (chain_docs){{NULL}};
    if (n == 0 || n > 64 || strspn(chain, "abcdefghijklmnopqrstuvwxyz0123456789-") != n) {
        return cli_usage(c, "\"%.64s\" is no chain's id", chain);
    }
    yq_status status = cli_hub(c);
    for (size_t i = 0; i < CHAIN_DOCS && status == YQ_OK; i++) {
        put_path(full, sizeof full, path[i], chain);
        status = yq_api_ask_json(c->http, full, YQ_API_TIME_MS, &docs->document[i], &c->why);
    }
    return status;
}

doctor_view chain_docs_view(const chain_docs *docs)
{
    return (doctor_view){
        .status = yq_json_root(docs->document[0]),
        .chain = yq_json_root(docs->document[1]),
        .services = yq_json_root(docs->document[2]),
        .lanes = yq_json_root(docs->document[3]),
        .messages = yq_json_root(docs->document[4])};
}
