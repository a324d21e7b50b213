#ifndef YQ_ADAPTERS_ATTESTED_MAPPING_H
#define YQ_ADAPTERS_ATTESTED_MAPPING_H

#include "yuqiao/types.h"

/*
 * The mapping file: how a platform's REST interface is read, and whom the chain's light client
 * takes for attesters. YAML, strict: README.md lists the keys. The same bytes stand at the adapter
 * and at every attester; their SM3 is compared.
 */
#define YQ_ATD_FIELDS_MAX    32u
#define YQ_ATD_ATTESTERS_MAX 16u
#define YQ_ATD_FILE_MAX      (256u << 10)
#define YQ_ATD_TEXT_MAX      255u

typedef enum yq_atd_form {
    YQ_ATD_HEX = 1,
    YQ_ATD_TEXT,
    YQ_ATD_BASE64,
    YQ_ATD_FIELDS, /* a JSON object of the fields, in the order of the mapping */
} yq_atd_form;

typedef enum yq_atd_clock {
    YQ_ATD_MS = 1,
    YQ_ATD_S,
    YQ_ATD_WORDS, /* 2026-01-31 08:00:00, with a T or a zone if there is one; none: +08:00 */
} yq_atd_clock;

/* Where a value lies in a record: a member's path (a.b.c), or behind "=" the value itself. */
typedef const char *yq_atd_place;

typedef struct yq_atd_field {
    const char *key;
    yq_atd_place place;
} yq_atd_field;

typedef struct yq_atd_records {
    const char *path; /* with {after} and {limit} */
    uint64_t page;    /* records a question */
    yq_atd_clock clock;
    yq_atd_form form;
    yq_atd_place list, last, number, time, id, index, emitter, name, data;
    size_t field_n;
    yq_atd_field field[YQ_ATD_FIELDS_MAX];
} yq_atd_records;

/* The inbox; submit NULL: none, the adapter only reads. */
typedef struct yq_atd_inbox {
    const char *submit, *step;        /* paths; step NULL: epochs are stepped by others */
    const char *member, *step_member; /* what carries the bytes, in hex */
    yq_atd_place ticket;
    const char *fate; /* path with {ticket} */
    yq_atd_place state, number, reason;
    const char *done, *failed;
} yq_atd_inbox;

typedef struct yq_atd_attester {
    const char *name, *organisation;
    uint8_t suite; /* 1 SM2, 2 P-256, 3 secp256k1, 4 Ed25519 */
    uint8_t key[64];
    size_t key_n;
} yq_atd_attester;

typedef struct yq_atd_mapping {
    yq_digest sm3; /* of the file */
    yq_atd_records records;
    yq_atd_inbox inbox;
    uint64_t epoch, threshold;
    size_t attester_n;
    yq_atd_attester
        attester[YQ_ATD_ATTESTERS_MAX]; /* ascending by key, as the light client has them */
    char *text[256];                    /* what the members point to */
    size_t text_n;
} yq_atd_mapping;

/*
 * Reads a mapping from the bytes of a file. Out: mapping, freed with yq_atd_mapping_free, also
 * after a failure; why: "line N: KEY: what to do". Errors: E_CONFIG_INVALID, E_LIMIT (larger than
 * YQ_ATD_FILE_MAX), E_MEMORY; a set of attesters that the light client would not take is
 * E_QUORUM_CONFIG, E_THRESHOLD_LOW or E_SET_CONCENTRATION, as there.
 */
YQ_NODISCARD yq_status yq_atd_mapping_parse(yq_slice file, yq_atd_mapping *mapping, yq_fault *why);
/* The same from a file. Errors: also E_IO, E_NOT_FOUND. */
YQ_NODISCARD yq_status
yq_atd_mapping_read(const char *path, yq_atd_mapping *mapping, yq_fault *why);
void yq_atd_mapping_free(yq_atd_mapping *mapping);

/* ---- inner: attesters.c ---- */

/* Sorts the attesters and judges their set as the light client does. Errors: as above. */
YQ_NODISCARD yq_status yq_atd_attesters_check(yq_atd_mapping *mapping, yq_fault *why);

#endif /* YQ_ADAPTERS_ATTESTED_MAPPING_H */
