"""Chains of every framework that has an adapter and a mock chain, as the scenarios connect them."""

import os

from job import Chain

# framework, suite of its mock, algorithm of the account that hands deliveries in (None: none needed), options.
FRAMEWORKS = [
    ("fisco-bcos-2", "sm", "sm2", {"abi_hash": "keccak256"}),
    ("fisco-bcos-3", "sm", "sm2", {"abi_hash": "keccak256"}),
    ("cometbft", "ibc-v2", None, {}),
    ("evm", "qbft", "secp256k1", {"consensus": "qbft"}),
    ("chainmaker", "sm", None, {"chain_id": "chain1", "hash": "sm3", "auth": "cert", "org_id": "wx-org1.chainmaker.org"}),
]


class FrameworkChain(Chain):
    """A chain of one row of the table, with its mock's identities where the framework wants them."""

    def __init__(self, net, chain, row, name=None, block_ms=150):
        framework, suite, account, options = row
        self.label = f"{framework} {suite}"
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
        if framework == "chainmaker":
            for option, kind in (("cert_file", "crt"), ("key_file", "key")):
                self.options[option] = os.path.join(net.work, f"{chain}.client.{kind}")
            self.control(do="identity", cert_file=self.options["cert_file"], key_file=self.options["key_file"])

    def installed(self, reply):
        super().installed(reply)
        if self.framework == "chainmaker":
            self.options["inbox"] = bytes.fromhex(self.inbox).decode()
