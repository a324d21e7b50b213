#include "adapters/attester/program.h"
#include "adapters/host/plugin.h"
#include "relay/base/bytes.h"
#include "relay/base/errors.h"
#include "relay/base/log.h"
#include "relay/codec/json.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static const char usage[] =
    "usage: yuqiao-attester COMMAND --config FILE [--json] [--verbose]\n"
    "\n"
    "commands:\n"
    "  serve  read the platform and sign what is read, for the adapter that asks\n"
    "           --port P        on 127.0.0.1; any free one\n"
    "           --token-file F  what callers have to show as bearers (mode 0600)\n"
    "           --ports-file F  written when it listens: {\"endpoint\": URL}\n"
    "  reconcile  hold what the hub and the platform have of one day against each other\n"
    "           --day YYYY-MM-DD  a day of Beijing\n"
    "\n"
    "The configuration is that of yuqiao-adapter with framework attested: key is the attester's "
    "own\n"
    "signing key, cursor_dir keeps what it has signed. Exit codes: 0 ok, 1 failed, 2 usage, 3 the\n"
    "two sides differ, 4 not found, 5 refused, 6 unavailable, 7 timed out.\n";

/* ---- what a reader is lent ---- */

static void *lend(void *self, size_t size)
{
    (void)self;
    (void)size;
    return NULL;
}

static void tell(void *self, int level, const char *text)
{
    (void)self;
    yq_log(level >= YQ_LOG_ERROR ? YQ_LOG_ERROR : (yq_log_level)level, "attester", "%s", text);
}

static uint64_t wall_ms(void *self)
{
    struct timespec now;
    (void)self;
    (void)clock_gettime(CLOCK_REALTIME, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static int is_stopping(void *self)
{
    (void)self;
    return yq_host_stopping();
}

const yq_adapter_host yq_attester_host = {
    .size = sizeof yq_attester_host,
    .abi_major = YQ_ADAPTER_ABI_MAJOR,
    .abi_minor = YQ_ADAPTER_ABI_MINOR,
    .alloc = lend,
    .log = tell,
    .now_ms = wall_ms,
    .stopping = is_stopping,
};

yq_adapter_config yq_attester_config_of(const yq_host_config *config)
{
    return (yq_adapter_config){
        .chain = config->file->chain,
        .endpoints = (const char *const *)config->file->endpoints,
        .endpoint_n = config->file->endpoints_count,
        .options = config->option,
        .option_n = config->option_n};
}

/* ---- outcomes ---- */

static int exit_of(yq_status status)
{
    static const struct {
        yq_status status;
        yq_attester_exit code;
    } all[] = {
        {YQ_E_CONFIG_INVALID, YQ_ATTESTER_USAGE},
        {YQ_E_USAGE, YQ_ATTESTER_USAGE},
        {YQ_E_NOT_FOUND, YQ_ATTESTER_MISSING},
        {YQ_E_PERMISSION, YQ_ATTESTER_REFUSED},
        {YQ_E_STATE, YQ_ATTESTER_REFUSED},
        {YQ_E_UNAVAILABLE, YQ_ATTESTER_AWAY},
        {YQ_E_PEER, YQ_ATTESTER_AWAY},
        {YQ_E_TIMEOUT, YQ_ATTESTER_LATE}};
    for (size_t i = 0; i < YQ_ARRAY_N(all); i++) {
        if (all[i].status == status) {
            return (int)all[i].code;
        }
    }
    return YQ_ATTESTER_FAILED;
}

int yq_attester_failed(const yq_attester_options *o, yq_status status, const char *text)
{
    yq_json_out *out = o->json ? yq_json_out_new(8192) : NULL;
    if (out == NULL) {
        (void)fprintf(stderr, "yuqiao-attester: %s: %s\n", yq_status_name(status), text);
        return exit_of(status);
    }
    yq_json_out_object(out, NULL);
    yq_json_out_str(out, "code", yq_status_name(status) + 2);
    yq_json_out_int(out, "number", status);
    yq_json_out_str(out, "message", text);
    yq_json_out_end(out);
    const char *line = yq_json_out_done(out, NULL);
    (void)fprintf(stderr, "%s\n", line == NULL ? "{}" : line);
    yq_json_out_free(out);
    return exit_of(status);
}

/* ---- the command line ---- */

static int take_port(const char *text, uint16_t *port)
{
    char *end;
    if (text[0] < '0' || text[0] > '9') {
        return 0;
    }
    unsigned long value = strtoul(text, &end, 10);
    *port = (uint16_t)value;
    return *end == '\0' && value <= UINT16_MAX;
}

static int take(yq_attester_options *o, const char *name, const char *value)
{
    const struct {
        const char *name;
        const char **to;
    } text[] = {
        {"--config", &o->config},
        {"--token-file", &o->token_file},
        {"--ports-file", &o->ports_file},
        {"--day", &o->day}};
    for (size_t i = 0; i < YQ_ARRAY_N(text); i++) {
        if (strcmp(name, text[i].name) == 0) {
            *text[i].to = value;
            return 1;
        }
    }
    return strcmp(name, "--port") == 0 && take_port(value, &o->port);
}

static int parse(yq_attester_options *o, int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--json") == 0) {
            o->json = 1;
        } else if (strcmp(argv[i], "--verbose") == 0) {
            o->verbose = 1;
        } else if (argv[i][0] != '-' && o->command == NULL) {
            o->command = argv[i];
        } else if (i + 1 == argc || !take(o, argv[i], argv[i + 1])) {
            (void)fprintf(stderr, "yuqiao-attester: %s: not known here\n%s", argv[i], usage);
            return 0;
        } else {
            i++;
        }
    }
    return 1;
}

static void on_signal(int number)
{
    (void)number;
    yq_host_stop();
}

static void catch_signals(void)
{
    struct sigaction action = {.sa_handler = on_signal};
    (void)sigemptyset(&action.sa_mask);
    (void)sigaction(SIGTERM, &action, NULL);
    (void)sigaction(SIGINT, &action, NULL);
    action.sa_handler = SIG_IGN;
    (void)sigaction(SIGPIPE, &action, NULL);
}

int main(int argc, char **argv)
{
    static const struct {
        const char *name;
        int (*call)(const yq_attester_options *o, const yq_host_config *config);
    } command[] = {{"serve", yq_attester_serve}, {"reconcile", yq_attester_reconcile}};
    if (argc == 2 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "--version") == 0)) {
        (void)fputs(argv[1][2] == 'h' ? usage : "yuqiao-attester " YQ_VERSION "\n", stdout);
        return YQ_ATTESTER_DONE;
    }
    yq_attester_options o = {0};
    if (!parse(&o, argc, argv)) {
        return YQ_ATTESTER_USAGE;
    }
    size_t idx = 0;
    while (idx < YQ_ARRAY_N(command) &&
           (o.command == NULL || strcmp(o.command, command[idx].name) != 0)) {
        idx++;
    }
    if (idx == YQ_ARRAY_N(command) || o.config == NULL) {
        (void)fputs(usage, stderr);
        return YQ_ATTESTER_USAGE;
    }
    yq_log_configure(o.verbose ? YQ_LOG_DEBUG : YQ_LOG_INFO, o.json);
    catch_signals();
    yq_host_config config;
    yq_host_config_error error;
    yq_status status = yq_host_config_load(&config, o.config, &error);
    int code = status == YQ_OK ? command[idx].call(&o, &config)
                               : yq_attester_failed(&o, status, error.text);
    yq_host_config_free(&config);
    return code;
}
