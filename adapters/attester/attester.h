#ifndef YQ_ADAPTERS_ATTESTER_ATTESTER_H
#define YQ_ADAPTERS_ATTESTER_ATTESTER_H

/* One attester: reads its platform by itself and signs what it read; never what it is handed. */
#include "adapters/attested/reader.h"
#include "adapters/attester/memory.h"
#include "relay/crypto/crypto.h"

typedef struct yq_attester {
    yq_atd_reader reader;
    yq_attester_memory memory;
    yq_key *key;      /* owned */
    const char *name; /* in the mapping */
    uint32_t deadline_ms;
    uint64_t signed_n, refused_n;
} yq_attester;

/*
 * Opens it. In: attester zeroed; key is owned from now on; dir, its own folder. Out: attester,
 * closed with yq_attester_close, also after a failure. Errors: those of the reader and the memory;
 * E_CONFIG_INVALID: the key is none of the mapping's.
 */
YQ_NODISCARD yq_status yq_attester_open(
    yq_attester *attester,
    const yq_adapter_host *host,
    const yq_adapter_config *config,
    yq_key *key,
    const char *dir,
    yq_fault *why);
void yq_attester_close(yq_attester *attester);

/* Answers what it reads as record number, signed, or why it does not sign: writes the members of
 * the open object of out. */
void yq_attester_answer(yq_attester *attester, uint64_t number, yq_json_out *out);

/* Writes who it is and what it did. */
void yq_attester_status(const yq_attester *attester, yq_json_out *out);

#endif /* YQ_ADAPTERS_ATTESTER_ATTESTER_H */
