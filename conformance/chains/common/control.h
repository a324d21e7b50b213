#ifndef YQ_CONFORMANCE_CHAINS_COMMON_CONTROL_H
#define YQ_CONFORMANCE_CHAINS_COMMON_CONTROL_H

/* The control commands of mock.h: what they take and answer is read and written here, what they do
 * to a chain is the framework's. */
#include "conformance/chains/common/contract.h"
#include "conformance/chains/common/mock.h"

struct yq_mock_hooks;

/* One command under way. */
typedef struct yq_mock_control {
    const struct yq_mock_hooks *hooks;
    void *chain; /* the framework's */
    uint64_t time;
    const yq_json *command;
    yq_json_out *reply;
    yq_fault *why;
} yq_mock_control;

/* A command of the framework's own. */
typedef struct yq_mock_command {
    const char *name;
    yq_status (*run)(const yq_mock_control *c);
} yq_mock_command;

/* What a framework does. Each returns E_... with c->why filled, and writes the members that mock.h
 * names; send, foreign and next_set are called only when there is an inbox. */
typedef struct yq_mock_hooks {
    /* Installs the contract; writes inbox and event. */
    yq_status (*deploy)(const yq_mock_control *c, const yq_contract_config *config);
    /* The inbox' model, NULL: none is deployed. */
    const yq_contract *(*inbox)(const yq_mock_control *c);
    /* Sends count times what yq_send_encode wrote; writes txs. */
    yq_status (*send)(const yq_mock_control *c, yq_slice argument, uint64_t count);
    /* Emits count events of a plain contract; writes emitter, event and txs. */
    yq_status (*emit)(const yq_mock_control *c, yq_slice payload, uint64_t count);
    /* Installs the contract once more, under another name; NULL: the mode needs none. */
    yq_status (*foreign)(const yq_mock_control *c);
    uint64_t (*height)(const yq_mock_control *c);
    /* Makes a second block of a height. Out: the first, the one that is shown. Errors:
     * E_NOT_FOUND. */
    yq_status (*fork)(const yq_mock_control *c, uint64_t height, yq_digest *hash, yq_digest *shown);
    /* Takes on a mode. supports, or NULL (all): says before anything is done whether it can. */
    yq_status (*supports)(const yq_mock_control *c, yq_mock_mode mode);
    void (*set_mode)(const yq_mock_control *c, yq_mock_mode mode);
    /* Hands the inbox its next set. Returns 0 when it refuses. */
    int (*next_set)(const yq_mock_control *c, const yq_valset *set);
    /* Writes all members of status. */
    void (*status)(const yq_mock_control *c);
    size_t payload_max; /* bytes; 0: any */
    const yq_mock_command *own;
    size_t own_n;
} yq_mock_hooks;

/* Carries out the command. Errors: as yq_mock_framework's control. */
YQ_NODISCARD yq_status yq_mock_control_run(const yq_mock_control *c);

/* ---- for commands of frameworks' own ---- */

/* Returns E_FIELD_MISSING. */
yq_status yq_mock_missing(const yq_mock_control *c, const char *key);
YQ_NODISCARD yq_status yq_mock_take_text(const yq_mock_control *c, const char *key, yq_slice *out);
/* A number, or otherwise when it is not there. */
uint64_t yq_mock_number_of(const yq_mock_control *c, const char *key, uint64_t otherwise);

#endif /* YQ_CONFORMANCE_CHAINS_COMMON_CONTROL_H */
