// SPDX-License-Identifier: Apache-2.0
pragma solidity >=0.8.11 <0.9.0;

import "./Check.sol";
import "./Merkle.sol";
import "./Packets.sol";
import "./Reader.sol";

/// What an adapter hands in, docs/protocol/messages.md section 3.
struct Delivery {
    uint8 suite;
    Span certificate;
    uint64 size; // of this chain's outbox
    bytes32 outboxRoot;
    uint16 exportN;
    uint16 exportIdx;
    Span exportPath;
    uint16 n;
    uint256 at; // of the packets
}

/// A packet whose proof is good.
struct Arrival {
    uint64 index;
    bytes32 commitment;
    Span bytesOf;
    Packet packet;
}

library Deliveries {
    uint256 private constant CERTIFICATE_MAX = 8192;
    uint256 private constant PACKETS_MAX = 100;
    uint256 private constant PATH_MAX = 64;
    uint256 private constant PACKET_MAX = 65536 + 1024;

    function read(bytes calldata data) internal pure returns (Delivery memory d) {
        uint256 at;
        uint256 value;
        (, at) = Reader.within(data, 0, 2, 1, 1, "E_VERSION");
        (value, at) = Reader.number(data, at, 1);
        d.suite = uint8(value);
        (d.certificate, at) = Reader.blob(data, at, 2, CERTIFICATE_MAX);
        (value, at) = Reader.number(data, at, 8);
        d.size = uint64(value);
        (d.outboxRoot, at) = Reader.word(data, at);
        (value, at) = Reader.number(data, at, 2);
        d.exportN = uint16(value);
        (value, at) = Reader.number(data, at, 2);
        d.exportIdx = uint16(value);
        (d.exportPath, at) = path(data, at);
        (value, at) = Reader.within(data, at, 2, 0, PACKETS_MAX, "E_LIMIT: n");
        d.n = uint16(value);
        d.at = at;
        bool nowhere = d.n == 0 && d.exportN == 0 && d.exportIdx == 0;
        check(d.exportIdx < d.exportN || nowhere, "E_PROOF_BOUNDS: export");
    }

    function path(bytes calldata data, uint256 at) private pure returns (Span memory span, uint256 next) {
        uint256 nodes;
        (nodes, at) = Reader.within(data, at, 1, 0, PATH_MAX, "E_PROOF_DEPTH");
        return Reader.take(data, at, 32 * nodes);
    }

    /// The destination's outbox, as the certificate's root has it.
    function checkExport(bytes calldata data, Delivery memory d, bytes memory own, bytes32 exportRoot) internal pure {
        check(exportRoot != 0 && d.outboxRoot != 0, "E_ZERO_ROOT");
        bytes32 leaf = keccak256(abi.encodePacked(uint8(0), uint8(own.length), own, d.size, d.outboxRoot));
        bytes32 found = Merkle.follow(d.exportN, d.exportIdx, leaf, Reader.slice(data, d.exportPath));
        check(found == exportRoot, "E_PROOF: export");
    }

    /// Reads the next packet and checks that it is a leaf of the outbox, for this chain and from this hub.
    function checkPacket(bytes calldata data, Delivery memory d, uint256 at, bytes32 hub, bytes32 own)
        internal
        pure
        returns (Arrival memory a, uint256 next)
    {
        uint256 value;
        Span memory way;
        (value, at) = Reader.number(data, at, 8);
        a.index = uint64(value);
        (way, at) = path(data, at);
        (a.bytesOf, next) = Reader.blob(data, at, 4, PACKET_MAX);
        readPacket(Reader.slice(data, a.bytesOf), a, hub, own);
        checkLeaf(d, a, Reader.slice(data, way));
    }

    function readPacket(bytes calldata data, Arrival memory a, bytes32 hub, bytes32 own) private pure {
        a.packet = Packets.read(data);
        check(keccak256(Reader.slice(data, a.packet.hub)) == hub, "E_DOMAIN: hub");
        check(keccak256(Reader.slice(data, a.packet.dstChain)) == own, "E_DOMAIN: dst_chain");
        a.commitment = Packets.commitment(data, a.packet);
    }

    function checkLeaf(Delivery memory d, Arrival memory a, bytes calldata way) private pure {
        bytes32 leaf = keccak256(abi.encodePacked(uint8(0), a.index, a.commitment));
        check(Merkle.follow(d.size, a.index, leaf, way) == d.outboxRoot, "E_PROOF: outbox");
    }
}
