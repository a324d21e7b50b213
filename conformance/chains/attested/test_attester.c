/* The attester's program: who may ask, who it is, what it does not start with. */
#include "conformance/chains/attested/test_drive.h"

static test_drive d;

/* GET with a bearer's token or without. Returns the HTTP code; the reply is in d.program. */
static long get(const char *url, const char *path, const char *token)
{
    char whole[256], header[256];
    long code = 0;
    struct curl_slist *list = NULL;
    CURL *curl = curl_easy_init();
    (void)snprintf(whole, sizeof whole, "%s%s", url, path);
    (void)snprintf(header, sizeof header, "Authorization: Bearer %s", token == NULL ? "" : token);
    list = token == NULL ? NULL : curl_slist_append(NULL, header);
    d.program.reply_n = 0;
    cr_assert(
        curl_easy_setopt(curl, CURLOPT_URL, whole) == CURLE_OK &&
        curl_easy_setopt(curl, CURLOPT_PROXY, "") == CURLE_OK &&
        curl_easy_setopt(curl, CURLOPT_HTTPHEADER, list) == CURLE_OK &&
        curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, (long)TEST_WAIT_MS) == CURLE_OK &&
        curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, test_program_take) == CURLE_OK &&
        curl_easy_setopt(curl, CURLOPT_WRITEDATA, &d.program) == CURLE_OK);
    cr_assert_eq(curl_easy_perform(curl), CURLE_OK);
    (void)curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &code);
    curl_easy_cleanup(curl);
    curl_slist_free_all(list);
    return code;
}

static int says(const char *text)
{
    d.program.reply[d.program.reply_n] = '\0';
    return strstr(d.program.reply, text) != NULL;
}

/* Runs an attester that is expected to end by itself. Returns its exit code. */
static int run(const char *const *more)
{
    const char *argv[12] = {TEST_ATTESTER};
    int status = 0;
    for (size_t i = 0; more[i] != NULL; i++) {
        argv[i + 1] = more[i];
    }
    pid_t pid = fork();
    cr_assert_geq(pid, 0);
    if (pid == 0) {
        (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
        (void)alarm(10);
        (void)execv(TEST_ATTESTER, (char *const *)(const void *)argv);
        _exit(127);
    }
    (void)waitpid(pid, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

Test(attester, what_it_answers, .timeout = 120)
{
    const char *url;
    drive_begin(&d, NULL);
    url = d.attester[1].url;
    cr_expect_eq(get(url, "/v1/status", NULL), 200);
    cr_expect(says("\"name\":\"attester-2\"") && says("\"signed\":0"));
    cr_expect_eq(get(url, "/v1/statements/1", NULL), 200);
    cr_expect(says("\"number\":1") && says("\"block\":{\"body\":\"01") && says("\"signature\":\""));
    cr_expect_eq(get(url, "/v1/statements/99", NULL), 200);
    cr_expect(says("\"refused\":{\"code\":\"NOT_FOUND\",\"number\":-304"));
    drive_do(&d, "{\"do\":\"skew\",\"numbers\":3}");
    drive_do(&d, "{\"do\":\"emit\",\"payload\":\"00\"}");
    cr_expect_eq(get(url, "/v1/statements/4", NULL), 200);
    cr_expect(says("\"gap\":6"));
    drive_do(&d, "{\"do\":\"outage\",\"on\":true}");
    cr_expect_eq(get(url, "/v1/statements/7", NULL), 200);
    cr_expect(says("\"refused\":{\"code\":\"UNAVAILABLE\""));
    cr_expect_eq(get(url, "/v1/status", NULL), 200);
    cr_expect(says("\"signed\":1") && says("\"refused\":2"));
    static const char *const none[] = {
        "/", "/v1/statements/0", "/v1/statements/1?x=1", "/v1/status/"};
    for (size_t i = 0; i < YQ_ARRAY_N(none); i++) {
        cr_expect_eq(get(url, none[i], NULL), 404, "%s", none[i]);
    }
    char whole[256];
    long code = 0;
    (void)snprintf(whole, sizeof whole, "%s/v1/status", url);
    yq_json_free(test_program_post(&d.program, whole, "{}", &code));
    cr_expect_neq(code, 200, "it only reads");
    drive_end(&d);
}

/* A token is asked for as it stands in the file, and the adapter shows it. */
Test(attester, who_may_ask, .timeout = 120)
{
    char config[700], token[700], ports[700];
    test_attester *a = &d.attester[0];
    drive_begin(&d, NULL);
    (void)snprintf(config, sizeof config, "%s/config.yaml", a->dir);
    (void)snprintf(token, sizeof token, "%s/token", a->dir);
    (void)snprintf(ports, sizeof ports, "%s/ports", a->dir);
    (void)drive_attester_end(a, SIGTERM);
    (void)unlink(ports);
    a->pid = fork();
    cr_assert_geq(a->pid, 0);
    if (a->pid == 0) {
        (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
        (void)execl(
            TEST_ATTESTER,
            TEST_ATTESTER,
            "serve",
            "--config",
            config,
            "--port",
            strrchr(a->url, ':') + 1,
            "--token-file",
            token,
            "--ports-file",
            ports,
            NULL);
        _exit(127);
    }
    for (unsigned ms = 0; ms < TEST_WAIT_MS && access(ports, R_OK) != 0; ms += 10) {
        test_sleep_ms(10);
    }
    char secret[64] = {0};
    FILE *f = fopen(token, "rb");
    cr_assert_not_null(f);
    cr_assert_eq(fread(secret, 1, sizeof secret - 1, f), 32);
    (void)fclose(f);
    cr_expect_eq(get(a->url, "/v1/status", NULL), 401);
    cr_expect_eq(get(a->url, "/v1/status", "wrong"), 401);
    cr_expect_eq(get(a->url, "/v1/status", ""), 401);
    cr_expect_eq(get(a->url, "/v1/status", secret), 200);
    secret[31] = secret[31] == '0' ? '1' : '0';
    cr_expect_eq(get(a->url, "/v1/statements/1", secret), 401);
    drive_anchor(&d);
    cr_expect_not_null(strstr(logs, "attester attester-1 is silent"), "%s", logs);
    logs[0] = '\0';
    drive_reopen(&d, (const char *const[]){"attester_token_file", token, NULL});
    (void)drive_follow(&d);
    cr_expect_str_eq(logs, "", "%s", logs);
    drive_end(&d);
}

Test(attester, what_it_does_not_start_with, .timeout = 120)
{
    char config[700], path[700];
    test_attester *a = &d.attester[0];
    drive_begin(&d, NULL);
    (void)snprintf(config, sizeof config, "%s/config.yaml", a->dir);
    cr_expect_eq(
        run((const char *const[]){"serve", "--config", config, NULL}), 5, "one runs on it");
    (void)drive_attester_end(a, SIGTERM);
    cr_expect_eq(
        run((const char *const[]){"serve", "--config", config, "--port", "65536", NULL}), 2);
    cr_expect_eq(
        run((const char *const[]){"serve", "--config", config, "--token-file", "/no", NULL}), 2);
    cr_expect_eq(run((const char *const[]){"serve", "--config", "/nowhere.yaml", NULL}), 4);
    cr_expect_eq(run((const char *const[]){"serve", NULL}), 2);
    cr_expect_eq(run((const char *const[]){"sign", "--config", config, NULL}), 2);
    cr_expect_eq(run((const char *const[]){"reconcile", "--config", config, NULL}), 2);
    cr_expect_eq(
        run((const char *const[]){"reconcile", "--config", config, "--day", "2026-02-30", NULL}),
        2);
    cr_expect_eq(
        run((const char *const[]){"reconcile", "--config", config, "--day", "2026-02-28", NULL}),
        6,
        "no hub");
    cr_expect_eq(run((const char *const[]){"--help", NULL}), 0);
    (void)snprintf(path, sizeof path, "%s/key", a->dir);
    cr_assert_eq(chmod(path, 0644), 0);
    cr_expect_eq(
        run((const char *const[]){"serve", "--config", config, NULL}), 5, "mode of the key");
    (void)unlink(path);
    yq_key *stranger = yq_key_generate(YQ_SIG_SM2_MESSAGE);
    cr_assert_eq(yq_key_write(stranger, path, NULL, &d.why), YQ_OK);
    yq_key_free(stranger);
    cr_expect_eq(
        run((const char *const[]){"serve", "--config", config, NULL}), 2, "not in the mapping");
    drive_end(&d);
}
