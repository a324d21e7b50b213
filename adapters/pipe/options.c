#include "adapters/pipe/session.h"
#include "relay/base/bytes.h"

#include <stdio.h>
#include <stdlib.h>

#define HELLO_MS     10000u
#define HELLO_MS_MIN 100u
#define HELLO_MS_MAX 60000u
#define ARG          "arg."
#define ENV          "env."
#define CHILD        "child."

static yq_status bad(yq_fault *why, const char *key, const char *what)
{
    char text[sizeof why->text];
    (void)snprintf(text, sizeof text, "options.%.40s: %.60s", key, what);
    return yq_fail(why, YQ_E_CONFIG_INVALID, 0, text);
}

/* Returns the copy of a followed by b; NULL: no memory. */
static char *keep(yq_pipe_settings *s, const char *a, const char *b)
{
    const size_t size = strlen(a) + strlen(b) + 1;
    char *copy = s->owned_n < YQ_PIPE_OWNED_MAX ? calloc(1, size) : NULL;
    if (copy != NULL) {
        (void)snprintf(copy, size, "%s%s", a, b);
        s->owned[s->owned_n++] = copy;
    }
    return copy;
}

static const char *after(const char *text, const char *prefix)
{
    const size_t n = strlen(prefix);
    return strncmp(text, prefix, n) == 0 ? text + n : NULL;
}

static int is_plain(const char *text)
{
    for (; *text != '\0'; text++) {
        if ((unsigned char)*text < 0x20 || *text == 0x7f) {
            return 0;
        }
    }
    return 1;
}

static yq_status take_arg(yq_pipe_settings *s, const yq_option *o, const char *tail, yq_fault *why)
{
    char number[24];
    for (size_t i = 0; i < YQ_PIPE_ARGS_MAX; i++) {
        (void)yq_decimal_encode(number, i);
        if (strcmp(number, tail) == 0) {
            s->argv[i] = keep(s, o->value, "");
            s->arg_n++;
            return s->argv[i] != NULL ? YQ_OK : yq_fail(why, YQ_E_MEMORY, 0, "options");
        }
    }
    return bad(why, o->key, "arg.0 to arg.31 are the program and its arguments");
}

static int is_variable(const char *name)
{
    for (size_t i = 0; name[i] != '\0'; i++) {
        const int is_letter = (name[i] >= 'A' && name[i] <= 'Z') || name[i] == '_';
        if (!is_letter && (i == 0 || name[i] < '0' || name[i] > '9')) {
            return 0;
        }
    }
    return name[0] != '\0';
}

static yq_status take_env(yq_pipe_settings *s, const yq_option *o, const char *name, yq_fault *why)
{
    if (!is_variable(name)) {
        return bad(why, o->key, "a variable has letters A-Z, digits and _");
    }
    if (s->env_n == YQ_PIPE_ENV_FIXED + YQ_PIPE_ENV_MAX) {
        return bad(why, o->key, "at most 16 variables");
    }
    char *head = keep(s, name, "=");
    s->env[s->env_n] = head == NULL ? NULL : keep(s, head, o->value);
    return s->env[s->env_n++] != NULL ? YQ_OK : yq_fail(why, YQ_E_MEMORY, 0, "options");
}

/* The child's own options stand in the order of their keys. */
static yq_status take_own(yq_pipe_settings *s, const yq_option *o, const char *key, yq_fault *why)
{
    size_t at = s->hello.option_n;
    const yq_option own = {keep(s, key, ""), keep(s, o->value, "")};
    if (own.key == NULL || own.value == NULL) {
        return yq_fail(why, YQ_E_MEMORY, 0, "options");
    }
    if (key[0] == '\0' || !is_plain(own.value)) {
        return bad(why, o->key, "a key, and a value of one line");
    }
    for (; at > 0 && strcmp(s->option[at - 1].key, key) > 0; at--) {
        s->option[at] = s->option[at - 1];
    }
    if (at > 0 && strcmp(s->option[at - 1].key, key) == 0) {
        return bad(why, o->key, "stands here twice; remove one");
    }
    s->option[at] = own;
    s->hello.option_n++;
    return YQ_OK;
}

static yq_status take_hello_ms(yq_pipe_settings *s, const yq_option *o, yq_fault *why)
{
    uint64_t value = 0;
    int good = o->value[0] != '\0';
    for (const char *p = o->value; good && *p != '\0'; p++) {
        good = *p >= '0' && *p <= '9' && value <= HELLO_MS_MAX;
        value = value * 10 + (uint64_t)(*p - '0');
    }
    if (!good || value < HELLO_MS_MIN || value > HELLO_MS_MAX) {
        return bad(why, o->key, "milliseconds for a child to begin: 100 to 60000");
    }
    s->hello_ms = (uint32_t)value;
    return YQ_OK;
}

static yq_status take_option(yq_pipe_settings *s, const yq_option *o, yq_fault *why)
{
    const char *arg = after(o->key, ARG), *env = after(o->key, ENV), *own = after(o->key, CHILD);
    if (arg != NULL) {
        return take_arg(s, o, arg, why);
    }
    if (env != NULL) {
        return take_env(s, o, env, why);
    }
    if (own != NULL) {
        return take_own(s, o, own, why);
    }
    if (strcmp(o->key, "hello_ms") == 0) {
        return take_hello_ms(s, o, why);
    }
    if (strcmp(o->key, "dir") == 0) {
        s->dir = keep(s, o->value, "");
        return s->dir == NULL     ? yq_fail(why, YQ_E_MEMORY, 0, "options")
               : s->dir[0] == '/' ? YQ_OK
                                  : bad(why, o->key, "an absolute path");
    }
    if (strcmp(o->key, "framework") == 0) {
        s->hello.framework = keep(s, o->value, "");
        return s->hello.framework == NULL ? yq_fail(why, YQ_E_MEMORY, 0, "options")
               : is_plain(o->value) && o->value[0] != '\0' && strlen(o->value) <= YQ_PIPE_NAME_MAX
                   ? YQ_OK
                   : bad(why, o->key, "the name of the chain's light client");
    }
    return bad(why, o->key, "not a key of this adapter: the child's own begin with child.");
}

/* What every child has; nothing of the host's own environment reaches it. */
static int put_defaults(yq_pipe_settings *s)
{
    static const char *const fixed[YQ_PIPE_ENV_FIXED] = {
        "PATH=/usr/local/bin:/usr/bin:/bin", "LANG=C.UTF-8", "TZ=UTC"};
    for (size_t i = 0; i < YQ_PIPE_ENV_FIXED; i++) {
        s->env[i] = keep(s, fixed[i], "");
        if (s->env[i] == NULL) {
            return 0;
        }
    }
    s->env_n = YQ_PIPE_ENV_FIXED;
    s->dir = "/";
    s->hello_ms = HELLO_MS;
    s->hello.endpoints = s->endpoint;
    s->hello.options = s->option;
    return 1;
}

static yq_status take_endpoints(yq_pipe_settings *s, const yq_adapter_config *config, yq_fault *why)
{
    if (config->endpoint_n > YQ_PIPE_ENDPOINTS_MAX) {
        return yq_fail(why, YQ_E_CONFIG_INVALID, 0, "endpoints: at most 64");
    }
    for (size_t i = 0; i < config->endpoint_n; i++) {
        s->endpoint[i] = keep(s, config->endpoints[i], "");
        if (s->endpoint[i] == NULL) {
            return yq_fail(why, YQ_E_MEMORY, 0, "endpoints");
        }
        if (!is_plain(s->endpoint[i])) {
            return yq_fail(why, YQ_E_CONFIG_INVALID, 0, "endpoints: one line each");
        }
    }
    s->hello.endpoint_n = config->endpoint_n;
    return YQ_OK;
}

static yq_status check(const yq_pipe_settings *s, yq_fault *why)
{
    if (s->hello.framework == NULL) {
        return bad(why, "framework", "is needed: the name of the chain's light client");
    }
    if (s->argv[0] == NULL || s->argv[0][0] != '/') {
        return bad(why, "arg.0", "is needed: the absolute path of the child's program");
    }
    for (size_t i = 0; i < s->arg_n; i++) {
        if (s->argv[i] == NULL) {
            return bad(why, "arg", "the arguments are numbered without a gap, each once");
        }
    }
    return YQ_OK;
}

yq_status yq_pipe_settings_read(yq_pipe_settings *s, const yq_adapter_config *config, yq_fault *why)
{
    *s = (yq_pipe_settings){0};
    s->hello.chain = put_defaults(s) ? keep(s, config->chain, "") : NULL;
    if (s->hello.chain == NULL) {
        return yq_fail(why, YQ_E_MEMORY, 0, "options");
    }
    if (config->option_n > YQ_PIPE_OPTIONS_MAX) {
        return yq_fail(why, YQ_E_CONFIG_INVALID, 0, "options: at most 64");
    }
    yq_status status = take_endpoints(s, config, why);
    for (size_t i = 0; i < config->option_n && status == YQ_OK; i++) {
        status = take_option(s, &config->options[i], why);
    }
    return status == YQ_OK ? check(s, why) : status;
}

void yq_pipe_settings_free(yq_pipe_settings *s)
{
    for (size_t i = 0; i < s->owned_n; i++) {
        free(s->owned[i]);
    }
    s->owned_n = 0;
}
