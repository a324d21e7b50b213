#include "adapters/pipe/session.h"

#include <criterion/criterion.h>
#include <string.h>

static yq_status read_of(
    yq_pipe_settings *s, const yq_option *option, size_t option_n, yq_fault *why)
{
    static const char *const endpoint[] = {"http://127.0.0.1:1"};
    const yq_adapter_config config = {
        .chain = "city-a",
        .endpoints = endpoint,
        .endpoint_n = 1,
        .options = option,
        .option_n = option_n};
    return yq_pipe_settings_read(s, &config, why);
}

Test(options, all)
{
    static const yq_option option[] = {
        {"child.zone", "1"},
        {"arg.1", "b"},
        {"framework", "fabric"},
        {"child.a", "2"},
        {"arg.0", "/bin/a"},
        {"env.HOME_1", "/h"},
        {"dir", "/srv"},
        {"hello_ms", "500"}};
    yq_pipe_settings s;
    yq_fault why = {0};
    cr_assert_eq(read_of(&s, option, YQ_ARRAY_N(option), &why), YQ_OK, "%s", why.text);
    cr_expect_str_eq(s.argv[0], "/bin/a");
    cr_expect_str_eq(s.argv[1], "b");
    cr_expect_null(s.argv[2]);
    cr_expect_str_eq(s.env[3], "HOME_1=/h");
    cr_expect_null(s.env[4]);
    cr_expect_str_eq(s.dir, "/srv");
    cr_expect_eq(s.hello_ms, 500);
    cr_assert_eq(s.hello.option_n, 2);
    cr_expect_str_eq(s.option[0].key, "a");
    cr_expect_str_eq(s.option[1].key, "zone");
    cr_expect_str_eq(s.hello.framework, "fabric");
    cr_expect_str_eq(s.hello.chain, "city-a");
    cr_expect_str_eq(s.endpoint[0], "http://127.0.0.1:1");
    yq_pipe_settings_free(&s);
}

/* One wrong option beside those that are needed. */
static void refused(const char *key, const char *value)
{
    const yq_option option[] = {
        {"framework", "fabric"}, {"arg.0", "/bin/a"}, {"child.b", "1"}, {key, value}};
    yq_pipe_settings s;
    yq_fault why = {0};
    cr_expect_eq(read_of(&s, option, YQ_ARRAY_N(option), &why), YQ_E_CONFIG_INVALID, "%s", key);
    cr_expect(strstr(why.text, "options.") == why.text, "%s", why.text);
    yq_pipe_settings_free(&s);
}

Test(options, refused_by_name)
{
    refused("argv", "a");
    refused("arg.2", "a gap");
    refused("arg.0", "/bin/twice");
    refused("arg.32", "a");
    refused("arg.01", "a");
    refused("env.lower", "a");
    refused("env.", "a");
    refused("env.1A", "a");
    refused("dir", "srv");
    refused("hello_ms", "99");
    refused("hello_ms", "60001");
    refused("hello_ms", "1e3");
    refused("hello_ms", "");
    refused("child.", "a");
    refused("child.b", "a");
    refused("child.a", "two\nlines");
    refused("framework", "");
}

Test(options, needed)
{
    static const yq_option no_framework[] = {{"arg.0", "/bin/a"}};
    static const yq_option no_program[] = {{"framework", "fabric"}};
    static const yq_option relative[] = {{"framework", "fabric"}, {"arg.0", "bin/a"}};
    yq_pipe_settings s;
    yq_fault why = {0};
    cr_expect_eq(read_of(&s, no_framework, 1, &why), YQ_E_CONFIG_INVALID);
    cr_expect(strstr(why.text, "options.framework") != NULL);
    yq_pipe_settings_free(&s);
    cr_expect_eq(read_of(&s, no_program, 1, &why), YQ_E_CONFIG_INVALID);
    cr_expect(strstr(why.text, "options.arg.0") != NULL);
    yq_pipe_settings_free(&s);
    cr_expect_eq(read_of(&s, relative, 2, &why), YQ_E_CONFIG_INVALID);
    yq_pipe_settings_free(&s);
}
