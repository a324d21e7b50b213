#ifndef YQ_ADAPTERS_ATTESTED_PLATFORM_H
#define YQ_ADAPTERS_ATTESTED_PLATFORM_H

/* A platform's journal, read at one's own pace. Zeroed before use; one thread. */
#include "adapters/attested/pace.h"
#include "adapters/attested/record.h"
#include "adapters/http/pool.h"
#include "adapters/http/rest.h"

typedef struct yq_atd_page {
    yq_json *document; /* NULL: none */
    const yq_json *list;
    uint64_t after, upto; /* every number in after + 1 .. upto is in it, or is nobody's */
} yq_atd_page;

typedef struct yq_atd_platform {
    const yq_adapter_host *host;
    const yq_atd_mapping *mapping;
    yq_web_access access;
    yq_web_pool *pool;
    yq_atd_pace pace;
    uint64_t skew_ms; /* a record further ahead of this clock is not taken */
    uint64_t given;   /* the highest number that was asked for */
    yq_atd_page page;
    uint64_t records, waited_ms;
} yq_atd_platform;

/* Opens it; does not connect. In: access, mapping, pace.per_minute, skew_ms are set; host and
 * config live as long. Errors: those of yq_web_pool_open. */
YQ_NODISCARD yq_status yq_atd_platform_open(
    yq_atd_platform *p,
    const yq_adapter_host *host,
    const yq_adapter_config *config,
    yq_fault *why);
void yq_atd_platform_close(yq_atd_platform *p);

/* One question at the platform's pace. In: body NULL: GET. Out: reply; free it; is_sent, or NULL.
 * Errors: those of yq_rest_ask; E_RATE_LIMIT: its turn is behind the deadline. */
YQ_NODISCARD yq_status yq_atd_platform_ask(
    yq_atd_platform *p, const yq_rest_call *call, yq_json **reply, int *is_sent, yq_fault *why);

/* Puts a text in place of a word in braces, percent-encoded where it is no letter, digit or one of
 * -_.~. Errors: E_LIMIT (more than cap). */
YQ_NODISCARD yq_status
yq_atd_path_make(char *out, size_t cap, const char *path, const char *word, yq_slice text);

/* Out: the highest number. */
YQ_NODISCARD yq_status
yq_atd_platform_latest(yq_atd_platform *p, uint64_t until_ms, uint64_t *number, yq_fault *why);

/*
 * The record of a number. Out: record, freed by the caller; is_gap, 1: the platform has none of
 * that number and never will, record has nothing but the number of the next one. Errors:
 * E_NOT_FOUND (not there yet), E_TIME_FUTURE, E_PEER (the reply is not as the mapping says), those
 * of asking. A record that was given is read anew when it is asked for again.
 */
YQ_NODISCARD yq_status yq_atd_platform_record(
    yq_atd_platform *p,
    uint64_t number,
    uint64_t until_ms,
    yq_atd_record *record,
    int *is_gap,
    yq_fault *why);

/*
 * The first record of that number or above. Out: record, freed by the caller. Errors: E_NOT_FOUND
 * (there is none), and those of yq_atd_platform_record, but times ahead of this clock.
 */
YQ_NODISCARD yq_status yq_atd_platform_next(
    yq_atd_platform *p, uint64_t number, uint64_t until_ms, yq_atd_record *record, yq_fault *why);

#endif /* YQ_ADAPTERS_ATTESTED_PLATFORM_H */
