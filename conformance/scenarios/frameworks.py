"""Chains of every framework that has an adapter and a mock chain, as the scenarios connect them."""

import json
import os

from attesters import Attesters
from job import Chain
from network import wait_until

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
    ("xinghuo", "sm", "sm2", {"chain_id": "20", "hash": "sm3", "update_every": "10"}),
]
ATTESTED = ("attested", "xinghuo")
ATTESTERS = 3  # of Xinghuo


class FrameworkChain(Chain):
    """A chain of one row of the table, with its mock's identities where the framework wants them."""

    def __init__(self, net, chain, row, name=None, block_ms=150):
        framework, suite, account, options = row
        self.label, self.changes = f"{framework} {suite}", 0
        options = dict(options)
        if account:
            options["account_key"] = os.path.join(net.work, chain + ".account.pem")
            public = net.yuqiao_local("key", "gen", "--algorithm", account, "--out", options["account_key"])["key"]
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
        if framework == "xinghuo":
            self.control(do="account", key=public)
            self.options["attesters_file"] = self.start_attesters()

    @property
    def grade(self):
        return "attested" if self.framework in ATTESTED else "light-client"

    def start_attesters(self):
        """Three organisations, each with an attester at the chain's second node."""
        node = f"http://127.0.0.1:{self.control(do='status')['witness_port']}"
        attesters = [self.start_attester(i, node) for i in range(1, ATTESTERS + 1)]
        path = os.path.join(self.net.work, self.id + ".attesters.json")
        with open(path, "w") as f:
            json.dump({"epoch": 1, "threshold": 2, "attesters": attesters}, f)
        return path

    def start_attester(self, i, node):
        name = f"{self.id}.attester-{i}"
        path = {end: os.path.join(self.net.work, f"{name}.{end}") for end in ("pem", "json", "ports")}
        public = self.net.yuqiao_local("key", "gen", "--algorithm", "sm2", "--out", path["pem"])["key"]
        with open(path["json"], "w") as f:
            json.dump({"chain": self.id, "epoch": 1, "endpoints": [node], "options": {"chain_id": "20"},
                       "key": path["pem"], "listen": "127.0.0.1:0"}, f)
        self.net.start(name, self.net.program("yuqiao-xinghuo-attester"), "--config", path["json"],
                       "--ports-file", path["ports"])
        wait_until(f"{name} listens", 20, lambda: os.path.exists(path["ports"]))
        with open(path["ports"]) as f:
            return {"organisation": f"org{i}", "suite": "sm2", "key": public, "url": json.load(f)["endpoint"]}

    def installed(self, reply):
        super().installed(reply)
        if self.framework in ("chainmaker", "xuperchain", "fabric", "xinghuo"):  # contracts with names
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
