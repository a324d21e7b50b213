#ifndef YQ_LIGHT_CLIENTS_FABRIC_BLOCK_H
#define YQ_LIGHT_CLIENTS_FABRIC_BLOCK_H

#include "light-clients/fabric/call.h"

#define YQ_FABRIC_LAYOUT_VERSION   1u
#define YQ_FABRIC_BLOCK_TX_N_MAX   4096u
#define YQ_FABRIC_SIGNATURES_MAX   64u /* of one block */
#define YQ_FABRIC_METADATA_MAX     (256u << 10)
#define YQ_FABRIC_HEADER_BYTES_MAX 96u

/* A block as the README lays it out. Slices borrow from the input. */
typedef struct yq_fabric_block {
    uint64_t number;
    yq_slice previous_hash; /* 32 bytes, empty in block 0 only */
    yq_slice data_hash;
    yq_slice signatures; /* metadata[0] */
    yq_slice flags;      /* metadata[2] */
    size_t n;
    yq_slice *element; /* in scratch */
} yq_fabric_block;

/* Reads a block, whole input. Errors: decode codes; E_LIMIT. Does not check hashes. */
YQ_NODISCARD yq_status
yq_fabric_block_decode(const yq_fabric_call *call, yq_slice in, yq_fabric_block *block);

/* The DER bytes of the header, which signatures cover. Out: at most YQ_FABRIC_HEADER_BYTES_MAX. */
yq_slice yq_fabric_header_bytes(const yq_fabric_block *block, uint8_t *out);

/* Hash of the header's bytes: the next block's previous_hash. */
yq_digest yq_fabric_header_hash(const yq_fabric_call *call, const yq_fabric_block *block);

/*
 * Returns OK when data_hash is that of the elements and each element has the one form in which its
 * boundaries cannot be moved; a lone element may lack its signature when it is a config block's.
 * Errors: E_HASH, E_NONCANONICAL. Cost: one hash over the data.
 */
YQ_NODISCARD yq_status
yq_fabric_block_check_data(const yq_fabric_call *call, const yq_fabric_block *block);

typedef struct yq_fabric_envelope {
    yq_slice payload, signature; /* signature may be empty */
} yq_fabric_envelope;

/* Splits exactly `0A len payload [12 len signature]`. Returns 0 if it is not that. */
int yq_fabric_envelope_split(yq_slice in, yq_fabric_envelope *out);

/* The envelope in an element of a block. In: one that yq_fabric_block_check_data took. */
yq_fabric_envelope yq_fabric_envelope_of(yq_slice element);

/* One orderer's signature of a block. */
typedef struct yq_fabric_block_signature {
    yq_slice signed_header; /* signature_header or identifier_header, as it stands */
    yq_slice signature;
    int by_identifier;
    uint32_t identifier; /* by_identifier */
    yq_slice creator;    /* else: SerializedIdentity */
} yq_fabric_block_signature;

typedef struct yq_fabric_signatures {
    yq_slice value; /* OrdererBlockMetadata */
    uint64_t last_config;
    size_t n;
    yq_fabric_block_signature item[YQ_FABRIC_SIGNATURES_MAX];
} yq_fabric_signatures;

/* Reads metadata[0]. Errors: decode codes (the wrapper is not signed, so it has one form only),
 * E_SIGNATURES_MISSING. */
YQ_NODISCARD yq_status
yq_fabric_signatures_decode(const yq_fabric_call *call, yq_slice in, yq_fabric_signatures *out);

#endif /* YQ_LIGHT_CLIENTS_FABRIC_BLOCK_H */
