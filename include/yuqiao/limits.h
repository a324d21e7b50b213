#ifndef YQ_LIMITS_H
#define YQ_LIMITS_H

/*
 * Every limit of the product, in bytes unless the name says otherwise. Configuration may lower one,
 * never raise it; those that a validator's verdict depends on change only with the protocol
 * version.
 */

/* The ledger (docs/protocol: consensus 2.1; sizes). */
#define YQ_TX_SIZE_MAX           (1u << 20) /* a Fabric proof carries the block's whole data */
#define YQ_ENVELOPE_SIZE_MAX     (2u << 20)
#define YQ_ENVELOPE_TX_N_MAX     256u
#define YQ_BLOCK_SIZE_MAX        (4u << 20) /* of referenced payload */
#define YQ_BLOCK_TX_N_MAX        20000u
#define YQ_BLOCK_ENVELOPE_N_MAX  1024u
#define YQ_HEADER_SIZE_MAX       512u
#define YQ_VALIDATORS_MIN        4u
#define YQ_VALIDATORS_MAX        31u /* the certificate's bitmap has 32 bits */
#define YQ_PENDING_VIEWS_MAX     64u /* votes buffered a peer */
#define YQ_ENVELOPE_VALID_MS_MAX (24u * 3600u * 1000u)
#define YQ_SEQUENCE_WINDOW       1024u /* bits of the replay bitmap a signer */

/* Messages. */
#define YQ_CHAIN_ID_SIZE_MIN    3u
#define YQ_CHAIN_ID_SIZE_MAX    48u
#define YQ_SERVICE_SIZE_MAX     64u
#define YQ_SENDER_SIZE_MAX      64u
#define YQ_PAYLOAD_SIZE_MAX     (64u << 10)
#define YQ_RESULT_SIZE_MAX      (4u << 10) /* of a DONE record */
#define YQ_PACKET_SIZE_MAX      (YQ_PAYLOAD_SIZE_MAX + 1024u)
#define YQ_EVENT_RECORDS_MAX    256u
#define YQ_DELIVERY_PACKETS_MAX 100u

/* Proofs and foreign bytes. */
#define YQ_PROOF_DEPTH_MAX         64u
#define YQ_CLIENT_STATE_MAX        (64u << 10) /* a light client's state */
#define YQ_CLIENT_RECORD_MAX       (16u << 10) /* one record of a light client */
#define YQ_CLIENT_RECORD_KEY_MAX   96u
#define YQ_VERIFIER_SCRATCH_MAX    (16u << 20) /* arena of one verifier call */
#define YQ_VERIFIER_SIGNATURES_MAX 4096u       /* checks of one verifier call */
#define YQ_NESTING_MAX             16u

_Static_assert(
    YQ_TX_SIZE_MAX < YQ_ENVELOPE_SIZE_MAX, "an envelope holds at least one largest transaction");
_Static_assert(
    YQ_ENVELOPE_SIZE_MAX <= YQ_BLOCK_SIZE_MAX, "a block holds at least one largest envelope");
_Static_assert(YQ_VALIDATORS_MAX <= 32, "certificate bitmap");
_Static_assert(
    YQ_CLIENT_STATE_MAX < YQ_TX_SIZE_MAX, "a client's state is smaller than a transaction");

#endif /* YQ_LIMITS_H */
