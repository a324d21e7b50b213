#ifndef YQ_CONFORMANCE_RUNNER_XUPER_H
#define YQ_CONFORMANCE_RUNNER_XUPER_H

#include "relay/base/writer.h"

/* Writes what the id of a transaction of XuperChain, as its protobuf message, is the hash of under
 * the rules of version 3. Returns 0 when the message is none, or does not fit. Out: version and
 * txid as they stand in the message. */
int run_xuper_preimage(yq_slice message, yq_writer *w, uint64_t *version, yq_slice *txid);

#endif /* YQ_CONFORMANCE_RUNNER_XUPER_H */
