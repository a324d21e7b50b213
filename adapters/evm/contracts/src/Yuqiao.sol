// SPDX-License-Identifier: Apache-2.0
pragma solidity >=0.8.11 <0.9.0;

import "./Check.sol";
import "./Deliveries.sol";
import "./Lanes.sol";
import "./Outbox.sol";
import "./Recovery.sol";

/// Outbox and inbox of one chain: docs/protocol/messages.md, section 4, in its order.
contract Yuqiao is Outbox, Recovery, Lanes {
    using Records for Told;

    uint32 private constant CODE_REVERTED = 1;
    uint32 private constant CODE_LIMIT = 113;
    uint32 private constant CODE_RETURN = 105;
    uint32 private constant CODE_TARGET_FORBIDDEN = 317;
    uint64 private constant YEAR_2020_MS = 1577836800000;
    uint64 private constant YEAR_2200_MS = 7258118400000;

    // Gas besides that of the target: before the call, inside callService, and to finish.
    uint256 private constant GAS_BEFORE = 80000;
    uint256 private constant GAS_INSIDE = 60000;
    uint256 private constant GAS_AFTER = 120000;
    uint256 private constant GAS_PACKET_BYTE = 8;
    uint256 private constant GAS_RECORD_BYTE = 24;
    uint256 private constant RECORD_MAX = 4096 + 64;

    uint64 public immutable floor;
    uint16 public immutable clockMs;

    /// How a call of a target ended.
    error Failed(uint32 code);

    constructor(YuqiaoConfig memory c) Administration(c.administrators) Validators(c) Outbox(c.ownChain) Recovery(c) {
        floor = c.floor;
        clockMs = c.clockMs;
        uint256 time = block.timestamp * c.clockMs;
        check(c.clockMs == 0 || (time > YEAR_2020_MS && time < YEAR_2200_MS), "E_CONFIG_INVALID: clockMs");
        tellState();
    }

    function nowMs() internal view override returns (uint64) {
        return uint64(block.timestamp * clockMs);
    }

    function isAdministrative(address target) internal view override returns (bool) {
        return isRecoverer[target];
    }

    // ---- state ------------------------------------------------------------------------------------------------

    function tellState() internal override {
        emit Yuqiao(Records.one(Records.STATE, state()));
    }

    function state() private view returns (bytes memory) {
        return abi.encodePacked(epoch, setHash, height, paused ? uint8(1) : uint8(0));
    }

    /// Goes on to the next epoch with the set that a certificate of this one named, or that the recoverers did.
    function stepEpoch(bytes calldata set) external alone {
        check(epochOf(set) == epoch + 1, "E_EPOCH_OLD");
        bytes32 hash = hashOf(set, chainIdHash);
        check((nextSet != 0 && hash == nextSet) || isRecovered(hash), "E_VALSET_HASH");
        take(set, suite, chainIdHash);
        tellState();
    }

    // ---- deliveries -------------------------------------------------------------------------------------------

    /// Takes a delivery, or reverts: then nothing has changed. Anyone may bring one.
    function receiveMessages(bytes calldata data) external alonePerDelivery {
        check(!paused, "E_HELD: paused");
        Delivery memory d = Deliveries.read(data);
        check(d.suite == suite, "E_UNSUPPORTED: suite");
        Certified memory said;
        if (d.certificate.size == 0) {
            check(d.n > 0, "E_SIGNATURES_MISSING");
            said.exportRoot = exportRoot; // the one that is kept
        } else {
            said = checkCertificate(Reader.slice(data, d.certificate));
        }
        Arrival[] memory arrivals = checkPackets(data, d, said.exportRoot);
        Told memory told = Records.room(1 + 2 * arrivals.length);
        takeCertificate(told, said);
        for (uint256 i = 0; i < arrivals.length; i++) {
            if (!takePacket(told, Reader.slice(data, arrivals[i].bytesOf), arrivals[i])) {
                break;
            }
        }
        if (told.n > 0) {
            emit Yuqiao(told.all());
        }
    }

    function checkPackets(bytes calldata data, Delivery memory d, bytes32 root)
        private
        view
        returns (Arrival[] memory arrivals)
    {
        arrivals = new Arrival[](d.n);
        uint256 at = d.at;
        if (d.n > 0) {
            bytes memory own = chain();
            Deliveries.checkExport(data, d, own, root);
            bytes32 hubHash = keccak256(hub());
            bytes32 ownHash = keccak256(own);
            for (uint256 i = 0; i < d.n; i++) {
                (arrivals[i], at) = Deliveries.checkPacket(data, d, at, hubHash, ownHash);
            }
        }
        Reader.end(data, at);
    }

    /// Keeps the highest height with its root, and the set that comes next.
    function takeCertificate(Told memory told, Certified memory said) private {
        if (said.nextSet != 0) {
            nextSet = said.nextSet;
        }
        if (said.height > height && said.exportRoot != 0) {
            (height, exportRoot) = (said.height, said.exportRoot);
            told.add(Records.STATE, state());
        }
    }

    /// Returns false where the batch ends, since the gas is not enough for the whole of this packet.
    function takePacket(Told memory told, bytes calldata data, Arrival memory a) private returns (bool) {
        (uint8 status, uint32 code) = outcomeOf(a.index);
        uint8 kind = a.packet.kind;
        if (status != 0) {
            told.done(a.index, a.commitment, status, code, true, "");
        } else if (a.index < floor || Packets.isUnknown(kind)) {
            return true;
        } else if (kind == Packets.HALT || kind == Packets.RESUME) {
            finish(told, a, Records.OK, 0, "");
            halt(Reader.slice(data, a.packet.srcChain), a.packet.sequence, kind == Packets.HALT);
        } else if (kind == Packets.CANCEL) {
            takeCancel(told, data, a);
        } else if (kind == Packets.COMMIT || kind == Packets.UNDO) {
            return takeOutcome(told, data, a);
        } else if (isHalted(Reader.slice(data, a.packet.srcChain))) {
            return true;
        } else if (kind == Packets.ACK) {
            return takeOutcome(told, data, a);
        } else {
            return takeCall(told, data, a);
        }
        return true;
    }

    /// Spends the packet's index and tells it.
    function finish(Told memory told, Arrival memory a, uint8 status, uint32 code, bytes memory result) private {
        mark(a.index, status, code);
        told.done(a.index, a.commitment, status, code, false, result);
    }

    // ---- kind 3 -----------------------------------------------------------------------------------------------

    function takeCancel(Told memory told, bytes calldata data, Arrival memory a) private {
        Cancel memory c = Packets.cancel(Reader.slice(data, a.packet.payload));
        bytes32 lane = laneOf(data, a.packet);
        if (c.index == Packets.INDEX_NONE && c.first != a.packet.sequence) {
            (, bool settled) = settle(lane);
            if (!settled) {
                return; // comes again when the lane has moved on
            }
            spendFrom(lane, c.first, a.packet.sequence);
        }
        finish(told, a, Records.OK, 0, "");
        if (c.index == Packets.INDEX_NONE) {
            if (c.first == a.packet.sequence) {
                spendNumber(lane, a.packet.sequence);
            }
            return;
        }
        (uint8 status, uint32 code) = outcomeOf(c.index);
        if (status != 0) {
            told.done(c.index, c.commitment, status, code, true, "");
            return;
        }
        mark(c.index, Records.CANCELLED, 0);
        told.done(c.index, c.commitment, Records.CANCELLED, 0, false, "");
        if (c.order == Packets.ORDERED && isCall(c.kind)) {
            spendNumber(lane, a.packet.sequence);
        }
    }

    function isCall(uint8 kind) private pure returns (bool) {
        return kind == Packets.CALL || kind == Packets.PREPARE || kind == Packets.QUERY || kind == Packets.ANSWER;
    }

    // ---- kinds 1, 4, 7, 8 -------------------------------------------------------------------------------------

    function takeCall(Told memory told, bytes calldata data, Arrival memory a) private returns (bool) {
        Packet memory p = a.packet;
        bool ordered = p.order == Packets.ORDERED;
        bytes32 lane = laneOf(data, p);
        if (ordered) {
            (uint64 next, bool settled) = settle(lane);
            if (!settled || p.sequence != next) {
                return true;
            }
        }
        bool late = clockMs != 0 && p.deadlineMs != 0 && nowMs() >= p.deadlineMs;
        Service memory to = service(Reader.slice(data, p.dstService));
        bool called = !late && to.receives && isBusiness(to.target);
        if (called && !hasGas(told, to, data.length)) {
            return false;
        }
        if (ordered) {
            spendNumber(lane, p.sequence);
        }
        if (called) {
            mark(a.index, Records.OK, 0);
            (uint32 code, bytes memory result) = callOut(to, data, a);
            finish(told, a, code == 0 ? Records.OK : Records.ERROR, code, result);
        } else {
            finish(told, a, late ? Records.CANCELLED : Records.REFUSED, late ? 0 : CODE_TARGET_FORBIDDEN, "");
        }
        return true;
    }

    // ---- kinds 2, 5, 6 ----------------------------------------------------------------------------------------

    /// Where the call fails, the mark is taken back: a later delivery tries again.
    function takeOutcome(Told memory told, bytes calldata data, Arrival memory a) private returns (bool) {
        bytes32 closes = 0;
        if (a.packet.kind == Packets.ACK) {
            closes = Reader.raw(Reader.slice(data, a.packet.payload), 8);
            if (!isOpen(data, a.packet, closes)) {
                finish(told, a, Records.REFUSED, 0, "");
                return true;
            }
        }
        Service memory to = service(Reader.slice(data, a.packet.dstService));
        if (!isBusiness(to.target)) {
            told.done(a.index, a.commitment, Records.ERROR, CODE_TARGET_FORBIDDEN, false, "");
            return true;
        }
        if (!hasGas(told, to, data.length)) {
            return false;
        }
        mark(a.index, Records.OK, 0);
        if (closes != 0) {
            keepOpen(data, a.packet, 0);
        }
        (uint32 code,) = callOut(to, data, a);
        if (code != 0) {
            mark(a.index, 0, 0);
            if (closes != 0) {
                keepOpen(data, a.packet, closes);
            }
        }
        told.done(a.index, a.commitment, code == 0 ? Records.OK : Records.ERROR, code, false, "");
        return true;
    }

    // ---- calling ----------------------------------------------------------------------------------------------

    /// What callService is given, of which 63 of 64 parts are enough for the target.
    function gasInside(Service memory to, uint256 packetSize) private pure returns (uint256) {
        return uint256(to.gasLimit) * 64 / 63 + GAS_INSIDE + GAS_PACKET_BYTE * packetSize;
    }

    function hasGas(Told memory told, Service memory to, uint256 packetSize) private view returns (bool) {
        uint256 call = gasInside(to, packetSize) * 64 / 63;
        uint256 finishing = GAS_AFTER + GAS_RECORD_BYTE * (told.size + RECORD_MAX);
        return gasleft() >= GAS_BEFORE + GAS_PACKET_BYTE * packetSize + call + finishing;
    }

    /// code 0: done, with the target's result.
    function callOut(Service memory to, bytes calldata data, Arrival memory a)
        private
        returns (uint32 code, bytes memory result)
    {
        uint256 inside = gasInside(to, data.length);
        uint256 free;
        assembly {
            free := mload(0x40)
        }
        bytes memory input = abi.encodeWithSelector(this.callService.selector, a.index, a.commitment, data);
        bool ok;
        assembly {
            ok := call(inside, address(), 0, add(input, 0x20), mload(input), 0, 0)
            mstore(0x40, free) // the input is not needed any more
        }
        bytes memory answer = new bytes(returned());
        assembly {
            returndatacopy(add(answer, 0x20), 0, returndatasize())
        }
        if (ok) {
            return (0, abi.decode(answer, (bytes)));
        }
        return (answer.length == 36 ? codeOf(answer) : CODE_REVERTED, "");
    }

    function returned() private pure returns (uint256 size) {
        assembly {
            size := returndatasize()
        }
    }

    function codeOf(bytes memory failed) private pure returns (uint32 code) {
        assembly {
            code := mload(add(failed, 0x24))
        }
    }

    /// The inbox calls itself here, so that whatever is wrong with a target's answer undoes what the target did.
    function callService(uint64 index, bytes32 commitment, bytes calldata data) external returns (bytes memory) {
        check(msg.sender == address(this), "E_PERMISSION");
        YuqiaoMessage memory message = messageOf(index, commitment, data);
        Service memory to = service(message.dstService);
        bytes memory input = abi.encodeWithSelector(to.selector, message);
        address target = to.target;
        uint256 gasLimit = to.gasLimit;
        bool ok;
        assembly {
            ok := call(gasLimit, target, 0, add(input, 0x20), mload(input), 0, 0)
        }
        if (!ok || target.code.length == 0) {
            revert Failed(CODE_REVERTED);
        }
        return answerOf(returned());
    }

    /// Exactly what a function that returns bytes gives: a target without that function gives something else.
    function answerOf(uint256 size) private pure returns (bytes memory result) {
        if (size > 64 + Packets.RESULT_MAX) {
            revert Failed(CODE_LIMIT);
        }
        bytes memory answer = new bytes(size < 64 ? 64 : size);
        uint256 offset;
        uint256 length;
        assembly {
            returndatacopy(add(answer, 0x20), 0, size)
            offset := mload(add(answer, 0x20))
            length := mload(add(answer, 0x40))
        }
        if (size < 64 || offset != 32 || length > Packets.RESULT_MAX || size != 64 + (length + 31) / 32 * 32) {
            revert Failed(CODE_RETURN);
        }
        return abi.decode(answer, (bytes));
    }

    function messageOf(uint64 index, bytes32 commitment, bytes calldata data)
        private
        pure
        returns (YuqiaoMessage memory m)
    {
        Packet memory p = Packets.read(data);
        m.kind = p.kind;
        m.index = index;
        m.commitment = commitment;
        m.srcChain = Reader.slice(data, p.srcChain);
        m.srcService = Reader.slice(data, p.srcService);
        m.dstService = Reader.slice(data, p.dstService);
        m.sequence = p.sequence;
        m.deadlineMs = p.deadlineMs;
        m.sender = Reader.slice(data, p.sender);
        m.grant = p.grant;
        m.group = p.group;
        m.payload = Reader.slice(data, p.payload);
    }
}
