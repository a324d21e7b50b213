#ifndef YQ_ADAPTERS_XINGHUO_ATTESTERS_H
#define YQ_ADAPTERS_XINGHUO_ATTESTERS_H

#include "yuqiao/types.h"

#include "relay/base/writer.h"
#include "relay/crypto/crypto.h"

/* Who attests, by a JSON file: README.md, "Attesters". */
#define YQ_XHA_ATTESTERS_MAX 16u
#define YQ_XHA_FILE_MAX      (64u << 10)

typedef struct yq_xha_attester {
    uint8_t suite; /* 1 SM2, 2 P-256, 3 secp256k1, 4 Ed25519 */
    size_t key_n;
    uint8_t key[64];
    char *organisation, *url;
} yq_xha_attester;

typedef struct yq_xha_attesters {
    uint64_t epoch;
    uint16_t threshold;
    size_t n;
    yq_xha_attester one[YQ_XHA_ATTESTERS_MAX]; /* ascending by key */
} yq_xha_attesters;

/*
 * Reads the file's text. Out: attesters, freed with yq_xha_attesters_free, also after a failure.
 * Errors: E_CONFIG_INVALID naming the member; what the light client says of such a set:
 * E_QUORUM_CONFIG, E_THRESHOLD_LOW, E_SET_CONCENTRATION, E_DUP_SIGNER; E_MEMORY.
 */
YQ_NODISCARD yq_status yq_xha_attesters_parse(yq_slice text, yq_xha_attesters *out, yq_fault *why);
/* The same from a file. Errors: also E_CONFIG_INVALID (it cannot be read, or is too large). */
YQ_NODISCARD yq_status
yq_xha_attesters_read(const char *path, yq_xha_attesters *out, yq_fault *why);
void yq_xha_attesters_free(yq_xha_attesters *attesters);

/* Writes the set as anchors and statements have it. */
void yq_xha_attesters_put(const yq_xha_attesters *attesters, yq_writer *w);

/* What signatures of a suite are to yq_signature_check. Returns YQ_SIG_INVALID for an unknown one.
 */
yq_sig_alg yq_xha_suite_alg(uint8_t suite);

#endif /* YQ_ADAPTERS_XINGHUO_ATTESTERS_H */
