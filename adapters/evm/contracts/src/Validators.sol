// SPDX-License-Identifier: Apache-2.0
pragma solidity >=0.8.11 <0.9.0;

import "./Check.sol";
import "./Reader.sol";
import "./Sm2.sol";

/// What an inbox is deployed with.
struct YuqiaoConfig {
    bytes hub; // chain id of the hub
    bytes ownChain; // this chain's id at the hub
    bytes32 chainIdHash;
    uint8 suite; // 1 SM2 with SM3, 3 secp256k1 with Keccak-256
    bytes set; // u64 epoch | u8 suite | u16 quorum | u16 n | n x str8 key
    uint64 floor; // indices below it are skipped
    uint16 clockMs; // milliseconds that one unit of block.timestamp is: 1, 1000, or 0 for a clock that nobody may trust
    address[] administrators;
    address[] recoverers; // of the last exit; none: there is none
    uint8 recoverQuorum; // more than half of them
    uint64 recoverDelayMs; // at least a day
    address sm2; // suite 1: the contract that verifies SM2
    string sm2Function; // suite 1: its signature as a text, as sm2Verify(bytes32,bytes,bytes32,bytes32)
    uint8 sm2Shape; // suite 1: 1 or 2, see Sm2
}

/// What a certificate says.
struct Certified {
    uint64 height;
    bytes32 exportRoot;
    bytes32 nextSet;
}

/// The hub's validators of one epoch, and what their certificates prove.
abstract contract Validators {
    uint8 internal constant SUITE_SM2 = 1;
    uint8 internal constant SUITE_SECP256K1 = 3;
    uint256 private constant MEMBERS_MAX = 31;
    uint8 private constant FINALIZE = 4;
    uint256 private constant FINAL_INFO_AT = 17;
    uint256 private constant FINAL_SIZE = 209;
    uint256 private constant HALF_N = 0x7FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF5D576E7357A4501DDFE92F46681B20A0;

    bytes32 public immutable chainIdHash;
    uint8 public immutable suite;
    bytes32 private immutable hubHead;
    bytes32 private immutable hubTail;
    uint256 private immutable hubSize;
    address private immutable sm2At;
    bytes4 private immutable sm2Selector;
    uint8 private immutable sm2Shape;

    uint64 public epoch;
    uint16 public members;
    uint16 public quorum;
    uint64 public height; // highest accepted
    bytes32 public setHash;
    bytes32 public nextSet; // what a certificate of this epoch named, 0: nothing yet
    bytes32 public exportRoot; // of that height
    mapping(uint256 => bytes32) private keyWord; // two a member; of an address the first only

    constructor(YuqiaoConfig memory c) {
        checkSuite(c.suite);
        checkName(c.hub);
        check(c.chainIdHash != 0, "E_CONFIG_INVALID: chain_id_hash");
        chainIdHash = c.chainIdHash;
        suite = c.suite;
        (hubHead, hubTail) = wordsOf(c.hub);
        hubSize = c.hub.length;
        Sm2Verifier memory v = Sm2Verifier(c.sm2, bytes4(keccak256(bytes(c.sm2Function))), c.sm2Shape);
        if (c.suite == SUITE_SM2) {
            check(v.shape == Sm2.FOUR_WORDS || v.shape == Sm2.TWO_BYTES, "E_CONFIG_INVALID: sm2Shape");
            check(Sm2.tries(v), "E_CONFIG_INVALID: sm2");
        }
        (sm2At, sm2Selector, sm2Shape) = (v.at, v.selector, v.shape);
        take(c.set, c.suite, c.chainIdHash);
    }

    /// The hash opcode is the suite's hash: an inbox on the wrong kind of chain is never deployed.
    function checkSuite(uint8 which) private pure {
        bytes32 found = keccak256(abi.encodePacked(which));
        check(
            which == SUITE_SM2
                ? found == 0x799b719ac031fc89c6d8925a487dad07308f837b7ab7bbc7cebd3a4118fd2f38
                : which == SUITE_SECP256K1
                && found == 0x69c322e3248a5dfc29d73c5b0553b0185a35cd5bb6386747517ef7e53b15e287,
            "E_UNSUPPORTED: suite"
        );
    }

    function checkName(bytes memory name) internal pure {
        check(name.length >= 3 && name.length <= 48, "E_CONFIG_INVALID: chain id");
    }

    /// Up to 64 bytes in two words. Storage would keep them where constants are hashed by the compiler, which
    /// need not be the hash of the chain.
    function wordsOf(bytes memory text) internal pure returns (bytes32 head, bytes32 tail) {
        bytes memory padded = abi.encodePacked(text, new bytes(64 - text.length));
        assembly {
            head := mload(add(padded, 0x20))
            tail := mload(add(padded, 0x40))
        }
    }

    function bytesOf(bytes32 head, bytes32 tail, uint256 size) internal pure returns (bytes memory text) {
        text = abi.encodePacked(head, tail);
        assembly {
            mstore(text, size)
        }
    }

    function hub() public view returns (bytes memory) {
        return bytesOf(hubHead, hubTail, hubSize);
    }

    // ---- the set ----------------------------------------------------------------------------------------------

    function hashOf(bytes memory set, bytes32 chain) internal pure returns (bytes32) {
        return keccak256(abi.encodePacked(uint8(3), chain, set));
    }

    function field(bytes memory set, uint256 at, uint256 size) private pure returns (uint256 value) {
        check(at + size <= set.length, "E_VALSET_HASH: length");
        assembly {
            value := shr(shl(3, sub(32, size)), mload(add(add(set, 0x20), at)))
        }
    }

    function epochOf(bytes memory set) internal pure returns (uint64) {
        return uint64(field(set, 0, 8));
    }

    /// Takes over a set's keys. Its quorum is the ledger's: n - (n - 1) / 3.
    function take(bytes memory set, uint8 ofSuite, bytes32 chain) internal {
        uint256 n = field(set, 11, 2);
        uint256 size = ofSuite == SUITE_SM2 ? 64 : 20;
        check(field(set, 8, 1) == ofSuite && n > 0 && n <= MEMBERS_MAX, "E_VALSET_HASH: suite or n");
        uint256 needed = n - (n - 1) / 3;
        check(field(set, 9, 2) == needed, "E_VALSET_HASH: quorum");
        check(set.length == 13 + n * (1 + size), "E_VALSET_HASH: length");
        for (uint256 i = 0; i < n; i++) {
            takeKey(set, 13 + i * (1 + size), size, i);
        }
        (epoch, members, quorum) = (epochOf(set), uint16(n), uint16(needed));
        setHash = hashOf(set, chain);
        nextSet = 0;
    }

    function takeKey(bytes memory set, uint256 at, uint256 size, uint256 member) private {
        check(field(set, at, 1) == size, "E_VALSET_HASH: key size");
        bytes32 first = bytes32(field(set, at + 1, size == 64 ? 32 : 20));
        check(first != 0, "E_VALSET_HASH: key");
        for (uint256 i = 0; i < member; i++) {
            check(keyWord[2 * i] != first, "E_VALSET_HASH: repeated key");
        }
        keyWord[2 * member] = first;
        if (size == 64) {
            keyWord[2 * member + 1] = bytes32(field(set, at + 33, 32));
        }
    }

    // ---- certificates -----------------------------------------------------------------------------------------

    /// Reverts unless a quorum of the current epoch's members signed it.
    function checkCertificate(bytes calldata c) internal view returns (Certified memory said) {
        bytes32 digest;
        uint256 at;
        (said, digest, at) = suite == SUITE_SM2 ? readFinal(c) : readExport(c);
        checkSigners(c, at, digest);
    }

    /// The ledger's own finality certificate.
    function readFinal(bytes calldata c) private view returns (Certified memory said, bytes32 digest, uint256) {
        check(c.length >= FINAL_SIZE, "E_TRUNCATED: certificate");
        check(uint8(bytes1(Reader.raw(c, 0))) == FINALIZE, "E_DOMAIN: type");
        check(Reader.raw(c, FINAL_INFO_AT) == chainIdHash, "E_DOMAIN: chain_id_hash");
        // Epoch and view, once outside and once in FinalInfo.
        check(bytes16(Reader.raw(c, 1)) == bytes16(Reader.raw(c, FINAL_INFO_AT + 32)), "E_DOMAIN: view");
        check(Reader.raw64(c, 1) == epoch, "E_DOMAIN: epoch");
        said.height = Reader.raw64(c, FINAL_INFO_AT + 48);
        said.exportRoot = Reader.raw(c, FINAL_INFO_AT + 120);
        said.nextSet = Reader.raw(c, FINAL_INFO_AT + 152);
        digest = keccak256(abi.encodePacked("YUQIAO1", FINALIZE, chainIdHash, Reader.part(c, 1, FINAL_SIZE - 1)));
        return (said, digest, FINAL_SIZE);
    }

    /// The export certificate of another suite.
    function readExport(bytes calldata c) private view returns (Certified memory said, bytes32 digest, uint256 at) {
        bytes memory head =
            abi.encodePacked("YUQIAO-EXPORT-1", chainIdHash, uint8(hubSize), hub(), suite, epoch);
        at = head.length + 80;
        check(c.length >= at, "E_TRUNCATED: certificate");
        check(keccak256(Reader.part(c, 0, head.length)) == keccak256(head), "E_DOMAIN: export");
        said = Certified(Reader.raw64(c, at - 80), Reader.raw(c, at - 64), Reader.raw(c, at - 32));
        digest = keccak256(Reader.part(c, 0, at));
    }

    /// Bitmap, then a signature a signer in the order of the index: nobody counts twice.
    function checkSigners(bytes calldata c, uint256 at, bytes32 digest) private view {
        uint256 size = suite == SUITE_SM2 ? 64 : 65;
        uint256 n = members;
        uint256 signers = 0;
        (, uint256 next) = Reader.number(c, at, 4);
        bytes32 bitmap = Reader.raw(c, at);
        for (uint256 i = 0; i < 32; i++) {
            if ((uint8(bitmap[i / 8]) >> (i % 8)) & 1 == 0) {
                continue;
            }
            check(i < n, "E_SIGNER_UNKNOWN");
            (, uint256 end) = Reader.take(c, next, size);
            check(isSignedBy(i, digest, c, next), "E_SIG");
            next = end;
            signers++;
        }
        check(signers >= quorum, "E_QUORUM");
        Reader.end(c, next);
    }

    function isSignedBy(uint256 member, bytes32 digest, bytes calldata c, uint256 at) private view returns (bool) {
        bytes32 r = Reader.raw(c, at);
        bytes32 s = Reader.raw(c, at + 32);
        bytes32 key = keyWord[2 * member];
        if (suite == SUITE_SM2) {
            Sm2Verifier memory v = Sm2Verifier(sm2At, sm2Selector, sm2Shape);
            return Sm2.verify(v, digest, key, keyWord[2 * member + 1], r, s);
        }
        uint8 parity = uint8(bytes1(Reader.raw(c, at + 64)));
        if (parity > 1 || uint256(s) > HALF_N) {
            return false;
        }
        // 0 for what is no signature; no key is.
        return bytes32(uint256(uint160(ecrecover(digest, parity + 27, r, s)))) == key;
    }
}
