// SPDX-License-Identifier: Apache-2.0
pragma solidity >=0.8.11 <0.9.0;

import "./Check.sol";
import "./IYuqiaoService.sol";

/// A business contract under the name that the hub knows it by.
struct Service {
    address target;
    uint32 gasLimit; // of one call
    bytes4 selector; // of IYuqiaoService.onYuqiaoMessage as the target's compiler hashes it
    bool receives; // on the allow list: packets of kinds 1, 4, 7, 8
    bool sends;
}

/// Who may pause, and which business contracts there are. Nobody here can make the inbox accept anything.
abstract contract Administration {
    uint256 private constant GAS_MIN = 20000;
    uint256 private constant SYSTEM_MAX = 0xffffffff; // precompiles and system contracts lie at or below it

    bool public paused;
    bool private busy;
    uint16 private administrators;
    mapping(address => bool) public isAdministrator;
    mapping(bytes32 => Service) private services; // by the hash of the name

    modifier onlyAdministrator() {
        check(isAdministrator[msg.sender], "E_PERMISSION");
        _;
    }

    /// No delivery runs: neither a target nor what it calls comes in again.
    modifier alone() {
        check(!busy, "E_BUSY: re-entered");
        _;
    }

    modifier alonePerDelivery() {
        check(!busy, "E_BUSY: re-entered");
        busy = true;
        _;
        busy = false;
    }

    constructor(address[] memory list) {
        check(list.length > 0, "E_CONFIG_INVALID: administrators");
        for (uint256 i = 0; i < list.length; i++) {
            admit(list[i]);
        }
    }

    function admit(address who) private {
        check(who != address(0) && !isAdministrator[who], "E_CONFIG_INVALID: administrator");
        isAdministrator[who] = true;
        administrators++;
    }

    function addAdministrator(address who) external onlyAdministrator alone {
        admit(who);
    }

    function removeAdministrator(address who) external onlyAdministrator alone {
        check(isAdministrator[who], "E_NOT_FOUND");
        check(administrators > 1, "E_STATE: the last one");
        isAdministrator[who] = false;
        administrators--;
    }

    function setPaused(bool to) external onlyAdministrator alone {
        check(paused != to, "E_STATE");
        paused = to;
        tellState();
    }

    /// Registers a service, or changes it: one that neither receives nor sends keeps its target, since
    /// acknowledgements, commits and undos still go there. selector 0: the one of this contract's compiler.
    function setService(
        bytes calldata name,
        address target,
        uint32 gasLimit,
        bytes4 selector,
        bool receives,
        bool sends
    ) external onlyAdministrator alone {
        check(name.length > 0 && name.length <= 64, "E_LIMIT: service");
        check(isBusiness(target) && target.code.length > 0, "E_TARGET_FORBIDDEN");
        check(gasLimit >= GAS_MIN, "E_RANGE: gas");
        bytes4 chosen = selector == 0 ? IYuqiaoService.onYuqiaoMessage.selector : selector;
        services[keccak256(name)] = Service(target, gasLimit, chosen, receives, sends);
    }

    function service(bytes memory name) public view returns (Service memory) {
        return services[keccak256(name)];
    }

    function isBusiness(address target) internal view returns (bool) {
        return target != address(this) && uint160(target) > SYSTEM_MAX && !isAdministrator[target] &&
            !isAdministrative(target);
    }

    /// Other addresses that messages never call.
    function isAdministrative(address target) internal view virtual returns (bool);

    function tellState() internal virtual;
}
