#ifndef YQ_RELAY_CLI_DOCTOR_H
#define YQ_RELAY_CLI_DOCTOR_H

#include "relay/codec/json.h"

/*
 * What is wrong with a chain, judged from what the hub and the chain's adapter say. Asks nobody.
 * The findings come in the order of causes: the first one is what to mend first.
 */

typedef struct doctor_view {
    const yq_json *status;   /* GET /status */
    const yq_json *chain;    /* GET /chains/ID */
    const yq_json *services; /* GET /chains/ID/services */
    const yq_json *lanes;    /* GET /lanes */
    const yq_json *messages; /* GET /messages?chain=ID */
    const yq_json *adapter;  /* the adapter's status.json, NULL: not given */
    const yq_json *signer;   /* GET /signers/ID of the adapter's key, NULL: not asked */
    uint64_t now_ms;         /* this machine's, for the age of the adapter's file */
} doctor_view;

typedef enum doctor_kind {
    DOCTOR_HUB_HALTED,
    DOCTOR_CHAIN_VOTING,
    DOCTOR_CHAIN_DRAFT,
    DOCTOR_CHAIN_MISBEHAVED,
    DOCTOR_CHAIN_FROZEN,
    DOCTOR_CHAIN_LAGGING,
    DOCTOR_CHAIN_LEAVES,
    DOCTOR_CLIENT_NONE,
    DOCTOR_TRUST_ENDS,
    DOCTOR_ADAPTER_SILENT,
    DOCTOR_ADAPTER_HELD,
    DOCTOR_ADAPTER_BEHIND,
    DOCTOR_EVENT_PARKED,
    DOCTOR_INBOX_SILENT,
    DOCTOR_INBOX_PAUSED,
    DOCTOR_INBOX_BEHIND,
    DOCTOR_DELIVERIES_STAND,
    DOCTOR_MESSAGES_HELD,
    DOCTOR_NO_SERVICE,
    DOCTOR_NO_LANE,
    DOCTOR_LANE_PAUSED,
    DOCTOR_KIND_N
} doctor_kind;

typedef struct doctor_words {
    const char *id;
    const char *what_en, *what_zh; /* one sentence: what is wrong */
    const char *do_en, *do_zh;     /* what to do */
} doctor_words;
const doctor_words *doctor_words_of(doctor_kind kind);

typedef struct doctor_finding {
    doctor_kind kind;
    char detail[200]; /* numbers and names of this case, "" for none */
} doctor_finding;

/* Returns how many findings there are, at most DOCTOR_KIND_N: one of a kind. Members that a
 * document lacks find nothing. */
unsigned doctor_look(const doctor_view *view, doctor_finding out[DOCTOR_KIND_N]);

#endif /* YQ_RELAY_CLI_DOCTOR_H */
