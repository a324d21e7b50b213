#ifndef YQ_CONFORMANCE_CHAINS_ATTESTED_ATMOCK_H
#define YQ_CONFORMANCE_CHAINS_ATTESTED_ATMOCK_H

/* Inner parts of the mock platform: a closed one, that publishes no proof and speaks REST. */
#include "conformance/chains/common/contract.h"
#include "conformance/chains/common/mock.h"

#define YQ_ATM_NAME_SIZE  64u
#define YQ_ATM_TOKEN_SIZE 33u
#define YQ_ATM_CALLERS    10u
#define YQ_ATM_EVENT      "Yuqiao"
#define YQ_ATM_PLAIN      "catalogue"
#define YQ_ATM_CHANGED    "Changed"
#define YQ_ATM_PAGE_MAX   50u /* whatever is asked for */

typedef struct yq_atm_record {
    uint64_t number, time_ms;
    char topic[YQ_ATM_NAME_SIZE], type[YQ_ATM_NAME_SIZE], id[YQ_ATM_NAME_SIZE];
    uint8_t *data;
    size_t data_n;
    /* who is shown something else: a bit a caller */
    uint32_t changed_for, hidden_for;
} yq_atm_record;

/* What was handed in. */
typedef struct yq_atm_ticket {
    char name[YQ_ATM_NAME_SIZE];
    uint64_t number; /* of the record; 0: it failed */
    char reason[128];
} yq_atm_ticket;

/* What it replies instead of the truth. */
typedef enum yq_atm_manner {
    YQ_ATM_HONEST = 0,
    YQ_ATM_HTML,     /* a page for people, with 200 */
    YQ_ATM_NO_ID,    /* records without their id */
    YQ_ATM_BACKWARD, /* records in the other order */
    YQ_ATM_LARGE,    /* more bytes than anybody takes */
    YQ_ATM_LOST,     /* closes the line when it has executed */
    YQ_ATM_MANNER_N,
} yq_atm_manner;

typedef struct yq_atm_platform {
    char *name, *seed;
    char token[YQ_ATM_CALLERS][YQ_ATM_TOKEN_SIZE];
    yq_atm_record *record;
    size_t record_n;
    yq_atm_ticket *ticket;
    size_t ticket_n;
    yq_contract *inbox, *foreign;
    char inbox_topic[YQ_ATM_NAME_SIZE], foreign_topic[YQ_ATM_NAME_SIZE];
    yq_contract_config deploy; /* of the foreign one; its texts are these: */
    char hub[YQ_ATM_NAME_SIZE];
    yq_mock_mode mode;
    yq_atm_manner manner;
    int is_out;          /* 503 to everything */
    uint64_t retry_s;    /* said with 503 and 429; 0: nothing */
    uint64_t per_minute; /* 0: any; of each caller */
    uint64_t granted[YQ_ATM_CALLERS], minute[YQ_ATM_CALLERS];
    int64_t skew_ms;
    uint64_t numbers_skipped; /* before the next record */
    uint64_t asked, limited;
} yq_atm_platform;

/* ---- platform.c ---- */

yq_atm_platform *yq_atm_new(const char *name, const char *seed, uint64_t time_ms);
void yq_atm_free(yq_atm_platform *p);
/* "adapter", "attester-1" .. "attester-8", "auditor"; NULL past the end. */
const char *yq_atm_caller(size_t i);
/* Appends a record. Returns its number. */
uint64_t yq_atm_append(
    yq_atm_platform *p, const char *topic, const char *type, yq_slice data, uint64_t time_ms);
yq_atm_record *yq_atm_find(yq_atm_platform *p, uint64_t number);
uint64_t yq_atm_last(const yq_atm_platform *p);
/* Hands a delivery to the inbox. Returns the ticket. */
const yq_atm_ticket *yq_atm_deliver(yq_atm_platform *p, yq_slice delivery, uint64_t time_ms);
/* Hands the inbox its next set, as the hub writes it. Returns the ticket. */
const yq_atm_ticket *yq_atm_step(yq_atm_platform *p, yq_slice set, uint64_t time_ms);
const yq_atm_ticket *yq_atm_ticket_of(const yq_atm_platform *p, yq_slice name);

/* ---- rest.c ---- */

typedef struct yq_atm_request {
    const char *path, *query, *authorization; /* NULL: none */
    int is_post;
    yq_slice body;
    uint64_t time_ms;
} yq_atm_request;

typedef struct yq_atm_reply {
    int code, is_html, is_cut;
    uint64_t retry_s; /* 0: not said */
    yq_json_out *out; /* NULL: an empty body, or filler; owned */
    size_t filler;    /* so many letters */
} yq_atm_reply;

yq_atm_reply yq_atm_answer(yq_atm_platform *p, const yq_atm_request *request);

/* ---- control.c ---- */

YQ_NODISCARD yq_status yq_atm_control(
    yq_atm_platform *p,
    uint64_t time_ms,
    const yq_json *command,
    yq_json_out *reply,
    yq_fault *why);

#endif /* YQ_CONFORMANCE_CHAINS_ATTESTED_ATMOCK_H */
