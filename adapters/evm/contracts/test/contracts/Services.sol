// SPDX-License-Identifier: Apache-2.0
pragma solidity >=0.8.11 <0.9.0;

import "../../src/IYuqiaoService.sol";
import "../../src/Packets.sol";

interface IInbox {
    function receiveMessages(bytes calldata delivery) external;
    function stepEpoch(bytes calldata set) external;
    function setPaused(bool to) external;
    function callService(uint64 index, bytes32 commitment, bytes calldata data) external returns (bytes memory);
    function setService(bytes calldata, address, uint32, bytes4, bool, bool) external;
}

/// A business contract that does what a test tells it to, and keeps what it saw.
contract TestService is IYuqiaoService {
    enum Mode { Hash, Fail, Burn, Long, Bomb, Reenter, Send, NeedGas, CallInside, Longest, Step }

    Mode public mode;
    uint256 public calls;
    bytes public last; // abi of the last message
    bytes private planned;
    bool public inner; // whether what was tried inside came through
    uint256 public floorGas;
    uint256 public seenGas;
    mapping(uint256 => uint256) private spent;
    uint256 private spentN;

    function plan(Mode to, bytes calldata data) external {
        mode = to;
        planned = data;
    }

    function needGas(uint256 atLeast) external {
        mode = Mode.NeedGas;
        floorGas = atLeast;
    }

    function send(IYuqiaoOutbox outbox, YuqiaoSend calldata m) external returns (uint64) {
        return outbox.send(m);
    }

    function onYuqiaoMessage(YuqiaoMessage calldata m) external override returns (bytes memory) {
        uint256 gasNow = gasleft();
        if (mode == Mode.NeedGas) {
            require(gasNow >= floorGas, "too little gas");
            seenGas = gasNow;
            while (gasleft() > 40000) {
                spent[++spentN] = gasNow;
            }
            return "";
        }
        calls++;
        last = abi.encode(m);
        if (mode == Mode.Fail) {
            revert("as told");
        } else if (mode == Mode.Burn) {
            while (true) {}
        } else if (mode == Mode.Long || mode == Mode.Longest) {
            return new bytes(mode == Mode.Long ? 4097 : 4096);
        } else if (mode == Mode.Bomb) {
            assembly { return(0, 200000) }
        } else if (mode == Mode.Reenter) {
            (inner,) = msg.sender.call(abi.encodeWithSelector(IInbox.receiveMessages.selector, planned));
        } else if (mode == Mode.Step) {
            (inner,) = msg.sender.call(abi.encodeWithSelector(IInbox.stepEpoch.selector, planned));
        } else if (mode == Mode.CallInside) {
            (inner,) = msg.sender.call(
                abi.encodeWithSelector(IInbox.callService.selector, m.index, m.commitment, planned));
        } else if (mode == Mode.Send) {
            IYuqiaoOutbox(msg.sender).send(abi.decode(planned, (YuqiaoSend)));
        }
        return m.payload.length == 0 ? bytes("") : abi.encodePacked(keccak256(m.payload));
    }

    /// What an acknowledgement or a decision says, by the library for business contracts.
    function readAck(bytes calldata p)
        external
        pure
        returns (uint64, bytes32, uint8, uint32, bool, bytes memory)
    {
        return YuqiaoPayload.acknowledgement(p);
    }

    function readDecision(bytes calldata p) external pure returns (uint64, bytes32) {
        return YuqiaoPayload.decision(p);
    }
}

/// Has a fallback that succeeds and writes, but no entry for messages.
contract FallbackOnly {
    uint256 public calls;

    fallback() external {
        calls++;
    }
}

/// Answers in other shapes than bytes.
contract OddAnswer {
    uint256 public calls;
    uint256[] private words;

    function plan(uint256[] calldata answer) external {
        words = answer;
    }

    fallback() external {
        calls++;
        bytes memory out;
        for (uint256 i = 0; i < words.length; i++) {
            out = abi.encodePacked(out, words[i]);
        }
        assembly { return(add(out, 0x20), mload(out)) }
    }
}

/// Calls what it is told to: for itself, or while it is called.
contract Insider is IYuqiaoService {
    address private to;
    bytes private planned;
    bool public inner;

    function plan(address at, bytes calldata data) external {
        (to, planned) = (at, data);
    }

    function run(address at, bytes calldata data) external {
        (bool ok,) = at.call(data);
        require(ok, "failed");
    }

    function onYuqiaoMessage(YuqiaoMessage calldata) external override returns (bytes memory) {
        (inner,) = to.call(planned);
        return "";
    }

    function end() external {
        selfdestruct(payable(msg.sender));
    }
}
