#include "relay/base/bytes.h"
#include "relay/cli/cli.h"

#include <stdlib.h>

static void line_of(const cli *c, const cli_command *command, FILE *to)
{
    (void)fprintf(
        to,
        "  yuqiao %s%s%s",
        command->noun,
        command->verb == NULL ? "" : " ",
        command->verb == NULL ? "" : command->verb);
    if (command->positional != NULL) {
        (void)fprintf(to, " %s", command->positional);
    }
    for (const char *at = command->options; *at != '\0';) {
        size_t size = strcspn(at, " ");
        int must = at[size - 1] == '*', flag = at[size - 1] == '!';
        (void)fprintf(
            to,
            must   ? " --%.*s V"
            : flag ? " [--%.*s]"
                   : " [--%.*s V]",
            (int)(size - (size_t)(must || flag)),
            at);
        at += size;
        at += strspn(at, " ");
    }
    (void)fprintf(to, "\n      %s\n", strcmp(c->language, "zh") == 0 ? command->zh : command->en);
}

static void help(const cli *c, const char *noun, FILE *to)
{
    int zh = strcmp(c->language, "zh") == 0;
    (void)fprintf(
        to,
        "%s\n\n",
        zh ? "用法：yuqiao 名词 动词 [选项]" : "usage: yuqiao NOUN VERB [OPTION ...]");
    for (size_t i = 0; i < cli_command_n; i++) {
        if (noun == NULL || strcmp(noun, cli_commands[i].noun) == 0) {
            line_of(c, &cli_commands[i], to);
        }
    }
    (void)fputs(
        zh ? "\n公共选项：--hub unix:PATH|http://HOST:PORT（或环境变量 YUQIAO_HUB），--home DIR，\n"
             "--key FILE，--passphrase-file FILE，--timeout-ms N，--lang zh|en，--json\n"
             "退出码：0 成功，1 失败，2 用法，3 证明不成立，4 不存在，5 被拒绝，6 不可用，7 超时\n"
           : "\nEverywhere: --hub unix:PATH|http://HOST:PORT (or YUQIAO_HUB), --home DIR, --key "
             "FILE,\n"
             "--passphrase-file FILE, --timeout-ms N, --lang zh|en, --json\n"
             "Exit codes: 0 ok, 1 failed, 2 usage, 3 proof is false, 4 not found, 5 refused,\n"
             "6 unavailable, 7 timed out\n",
        to);
}

static const char *language(void)
{
    static const char *const name[] = {"LC_ALL", "LC_MESSAGES", "LANG"};
    for (size_t i = 0; i < YQ_ARRAY_N(name); i++) {
        const char *value = getenv(name[i]);
        if (value != NULL && value[0] != '\0') {
            return strncmp(value, "zh", 2) == 0 ? "zh" : "en";
        }
    }
    return "en";
}

static yq_status perform(cli *c, const cli_command *command, int argc, char **argv, int first)
{
    yq_json_out *out = NULL;
    yq_status status = cli_parse(c, command, argc, argv, first);
    if (status == YQ_OK) {
        status = command->run(c, &out);
    }
    size_t size = 0;
    const char *text = out == NULL ? NULL : yq_json_out_done(out, &size);
    if (status == YQ_OK && text == NULL) {
        status = yq_fail(&c->why, YQ_E_MEMORY, 0, "output");
    }
    if (status == YQ_OK) {
        cli_show(c, text, size);
    } else {
        cli_error(c, status);
    }
    yq_json_out_free(out);
    yq_http_free(c->http);
    return status;
}

int main(int argc, char **argv)
{
    cli c = {.language = language(), .out = stdout, .err = stderr};
    const char *noun = argc > 1 ? argv[1] : NULL, *verb = argc > 2 ? argv[2] : NULL;
    if (noun != NULL && strcmp(noun, "--version") == 0) {
        (void)printf("yuqiao %s\n", YQ_VERSION);
        return CLI_OK;
    }
    if (noun == NULL || strcmp(noun, "--help") == 0 || strcmp(noun, "help") == 0) {
        help(&c, verb, noun == NULL ? stderr : stdout);
        return noun == NULL ? CLI_USAGE : CLI_OK;
    }
    const cli_command *command = cli_find(noun, verb);
    for (int i = 2; i < argc; i++) {
        if (strcmp(argv[i], "--help") == 0) {
            help(&c, noun, stdout);
            return CLI_OK;
        }
    }
    if (command == NULL) {
        help(&c, NULL, stderr);
        return CLI_USAGE;
    }
    yq_status status = perform(&c, command, argc, argv, command->verb == NULL ? 2 : 3);
    return (int)cli_exit_of(status);
}
