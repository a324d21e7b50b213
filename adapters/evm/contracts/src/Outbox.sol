// SPDX-License-Identifier: Apache-2.0
pragma solidity >=0.8.11 <0.9.0;

import "./Check.sol";
import "./Administration.sol";
import "./Packets.sol";
import "./Records.sol";
import "./Validators.sol";

struct OutLane {
    uint64 last; // number of the newest packet
    uint8 order;
}

/// Numbers packets of each lane from 1 without gaps, and keeps what it sent until the first acknowledgement.
abstract contract Outbox is IYuqiaoOutbox, Emitter, Administration, Validators {
    bytes32 private immutable ownHead;
    bytes32 private immutable ownTail;
    uint256 private immutable ownSize;

    mapping(bytes32 => OutLane) private outLane;
    mapping(bytes32 => mapping(uint64 => bytes32)) private sent; // 0: never sent, or closed

    constructor(bytes memory ownChain) {
        checkName(ownChain);
        (ownHead, ownTail) = wordsOf(ownChain);
        ownSize = ownChain.length;
    }

    function chain() public view returns (bytes memory) {
        return bytesOf(ownHead, ownTail, ownSize);
    }

    function send(YuqiaoSend calldata m) external override returns (uint64 sequence) {
        check(!paused, "E_HELD: paused");
        Service memory from = service(m.service);
        check(from.target == msg.sender && from.sends, "E_PERMISSION");
        checkSend(m);
        bytes32 key = outLaneKey(m.service, m.dstChain, m.dstService);
        OutLane storage lane = outLane[key];
        check(lane.last == 0 || lane.order == m.order, "E_LANE_ORDER");
        check(lane.last < type(uint64).max, "E_OVERFLOW");
        sequence = lane.last + 1;
        (lane.last, lane.order) = (sequence, m.order);
        bytes memory head = headOf(m, sequence);
        sent[key][sequence] = keccak256(abi.encodePacked("YUQIAO-PACKET-1", head, keccak256(m.payload)));
        emit Yuqiao(Records.one(Records.SENT, abi.encodePacked(head, m.payload)));
    }

    function checkSend(YuqiaoSend calldata m) private pure {
        check(
            m.kind == Packets.CALL || m.kind == Packets.PREPARE || m.kind == Packets.QUERY || m.kind == Packets.ANSWER,
            "E_FIELD_UNKNOWN: kind"
        );
        check(m.order == 1 || m.order == Packets.ORDERED, "E_FIELD_UNKNOWN: order");
        check(m.gradeMin <= 3, "E_RANGE: grade_min");
        check(m.dstChain.length > 0 && m.dstChain.length <= Packets.CHAIN_MAX, "E_LIMIT: dst_chain");
        check(m.dstService.length <= Packets.SERVICE_MAX, "E_LIMIT: dst_service");
        check(m.payload.length <= Packets.PAYLOAD_MAX, "E_LIMIT: payload");
    }

    /// All fields of the packet up to and with the payload's length.
    function headOf(YuqiaoSend calldata m, uint64 sequence) private view returns (bytes memory) {
        bytes memory own = chain();
        bytes memory name = hub();
        bytes memory source = abi.encodePacked(
            uint16(1), m.kind, m.order, m.gradeMin, uint8(0), uint8(name.length), name, uint8(own.length), own
        );
        bytes memory ends = abi.encodePacked(
            uint16(m.service.length), m.service, uint8(m.dstChain.length), m.dstChain,
            uint16(m.dstService.length), m.dstService
        );
        return abi.encodePacked(
            source, ends, sequence, m.deadlineMs, uint16(20), msg.sender, m.grant, m.group, uint32(m.payload.length)
        );
    }

    function outLaneKey(bytes calldata ours, bytes calldata dstChain, bytes calldata dstService)
        private
        pure
        returns (bytes32)
    {
        return keccak256(abi.encodePacked(uint16(ours.length), ours, uint8(dstChain.length), dstChain, dstService));
    }

    function lastSent(bytes calldata ours, bytes calldata dstChain, bytes calldata dstService)
        external
        view
        returns (uint64)
    {
        return outLane[outLaneKey(ours, dstChain, dstService)].last;
    }

    /// The commitment of a packet that is not acknowledged, else 0.
    function openPacket(bytes calldata ours, bytes calldata dstChain, bytes calldata dstService, uint64 sequence)
        external
        view
        returns (bytes32)
    {
        return sent[outLaneKey(ours, dstChain, dstService)][sequence];
    }

    /// An acknowledgement has both ends exchanged.
    function isOpen(bytes calldata data, Packet memory p, bytes32 commitment) internal view returns (bool) {
        return commitment != 0 && sent[laneOfAck(data, p)][p.sequence] == commitment;
    }

    /// Closes the number that an acknowledgement is for (0), or opens it again.
    function keepOpen(bytes calldata data, Packet memory p, bytes32 commitment) internal {
        sent[laneOfAck(data, p)][p.sequence] = commitment;
    }

    function laneOfAck(bytes calldata data, Packet memory p) private pure returns (bytes32) {
        return outLaneKey(
            Reader.slice(data, p.dstService), Reader.slice(data, p.srcChain), Reader.slice(data, p.srcService)
        );
    }
}
