// SPDX-License-Identifier: Apache-2.0
pragma solidity >=0.8.11 <0.9.0;

import "./Packets.sol";

struct Halt {
    uint64 sequence; // highest seen
    bool halted;
}

/// What an inbox keeps: outcome of each index, spent numbers of ordered lanes, halted chains.
abstract contract Lanes {
    uint256 private constant OUTCOMES_A_WORD = 6;
    uint256 private constant OUTCOME_BITS = 40; // u8 status | u32 code
    uint256 private constant SETTLE_MAX = 64;

    mapping(uint256 => uint256) private outcomes;
    mapping(bytes32 => uint64) private spentBelow; // the highest number up to which all are spent
    mapping(bytes32 => mapping(uint64 => bool)) private spentAbove;
    mapping(bytes32 => Halt) private halts;

    // ---- indices ----------------------------------------------------------------------------------------------

    /// status 0: not spent.
    function outcomeOf(uint64 index) public view returns (uint8 status, uint32 code) {
        uint256 both = outcomes[index / OUTCOMES_A_WORD] >> (index % OUTCOMES_A_WORD * OUTCOME_BITS);
        return (uint8(both >> 32), uint32(both));
    }

    function mark(uint64 index, uint8 status, uint32 code) internal {
        uint256 shift = index % OUTCOMES_A_WORD * OUTCOME_BITS;
        uint256 others = outcomes[index / OUTCOMES_A_WORD] & ~(((1 << OUTCOME_BITS) - 1) << shift);
        outcomes[index / OUTCOMES_A_WORD] = others | ((uint256(status) << 32 | code) << shift);
    }

    // ---- ordered lanes ----------------------------------------------------------------------------------------

    function laneKey(bytes calldata srcChain, bytes calldata srcService, bytes calldata dstService)
        internal
        pure
        returns (bytes32)
    {
        return keccak256(
            abi.encodePacked(uint16(srcChain.length), srcChain, uint16(srcService.length), srcService, dstService)
        );
    }

    function laneOf(bytes calldata data, Packet memory p) internal pure returns (bytes32) {
        return laneKey(
            Reader.slice(data, p.srcChain), Reader.slice(data, p.srcService), Reader.slice(data, p.dstService)
        );
    }

    /// Moves the lane on over numbers that were spent out of order; not over all at once, since a long run of cancels
    /// has to fit into a block. Returns the lowest number that is not known to be spent, and whether that is so.
    function settle(bytes32 lane) internal returns (uint64 next, bool settled) {
        uint64 low = spentBelow[lane];
        uint64 from = low;
        while (low - from < SETTLE_MAX && spentAbove[lane][low + 1]) {
            delete spentAbove[lane][++low];
        }
        if (low != from) {
            spentBelow[lane] = low;
        }
        return (low + 1, !spentAbove[lane][low + 1]);
    }

    function spendNumber(bytes32 lane, uint64 number) internal {
        (uint64 next,) = settle(lane);
        if (number == next) {
            spentBelow[lane] = number;
        } else if (number > next) {
            spentAbove[lane][number] = true;
        }
    }

    /// Spends first..last of a lane whose lowest number is first.
    function spendFrom(bytes32 lane, uint64 first, uint64 last) internal {
        (uint64 next,) = settle(lane);
        if (next == first && first < last) {
            spentBelow[lane] = last;
        }
    }

    /// The numbers up to it are spent, and not the next one, unless many out of order wait to be passed.
    function spentUpTo(bytes calldata srcChain, bytes calldata srcService, bytes calldata dstService)
        external
        view
        returns (uint64)
    {
        return spentBelow[laneKey(srcChain, srcService, dstService)];
    }

    // ---- halted chains ----------------------------------------------------------------------------------------

    function halt(bytes calldata srcChain, uint64 sequence, bool to) internal {
        Halt storage h = halts[keccak256(srcChain)];
        if (sequence > h.sequence) {
            (h.sequence, h.halted) = (sequence, to);
        }
    }

    function isHalted(bytes calldata srcChain) public view returns (bool) {
        return halts[keccak256(srcChain)].halted;
    }
}
