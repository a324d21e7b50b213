"""The whole main job on one machine: real blocks verified, messages relayed, acknowledgements proven, forgeries refused.

Builds on network.py. Everything that is printed was measured or read from the hub.
"""

import json
import os

import fabric_blocks
from network import Failure, say, wait_until

SCENARIOS = os.path.dirname(os.path.abspath(__file__))
VECTORS = os.path.join(os.path.dirname(SCENARIOS), "vectors", "real-nodes")
FISCO_TOPIC = "0a1308d5f61e10dd0bf8da29e5d97649783a62ba33d6a4f89c3dce0728c7f75f"
FISCO_EMITTER = "22360be8265ac73e7db48fc9c9df5a5df1ffb262"
FABRIC_CHAINCODE = "hubcc"
FABRIC_EVENT = "CrossChainSend"
WAITS = ("UNAVAILABLE", "BUSY", "TIMEOUT", "NOT_FOUND", "CHAIN_FROZEN", "CHAIN_INACTIVE", "SIGNER_UNKNOWN")
SUITE_OF = {"sm3": "sm2", "sha256": "p256", "keccak256": "secp256k1"}
CITIES = ["city-410300", "city-411000"]


def hexed(text):
    return text.encode().hex()


class Chain:
    """A connected chain: its mock, its key on the hub, its adapter."""

    def __init__(self, net, chain, framework, name, arguments, options=None):
        self.net, self.id, self.framework, self.name = net, chain, framework, name
        self.ports = net.start_mock("chain-" + chain, "--framework", framework, "--chain", chain, *arguments)
        self.endpoints = self.ports["endpoints"]
        self.options = dict(options or {})
        self.inbox = None
        self.exports = framework == "evm"  # its contract cannot check the ledger's own certificates
        self.org = 0  # whose administrators it belongs to
        self.batch = None  # packets a delivery, where not the default

    def control(self, **command):
        return self.net.control(self.ports["control"], command)

    def write_config(self):
        self.key = os.path.join(self.net.work, self.id + ".key.pem")
        if not os.path.exists(self.key):
            self.public = self.net.yuqiao("key", "gen", "--out", self.key)["key"]
        self.config = self.net.adapter_config(
            "adapter-" + self.id, self.id, self.framework, self.endpoints, self.key, self.options, self.batch
        )

    def read_anchor(self):
        done = self.net.adapter_bytes("anchor", "--config", self.config)
        self.anchor = os.path.join(self.net.work, self.id + ".anchor")
        with open(self.anchor, "wb") as f:
            f.write(done)

    def installed(self, reply):
        """What the deploy of inbox and outbox told."""
        self.inbox, self.event, self.hash = reply["inbox"], reply["event"], reply["hash"]
        self.options["inbox"] = self.inbox

    def start_adapter(self):
        self.net.start_adapter("adapter-" + self.id, self.config)


class Job:
    def __init__(self, net, fabric_dir=None):
        self.net = net
        self.fabric_dir = fabric_dir or os.path.join(VECTORS, "fabric-3pre-smartbft")
        self.chains, self.cities, self.sources = {}, [], []

    # -- the network -------------------------------------------------------------------------------------------------
    def start(self):
        net = self.net
        say("- four validators")
        net.init_hub(4)
        net.start_hub()
        self.genesis = net.yuqiao("genesis", "show")
        say("- chains: two recorded Fabric networks, a recorded FISCO BCOS chain, two FISCO BCOS city chains")
        replays = [
            ("fabric-smartbft", "fabric", "Fabric 3 SmartBFT", self.fabric_dir),
            ("fabric-raft", "fabric", "Fabric 2.5 Raft", os.path.join(VECTORS, "fabric-2.5-raft")),
            ("fisco-recorded", "fisco-bcos-2", "FISCO BCOS 2.11 SM", os.path.join(VECTORS, "fisco-2x-sm")),
        ]
        for chain, framework, name, folder in replays:
            options = fabric_options(folder) if framework == "fabric" else {}
            self.add(Chain(net, chain, framework, name, ["--replay", folder], options))
            self.sources.append(self.chains[chain])
        for city in CITIES:
            account = os.path.join(net.work, city + ".account.pem")
            net.yuqiao("key", "gen", "--out", account)
            self.add(
                Chain(net, city, "fisco-bcos-2", "市链 " + city[5:], ["--suite", "sm", "--seed", city, "--block-ms", "200"],
                      {"account_key": account, "abi_hash": "keccak256"})
            )
            self.cities.append(self.chains[city])

    def add(self, chain):
        self.chains[chain.id] = chain

    def admin(self, org=0):
        return ["--key", self.net.admins[org]]

    def deploy(self):
        """Installs inbox and outbox on the city chains, with the hub's identity and first set."""
        if any(city.exports for city in self.cities):
            for i in range(len(self.net.homes)):
                self.net.bind_export(i)
        for city in self.cities:
            known = {"epoch": self.genesis["epoch"], "keys": self.genesis["keys"]}
            if city.exports:
                known = {"set": self.net.get("/api/v1/exports/3")["set"]}
            reply = city.control(
                do="deploy", hub=self.genesis["hub"], chain_id_hash=self.genesis["chain_id_hash"], floor=0, **known,
            )
            city.installed(reply)

    def connect(self, chain):
        """Anchor, registration, vote, and the adapter's key."""
        say(f"- {chain.id}: anchor, registration, vote")
        chain.write_config()
        chain.read_anchor()
        self.register(chain)
        self.net.yuqiao("org", "key-add", "--public", chain.public, "--role", "adapter", "--chain", chain.id,
                        *self.admin(chain.org))

    def register_all(self):
        self.deploy()
        for chain in self.chains.values():
            self.connect(chain)
        self.open_lanes()

    def register(self, chain):
        arguments = ["--chain", chain.id, "--name", chain.name, "--framework", chain.framework, "--anchor", chain.anchor]
        if chain.inbox:
            arguments += ["--inbox", chain.inbox, "--inbox-event", chain.event, "--hash", chain.hash,
                          "--suite", SUITE_OF[chain.hash]]
        self.net.yuqiao("chain", "register", *arguments, *self.admin(chain.org))
        for org in range(len(self.net.admins)):
            if self.net.yuqiao("chain", "show", chain.id)["state"] == "active":
                break
            self.net.yuqiao("chain", "approve", "--chain", chain.id, *self.admin(org))
        state = self.net.yuqiao("chain", "show", chain.id)["state"]
        if state != "active":
            raise Failure(f"{chain.id} is {state} after every organisation voted")

    def open_lanes(self):
        city = self.cities
        mapped = [
            ("fisco-recorded", "evidence", FISCO_EMITTER, FISCO_TOPIC, city[0].id),
        ]
        for chain, to in (("fabric-smartbft", city[0].id), ("fabric-raft", city[1].id)):
            for name in self.chains[chain].options["chaincodes"].split(","):
                mapped.append((chain, name, hexed(name), hexed(FABRIC_EVENT), to))
        for chain, service, emitter, event, destination in mapped:
            self.net.yuqiao(
                "service", "register", "--chain", chain, "--service", "text:" + service, "--kind", "mapped",
                "--emitter", "hex:" + emitter, "--event", "hex:" + event, "--from-height", "0", *self.admin(),
            )
            grade = self.net.yuqiao("client", "show", chain)["grade"]
            self.lane(chain, service, destination, "archive", grade)

    def lane(self, src, src_service, dst, dst_service, grade):
        self.net.yuqiao(
            "lane", "open", "--from", f"{src}/{src_service}", "--to", f"{dst}/{dst_service}", "--grade", grade, *self.admin()
        )

    def start_adapters(self):
        for chain in self.chains.values():
            chain.start_adapter()

    # -- the job -----------------------------------------------------------------------------------------------------
    def expected(self):
        """What the recorded blocks hold, read from the recordings themselves and not from the hub."""
        found = {"fabric-raft": fabric_events(os.path.join(VECTORS, "fabric-2.5-raft")),
                 "fabric-smartbft": fabric_events(self.fabric_dir),
                 "fisco-recorded": fisco_events(os.path.join(VECTORS, "fisco-2x-sm"))}
        return found

    def wait_acked(self, count, seconds):
        last = [None]

        def probe():
            self.check_alive()
            states = {}
            for message in self.net.messages():
                states[message["state"]] = states.get(message["state"], 0) + 1
            if states != last[0]:
                last[0] = states
                say("  messages: " + (", ".join(f"{n} {s}" for s, n in sorted(states.items())) or "none yet"))
            done = states.get("acked", 0) + states.get("settled", 0)
            return done >= count or None

        wait_until(f"{count} messages acknowledged", seconds, probe, 0.5)

    def check_alive(self):
        for name in list(self.net.processes):
            if not self.net.alive(name):
                raise Failure(f"{name} stopped:\n{self.net.log_tail(name)}")
        for chain in self.chains.values():
            held = self.held(chain)
            if held:
                raise Failure(held)

    def held(self, chain):
        """An adapter that stands still before a block that the hub refuses: the text that says so."""
        try:
            with open(os.path.join(self.net.work, "adapter-" + chain.id + ".cursor", "status.json")) as f:
                status = json.load(f)
        except (OSError, ValueError):
            return None
        for hold in status.get("holds", []):
            code = hold.get("code", "")
            if hold.get("part") in ("scan", "chain") and hold.get("attempts", 0) >= 2 and code.removeprefix("E_") not in WAITS:
                return f"{chain.id}: block {hold.get('height')} is refused: {code} {hold.get('why', '')}"
        return None


def fabric_events(folder):
    """Every event of that name, from the raw blocks."""
    found = fabric_blocks.Network(folder)
    return [(number, tx_id, 0, payload) for number, tx_id, _, name, payload in found.events if name == FABRIC_EVENT]


def fabric_options(folder):
    """Channel and chaincodes of a recorded network, as the adapter's options."""
    found = fabric_blocks.Network(folder)
    names = sorted({chaincode for _, _, chaincode, name, _ in found.events if name == FABRIC_EVENT})
    return {"channel": found.channel or "hubch", "chaincodes": ",".join(names) or FABRIC_CHAINCODE}


def fisco_events(folder):
    events = []
    for name in sorted(os.listdir(folder)):
        if not name.endswith("_receipt.json"):
            continue
        with open(os.path.join(folder, name)) as f:
            receipt = json.load(f)["result"]
        if int(receipt["status"], 16) != 0:
            continue
        for index, log in enumerate(receipt["logs"]):
            if log["topics"] and log["topics"][0] == "0x" + FISCO_TOPIC:
                events.append((int(receipt["blockNumber"], 16), receipt["transactionHash"][2:], index,
                               bytes.fromhex(log["data"][2:])))
    return events
