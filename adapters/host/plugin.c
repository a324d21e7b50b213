#include "adapters/host/plugin.h"

#include "relay/base/bytes.h"
#include "relay/base/errors.h"
#include "relay/base/log.h"

#include <dlfcn.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define CALL_MEMORY_MAX (128u << 20) /* that one call may give out */

/* One allocation of a call; freed before the next call. */
typedef struct block {
    struct block *next;
    _Alignas(max_align_t) uint8_t content[];
} block;

struct yq_plugin {
    void *library, *session;
    yq_adapter table;
    yq_adapter_host host;
    yq_adapter_config config;
    uint32_t deadline_ms;
    block *blocks;
    size_t used;
};

static volatile sig_atomic_t stopping;

void yq_host_stop(void)
{
    stopping = 1;
}

int yq_host_stopping(void)
{
    return stopping != 0;
}

/* ---- what the host lends -------------------------------------------------------------------- */

static void *lend(void *self, size_t size)
{
    yq_plugin *plugin = self;
    if (size > CALL_MEMORY_MAX - plugin->used) {
        return NULL;
    }
    block *b = calloc(1, sizeof *b + size);
    if (b == NULL) {
        return NULL;
    }
    plugin->used += size;
    b->next = plugin->blocks;
    plugin->blocks = b;
    return b->content;
}

static void release(yq_plugin *plugin)
{
    while (plugin->blocks != NULL) {
        block *b = plugin->blocks;
        plugin->blocks = b->next;
        free(b);
    }
    plugin->used = 0;
}

static void tell(void *self, int level, const char *text)
{
    (void)self;
    yq_log_level known = level <= YQ_LOG_DEBUG   ? YQ_LOG_DEBUG
                         : level >= YQ_LOG_ERROR ? YQ_LOG_ERROR
                                                 : (yq_log_level)level;
    yq_log(known, "plugin", "%s", text);
}

static uint64_t wall_ms(void *self)
{
    (void)self;
    struct timespec now;
    (void)clock_gettime(CLOCK_REALTIME, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static int is_stopping(void *self)
{
    (void)self;
    return yq_host_stopping();
}

/* ---- loading -------------------------------------------------------------------------------- */

yq_status yq_plugin_take_table(
    yq_adapter *table, const yq_adapter *theirs, const char *framework, yq_fault *why)
{
    memset(table, 0, sizeof *table);
    if (theirs == NULL || theirs->magic != YQ_ADAPTER_MAGIC) {
        return yq_fail(why, YQ_E_UNSUPPORTED, 0, "not an adapter plugin");
    }
    size_t head = offsetof(yq_adapter, abi_minor) + sizeof theirs->abi_minor;
    if (theirs->size < head || theirs->abi_major != YQ_ADAPTER_ABI_MAJOR) {
        return yq_fail(
            why, YQ_E_UNSUPPORTED, 0, "plugin of another version of the interface; rebuild it");
    }
    memcpy(table, theirs, theirs->size < sizeof *table ? theirs->size : sizeof *table);
    if (table->framework == NULL || strcmp(table->framework, framework) != 0) {
        return yq_fail(why, YQ_E_UNSUPPORTED, 0, "plugin of another framework");
    }
    if (table->open == NULL || table->latest == NULL || table->evidence == NULL ||
        table->close == NULL) {
        return yq_fail(why, YQ_E_UNSUPPORTED, 0, "plugin lacks open, latest, evidence or close");
    }
    return YQ_OK;
}

static yq_status load(yq_plugin *plugin, const char *dir, const char *framework, yq_fault *why)
{
    char path[4200], text[sizeof why->text];
    if (snprintf(path, sizeof path, "%s/adapter-%s.so", dir, framework) >= (int)sizeof path) {
        return yq_fail(why, YQ_E_NOT_FOUND, 0, "the plugin's path is too long");
    }
    if (access(path, R_OK) != 0) {
        (void)snprintf(text, sizeof text, "no plugin for this framework: %.80s", path);
        return yq_fail(why, YQ_E_NOT_FOUND, 0, text);
    }
    plugin->library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (plugin->library == NULL) {
        const char *reason = dlerror();
        (void)snprintf(text, sizeof text, "%.110s", reason == NULL ? "dlopen failed" : reason);
        return yq_fail(why, YQ_E_UNSUPPORTED, 0, text);
    }
    void *symbol = dlsym(plugin->library, "yq_adapter_v1");
    const yq_adapter *(*entry)(void);
    memcpy(&entry, &symbol, sizeof entry); /* ISO C has no cast from an object to a function */
    if (entry == NULL) {
        return yq_fail(why, YQ_E_UNSUPPORTED, 0, "the plugin exports no yq_adapter_v1");
    }
    return yq_plugin_take_table(&plugin->table, entry(), framework, why);
}

yq_status yq_plugin_open(
    yq_plugin **out, const char *dir, const yq_host_config *config, yq_fault *why)
{
    *out = NULL;
    yq_plugin *plugin = calloc(1, sizeof *plugin);
    if (plugin == NULL) {
        return yq_fail(why, YQ_E_MEMORY, 0, "plugin");
    }
    plugin->deadline_ms = config->deadline_ms;
    plugin->host = (yq_adapter_host){
        .size = sizeof plugin->host,
        .abi_major = YQ_ADAPTER_ABI_MAJOR,
        .abi_minor = YQ_ADAPTER_ABI_MINOR,
        .self = plugin,
        .alloc = lend,
        .log = tell,
        .now_ms = wall_ms,
        .stopping = is_stopping,
    };
    plugin->config = (yq_adapter_config){
        .chain = config->file->chain,
        .endpoints = (const char *const *)config->file->endpoints,
        .endpoint_n = config->file->endpoints_count,
        .options = config->option,
        .option_n = config->option_n,
    };
    yq_status status = load(plugin, dir, config->file->framework, why);
    if (status == YQ_OK && plugin->table.open != NULL) {
        status = plugin->table.open(&plugin->host, &plugin->config, &plugin->session, why);
    }
    if (status != YQ_OK) {
        plugin->session = NULL;
        yq_plugin_close(plugin);
        return status;
    }
    *out = plugin;
    return YQ_OK;
}

void yq_plugin_close(yq_plugin *plugin)
{
    if (plugin == NULL) {
        return;
    }
    if (plugin->session != NULL) {
        plugin->table.close(plugin->session);
    }
    release(plugin);
    if (plugin->library != NULL) {
        (void)dlclose(plugin->library);
    }
    free(plugin);
}

const char *yq_plugin_version(const yq_plugin *plugin)
{
    return plugin->table.version == NULL ? "" : plugin->table.version;
}

int yq_plugin_can_submit(const yq_plugin *plugin)
{
    return plugin->table.submit != NULL && plugin->table.receipt != NULL;
}

/* ---- calls ---------------------------------------------------------------------------------- */

/* A plugin may only give codes of the table; anything else is a fault of its own. */
static yq_status judged(yq_status status, yq_fault *why)
{
    if (strcmp(yq_status_name(status), "E_UNKNOWN") == 0) {
        return yq_fail(why, YQ_E_PEER, 0, "the plugin gave a code that no one knows");
    }
    return status;
}

yq_status yq_plugin_preflight(
    yq_plugin *plugin, const yq_check **check, size_t *check_n, yq_fault *why)
{
    *check = NULL;
    *check_n = 0;
    release(plugin);
    if (plugin->table.preflight == NULL) {
        return yq_fail(why, YQ_E_UNSUPPORTED, 0, "the plugin has no preflight");
    }
    return judged(
        plugin->table.preflight(plugin->session, plugin->deadline_ms, check, check_n, why), why);
}

yq_status yq_plugin_anchor(yq_plugin *plugin, yq_slice *anchor, yq_fault *why)
{
    *anchor = (yq_slice){0};
    release(plugin);
    if (plugin->table.anchor == NULL) {
        return yq_fail(why, YQ_E_UNSUPPORTED, 0, "the plugin gives no anchor");
    }
    return judged(plugin->table.anchor(plugin->session, plugin->deadline_ms, anchor, why), why);
}

yq_status yq_plugin_latest(yq_plugin *plugin, uint64_t *height, yq_fault *why)
{
    release(plugin);
    return judged(plugin->table.latest(plugin->session, plugin->deadline_ms, height, why), why);
}

yq_status yq_plugin_evidence(
    yq_plugin *plugin, uint64_t height, yq_height_evidence *out, yq_fault *why)
{
    *out = (yq_height_evidence){0};
    release(plugin);
    return judged(
        plugin->table.evidence(plugin->session, height, plugin->deadline_ms, out, why), why);
}

yq_status yq_plugin_submit(yq_plugin *plugin, yq_slice delivery, yq_slice *reference, yq_fault *why)
{
    *reference = (yq_slice){0};
    release(plugin);
    if (!yq_plugin_can_submit(plugin)) {
        return yq_fail(why, YQ_E_UNSUPPORTED, 0, "the plugin is read only");
    }
    return judged(
        plugin->table.submit(plugin->session, delivery, plugin->deadline_ms, reference, why), why);
}

yq_status yq_plugin_step(yq_plugin *plugin, yq_slice set, yq_slice *reference, yq_fault *why)
{
    *reference = (yq_slice){0};
    release(plugin);
    if (plugin->table.step == NULL) {
        return yq_fail(why, YQ_E_UNSUPPORTED, 0, "the plugin does not step the inbox's epoch");
    }
    return judged(
        plugin->table.step(plugin->session, set, plugin->deadline_ms, reference, why), why);
}

yq_status yq_plugin_receipt(
    yq_plugin *plugin, yq_slice reference, yq_receipt_view *out, yq_fault *why)
{
    *out = (yq_receipt_view){0};
    release(plugin);
    if (!yq_plugin_can_submit(plugin)) {
        return yq_fail(why, YQ_E_UNSUPPORTED, 0, "the plugin is read only");
    }
    return judged(
        plugin->table.receipt(plugin->session, reference, plugin->deadline_ms, out, why), why);
}

yq_status yq_plugin_counters(yq_plugin *plugin, const yq_option **counter, size_t *counter_n)
{
    *counter = NULL;
    *counter_n = 0;
    release(plugin);
    if (plugin->table.counters == NULL) {
        return YQ_OK;
    }
    return plugin->table.counters(plugin->session, counter, counter_n);
}
