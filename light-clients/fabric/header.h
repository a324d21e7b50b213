#ifndef YQ_LIGHT_CLIENTS_FABRIC_HEADER_H
#define YQ_LIGHT_CLIENTS_FABRIC_HEADER_H

#include "light-clients/fabric/call.h"
#include "light-clients/fabric/wire.h"

/* Types of ChannelHeader. */
#define YQ_FABRIC_TYPE_CONFIG        1u
#define YQ_FABRIC_TYPE_CONFIG_UPDATE 2u
#define YQ_FABRIC_TYPE_ENDORSER      3u

/* Payload {1: Header {1: channel_header, 2: signature_header}, 2: data}, headers unfolded. */
typedef struct yq_fabric_payload {
    yq_slice channel_header, signature_header, data;
    uint64_t type, epoch;
    yq_slice channel_id, tx_id, extension;
    yq_slice creator, nonce;
    yq_fabric_form channel_form; /* of all that the transaction id depends on */
} yq_fabric_payload;

/* Reads a payload's headers; data is not looked into. Out: out, form. */
void yq_fabric_payload_decode(yq_slice in, yq_fabric_payload *out, yq_fabric_form *form);

/* Returns 1 when tx_id is the lower-case hex of alg(nonce || creator). */
int yq_fabric_is_tx_id(const yq_fabric_call *call, uint32_t alg, const yq_fabric_payload *head);

#endif /* YQ_LIGHT_CLIENTS_FABRIC_HEADER_H */
