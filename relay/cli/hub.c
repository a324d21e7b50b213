#include "relay/base/bytes.h"
#include "relay/cli/cli.h"

#include <stdlib.h>

yq_status cli_hub(cli *c)
{
    if (c->http != NULL) {
        return YQ_OK;
    }
    char room[1024];
    const char *hub = cli_get(c, "hub"), *home = cli_get(c, "home");
    if (hub == NULL && home != NULL) {
        if (snprintf(room, sizeof room, "unix:%s/run/yuqiaod.sock", home) >= (int)sizeof room) {
            return cli_usage(c, "--home is too long");
        }
        hub = room;
    }
    hub = hub != NULL ? hub : getenv("YUQIAO_HUB");
    if (hub == NULL || hub[0] == '\0') {
        return cli_usage(c, "which hub? give --home DIR or --hub unix:PATH | http://HOST:PORT");
    }
    if (strncmp(hub, "unix:", 5) != 0 && strncmp(hub, "http://", 7) != 0 &&
        strncmp(hub, "https://", 8) != 0) {
        return cli_usage(c, "--hub: unix:PATH, http://HOST:PORT or https://HOST:PORT is expected");
    }
    c->http = yq_http_new(&hub, 1, NULL);
    return c->http == NULL ? yq_fail(&c->why, YQ_E_MEMORY, 0, "http") : YQ_OK;
}

/* Copies the members or items of value into the open object or array, without recursion: a list of
 * what is still open. */
typedef struct level {
    const yq_json *value;
    size_t next;
} level;

static void copy_leaf(yq_json_out *out, const char *key, const yq_json *value)
{
    yq_slice text;
    uint64_t number;
    int64_t negative;
    int flag;
    if (yq_json_text(value, &text)) {
        yq_json_out_text(out, key, text);
    } else if (yq_json_uint(value, &number)) {
        yq_json_out_uint(out, key, number);
    } else if (yq_json_int(value, &negative)) {
        yq_json_out_int(out, key, negative);
    } else if (yq_json_bool(value, &flag)) {
        yq_json_out_bool(out, key, flag);
    } else {
        yq_json_out_null(out, key);
    }
}

void cli_copy(yq_json_out *out, const char *key, const yq_json *value)
{
    level open[YQ_NESTING_MAX + 1];
    size_t n = 0;
    const yq_json *at = value;
    const char *name = key;
    for (;;) {
        int is_object = yq_json_is_object(at), is_array = yq_json_is_array(at);
        if ((is_object || is_array) && n < sizeof open / sizeof open[0]) {
            if (is_object) {
                yq_json_out_object(out, name);
            } else {
                yq_json_out_array(out, name);
            }
            open[n++] = (level){at, 0};
        } else {
            copy_leaf(out, name, at);
        }
        while (n > 0 && open[n - 1].next == yq_json_count(open[n - 1].value)) {
            yq_json_out_end(out);
            n--;
        }
        if (n == 0) {
            return;
        }
        level *top = &open[n - 1];
        size_t i = top->next++;
        name = yq_json_is_object(top->value) ? yq_json_key_at(top->value, i) : NULL;
        at = name != NULL ? yq_json_get(top->value, name) : yq_json_at(top->value, i);
    }
}

yq_status cli_pass(cli *c, const char *path, yq_json_out **out)
{
    yq_json *document;
    yq_status status = cli_hub(c);
    if (status == YQ_OK) {
        status = yq_api_ask_json(c->http, path, YQ_API_TIME_MS, &document, &c->why);
    }
    if (status != YQ_OK) {
        return status;
    }
    *out = yq_json_out_new(CLI_JSON_MAX);
    if (*out != NULL) {
        cli_copy(*out, NULL, yq_json_root(document));
    }
    yq_json_free(document);
    return *out == NULL ? yq_fail(&c->why, YQ_E_MEMORY, 0, "reply") : YQ_OK;
}
