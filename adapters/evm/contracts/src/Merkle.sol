// SPDX-License-Identifier: Apache-2.0
pragma solidity >=0.8.11 <0.9.0;

import "./Check.sol";
import "./Reader.sol";

/// Trees of RFC 9162's shape in the chain's own hash: leaf tag 0x00, node tag 0x01.
library Merkle {
    /// The root that a leaf's path leads to. The path has exactly the nodes that n and index ask for: the length is
    /// looked at last, and what was read behind its end then counts for nothing.
    function follow(uint256 n, uint256 index, bytes32 leaf, bytes calldata path) internal pure returns (bytes32 node) {
        check(index < n, "E_PROOF_BOUNDS");
        node = leaf;
        uint256 at = 0;
        for (uint256 last = n - 1; last > 0; last >>= 1) {
            bool right = index & 1 == 1;
            if (right || index < last) {
                bytes32 other = Reader.raw(path, at);
                node = right ? pair(other, node) : pair(node, other);
                at += 32;
            }
            index >>= 1;
        }
        check(at == path.length, "E_PROOF_DEPTH");
    }

    function pair(bytes32 left, bytes32 right) private pure returns (bytes32 node) {
        assembly {
            let room := mload(0x40)
            mstore8(room, 0x01)
            mstore(add(room, 0x01), left)
            mstore(add(room, 0x21), right)
            node := keccak256(room, 0x41)
        }
    }
}
