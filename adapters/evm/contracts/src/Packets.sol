// SPDX-License-Identifier: Apache-2.0
pragma solidity >=0.8.11 <0.9.0;

import "./Check.sol";
import "./Reader.sol";

struct Packet {
    uint8 kind;
    uint8 order;
    uint64 sequence;
    uint64 deadlineMs;
    bytes32 grant;
    bytes32 group;
    Span hub;
    Span srcChain;
    Span srcService;
    Span dstChain;
    Span dstService;
    Span sender;
    Span payload;
}

struct Ack {
    uint64 index;
    bytes32 commitment;
    uint8 status;
    uint32 code;
    bool forced;
    Span result;
}

struct Cancel {
    uint64 index;
    bytes32 commitment;
    uint8 kind;
    uint8 order;
    uint64 first;
}

/// The layouts of docs/protocol/messages.md, section 1.
library Packets {
    uint8 internal constant CALL = 1;
    uint8 internal constant ACK = 2;
    uint8 internal constant CANCEL = 3;
    uint8 internal constant PREPARE = 4;
    uint8 internal constant COMMIT = 5;
    uint8 internal constant UNDO = 6;
    uint8 internal constant QUERY = 7;
    uint8 internal constant ANSWER = 8;
    uint8 internal constant HALT = 9;
    uint8 internal constant RESUME = 10;

    uint8 internal constant ORDERED = 2;
    uint64 internal constant INDEX_NONE = type(uint64).max;

    uint256 internal constant CHAIN_MAX = 48;
    uint256 internal constant SERVICE_MAX = 64;
    uint256 internal constant SENDER_MAX = 64;
    uint256 internal constant PAYLOAD_MAX = 65536;
    uint256 internal constant RESULT_MAX = 4096;

    /// A kind of a later version: what else it is made of is read as of a call.
    function isUnknown(uint8 kind) internal pure returns (bool) {
        return kind < CALL || kind > RESUME;
    }

    function read(bytes calldata data) internal pure returns (Packet memory p) {
        uint256 at;
        uint256 value;
        (, at) = Reader.within(data, 0, 2, 1, 1, "E_VERSION");
        (value, at) = Reader.number(data, at, 1);
        p.kind = uint8(value);
        (value, at) = Reader.within(data, at, 1, 1, 2, "E_FIELD_UNKNOWN: order");
        p.order = uint8(value);
        (, at) = Reader.within(data, at, 1, 0, 3, "E_RANGE: grade_min");
        (, at) = Reader.within(data, at, 1, 0, 0, "E_NONCANONICAL");
        (p.hub, at) = Reader.blob(data, at, 1, CHAIN_MAX);
        (p.srcChain, at) = Reader.blob(data, at, 1, CHAIN_MAX);
        (p.srcService, at) = Reader.blob(data, at, 2, SERVICE_MAX);
        (p.dstChain, at) = Reader.blob(data, at, 1, CHAIN_MAX);
        (p.dstService, at) = Reader.blob(data, at, 2, SERVICE_MAX);
        (value, at) = Reader.within(data, at, 8, 1, type(uint64).max, "E_RANGE: sequence");
        p.sequence = uint64(value);
        (value, at) = Reader.number(data, at, 8);
        p.deadlineMs = uint64(value);
        (p.sender, at) = Reader.blob(data, at, 2, SENDER_MAX);
        (p.grant, at) = Reader.word(data, at);
        (p.group, at) = Reader.word(data, at);
        (p.payload, at) = Reader.blob(data, at, 4, PAYLOAD_MAX);
        Reader.end(data, at);
        if (p.kind == HALT || p.kind == RESUME) {
            check(p.srcService.size == 0 && p.dstService.size == 0, "E_RANGE: service");
        }
        checkPayload(data, p);
    }

    /// Payloads that the hub makes have their layout, or the packet is none.
    function checkPayload(bytes calldata data, Packet memory p) private pure {
        bytes calldata payload = Reader.slice(data, p.payload);
        if (p.kind == ACK) {
            ack(payload);
        } else if (p.kind == CANCEL) {
            cancel(payload);
        } else if (p.kind == COMMIT || p.kind == UNDO) {
            check(payload.length == 40, "E_LEN: decision");
        } else if (p.kind == HALT || p.kind == RESUME) {
            check(payload.length == 8, "E_LEN: height");
        }
    }

    function ack(bytes calldata payload) internal pure returns (Ack memory a) {
        uint256 at;
        uint256 value;
        (value, at) = Reader.number(payload, 0, 8);
        a.index = uint64(value);
        (a.commitment, at) = Reader.word(payload, at);
        (value, at) = Reader.within(payload, at, 1, 1, 4, "E_FIELD_UNKNOWN: status");
        a.status = uint8(value);
        (value, at) = Reader.number(payload, at, 4);
        a.code = uint32(value);
        (value, at) = Reader.within(payload, at, 1, 0, 1, "E_RANGE: forced");
        a.forced = value == 1;
        (a.result, at) = Reader.blob(payload, at, 2, RESULT_MAX);
        Reader.end(payload, at);
    }

    function cancel(bytes calldata payload) internal pure returns (Cancel memory c) {
        uint256 at;
        uint256 value;
        (value, at) = Reader.number(payload, 0, 8);
        c.index = uint64(value);
        (c.commitment, at) = Reader.word(payload, at);
        (value, at) = Reader.within(payload, at, 1, CALL, RESUME, "E_FIELD_UNKNOWN: kind");
        c.kind = uint8(value);
        (value, at) = Reader.within(payload, at, 1, 1, 2, "E_FIELD_UNKNOWN: order");
        c.order = uint8(value);
        (value, at) = Reader.within(payload, at, 8, 1, type(uint64).max, "E_RANGE: first");
        c.first = uint64(value);
        Reader.end(payload, at);
    }

    /// H("YUQIAO-PACKET-1" || all fields, of the payload its length || H(payload)).
    function commitment(bytes calldata data, Packet memory p) internal pure returns (bytes32) {
        bytes32 payload = keccak256(Reader.slice(data, p.payload));
        return keccak256(abi.encodePacked("YUQIAO-PACKET-1", Reader.part(data, 0, p.payload.at), payload));
    }
}

/// For business contracts: reads the payloads of kinds 2, 5, 6.
library YuqiaoPayload {
    function acknowledgement(bytes calldata payload)
        internal
        pure
        returns (uint64 index, bytes32 commitment, uint8 status, uint32 code, bool forced, bytes calldata result)
    {
        Ack memory a = Packets.ack(payload);
        return (a.index, a.commitment, a.status, a.code, a.forced, Reader.slice(payload, a.result));
    }

    /// The prepare that a commit or an undo decides.
    function decision(bytes calldata payload) internal pure returns (uint64 index, bytes32 commitment) {
        check(payload.length == 40, "E_LEN: decision");
        return (Reader.raw64(payload, 0), Reader.raw(payload, 8));
    }
}
