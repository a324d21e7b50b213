#include "adapters/host/host.h"
#include "adapters/host/probe.h"
#include "relay/base/errors.h"
#include "relay/base/log.h"
#include "relay/codec/json.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <unistd.h>

/* Exit codes of every program of the project. */
enum exit_code {
    EXIT_DONE = 0,
    EXIT_FAILED = 1,
    EXIT_WRONG_USAGE = 2,
    EXIT_MISSING = 4,
    EXIT_REFUSED = 5,
    EXIT_UNAVAILABLE = 6,
    EXIT_LATE = 7,
};

typedef struct options {
    const char *command, *config, *plugin_dir;
    int json, verbose;
    const char *height;
    const char *alter;
} options;

static const char usage[] =
    "usage: yuqiao-adapter COMMAND --config FILE [--json] [--verbose] [--plugin-dir DIR]\n"
    "\n"
    "commands:\n"
    "  run         bring the chain's evidence to the hub and the hub's packets to the chain\n"
    "  preflight   look at everything that the chain's side needs, and print the list\n"
    "  anchor      write the trust anchor to stdout and its SM3 to stderr\n"
    "  status      print what a running adapter last wrote about itself\n"
    "  probe       hand one height's evidence to the hub, all of it, and print the hub's "
    "verdicts;\n"
    "              needs --height N; --alter update or --alter events changes one bit of them on\n"
    "              the way, which the hub must refuse; exit code 5 when a part was refused\n"
    "\n"
    "configuration (YAML; relative paths from the file's folder):\n"
    "  chain            the hub's id of the chain\n"
    "  framework        names the plugin, adapter-<framework>.so\n"
    "  endpoints        list of the chain's nodes\n"
    "  hub              list of hub nodes: unix:/PATH, http://HOST:PORT, https://HOST:PORT\n"
    "  key              the adapter's key file\n"
    "  passphrase_file  of the key, if it has one\n"
    "  cursor_dir       folder of the durable cursor; one adapter each\n"
    "  options          mapping of the framework's own keys: see its README\n"
    "  hub_ca           PEM file of the hub's roots, for https\n"
    "  poll_ms          between looks at an idle chain; 300\n"
    "  deadline_ms      of one call to the chain; 15000\n"
    "  batch            packets a delivery, 1 to 100; 20\n"
    "  start_height     where a scan without a cursor begins; by the hub's view if left out\n";

#define STOP_SECONDS 5u

/* A plugin's call may not come back in time; what is lost with it is done again. */
static void on_alarm(int number)
{
    (void)number;
    _exit(EXIT_DONE);
}

static void on_signal(int number)
{
    (void)number;
    yq_host_stop();
    (void)alarm(STOP_SECONDS);
}

static void catch_signals(void)
{
    struct sigaction action = {.sa_handler = on_signal};
    (void)sigemptyset(&action.sa_mask);
    (void)sigaction(SIGTERM, &action, NULL);
    (void)sigaction(SIGINT, &action, NULL);
    action.sa_handler = on_alarm;
    (void)sigaction(SIGALRM, &action, NULL);
    action.sa_handler = SIG_IGN;
    (void)sigaction(SIGPIPE, &action, NULL);
}

static int exit_of(yq_status status)
{
    if (status == YQ_E_CONFIG_INVALID || status == YQ_E_USAGE) {
        return EXIT_WRONG_USAGE;
    }
    if (status == YQ_E_NOT_FOUND) {
        return EXIT_MISSING;
    }
    if (status == YQ_E_UNAVAILABLE || status == YQ_E_PEER) {
        return EXIT_UNAVAILABLE;
    }
    if (status == YQ_E_TIMEOUT) {
        return EXIT_LATE;
    }
    return status == YQ_E_STATE || status == YQ_E_PERMISSION ? EXIT_REFUSED : EXIT_FAILED;
}

/* The outcome of a command that could not do its work. */
static int failed(const options *o, yq_status status, const char *text)
{
    if (o->json) {
        yq_json_out *out = yq_json_out_new(8192);
        if (out != NULL) {
            yq_json_out_object(out, NULL);
            yq_json_out_str(out, "code", yq_status_name(status) + 2);
            yq_json_out_int(out, "number", status);
            yq_json_out_str(out, "message", text);
            yq_json_out_end(out);
            const char *line = yq_json_out_done(out, NULL);
            (void)fprintf(stderr, "%s\n", line == NULL ? "{}" : line);
            yq_json_out_free(out);
        }
    } else {
        (void)fprintf(stderr, "yuqiao-adapter: %s: %s\n", yq_status_name(status), text);
    }
    return exit_of(status);
}

static int print_json(yq_json_out *out)
{
    const char *line = out == NULL ? NULL : yq_json_out_done(out, NULL);
    int good = line != NULL && printf("%s\n", line) > 0;
    yq_json_out_free(out);
    return good;
}

/* ---- commands ------------------------------------------------------------------------------- */

static int run(const options *o, const yq_host_config *config)
{
    yq_engine *engine;
    yq_fault why = {0};
    yq_status status = yq_engine_new(&engine, config, o->plugin_dir, &why);
    if (status != YQ_OK) {
        return failed(o, status, why.text);
    }
    yq_engine_run(engine);
    yq_engine_free(engine);
    return EXIT_DONE;
}

static void print_checks(const options *o, const yq_check *check, size_t n, int passed)
{
    if (!o->json) {
        for (size_t i = 0; i < n; i++) {
            (void)printf(
                "%-4s %-24s %s\n", check[i].passed ? "ok" : "FAIL", check[i].name, check[i].detail);
        }
        return;
    }
    yq_json_out *out = yq_json_out_new(1u << 20);
    if (out == NULL) {
        return;
    }
    yq_json_out_object(out, NULL);
    yq_json_out_bool(out, "passed", passed);
    yq_json_out_array(out, "checks");
    for (size_t i = 0; i < n; i++) {
        yq_json_out_object(out, NULL);
        yq_json_out_str(out, "name", check[i].name);
        yq_json_out_bool(out, "passed", check[i].passed);
        yq_json_out_str(out, "detail", check[i].detail);
        yq_json_out_end(out);
    }
    yq_json_out_end(out);
    yq_json_out_end(out);
    (void)print_json(out);
}

/* The hub's half of the checklist. */
static yq_check check_hub(const yq_host_config *config, char *text, size_t size)
{
    yq_check out = {.name = "hub", .detail = text};
    yq_http *http = yq_http_new(
        (const char *const *)config->file->hub, config->file->hub_count, config->hub_ca);
    yq_api_chain chain;
    yq_fault why = {0};
    yq_status status =
        http == NULL ? YQ_E_MEMORY : yq_api_chain_get(http, config->file->chain, &chain, &why);
    if (status == YQ_OK) {
        out.passed = 1;
        (void)snprintf(text, size, "answers; the chain is %s there", chain.state);
    } else if (status == YQ_E_NOT_FOUND) {
        out.passed = 1;
        (void)snprintf(text, size, "answers; the chain is not registered there yet");
    } else {
        (void)snprintf(text, size, "%s: %.100s", yq_status_name(status), why.text);
    }
    yq_http_free(http);
    return out;
}

static yq_check check_key(const yq_host_config *config)
{
    int readable = access(config->key, R_OK) == 0;
    return (yq_check){
        .name = "key",
        .passed = readable,
        .detail = readable ? config->key
                           : "cannot be read; make one with yuqiao key gen, or correct the path"};
}

#define CHECKS_MAX 64u

static int preflight(const options *o, const yq_host_config *config)
{
    yq_plugin *plugin;
    yq_fault why = {0};
    yq_status status = yq_plugin_open(&plugin, o->plugin_dir, config, &why);
    if (status != YQ_OK) {
        return failed(o, status, why.text);
    }
    const yq_check *theirs;
    size_t n = 0, theirs_n;
    yq_check check[CHECKS_MAX];
    char hub_text[160];
    status = yq_plugin_preflight(plugin, &theirs, &theirs_n, &why);
    for (size_t i = 0; i < theirs_n && n + 3 < CHECKS_MAX; i++) {
        check[n++] = theirs[i];
    }
    if (status != YQ_OK && theirs_n == 0) {
        check[n++] = (yq_check){.name = "plugin", .detail = why.text};
    }
    check[n++] = check_key(config);
    check[n++] = check_hub(config, hub_text, sizeof hub_text);
    int passed = status == YQ_OK;
    for (size_t i = 0; i < n; i++) {
        passed = passed && check[i].passed;
    }
    print_checks(o, check, n, passed);
    yq_plugin_close(plugin);
    return passed ? EXIT_DONE : EXIT_FAILED;
}

static int anchor(const options *o, const yq_host_config *config)
{
    yq_plugin *plugin;
    yq_fault why = {0};
    yq_status status = yq_plugin_open(&plugin, o->plugin_dir, config, &why);
    if (status != YQ_OK) {
        return failed(o, status, why.text);
    }
    yq_slice bytes;
    status = yq_plugin_anchor(plugin, &bytes, &why);
    int code = EXIT_DONE;
    if (status != YQ_OK) {
        code = failed(o, status, why.text);
    } else if (fwrite(bytes.p, 1, bytes.n, stdout) != bytes.n || fflush(stdout) != 0) {
        code = failed(o, YQ_E_IO, "stdout");
    } else {
        yq_digest sum;
        char text[2 * YQ_DIGEST_SIZE + 1];
        yq_hash_one(YQ_HASH_SM3, bytes, sum.b);
        (void)yq_hex_encode(text, sizeof text, sum.b, sizeof sum.b);
        (void)fprintf(
            stderr,
            o->json ? "{\"sm3\":\"%s\",\"size\":%zu}\n" : "SM3 %s, %zu bytes\n",
            text,
            bytes.n);
    }
    yq_plugin_close(plugin);
    return code;
}

static int probe(const options *o, const yq_host_config *config)
{
    char *end;
    uint64_t height = o->height == NULL ? 0 : strtoull(o->height, &end, 10);
    if (o->height == NULL || *end != '\0' || end == o->height) {
        return failed(o, YQ_E_USAGE, "--height N is needed");
    }
    yq_probe_alter alter = YQ_PROBE_AS_IT_IS;
    if (o->alter != NULL) {
        alter = strcmp(o->alter, "update") == 0   ? YQ_PROBE_ALTER_UPDATE
                : strcmp(o->alter, "events") == 0 ? YQ_PROBE_ALTER_EVENTS
                                                  : YQ_PROBE_AS_IT_IS;
        if (alter == YQ_PROBE_AS_IT_IS) {
            return failed(o, YQ_E_USAGE, "--alter: update or events is expected");
        }
    }
    yq_json_out *out = yq_json_out_new(1u << 20);
    yq_fault why = {0};
    if (out == NULL) {
        return failed(o, YQ_E_MEMORY, "output");
    }
    yq_json_out_object(out, NULL);
    uint64_t refused = 0;
    yq_status status = yq_host_probe(config, o->plugin_dir, height, alter, out, &refused, &why);
    if (status != YQ_OK) {
        yq_json_out_free(out);
        return failed(o, status, why.text);
    }
    yq_json_out_end(out);
    return print_json(out) ? (refused > 0 ? EXIT_REFUSED : EXIT_DONE) : EXIT_FAILED;
}

static void print_status(const yq_json *document, int is_running)
{
    static const char *const text_keys[] = {"chain", "framework", "hub", "hub_state"};
    static const char *const number_keys[] = {
        "next_height", "latest_height", "client_height", "outbox_size", "outbox_done", "in_flight"};
    yq_slice s;
    uint64_t u;
    if (yq_json_text(yq_json_get(document, "state"), &s)) {
        (void)printf(
            "%-14s %.*s%s\n",
            "state",
            (int)s.n,
            (const char *)s.p,
            is_running ? "" : " (not running)");
    }
    for (size_t i = 0; i < YQ_ARRAY_N(text_keys); i++) {
        if (yq_json_text(yq_json_get(document, text_keys[i]), &s)) {
            (void)printf("%-14s %.*s\n", text_keys[i], (int)s.n, (const char *)s.p);
        }
    }
    for (size_t i = 0; i < YQ_ARRAY_N(number_keys); i++) {
        if (yq_json_uint(yq_json_get(document, number_keys[i]), &u)) {
            (void)printf("%-14s %llu\n", number_keys[i], (unsigned long long)u);
        }
    }
    const yq_json *counters = yq_json_get(document, "counters");
    for (size_t i = 0; i < yq_json_count(counters); i++) {
        const char *key = yq_json_key_at(counters, i);
        if (yq_json_uint(yq_json_get(counters, key), &u)) {
            (void)printf("%-14s %llu\n", key, (unsigned long long)u);
        }
    }
    const yq_json *holds = yq_json_get(document, "holds");
    for (size_t i = 0; i < yq_json_count(holds); i++) {
        const yq_json *hold = yq_json_at(holds, i);
        yq_slice part = {0}, code = {0}, why = {0};
        (void)yq_json_text(yq_json_get(hold, "part"), &part);
        (void)yq_json_text(yq_json_get(hold, "code"), &code);
        (void)yq_json_text(yq_json_get(hold, "why"), &why);
        (void)printf(
            "hold           %.*s %.*s: %.*s\n",
            (int)part.n,
            (const char *)part.p,
            (int)code.n,
            (const char *)code.p,
            (int)why.n,
            (const char *)why.p);
    }
    (void)printf("%-14s %zu\n", "parked", yq_json_count(yq_json_get(document, "parked")));
}

static int status_command(const options *o, const yq_host_config *config)
{
    static char text[256u << 10];
    char path[4200];
    if (snprintf(path, sizeof path, "%s/status.json", config->cursor_dir) >= (int)sizeof path) {
        return failed(o, YQ_E_NOT_FOUND, "cursor_dir is too long");
    }
    FILE *f = fopen(path, "rb");
    if (f == NULL) {
        return failed(o, YQ_E_NOT_FOUND, "no adapter has run on this cursor_dir yet");
    }
    size_t n = fread(text, 1, sizeof text, f);
    (void)fclose(f);
    yq_fault why = {0};
    yq_json *document = yq_json_parse(yq_slice_of(text, n), sizeof text, &why);
    if (document == NULL) {
        return failed(o, YQ_E_CORRUPT, "status.json cannot be read");
    }
    yq_fault held = {0};
    int fd = -1;
    int is_running = yq_host_dir_lock(config->cursor_dir, &fd, &held) == YQ_E_STATE;
    if (fd >= 0) {
        (void)close(fd);
    }
    if (o->json) {
        (void)printf(
            "{\"running\":%s,\"status\":%.*s}\n", is_running ? "true" : "false", (int)n, text);
    } else {
        print_status(document, is_running);
    }
    yq_json_free(document);
    return EXIT_DONE;
}

/* ---- the command line ----------------------------------------------------------------------- */

/* The program's own folder/../lib. */
static const char *default_plugin_dir(void)
{
    static char path[4200];
    char self[4096];
    ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);
    if (n <= 0) {
        return "lib";
    }
    self[n] = '\0';
    char *slash = strrchr(self, '/');
    if (slash != NULL) {
        *slash = '\0';
    }
    (void)snprintf(path, sizeof path, "%s/../lib", self);
    return path;
}

static int parse(options *o, int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        const char *word = argv[i];
        const char **value = NULL;
        if (strcmp(word, "--json") == 0) {
            o->json = 1;
        } else if (strcmp(word, "--verbose") == 0) {
            o->verbose = 1;
        } else if (strcmp(word, "--config") == 0) {
            value = &o->config;
        } else if (strcmp(word, "--plugin-dir") == 0) {
            value = &o->plugin_dir;
        } else if (strcmp(word, "--height") == 0) {
            value = &o->height;
        } else if (strcmp(word, "--alter") == 0) {
            value = &o->alter;
        } else if (word[0] != '-' && o->command == NULL) {
            o->command = word;
        } else {
            (void)fprintf(stderr, "yuqiao-adapter: %s: not known here\n%s", word, usage);
            return 0;
        }
        if (value != NULL && i + 1 == argc) {
            (void)fprintf(stderr, "yuqiao-adapter: %s needs a value\n", word);
            return 0;
        }
        if (value != NULL) {
            *value = argv[++i];
        }
    }
    return 1;
}

int main(int argc, char **argv)
{
    static const struct {
        const char *name;
        int (*call)(const options *o, const yq_host_config *config);
    } command[] = {
        {"run", run},
        {"preflight", preflight},
        {"anchor", anchor},
        {"status", status_command},
        {"probe", probe}};
    if (argc == 2 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "--version") == 0)) {
        (void)fputs(argv[1][2] == 'h' ? usage : "yuqiao-adapter " YQ_VERSION "\n", stdout);
        return EXIT_DONE;
    }
    options o = {.plugin_dir = default_plugin_dir()};
    if (!parse(&o, argc, argv)) {
        return EXIT_WRONG_USAGE;
    }
    size_t idx = 0;
    while (idx < YQ_ARRAY_N(command) &&
           (o.command == NULL || strcmp(o.command, command[idx].name) != 0)) {
        idx++;
    }
    if (idx == YQ_ARRAY_N(command) || o.config == NULL) {
        (void)fputs(usage, stderr);
        return EXIT_WRONG_USAGE;
    }
    yq_log_configure(o.verbose ? YQ_LOG_DEBUG : YQ_LOG_INFO, o.json);
    catch_signals();
    yq_host_config config;
    yq_host_config_error error;
    yq_status status = yq_host_config_load(&config, o.config, &error);
    int code = status == YQ_OK ? command[idx].call(&o, &config) : failed(&o, status, error.text);
    yq_host_config_free(&config);
    return code;
}
