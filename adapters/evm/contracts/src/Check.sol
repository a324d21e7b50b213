// SPDX-License-Identifier: Apache-2.0
pragma solidity >=0.8.11 <0.9.0;

/// As require, with a text of at most 32 bytes that costs little code: Error(string).
function check(bool ok, bytes32 text) pure {
    if (!ok) {
        assembly {
            let size := 0
            for {} lt(size, 32) { size := add(size, 1) } {
                if iszero(byte(size, text)) { break }
            }
            mstore(0x00, shl(224, 0x08c379a0))
            mstore(0x04, 0x20)
            mstore(0x24, size)
            mstore(0x44, text)
            revert(0x00, 0x64)
        }
    }
}
