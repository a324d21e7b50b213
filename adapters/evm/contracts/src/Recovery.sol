// SPDX-License-Identifier: Apache-2.0
pragma solidity >=0.8.11 <0.9.0;

import "./Check.sol";
import "./Validators.sol";

/// The last exit: where the hub lost its quorum for good, its new set is no certificate's. k of the operators named
/// at deployment, none of them an administrator by that, may name the set of the next epoch; after a delay it counts.
abstract contract Recovery is Validators {
    uint64 private constant DELAY_MIN_MS = 24 * 3600 * 1000;

    uint8 public immutable recoverQuorum;
    uint64 public immutable recoverDelayMs;
    mapping(address => bool) public isRecoverer;
    mapping(bytes32 => mapping(address => bool)) private approved; // by the hash of the set
    mapping(bytes32 => uint8) public approvals;
    mapping(bytes32 => uint64) public recoverableFromMs; // 0: not enough of them

    constructor(YuqiaoConfig memory c) {
        uint256 n = c.recoverers.length;
        if (n > 0) {
            check(c.clockMs > 0 && c.recoverDelayMs >= DELAY_MIN_MS, "E_CONFIG_INVALID: recoverDelayMs");
            check(c.recoverQuorum > n / 2 && c.recoverQuorum <= n, "E_THRESHOLD_LOW");
        }
        for (uint256 i = 0; i < n; i++) {
            address who = c.recoverers[i];
            check(who != address(0) && !isRecoverer[who], "E_CONFIG_INVALID: recoverer");
            isRecoverer[who] = true;
        }
        recoverQuorum = c.recoverQuorum;
        recoverDelayMs = c.recoverDelayMs;
    }

    function approveSet(bytes calldata set) external {
        check(isRecoverer[msg.sender], "E_PERMISSION");
        check(epochOf(set) == epoch + 1, "E_EPOCH_OLD");
        bytes32 hash = hashOf(set, chainIdHash);
        check(!approved[hash][msg.sender], "E_EXISTS");
        approved[hash][msg.sender] = true;
        approvals[hash]++;
        if (approvals[hash] == recoverQuorum) {
            recoverableFromMs[hash] = nowMs() + recoverDelayMs;
        }
    }

    function withdrawApproval(bytes32 hash) external {
        check(approved[hash][msg.sender], "E_NOT_FOUND");
        approved[hash][msg.sender] = false;
        approvals[hash]--;
        if (approvals[hash] < recoverQuorum) {
            recoverableFromMs[hash] = 0;
        }
    }

    function isRecovered(bytes32 hash) internal view returns (bool) {
        uint64 from = recoverableFromMs[hash];
        return from != 0 && nowMs() >= from;
    }

    function nowMs() internal view virtual returns (uint64);
}
