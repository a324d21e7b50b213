// SPDX-License-Identifier: Apache-2.0
pragma solidity >=0.8.11 <0.9.0;

/// What one call tells: records that are collected and emitted as one event.
struct Told {
    bytes[] record;
    uint256 n;
    uint256 size; // of all records together
}

/// The one event that outbox and inbox emit.
abstract contract Emitter {
    event Yuqiao(bytes records);
}

/// Its records, docs/protocol/messages.md section 2.
library Records {
    uint8 internal constant SENT = 1;
    uint8 internal constant DONE = 2;
    uint8 internal constant STATE = 3;

    uint8 internal constant OK = 1;
    uint8 internal constant ERROR = 2;
    uint8 internal constant CANCELLED = 3;
    uint8 internal constant REFUSED = 4;

    function one(uint8 kind, bytes memory body) internal pure returns (bytes memory) {
        return abi.encodePacked(uint16(1), uint16(1), kind, uint32(body.length), body);
    }

    function room(uint256 most) internal pure returns (Told memory told) {
        told.record = new bytes[](most);
    }

    function add(Told memory told, uint8 kind, bytes memory body) internal pure {
        bytes memory record = abi.encodePacked(kind, uint32(body.length), body);
        told.record[told.n++] = record;
        told.size += record.length;
    }

    function done(
        Told memory told,
        uint64 index,
        bytes32 commitment,
        uint8 status,
        uint32 code,
        bool again,
        bytes memory result
    ) internal pure {
        add(
            told,
            DONE,
            abi.encodePacked(index, commitment, status, code, again ? uint8(1) : uint8(0), uint16(result.length), result)
        );
    }

    /// The event's data of what was collected.
    function all(Told memory told) internal pure returns (bytes memory data) {
        data = new bytes(4 + told.size);
        uint256 header = (1 << 16) | told.n;
        assembly {
            mstore(add(data, 0x20), shl(224, header))
        }
        uint256 at = 4;
        for (uint256 i = 0; i < told.n; i++) {
            copy(data, at, told.record[i]);
            at += told.record[i].length;
        }
    }

    function copy(bytes memory to, uint256 at, bytes memory from) private pure {
        uint256 size = from.length;
        assembly {
            let source := add(from, 0x20)
            let target := add(add(to, 0x20), at)
            for { let i := 0 } lt(i, size) { i := add(i, 0x20) } {
                let piece := mload(add(source, i))
                let left := sub(size, i)
                if lt(left, 0x20) {
                    // Of the last word only what is this record's.
                    let mask := sub(shl(shl(3, sub(0x20, left)), 1), 1)
                    piece := or(and(piece, not(mask)), and(mload(add(target, i)), mask))
                }
                mstore(add(target, i), piece)
            }
        }
    }
}
