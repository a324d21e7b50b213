#ifndef YQ_CONFORMANCE_CHAINS_FABRIC_STORE_H
#define YQ_CONFORMANCE_CHAINS_FABRIC_STORE_H

#include "yuqiao/types.h"

/* The blocks of one channel, as bytes, from number 0. */
#define YQ_FBMOCK_BLOCK_MAX   (64u << 20)
#define YQ_FBMOCK_CHANNEL_MAX 250u

typedef struct yq_fbmock_block {
    uint8_t *p;
    size_t n;
    int is_config;
} yq_fbmock_block;

typedef struct yq_fbmock_store {
    char channel[YQ_FBMOCK_CHANNEL_MAX];
    yq_fbmock_block *block;
    size_t n, cap;
} yq_fbmock_store;

/* What is looked at in a block before it is served. */
typedef struct yq_fbmock_outline {
    uint64_t number;
    yq_slice header, metadata; /* whole fields, tag included */
    int is_config;
    yq_slice channel; /* of its first envelope */
} yq_fbmock_outline;

/* Reads the outline of a serialized block; hashes and signatures are not checked. Errors: decode
 * codes with the offset. */
YQ_NODISCARD yq_status yq_fbmock_outline_of(yq_slice raw, yq_fbmock_outline *out, yq_fault *why);

/* Copies raw behind the last block. Errors: decode codes; E_CORRUPT for another number. */
YQ_NODISCARD yq_status yq_fbmock_store_append(yq_fbmock_store *store, yq_slice raw, yq_fault *why);

/* Shows raw instead of the block of its number. Errors: as append; E_NOT_FOUND. */
YQ_NODISCARD yq_status yq_fbmock_store_replace(yq_fbmock_store *store, yq_slice raw, yq_fault *why);

/* Reads genesis.block (b0.block without one) and bN.block of a folder. Errors: E_IO; E_CORRUPT,
 * why names the file and the offset in it. */
YQ_NODISCARD yq_status
yq_fbmock_store_read(yq_fbmock_store *store, const char *folder, yq_fault *why);

void yq_fbmock_store_clear(yq_fbmock_store *store);

#endif /* YQ_CONFORMANCE_CHAINS_FABRIC_STORE_H */
