#ifndef YQ_RELAY_LEDGER_SEQUENCE_H
#define YQ_RELAY_LEDGER_SEQUENCE_H

#include "relay/ledger/envelope.h"

/*
 * Protection against replay: for every signer the highest sequence taken and which of the last
 * 1,024 are taken. Kept in the state under ("ledger", 1, signer id) as u64 highest, 128 bytes: bit
 * s mod 1024 (least significant first) is set when sequence s of the window is taken.
 */
#define SEQUENCE_BYTES (YQ_SEQUENCE_WINDOW / 8)
#define SEQUENCE_SIZE  (8u + SEQUENCE_BYTES)

typedef struct sequence {
    uint64_t highest; /* 0: none yet */
    uint8_t bits[SEQUENCE_BYTES];
} sequence;

/* Returns OK when seq is free; E_REPLAY when it is taken or below the window. */
yq_status sequence_check(const sequence *s, uint64_t seq);
/* Takes seq; the window moves up to it. In: sequence_check said OK. */
void sequence_take(sequence *s, uint64_t seq);

/* An empty value is a signer that never sent. Errors: E_CORRUPT. */
yq_status sequence_decode(yq_slice value, sequence *s);
void sequence_encode(const sequence *s, uint8_t *value);

#endif /* YQ_RELAY_LEDGER_SEQUENCE_H */
