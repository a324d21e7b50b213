"""Chains of every framework that has an adapter and a mock chain, as the scenarios connect them."""

import os

from attesters import Attesters
from job import Chain

# framework, suite of its mock, algorithm of the account that hands deliveries in (None: none needed), options.
FRAMEWORKS = [
    ("fisco-bcos-2", "sm", "sm2", {"abi_hash": "keccak256"}),
    ("fisco-bcos-3", "sm", "sm2", {"abi_hash": "keccak256"}),
    ("cometbft", "ibc-v2", None, {}),
    ("evm", "qbft", "secp256k1", {"consensus": "qbft"}),
    ("xuperchain", "sm", None, {"crypto": "sm2", "list_key": "0_validates"}),
    ("fabric", "smartbft", None, {"service": "peer", "chaincodes": "yuqiao", "msp_id": "Org1MSP"}),
    ("chainmaker", "sm", None, {"chain_id": "chain1", "hash": "sm3", "auth": "cert", "org_id": "wx-org1.chainmaker.org"}),
    ("attested", "sm", None, {}),
]


class FrameworkChain(Chain):
    """A chain of one row of the table, with its mock's identities where the framework wants them."""

    def __init__(self, net, chain, row, name=None, block_ms=150):
        framework, suite, account, options = row
        self.label, self.changes = f"{framework} {suite}", 0
        options = dict(options)
        if account:
            options["account_key"] = os.path.join(net.work, chain + ".account.pem")
            net.yuqiao_local("key", "gen", "--algorithm", account, "--out", options["account_key"])
        super().__init__(net, chain, framework, name or self.label,
                         ["--suite", suite, "--seed", chain, "--block-ms", str(block_ms)], options)
        if framework == "fisco-bcos-3":
            self.options["operators"] = "0x" + self.control(do="status")["operator"]
        if framework == "evm":
            self.options["chain_id"] = str(self.control(do="status")["chain_id"])
        files = {"chainmaker": ("cert_file", "key_file"), "fabric": ("cert_file", "key_file"), "xuperchain": ("key_file",)}
        if framework in files:
            named = {option: os.path.join(net.work, f"{chain}.client.{option}") for option in files[framework]}
            self.control(do="identity", **named)
            self.options.update(named)
        if framework == "fabric":
            self.options["channel"] = chain
        if framework == "attested":
            self.attesters = Attesters(self)
            self.options = self.attesters.options()

    @property
    def grade(self):
        return "attested" if self.framework == "attested" else "light-client"

    def installed(self, reply):
        super().installed(reply)
        if self.framework in ("chainmaker", "xuperchain", "fabric"):  # contracts with names
            self.options["inbox"] = bytes.fromhex(self.inbox).decode()
        if self.framework == "attested":
            del self.options["inbox"]  # it stands in the mapping

    def change_set(self):
        """Another set of validators, of those that this mock chain has. Returns 0 where none can be changed."""
        self.changes += 1
        odd = self.changes % 2
        command = {
            "fisco-bcos-3": {"do": "sealers", "method": "weigh", "node": 1, "weight": 1 + odd},
            "cometbft": {"do": "validators", "first": odd, "n": 4},
            "chainmaker": {"do": "voters", "node": 5, "votes": bool(odd)},
            "xuperchain": {"do": "validators", "nodes": [0, 1, 2, 3] if odd else [0, 1, 2, 4]},
            "evm": {"do": "validators", "add": bool(odd)},
        }.get(self.framework)
        if command is None:
            return 0
        self.control(**command)
        return 1
