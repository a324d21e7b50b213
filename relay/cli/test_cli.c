#include "relay/base/bytes.h"
#include "relay/cli/cli.h"

#include <criterion/criterion.h>
#include <unistd.h>

static cli fresh(void)
{
    return (cli){.language = "en", .out = stdout, .err = stderr};
}

static yq_status parse(cli *c, const char *noun, const char *verb, char **argv, int argc)
{
    const cli_command *command = cli_find(noun, verb);
    cr_assert_not_null(command);
    return cli_parse(c, command, argc, argv, 0);
}

Test(cli, every_command_has_its_words)
{
    for (size_t i = 0; i < cli_command_n; i++) {
        const cli_command *each = &cli_commands[i];
        cr_assert_not_null(each->run);
        cr_assert_gt(strlen(each->en), 0);
        cr_assert_gt(strlen(each->zh), 0);
        cr_assert_eq(cli_find(each->noun, each->verb), each, "%s is hidden", each->noun);
    }
    cr_assert_null(cli_find("chain", "eat"));
    cr_assert_null(cli_find("chain", NULL));
}

Test(cli, options_are_read_strictly)
{
    cli c = fresh();
    char *good[] = {"--chain", "city-410300", "--proposal", "7", "--json"};
    cr_assert_eq(parse(&c, "chain", "approve", good, 5), YQ_OK);
    cr_assert_eq(c.json, 1);
    cr_assert_str_eq(cli_get(&c, "chain"), "city-410300");

    c = fresh();
    char *unknown[] = {"--colour", "red"};
    cr_assert_eq(parse(&c, "chain", "approve", unknown, 2), YQ_E_USAGE);
    c = fresh();
    char *twice[] = {"--chain", "a", "--chain", "b"};
    cr_assert_eq(parse(&c, "chain", "approve", twice, 4), YQ_E_USAGE);
    c = fresh();
    char *open[] = {"--chain"};
    cr_assert_eq(parse(&c, "chain", "approve", open, 1), YQ_E_USAGE);
    c = fresh();
    char *missing[] = {"--chain", "a"};
    cr_assert_eq(parse(&c, "chain", "register", missing, 2), YQ_E_USAGE);
    c = fresh();
    char *stray[] = {"what"};
    cr_assert_eq(parse(&c, "chain", "list", stray, 1), YQ_E_USAGE);
    c = fresh();
    cr_assert_eq(parse(&c, "chain", "show", NULL, 0), YQ_E_USAGE);
    c = fresh();
    char *language[] = {"--lang", "zh_CN"};
    cr_assert_eq(parse(&c, "chain", "list", language, 2), YQ_OK);
    cr_assert_str_eq(c.language, "zh");
}

Test(cli, numbers_words_and_bytes)
{
    cli c = fresh();
    char *argv[] = {"--limit", "12", "--state", "acked"};
    cr_assert_eq(parse(&c, "message", "list", argv, 4), YQ_OK);
    uint64_t n;
    cr_assert_eq(cli_number(&c, "limit", 5, 500, &n), YQ_OK);
    cr_assert_eq(n, 12);
    cr_assert_eq(cli_number(&c, "limit", 5, 11, &n), YQ_E_USAGE);
    cr_assert_eq(cli_number(&c, "cursor", 5, 500, &n), YQ_OK);
    cr_assert_eq(n, 5);
    cr_assert_eq(cli_number(&c, "state", 5, 500, &n), YQ_E_USAGE);
    static const char *const word[] = {"held", "acked"};
    uint8_t place = 0;
    cr_assert_eq(cli_word(&c, "state", word, 2, &place), YQ_OK);
    cr_assert_eq(place, 2);
    cr_assert_eq(cli_word(&c, "limit", word, 2, &place), YQ_E_USAGE);
}

static yq_slice bytes_of(const char *text, yq_status want)
{
    static uint8_t room[4];
    static cli c;
    yq_slice out;
    c = fresh();
    c.option[c.option_n++] = (cli_option){"service", text};
    cr_assert_eq(cli_bytes(&c, "service", room, sizeof room, &out), want, "%s", text);
    return out;
}

Test(cli, bytes_are_hex_where_they_look_like_it)
{
    cr_assert(yq_slice_equal(bytes_of("0aff", YQ_OK), yq_slice_of("\x0a\xff", 2)));
    cr_assert(yq_slice_equal(bytes_of("0x0a", YQ_OK), yq_slice_of("\x0a", 1)));
    cr_assert(yq_slice_equal(bytes_of("text:0a", YQ_OK), yq_slice_of("0a", 2)));
    cr_assert(yq_slice_equal(bytes_of("hex:ff", YQ_OK), yq_slice_of("\xff", 1)));
    cr_assert(yq_slice_equal(bytes_of("tax", YQ_OK), yq_slice_of("tax", 3)));
    (void)bytes_of("hex:0", YQ_E_USAGE);
    (void)bytes_of("0xzz", YQ_E_USAGE);
    (void)bytes_of("", YQ_E_USAGE);
    (void)bytes_of("longer", YQ_E_USAGE);
    (void)bytes_of("0011223344", YQ_E_USAGE);
}

Test(cli, exit_codes)
{
    cr_assert_eq(cli_exit_of(YQ_OK), 0);
    cr_assert_eq(cli_exit_of(YQ_E_IO), 1);
    cr_assert_eq(cli_exit_of(YQ_E_USAGE), 2);
    cr_assert_eq(cli_exit_of(YQ_E_NOT_FOUND), 4);
    cr_assert_eq(cli_exit_of(YQ_E_PERMISSION), 5);
    cr_assert_eq(cli_exit_of(YQ_E_QUORUM), 5);
    cr_assert_eq(cli_exit_of(YQ_E_UNAVAILABLE), 6);
    cr_assert_eq(cli_exit_of(YQ_E_TIMEOUT), 7);
}

Test(cli, a_hub_must_be_named)
{
    unsetenv("YUQIAO_HUB");
    cli c = fresh();
    cr_assert_eq(cli_hub(&c), YQ_E_USAGE);
    c.option[c.option_n++] = (cli_option){"hub", "ftp://x"};
    cr_assert_eq(cli_hub(&c), YQ_E_USAGE);
    c = fresh();
    c.option[c.option_n++] = (cli_option){"home", "/nowhere"};
    cr_assert_eq(cli_hub(&c), YQ_OK);
    cr_assert_str_eq(yq_http_endpoint(c.http), "unix:/nowhere/run/yuqiaod.sock");
    yq_json_out *out = NULL;
    cr_assert_eq(cmd_status(&c, &out), YQ_E_UNAVAILABLE);
    yq_http_free(c.http);
}

static char *shown(const char *json, const char *language)
{
    static char text[1024];
    FILE *f = tmpfile();
    cli c = fresh();
    c.out = f;
    c.language = language;
    cli_show(&c, json, strlen(json));
    rewind(f);
    size_t n = fread(text, 1, sizeof text - 1, f);
    text[n] = '\0';
    fclose(f);
    return text;
}

Test(cli, a_document_is_shown_as_lines)
{
    cr_assert_str_eq(
        shown(
            "{\"state\":\"active\",\"client\":{\"height\":5},\"items\":[{\"id\":\"a\"},{\"id\":"
            "\"b\"}]}",
            "en"),
        "state: active\nclient: \n  height: 5\nitems: \n  - id: a\n  - id: b\n");
    cr_assert_str_eq(
        shown("{\"state\":\"x\",\"halted\":true,\"n\":null}", "zh"), "状态: x\nhalted: 是\nn: -\n");
}

Test(cli, a_reply_is_copied_whole)
{
    const char *text = "{\"a\":[1,-2,{\"b\":null},[]],\"c\":{\"d\":true},\"e\":\"\\u00e9\"}";
    yq_fault why;
    yq_json *document = yq_json_parse(yq_slice_text(text), 4096, &why);
    cr_assert_not_null(document);
    yq_json_out *out = yq_json_out_new(4096);
    cli_copy(out, NULL, yq_json_root(document));
    size_t size;
    cr_assert_str_eq(
        yq_json_out_done(out, &size),
        "{\"a\":[1,-2,{\"b\":null},[]],\"c\":{\"d\":true},\"e\":\"é\"}");
    yq_json_out_free(out);
    yq_json_free(document);
}

Test(cli, a_change_of_validators_is_read_strictly)
{
    static const char *const bad[] = {
        "", "114100009000000112:aa:bb", "x", "114100009000000112:aa:bb,", ","};
    for (size_t i = 0; i < YQ_ARRAY_N(bad); i++) {
        cli c = fresh();
        yq_json_out *out = NULL;
        char *argv[] = {"--join", (char *)(uintptr_t)bad[i], "--reason", "practice"};
        cr_assert_eq(parse(&c, "validators", "propose", argv, 4), YQ_OK);
        cr_assert_eq(cli_find("validators", "propose")->run(&c, &out), YQ_E_USAGE, "%s", bad[i]);
        cr_assert_null(out);
        c = fresh();
        argv[0] = "--leave";
        cr_assert_eq(parse(&c, "validators", "propose", argv, 4), YQ_OK);
        cr_assert_eq(cli_find("validators", "propose")->run(&c, &out), YQ_E_USAGE, "%s", bad[i]);
    }
    cli c = fresh();
    yq_json_out *out = NULL;
    char *prove[] = {"--org", "short", "--epoch", "2"};
    cr_assert_eq(parse(&c, "validators", "prove", prove, 4), YQ_OK);
    cr_assert_eq(cli_find("validators", "prove")->run(&c, &out), YQ_E_USAGE);
}
