#ifndef YQ_RELAY_CLI_CLI_H
#define YQ_RELAY_CLI_CLI_H

#include "relay/base/writer.h"
#include "relay/codec/json.h"
#include "relay/crypto/crypto.h"
#include "relay/hub/tx.h"
#include "relay/sdk/api.h"

#include <stdio.h>

/* The operator's command. A command reads its options, asks the hub, and leaves one JSON document;
 * how it is shown is output.c's business. */
#define CLI_OPTIONS_MAX     20u
#define CLI_POSITIONALS_MAX 2u
#define CLI_JSON_MAX        (16u << 20)
#define CLI_WAIT_MS         30000u

typedef enum cli_exit {
    CLI_OK = 0,
    CLI_FAILED = 1,
    CLI_USAGE = 2,
    CLI_PROOF_FALSE = 3,
    CLI_NOT_FOUND = 4,
    CLI_REFUSED = 5,
    CLI_UNAVAILABLE = 6,
    CLI_TIMED_OUT = 7,
} cli_exit;

typedef struct cli_option {
    const char *name, *value; /* value "" for a flag */
} cli_option;

typedef struct cli {
    cli_option option[CLI_OPTIONS_MAX];
    size_t option_n;
    const char *positional[CLI_POSITIONALS_MAX];
    size_t positional_n;
    int json;
    const char *language; /* "zh" or "en" */
    yq_http *http;        /* made by cli_hub */
    yq_fault why;
    FILE *out, *err;
} cli;

typedef struct cli_command {
    const char *noun, *verb; /* verb NULL: the noun alone is the command */
    const char *positional;  /* for the usage line; NULL: takes none */
    const char
        *options; /* names with a value, "name*" must be given, "name!" is a flag; by blanks */
    const char *en, *zh; /* one sentence */
    /* Returns OK and a document's text in *out (owned by the caller: yq_json_out_free), or why
     * not. */
    yq_status (*run)(cli *c, yq_json_out **out);
} cli_command;

extern const cli_command cli_commands[];
extern const size_t cli_command_n;

/* args.c: fills c from argv[first..argc). Errors: E_USAGE with the text in c->why. */
yq_status cli_parse(cli *c, const cli_command *command, int argc, char **argv, int first);
const cli_command *cli_find(const char *noun, const char *verb);
/* NULL when it was not given. */
const char *cli_get(const cli *c, const char *name);
int cli_has(const cli *c, const char *name);
yq_status cli_usage(cli *c, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* A number of an option; missing: other. Errors: E_USAGE. */
yq_status cli_number(cli *c, const char *name, uint64_t other, uint64_t max, uint64_t *out);
/* Bytes of an option: hex (also behind 0x) where it is all hex digits and even, else its text;
 * "text:..." and "hex:..." say which. Errors: E_USAGE (empty, too long). */
yq_status cli_bytes(cli *c, const char *name, uint8_t *room, size_t cap, yq_slice *out);
/* A word out of a list; gives its place from 1. */
yq_status cli_word(cli *c, const char *name, const char *const *word, size_t n, uint8_t *out);

/* hub.c: the hub's address from --hub, YUQIAO_HUB, --home. */
yq_status cli_hub(cli *c);
/* GET path and pass the document on as it is. */
yq_status cli_pass(cli *c, const char *path, yq_json_out **out);
void cli_copy(yq_json_out *out, const char *key, const yq_json *value);

/* submit.c: signs one transaction with --key, submits it, waits until it is final. Out: result, the
 * bytes that it gave (room of the caller), height. Errors: the ledger's refusal is returned. */
typedef struct cli_result {
    uint8_t data[256];
    size_t data_n;
    uint64_t height;
    char envelope[65];
} cli_result;
yq_status cli_submit(cli *c, const yq_tx *tx, cli_result *result);
yq_status cli_submit_raw(cli *c, yq_slice tx, cli_result *result);
yq_status cli_key(cli *c, yq_key **key);
/* Another key file, opened with the same passphrase. */
yq_status cli_key_of(cli *c, const char *path, yq_key **key);
/* change.c: what --join and --leave say, as relay/hub/change.h has it. Errors: E_USAGE. */
yq_status cli_change(cli *c, yq_writer *w);
yq_json_out *cli_result_begin(const cli_result *result);

/* The genesis' bytes: from the file that the option names, from the home's own file, or from the
 * hub. Owns: free(out->p). */
yq_status cli_genesis(cli *c, const char *option, yq_buf *out);

/* A whole file. Errors: E_IO, E_LIMIT. Owns: free(out->p). */
yq_status cli_file(cli *c, const char *path, size_t size_max, yq_buf *out);
/* A new file, durable. Errors: E_IO, also where there is one. */
yq_status cli_write(cli *c, const char *path, yq_slice bytes);

/* output.c */
void cli_show(const cli *c, const char *text, size_t size);
void cli_error(const cli *c, yq_status status);
cli_exit cli_exit_of(yq_status status);

/* The commands. */
yq_status cmd_status(cli *c, yq_json_out **out);
yq_status cmd_genesis_show(cli *c, yq_json_out **out);
yq_status cmd_testnet_init(cli *c, yq_json_out **out);
yq_status cmd_key_gen(cli *c, yq_json_out **out);
yq_status cmd_key_show(cli *c, yq_json_out **out);
yq_status cmd_chain_register(cli *c, yq_json_out **out);
yq_status cmd_chain_approve(cli *c, yq_json_out **out);
yq_status cmd_chain_list(cli *c, yq_json_out **out);
yq_status cmd_chain_show(cli *c, yq_json_out **out);
yq_status cmd_chain_freeze(cli *c, yq_json_out **out);
yq_status cmd_chain_unfreeze(cli *c, yq_json_out **out);
yq_status cmd_chain_recover(cli *c, yq_json_out **out);
yq_status cmd_chain_retire(cli *c, yq_json_out **out);
yq_status cmd_protocol_activate(cli *c, yq_json_out **out);
yq_status cmd_chain_wizard(cli *c, yq_json_out **out);
yq_status cmd_doctor(cli *c, yq_json_out **out);
yq_status cmd_client_show(cli *c, yq_json_out **out);
yq_status cmd_service_register(cli *c, yq_json_out **out);
yq_status cmd_service_list(cli *c, yq_json_out **out);
yq_status cmd_lane_open(cli *c, yq_json_out **out);
yq_status cmd_lane_list(cli *c, yq_json_out **out);
yq_status cmd_message_list(cli *c, yq_json_out **out);
yq_status cmd_message_trace(cli *c, yq_json_out **out);
yq_status cmd_message_force(cli *c, yq_json_out **out);
yq_status cmd_proposal_list(cli *c, yq_json_out **out);
yq_status cmd_proposal_show(cli *c, yq_json_out **out);
yq_status cmd_proposal_approve(cli *c, yq_json_out **out);
yq_status cmd_proposal_reject(cli *c, yq_json_out **out);
yq_status cmd_org_register(cli *c, yq_json_out **out);
yq_status cmd_org_key_add(cli *c, yq_json_out **out);
yq_status cmd_org_key_remove(cli *c, yq_json_out **out);
yq_status cmd_validators_list(cli *c, yq_json_out **out);
yq_status cmd_validators_prove(cli *c, yq_json_out **out);
yq_status cmd_validators_propose(cli *c, yq_json_out **out);
yq_status cmd_validators_prove_export(cli *c, yq_json_out **out);
yq_status cmd_validators_export_key(cli *c, yq_json_out **out);
yq_status cmd_validators_evidence(cli *c, yq_json_out **out);
yq_status cmd_validators_report(cli *c, yq_json_out **out);
yq_status cmd_recovery_prepare(cli *c, yq_json_out **out);
yq_status cmd_recovery_sign(cli *c, yq_json_out **out);
yq_status cmd_recovery_show(cli *c, yq_json_out **out);
yq_status cmd_recovery_submit(cli *c, yq_json_out **out);
yq_status cmd_recovery_list(cli *c, yq_json_out **out);
yq_status cmd_backup(cli *c, yq_json_out **out);
yq_status cmd_restore(cli *c, yq_json_out **out);
yq_status cmd_tx_submit(cli *c, yq_json_out **out);

#endif /* YQ_RELAY_CLI_CLI_H */
