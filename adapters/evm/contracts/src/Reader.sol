// SPDX-License-Identifier: Apache-2.0
pragma solidity >=0.8.11 <0.9.0;

import "./Check.sol";

/// A piece of the bytes that are being read: where it begins and how long it is.
struct Span {
    uint256 at;
    uint256 size;
}

/// Bounded reading of big-endian fields. A reader takes a place and gives the place behind the field.
library Reader {
    function number(bytes calldata data, uint256 at, uint256 size) internal pure returns (uint256 value, uint256 next) {
        next = ends(data, at, size);
        assembly {
            value := shr(shl(3, sub(32, size)), calldataload(add(data.offset, at)))
        }
    }

    function within(bytes calldata data, uint256 at, uint256 size, uint256 low, uint256 high, bytes32 bad)
        internal
        pure
        returns (uint256 value, uint256 next)
    {
        (value, next) = number(data, at, size);
        check(value >= low && value <= high, bad);
    }

    function word(bytes calldata data, uint256 at) internal pure returns (bytes32 value, uint256 next) {
        next = ends(data, at, 32);
        value = raw(data, at);
    }

    /// Bytes behind a length of prefix bytes.
    function blob(bytes calldata data, uint256 at, uint256 prefix, uint256 max)
        internal
        pure
        returns (Span memory span, uint256 next)
    {
        uint256 size;
        (size, at) = number(data, at, prefix);
        check(size <= max, "E_LIMIT");
        return take(data, at, size);
    }

    function take(bytes calldata data, uint256 at, uint256 size) internal pure returns (Span memory span, uint256 next) {
        next = ends(data, at, size);
        span = Span(at, size);
    }

    function end(bytes calldata data, uint256 at) internal pure {
        check(at == data.length, "E_TRAILING");
    }

    /// Where a field ends. Lengths are far below what could overflow.
    function ends(bytes calldata data, uint256 at, uint256 size) private pure returns (uint256 next) {
        unchecked {
            next = at + size;
        }
        check(next <= data.length, "E_TRUNCATED");
    }

    /// In: a span that take or blob made of data.
    function slice(bytes calldata data, Span memory span) internal pure returns (bytes calldata) {
        return part(data, span.at, span.size);
    }

    /// In: at + size is not above data's length.
    function part(bytes calldata data, uint256 at, uint256 size) internal pure returns (bytes calldata piece) {
        assembly {
            piece.offset := add(data.offset, at)
            piece.length := size
        }
    }

    /// 32 bytes of which the caller knows that they are there, or that it uses only those that are.
    function raw(bytes calldata data, uint256 at) internal pure returns (bytes32 value) {
        assembly {
            value := calldataload(add(data.offset, at))
        }
    }

    function raw64(bytes calldata data, uint256 at) internal pure returns (uint64) {
        return uint64(bytes8(raw(data, at)));
    }
}
