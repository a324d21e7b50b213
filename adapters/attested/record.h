#ifndef YQ_ADAPTERS_ATTESTED_RECORD_H
#define YQ_ADAPTERS_ATTESTED_RECORD_H

/* One record of a platform's journal, and what is signed about it. */
#include "adapters/attested/mapping.h"
#include "light-clients/attested/attested.h"
#include "relay/codec/json.h"

#define YQ_ATD_NAME_MAX       128u
#define YQ_ATD_EVENT_BODY_MAX (YQ_ATTEST_DATA_MAX + 1024u)
#define YQ_ATD_BLOCK_BODY     49u

typedef struct yq_atd_name {
    size_t n;
    uint8_t b[YQ_ATD_NAME_MAX];
} yq_atd_name;

typedef struct yq_atd_record {
    uint64_t number, time_ms; /* number: the height */
    yq_atd_name emitter, name, id;
    uint32_t index;
    uint8_t *data; /* owned */
    size_t data_n;
    yq_digest hash;
} yq_atd_record;

/*
 * Reads a record by the mapping and computes its hash. Out: record, freed with yq_atd_record_free,
 * also after a failure. Errors: E_PEER naming record and member (not there, of another form, too
 * long), E_MEMORY.
 */
YQ_NODISCARD yq_status yq_atd_record_read(
    const yq_atd_records *mapping, const yq_json *item, yq_atd_record *record, yq_fault *why);
void yq_atd_record_free(yq_atd_record *record);

/* The number alone. Errors: E_PEER. */
YQ_NODISCARD yq_status yq_atd_record_number(
    const yq_atd_records *mapping, const yq_json *item, uint64_t *number, yq_fault *why);

/* Whether a statement can carry its data: what is larger is a block without an event. */
static inline int yq_atd_record_fits(const yq_atd_record *record)
{
    return record->data_n <= YQ_ATTEST_DATA_MAX;
}

/* Bodies of statements: what is signed behind prefix, chain and epoch. In: w with room for
 * YQ_ATD_BLOCK_BODY and YQ_ATD_EVENT_BODY_MAX; put_event: a record that fits. */
void yq_atd_put_block(yq_writer *w, const yq_atd_record *record);
void yq_atd_put_event(yq_writer *w, const yq_atd_record *record);

/* SM3 over prefix, chain, epoch and body. */
yq_digest yq_atd_signed(const char *chain, uint64_t epoch, yq_slice body);

/* ---- value.c ---- */

/* The value at a place. Returns NULL when it is not there, or the place is a constant. */
const yq_json *yq_atd_value(const yq_json *item, yq_atd_place place);
/* A text, or a number as its digits, or a constant, of 1 to cap bytes. Returns 0 when it is none.
 */
int yq_atd_text_of(const yq_json *item, yq_atd_place place, uint8_t *out, size_t cap, size_t *n);
/* A number, or a text or constant of its digits. Returns 0 when it is none. */
int yq_atd_number_of(const yq_json *item, yq_atd_place place, uint64_t *out);

/* ---- clock.c ---- */

/* Reads a time of day of any year from 1970 on; without a zone it is of Beijing. Returns 0 when it
 * is none. Out: ms since 1970, UTC. */
int yq_atd_clock_read(yq_slice text, uint64_t *ms);

#endif /* YQ_ADAPTERS_ATTESTED_RECORD_H */
