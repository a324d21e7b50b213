#ifndef YQ_ADAPTERS_ATTESTED_SESSION_H
#define YQ_ADAPTERS_ATTESTED_SESSION_H

/* Inner parts of the adapter. */
#include "adapters/attested/reader.h"

#define YQ_ATD_SIGNATURE_SIZE 64u

typedef struct yq_atd_counts {
    uint64_t disagreements, refusals, silent, too_large, events, submitted;
} yq_atd_counts;

typedef struct yq_atd_session {
    yq_atd_reader reader;
    yq_web_pool *attesters; /* in the order of the mapping's */
    uint64_t gap_next;      /* the first number behind the last gap that they agreed about */
    yq_atd_counts counts;
} yq_atd_session;

/* What one attester says of one record. */
typedef enum yq_atd_verdict {
    YQ_ATD_AGREES = 1,
    YQ_ATD_DISAGREES, /* signed something else, or reads by another mapping */
    YQ_ATD_REFUSES,   /* does not sign: text says why */
    YQ_ATD_SILENT,    /* cannot be asked, or answers nothing that can be used */
} yq_atd_verdict;

typedef struct yq_atd_answer {
    yq_atd_verdict verdict;
    yq_status status; /* of one that does not agree */
    char text[96];
    int has_event;
    uint8_t block[YQ_ATD_SIGNATURE_SIZE], event[YQ_ATD_SIGNATURE_SIZE];
} yq_atd_answer;

/* ---- answer.c ---- */

/* What is expected of an attester: its statements, byte by byte. */
typedef struct yq_atd_expected {
    const yq_atd_reader *reader;
    uint64_t number;
    yq_slice block, event; /* bodies; event empty: too large for one; block empty: a gap */
    uint64_t next;         /* of a gap: the first number behind it */
} yq_atd_expected;

/* Judges an attester's reply: compares, and checks its signatures. */
void yq_atd_answer_judge(
    const yq_atd_expected *expected,
    const yq_atd_attester *attester,
    const yq_json *reply,
    yq_atd_answer *out);

/* ---- gather.c ---- */

/* Asks one attester about a record. */
void yq_atd_ask_attester(
    yq_atd_session *s,
    size_t i,
    const yq_atd_expected *expected,
    uint64_t until_ms,
    yq_atd_answer *out);

/*
 * Asks every attester; tells by name who does not agree. Out: answer[0..attester_n). Errors: fewer
 * than the threshold agree: E_SOURCE_DISAGREE when one says something else, or will not say it,
 * else what kept the first from answering.
 */
YQ_NODISCARD yq_status yq_atd_gather(
    yq_atd_session *s,
    const yq_atd_expected *expected,
    uint64_t until_ms,
    yq_atd_answer *answer,
    yq_fault *why);

/* ---- height.c ---- */

YQ_NODISCARD yq_status yq_atd_evidence(
    yq_atd_session *s, uint64_t height, uint64_t until_ms, yq_height_evidence *out, yq_fault *why);
YQ_NODISCARD yq_status
yq_atd_anchor(yq_atd_session *s, uint64_t until_ms, yq_slice *anchor, yq_fault *why);

/* ---- submit.c ---- */

YQ_NODISCARD yq_status yq_atd_submit(
    yq_atd_session *s, yq_slice delivery, uint64_t until_ms, yq_slice *reference, yq_fault *why);
/* Errors: also E_UNSUPPORTED: the mapping has no step. */
YQ_NODISCARD yq_status yq_atd_step_epoch(
    yq_atd_session *s, yq_slice set, uint64_t until_ms, yq_slice *reference, yq_fault *why);
YQ_NODISCARD yq_status yq_atd_fate(
    yq_atd_session *s, yq_slice reference, uint64_t until_ms, yq_receipt_view *out, yq_fault *why);

/* ---- preflight.c ---- */

YQ_NODISCARD yq_status yq_atd_preflight(
    yq_atd_session *s, uint64_t until_ms, const yq_check **check, size_t *check_n, yq_fault *why);

#endif /* YQ_ADAPTERS_ATTESTED_SESSION_H */
