// SPDX-License-Identifier: Apache-2.0
pragma solidity >=0.8.11 <0.9.0;

/// What a business contract is handed. Names of chains and services are opaque bytes.
struct YuqiaoMessage {
    uint8 kind; // 1 call, 2 acknowledgement, 4 prepare, 5 commit, 6 undo, 7 query, 8 answer
    uint64 index; // the packet's identity at this chain
    bytes32 commitment;
    bytes srcChain;
    bytes srcService;
    bytes dstService; // the service's own name
    uint64 sequence; // on the lane; kinds 2, 5, 6: of the packet that they speak of
    uint64 deadlineMs;
    bytes sender;
    bytes32 grant;
    bytes32 group;
    bytes payload; // kinds 2, 5, 6: read it with YuqiaoPayload
}

/// A business contract implements this. It checks that msg.sender is the inbox. A revert means that nothing
/// happened: kinds 1, 4, 7, 8 are then answered with an error, kinds 2, 5, 6 come again.
interface IYuqiaoService {
    function onYuqiaoMessage(YuqiaoMessage calldata message) external returns (bytes memory result);
}

/// What a business contract hands to the outbox; the outbox adds chain, number and sender.
struct YuqiaoSend {
    uint8 kind; // 1 call, 4 prepare, 7 query, 8 answer
    uint8 order; // 1 unordered, 2 ordered: the same for every packet of a lane
    uint8 gradeMin; // 0..3
    bytes service;
    bytes dstChain;
    bytes dstService;
    uint64 deadlineMs; // clock of the destination, 0: none
    bytes32 grant; // 0: none
    bytes32 group; // 0: none
    bytes payload;
}

interface IYuqiaoOutbox {
    function send(YuqiaoSend calldata message) external returns (uint64 sequence);
}
