// SPDX-License-Identifier: Apache-2.0
pragma solidity >=0.8.11 <0.9.0;

/// Where and how a chain verifies SM2.
struct Sm2Verifier {
    address at;
    bytes4 selector;
    uint8 shape;
}

/// SM2 with the id 1234567812345678 over a 32-byte message, by a contract of the chain.
library Sm2 {
    /// f(bytes32 message, bytes key, bytes32 r, bytes32 s) returns (bool, address); the key is x || y.
    uint8 internal constant FOUR_WORDS = 1;
    /// f(bytes message, bytes signature) returns (bool, address); the signature is r || s || x || y.
    uint8 internal constant TWO_BYTES = 2;

    uint256 private constant N = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFF7203DF6B21C6052B53BBF40939D54123;

    function verify(Sm2Verifier memory v, bytes32 message, bytes32 x, bytes32 y, bytes32 r, bytes32 s)
        internal
        view
        returns (bool)
    {
        bool inRange = r != 0 && s != 0 && uint256(r) < N && uint256(s) < N && addmod(uint256(r), uint256(s), N) != 0;
        return inRange && ask(v, message, x, y, r, s);
    }

    function ask(Sm2Verifier memory v, bytes32 message, bytes32 x, bytes32 y, bytes32 r, bytes32 s)
        private
        view
        returns (bool)
    {
        bytes memory input = v.shape == FOUR_WORDS
            ? abi.encodeWithSelector(v.selector, message, abi.encodePacked(x, y), r, s)
            : abi.encodeWithSelector(v.selector, abi.encodePacked(message), abi.encodePacked(r, s, x, y));
        (bool ok, bytes memory answer) = v.at.staticcall(input);
        uint256 verdict = 0;
        if (ok && answer.length == 64) {
            assembly {
                verdict := mload(add(answer, 0x20))
            }
        }
        return verdict == 1;
    }

    /// A known signature is taken, and refused for another message: address and shape are right.
    function tries(Sm2Verifier memory v) internal view returns (bool) {
        bytes32 message = 0x9c4889c40197aa1ee0da07b3fcba9d72f75b389ff9fb6b4cbb6107cca9f52468;
        bytes32 x = 0xbdc8fc526da1664bd9ae8f7a7dc2bfe1427fc88174d5f2176d69c79dcfd2e6fa;
        bytes32 y = 0xe928242039b8223e9e59d43286489e3807aa01421a4ad523b0c395ff2c00646a;
        bytes32 r = 0xec99a59f7206761e5cbd840beb748b1214a71077e4ec09f83f880cf6a263ce03;
        bytes32 s = 0x2f9a1d6e99ea9c3b84a57f7d815aed15af14388e45eb0dd9e3557f2291ba210d;
        return verify(v, message, x, y, r, s) && !verify(v, bytes32(uint256(message) ^ 1), x, y, r, s);
    }
}
