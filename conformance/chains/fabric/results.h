#ifndef YQ_CONFORMANCE_CHAINS_FABRIC_RESULTS_H
#define YQ_CONFORMANCE_CHAINS_FABRIC_RESULTS_H

#include "relay/base/writer.h"

/* The version of a key: none, or (block, tx). */
typedef struct yq_fbmock_version {
    int is_there;
    uint64_t block;
    uint32_t tx;
} yq_fbmock_version;

/* The read-write sets of what the channel's transactions do. */
void yq_fbmock_results_approve(yq_writer *w, const char *msp, const char *chaincode);
/* As transaction 0 of block 2; the inbox as transaction 1. */
void yq_fbmock_results_commit(yq_writer *w, const char *chaincode);
/* A call of the inbox: reads and writes its one key. */
void yq_fbmock_results_inbox(yq_writer *w, yq_fbmock_version version, yq_slice value);
void yq_fbmock_results_put(
    yq_writer *w, int is_foreign, uint32_t slot, yq_fbmock_version version, yq_slice value);

#endif /* YQ_CONFORMANCE_CHAINS_FABRIC_RESULTS_H */
