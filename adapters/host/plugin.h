#ifndef YQ_ADAPTERS_HOST_PLUGIN_H
#define YQ_ADAPTERS_HOST_PLUGIN_H

#include "yuqiao/adapter.h"

#include "adapters/host/config.h"

/* A loaded plugin and its one session. Used from one thread. */
typedef struct yq_plugin yq_plugin;

/*
 * Loads dir/adapter-<framework>.so and opens a session. Methods that the plugin does not have stay
 * NULL in yq_plugin_table. Errors: E_NOT_FOUND (no such file), E_UNSUPPORTED (not a plugin, another
 * major version, another framework, a method missing that every plugin has), those of open; why
 * says which.
 */
YQ_NODISCARD yq_status
yq_plugin_open(yq_plugin **plugin, const char *dir, const yq_host_config *config, yq_fault *why);
void yq_plugin_close(yq_plugin *plugin);

const char *yq_plugin_version(const yq_plugin *plugin);
int yq_plugin_can_submit(const yq_plugin *plugin);

/* The session's calls, as in adapter.h, with the configuration's deadline. What they give out lives
 * until the next call. Errors: as the plugin's; E_UNSUPPORTED for a method that it lacks. */
YQ_NODISCARD yq_status
yq_plugin_preflight(yq_plugin *plugin, const yq_check **check, size_t *check_n, yq_fault *why);
YQ_NODISCARD yq_status yq_plugin_anchor(yq_plugin *plugin, yq_slice *anchor, yq_fault *why);
YQ_NODISCARD yq_status yq_plugin_latest(yq_plugin *plugin, uint64_t *height, yq_fault *why);
YQ_NODISCARD yq_status
yq_plugin_evidence(yq_plugin *plugin, uint64_t height, yq_height_evidence *out, yq_fault *why);
YQ_NODISCARD yq_status
yq_plugin_submit(yq_plugin *plugin, yq_slice delivery, yq_slice *reference, yq_fault *why);
YQ_NODISCARD yq_status
yq_plugin_step(yq_plugin *plugin, yq_slice set, yq_slice *reference, yq_fault *why);
YQ_NODISCARD yq_status
yq_plugin_receipt(yq_plugin *plugin, yq_slice reference, yq_receipt_view *out, yq_fault *why);
YQ_NODISCARD yq_status
yq_plugin_counters(yq_plugin *plugin, const yq_option **counter, size_t *counter_n);

/* Copies at most sizeof(yq_adapter) of a plugin's descriptor into a zeroed table and judges it.
 * Errors: E_UNSUPPORTED. */
YQ_NODISCARD yq_status yq_plugin_take_table(
    yq_adapter *table, const yq_adapter *theirs, const char *framework, yq_fault *why);

/* Set from a signal handler: every wait and transfer of this process ends soon. */
void yq_host_stop(void);
int yq_host_stopping(void);

#endif /* YQ_ADAPTERS_HOST_PLUGIN_H */
