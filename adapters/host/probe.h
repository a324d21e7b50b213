#ifndef YQ_ADAPTERS_HOST_PROBE_H
#define YQ_ADAPTERS_HOST_PROBE_H

#include "adapters/host/config.h"
#include "relay/codec/json.h"

/* What is changed, by one bit in the middle, between the plugin and the hub. */
typedef enum yq_probe_alter {
    YQ_PROBE_AS_IT_IS = 0,
    YQ_PROBE_ALTER_UPDATE = 1, /* the events are left out then: they would stand on nothing */
    YQ_PROBE_ALTER_EVENTS = 2,
} yq_probe_alter;

/*
 * Hands the evidence of one height to the hub, all of it, registered or not, and tells what the hub
 * says of each part: how a person tries a chain before its adapter runs, and how one shows that
 * false evidence is refused, also when the adapter itself is the liar (alter). Nothing is written
 * to the cursor. Out: out, members {height, items[{what, tx_id, event_index, code, number, why}],
 * refused, taken} in the open object; refused, the number of parts that were. Errors: those of the
 * parts; a refusal by the hub is a result, not an error.
 */
YQ_NODISCARD yq_status yq_host_probe(
    const yq_host_config *config,
    const char *plugin_dir,
    uint64_t height,
    yq_probe_alter alter,
    yq_json_out *out,
    uint64_t *refused,
    yq_fault *why);

#endif /* YQ_ADAPTERS_HOST_PROBE_H */
