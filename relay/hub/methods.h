#ifndef YQ_RELAY_HUB_METHODS_H
#define YQ_RELAY_HUB_METHODS_H

/*
 * The methods of the state machine. A transaction is u16 method, u16 version, one canonical msgpack
 * map with exactly the method's keys: docs/protocol/transactions.md. Numbers are never reused.
 */
#define YQ_METHOD_VERSION 1u

typedef enum yq_method {
    YQ_METHOD_INVALID = 0,
    YQ_METHOD_ORG_REGISTER = 0x0101,
    YQ_METHOD_ORG_KEY_ADD = 0x0102,
    YQ_METHOD_ORG_KEY_REMOVE = 0x0103,
    YQ_METHOD_GOVERNANCE_VOTE = 0x0201,
    YQ_METHOD_PROTOCOL_ACTIVATE = 0x0202,
    YQ_METHOD_VALIDATORS_CHANGE = 0x0203,
    YQ_METHOD_EVIDENCE_RECORD = 0x0204,
    YQ_METHOD_CHAIN_REGISTER = 0x0301,
    YQ_METHOD_CHAIN_FREEZE = 0x0302,
    YQ_METHOD_CHAIN_UNFREEZE = 0x0303,
    YQ_METHOD_CHAIN_RETIRE = 0x0304,
    YQ_METHOD_CLIENT_UPDATE = 0x0401,
    YQ_METHOD_CLIENT_MISBEHAVIOUR = 0x0402,
    YQ_METHOD_SERVICE_REGISTER = 0x0501,
    YQ_METHOD_LANE_OPEN = 0x0601,
    YQ_METHOD_PACKET_EVENT = 0x0701,
} yq_method;

#endif /* YQ_RELAY_HUB_METHODS_H */
