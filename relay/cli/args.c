#include "relay/base/bytes.h"
#include "relay/cli/cli.h"

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>

yq_status cli_usage(cli *c, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    (void)vsnprintf(c->why.text, sizeof c->why.text, format, args);
    va_end(args);
    c->why.status = YQ_E_USAGE;
    return YQ_E_USAGE;
}

const cli_command *cli_find(const char *noun, const char *verb)
{
    for (size_t i = 0; i < cli_command_n; i++) {
        const cli_command *each = &cli_commands[i];
        if (strcmp(each->noun, noun) == 0 &&
            (each->verb == NULL || (verb != NULL && strcmp(each->verb, verb) == 0))) {
            return each;
        }
    }
    return NULL;
}

/* Options that every command takes. */
static const char common[] = "hub home key passphrase-file lang timeout-ms json!";

/* Finds a name in a list of options. Returns 0: not there, 1: takes a value, 2: a flag. */
static int kind_of(const char *list, const char *name)
{
    size_t n = strlen(name);
    for (const char *at = list; *at != '\0';) {
        size_t size = strcspn(at, " ");
        size_t bare = size - (at[size - 1] == '!' || at[size - 1] == '*');
        if (bare == n && memcmp(at, name, n) == 0) {
            return at[size - 1] == '!' ? 2 : 1;
        }
        at += size;
        at += strspn(at, " ");
    }
    return 0;
}

static yq_status take_option(cli *c, const cli_command *command, int argc, char **argv, int *i)
{
    const char *name = argv[*i] + 2;
    int kind = kind_of(command->options, name);
    kind = kind == 0 ? kind_of(common, name) : kind;
    if (kind == 0) {
        return cli_usage(c, "unknown option --%.40s", name);
    }
    if (cli_has(c, name)) {
        return cli_usage(c, "--%.40s is given twice", name);
    }
    if (c->option_n == CLI_OPTIONS_MAX) {
        return cli_usage(c, "too many options");
    }
    const char *value = "";
    if (kind == 1) {
        if (*i + 1 >= argc) {
            return cli_usage(c, "--%.40s needs a value", name);
        }
        value = argv[++*i];
    }
    c->option[c->option_n++] = (cli_option){name, value};
    return YQ_OK;
}

static yq_status needed(cli *c, const char *list)
{
    char name[64];
    for (const char *at = list; *at != '\0';) {
        size_t size = strcspn(at, " ");
        if (at[size - 1] == '*' && size <= sizeof name) {
            memcpy(name, at, size - 1);
            name[size - 1] = '\0';
            if (!cli_has(c, name)) {
                return cli_usage(c, "--%.40s is needed", name);
            }
        }
        at += size;
        at += strspn(at, " ");
    }
    return YQ_OK;
}

yq_status cli_parse(cli *c, const cli_command *command, int argc, char **argv, int first)
{
    for (int i = first; i < argc; i++) {
        if (strncmp(argv[i], "--", 2) == 0 && argv[i][2] != '\0') {
            yq_status status = take_option(c, command, argc, argv, &i);
            if (status != YQ_OK) {
                return status;
            }
        } else if (command->positional == NULL || c->positional_n == 1) {
            return cli_usage(c, "what is \"%.60s\"?", argv[i]);
        } else {
            c->positional[c->positional_n++] = argv[i];
        }
    }
    if (command->positional != NULL && command->positional[0] != '[' && c->positional_n == 0) {
        return cli_usage(c, "%.40s is needed", command->positional);
    }
    c->json = cli_has(c, "json");
    const char *language = cli_get(c, "lang");
    if (language != NULL) {
        c->language = strncmp(language, "zh", 2) == 0 ? "zh" : "en";
    }
    return needed(c, command->options);
}

const char *cli_get(const cli *c, const char *name)
{
    for (size_t i = 0; i < c->option_n; i++) {
        if (strcmp(c->option[i].name, name) == 0) {
            return c->option[i].value;
        }
    }
    return NULL;
}

int cli_has(const cli *c, const char *name)
{
    return cli_get(c, name) != NULL;
}

yq_status cli_number(cli *c, const char *name, uint64_t other, uint64_t max, uint64_t *out)
{
    const char *text = cli_get(c, name);
    *out = other;
    if (text == NULL) {
        return YQ_OK;
    }
    char *end;
    errno = 0;
    unsigned long long value = strtoull(text, &end, 10);
    if (!isdigit((unsigned char)text[0]) || *end != '\0' || errno != 0 || value > max) {
        return cli_usage(
            c, "--%.40s: a number up to %llu is expected", name, (unsigned long long)max);
    }
    *out = value;
    return YQ_OK;
}

static int all_hex(const char *text)
{
    size_t n = strlen(text);
    return n > 0 && n % 2 == 0 && strspn(text, "0123456789abcdefABCDEF") == n;
}

yq_status cli_bytes(cli *c, const char *name, uint8_t *room, size_t cap, yq_slice *out)
{
    const char *text = cli_get(c, name);
    *out = (yq_slice){0};
    if (text == NULL) {
        return YQ_OK;
    }
    int is_text = strncmp(text, "text:", 5) == 0, is_hex = strncmp(text, "hex:", 4) == 0;
    const char *body = is_text ? text + 5 : is_hex ? text + 4 : text;
    if (!is_text && strncmp(body, "0x", 2) == 0) {
        body += 2;
        is_hex = 1;
    }
    yq_buf buf = {room, cap, 0};
    if (!is_text && (is_hex || all_hex(body))) {
        if (yq_hex_decode(&buf, body, strlen(body)) != YQ_OK || buf.n == 0) {
            return cli_usage(c, "--%.40s: at most %zu bytes in hex are expected", name, cap);
        }
    } else {
        size_t n = strlen(body);
        if (n == 0 || n > cap) {
            return cli_usage(c, "--%.40s: 1 to %zu bytes are expected", name, cap);
        }
        yq_bytes_copy(room, (const uint8_t *)body, n);
        buf.n = n;
    }
    *out = yq_slice_of(room, buf.n);
    return YQ_OK;
}

yq_status cli_word(cli *c, const char *name, const char *const *word, size_t n, uint8_t *out)
{
    const char *text = cli_get(c, name);
    char all[80] = "";
    for (size_t i = 0; i < n; i++) {
        if (text != NULL && strcmp(text, word[i]) == 0) {
            *out = (uint8_t)(i + 1);
            return YQ_OK;
        }
        size_t used = strlen(all);
        (void)snprintf(all + used, sizeof all - used, "%s%s", i == 0 ? "" : ", ", word[i]);
    }
    return cli_usage(c, "--%.40s: one of %s is expected", name, all);
}
