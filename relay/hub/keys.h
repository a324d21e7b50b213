#ifndef YQ_RELAY_HUB_KEYS_H
#define YQ_RELAY_HUB_KEYS_H

/*
 * Every state key of the hub: str8 module, u8 table, then the fields, big-endian or with a length
 * in front. Table numbers are never reused.
 */
#define YQ_MODULE_SYS           "sys"
#define YQ_TABLE_SYS_PARAMS     1 /* -> parameters of the genesis */
#define YQ_TABLE_SYS_CLOCK      2 /* -> height, time, quiet until */
#define YQ_TABLE_SYS_SET        3 /* u64 epoch, u8 suite -> set hash */
#define YQ_TABLE_SYS_DUE        4 /* u64 due, u8 what, b32 -> whose: time-driven work */
#define YQ_TABLE_SYS_PROTOCOL   6 /* -> version before, height, version from that height on */
#define YQ_TABLE_SYS_VALIDATORS 7 /* u64 epoch -> its validators and their organisations */
#define YQ_TABLE_SYS_EPOCH      8 /* -> the present epoch */
#define YQ_TABLE_SYS_RETIRED    9 /* str8 key -> epoch in which it was removed */
#define YQ_TABLE_SYS_EVIDENCE                                                                      \
    10 /* u64 epoch, u64 view, u16 signer, u8 kind -> what one validator signed twice              \
        */
#define YQ_TABLE_SYS_HISTORY 5 /* the ledger's: root over all earlier headers */

#define YQ_MODULE_ORG      "org"
#define YQ_TABLE_ORG       1 /* str8 code -> organisation */
#define YQ_TABLE_ORG_KEY   2 /* b32 signer id -> key, organisation, role, chain */
#define YQ_TABLE_ORG_ADMIN 3 /* str8 code, b32 signer id -> 1: its administrators */

#define YQ_MODULE_GOVERNANCE         "governance"
#define YQ_TABLE_GOVERNANCE_COUNTER  1 /* -> number of the last proposal */
#define YQ_TABLE_GOVERNANCE_PROPOSAL 2 /* u64 number -> proposal */
#define YQ_TABLE_GOVERNANCE_VOTE     3 /* u64 number, str8 organisation -> vote */

#define YQ_MODULE_CHAIN       "chain"
#define YQ_TABLE_CHAIN        1 /* str8 chain -> chain */
#define YQ_TABLE_CHAIN_FREEZE 2 /* str8 chain, b32 signer, u64 month -> freezes by this key */
#define YQ_TABLE_CHAIN_COUNT  3 /* -> chains so far */
#define YQ_TABLE_CHAIN_PARTNER                                                                     \
    4 /* str8 chain, str8 dst -> last control packet to it, halted: a lane's destination */

#define YQ_MODULE_CLIENT       "client"
#define YQ_TABLE_CLIENT_STATE  1 /* str8 chain -> the verifier's state */
#define YQ_TABLE_CLIENT_RECORD 2 /* str8 chain, str8 key -> the verifier's record */

#define YQ_MODULE_SERVICE       "service"
#define YQ_TABLE_SERVICE        1 /* str8 chain, str8 service -> service */
#define YQ_TABLE_SERVICE_MAPPED 2 /* str8 chain, str8 emitter, str8 event -> service */
#define YQ_TABLE_SERVICE_EMITTER                                                                   \
    3 /* str8 chain, str8 emitter -> event: a contract of the chain                                \
       */

#define YQ_MODULE_LANE      "lane"
#define YQ_TABLE_LANE       1 /* str8 src, str8 service, str8 dst, str8 service -> lane */
#define YQ_TABLE_LANE_RATE  2 /* as above -> minute, packets in it */
#define YQ_TABLE_LANE_COUNT 3 /* as above -> last number that was taken in order: lane.h */

#define YQ_MODULE_PACKET        "packet"
#define YQ_TABLE_PACKET         1 /* b32 id -> message */
#define YQ_TABLE_PACKET_NUMBER  2 /* lane's four fields, u64 sequence -> id */
#define YQ_TABLE_PACKET_EVENT   3 /* str8 chain, b32 H(tx id), u32 index -> 1: taken */
#define YQ_TABLE_PACKET_TRACE   4 /* b32 id, u16 n -> step */
#define YQ_TABLE_PACKET_HELD    5 /* str8 queue, u64 arrival -> what waits, id */
#define YQ_TABLE_PACKET_BYTES   6 /* b32 id -> the packet, while it has no leaf */
#define YQ_TABLE_PACKET_ARRIVAL 7 /* u64 arrival, counted down -> id: newest first */
#define YQ_TABLE_PACKET_COUNT   8 /* -> arrivals so far */
#define YQ_TABLE_PACKET_FORCE   9 /* b32 id -> signer, outcome, time: waits for a second person */

#define YQ_MODULE_GROUP       "group"
#define YQ_TABLE_GROUP        1 /* str8 source chain, b32 group -> group */
#define YQ_TABLE_GROUP_MEMBER 2 /* str8 source chain, b32 group, u8 place -> message id */
#define YQ_TABLE_GROUP_OPEN   3 /* str8 source chain, str8 service -> undecided groups */

#define YQ_MODULE_OUTBOX       "outbox"
#define YQ_TABLE_OUTBOX        1 /* str8 dst -> size, done, peaks */
#define YQ_TABLE_OUTBOX_NODE   2 /* str8 dst, u8 level, u64 number -> hash, 1: all below is done */
#define YQ_TABLE_OUTBOX_LEAF   3 /* str8 dst, u64 index -> commitment, status, whose leaf it is */
#define YQ_TABLE_OUTBOX_PACKET 4 /* str8 dst, u64 index -> packet, until it is done */
#define YQ_TABLE_OUTBOX_FIRST  5 /* str8 dst, u64 index -> 1: open, and delivered before others */

#define YQ_MODULE_EXPORT      "export"
#define YQ_TABLE_EXPORT_KEY   1 /* u8 suite, str8 validator's key -> its key of the suite */
#define YQ_TABLE_EXPORT_OWNER 2 /* u8 suite, str8 key of the suite -> validator's key */
#define YQ_TABLE_EXPORT_COUNT 3 /* str8 organisation -> keys that it has bound */
#define YQ_TABLE_EXPORT_USED  4 /* u8 suite -> 1: a chain of it was admitted */
#define YQ_TABLE_EXPORT_LAST  5 /* u8 suite -> the newest Export */
#define YQ_TABLE_EXPORT_END   6 /* u64 epoch, u8 suite -> the Export of the block that ended it */

/* The ledger's own, but for the next validators, which governance writes: u64 not before, b32 chain
 * id hash, u64 epoch, u8 suite, u16 n, n x str8 key. */
#define YQ_MODULE_LEDGER         "ledger"
#define YQ_TABLE_LEDGER_SEQUENCE 1 /* b32 signer id -> relay/ledger/sequence.h */
#define YQ_TABLE_LEDGER_PENDING  2
#define YQ_TABLE_LEDGER_RECOVERY 3 /* u64 epoch that it ended -> the statement, unsigned */

#endif /* YQ_RELAY_HUB_KEYS_H */
