"""Feeds every hostile mode of the mock chains, and altered copies of recorded blocks, and reads the hub's verdicts."""

import json
import os
import shutil
import time

from network import Failure, say

MODES = ["forged-signature", "one-signature-short", "repeated-signer", "foreign-emitter", "altered-receipt", "fork"]

# An altered piece that was accepted, or refused for another reason than its bytes.
LIE_MISSED = {"OK", "E_REPLAY", "E_HEADER_UNKNOWN"}


class Forge:
    def __init__(self, job):
        self.job, self.net, self.rows = job, job.net, []

    def all(self):
        self.lying_adapters()
        self.hostile_city()
        self.hostile_fabric()
        self.altered_recordings()
        return self.rows

    def row(self, chain, mode, codes, refused):
        self.rows.append({"chain": chain, "mode": mode, "code": ", ".join(codes) or "OK", "refused": bool(refused)})

    @staticmethod
    def items(done):
        return json.loads(done.stdout)["items"]

    # -- one hostile height ------------------------------------------------------------------------------------------
    def probe(self, chain, height, *more):
        """The hub's verdict on everything of one height. Returns ([(what, code)] of what was refused, froze)."""
        done = self.net.adapter("probe", "--config", chain.config, "--height", str(height), "--json", *more, codes=None)
        if done.returncode not in (0, 5):
            error = json.loads([line for line in done.stderr.splitlines() if line.startswith("{")][-1])
            return [("evidence", "E_" + error["code"] + " (by the adapter)")], False
        items = self.items(done)
        return [(item["what"], item["code"]) for item in items if item["code"] != "OK"], any(item["froze"] for item in items)

    def height(self, chain):
        """The chain's height, once it makes no more blocks."""
        last, same = None, 0
        while same < 3:
            now = chain.control(do="status")["height"]
            last, same = now, same + 1 if now == last else 0
            time.sleep(0.25)
        return last

    def catch_up(self, chain):
        """Brings the hub's client to the chain's head, honestly."""
        head = self.height(chain)
        for height in range(self.net.yuqiao("client", "show", chain.id)["height"] + 1, head + 1):
            refused, _ = self.probe(chain, height)
            if any(what != "event" and code != "E_REPLAY" for what, code in refused):
                raise Failure(f"{chain.id}: the honest block {height} is refused: {refused}")
        return head

    def one_mode(self, chain, mode):
        before = self.catch_up(chain)
        chain.control(do="hostile", mode=mode)
        chain.control(do="emit", payload=b"forged".hex(), count=1)
        after = self.height(chain)
        refused, froze = [], False
        for height in range(before if mode == "fork" else before + 1, after + 1):
            some, frozen = self.probe(chain, height)
            refused += some
            froze = froze or frozen
        if mode == "fork":
            state = self.net.yuqiao("chain", "show", chain.id)["state"]
            self.row(chain.id, mode, ["E_MISBEHAVIOUR"] if froze else [], froze and state == "frozen")
        else:
            part = "event" if mode in ("foreign-emitter", "altered-receipt") else "update"
            codes = sorted({code for what, code in refused if what in (part, "evidence") and code != "E_REPLAY"})
            self.row(chain.id, mode, codes, codes)
        chain.control(do="hostile", mode="none")

    # -- true chains whose adapter lies ------------------------------------------------------------------------------
    # Honest adapters stop the mock's altered receipts and altered recordings themselves; here the hub is asked.
    def lying_adapters(self):
        from job import Chain, VECTORS, fabric_options

        say("  adapters change one bit of true evidence on its way to the hub")
        city = self.job.cities[0]
        self.net.kill("adapter-" + city.id)
        head = self.catch_up(city)
        city.control(do="emit", payload=b"true".hex(), count=1)
        self.lie(city, head + 1, self.height(city))
        city.start_adapter()
        for name in ("fabric-3pre-smartbft", "fabric-2.5-raft"):
            folder = os.path.join(VECTORS, name)
            chain = Chain(self.net, "lying-" + name.rsplit("-", 1)[1], "fabric", name, ["--replay", folder], fabric_options(folder))
            self.job.connect(chain)
            self.lie(chain, 1, chain.control(do="status")["height"])

    def lie(self, chain, first, last):
        """Each height's update, then its events, with one bit changed; the true update in between."""
        rows = {"update": [], "event": []}
        for height in range(first, last + 1):
            for part, alter in (("update", "update"), ("event", "events")):
                done = self.net.adapter("probe", "--config", chain.config, "--height", str(height), "--json", "--alter", alter,
                                        codes=(0, 5))
                rows[part] += [item["code"] for item in self.items(done) if item["what"] == part]
        for part, codes in rows.items():  # of everything that was sent, what was accepted too
            self.row(chain.id, "one bit of an " + part, sorted(set(codes)), codes and not set(codes) & LIE_MISSED)

    def hostile_city(self):
        city = self.job.cities[-1]
        self.net.kill("adapter-" + city.id)
        say(f"  {city.id} turns hostile")
        city.control(do="emit", payload=b"warm".hex(), count=1)
        for mode in MODES:
            self.one_mode(city, mode)

    def hostile_fabric(self):
        from job import Chain, FABRIC_CHAINCODE, FABRIC_EVENT, hexed

        say("  a Fabric network is made, and turns hostile")
        chain = Chain(self.net, "fabric-hostile", "fabric", "Fabric (generated)",
                      ["--seed", "hostile", "--suite", "smartbft", "--block-ms", "100"],
                      {"channel": "fabric-hostile", "chaincodes": FABRIC_CHAINCODE})
        self.job.connect(chain)
        self.net.yuqiao("service", "register", "--chain", chain.id, "--service", "evidence", "--kind", "mapped",
                        "--emitter", hexed(FABRIC_CHAINCODE), "--event", hexed(FABRIC_EVENT), *self.job.admin())
        for mode in MODES:
            self.one_mode(chain, mode)

    # -- recorded blocks, one byte changed ---------------------------------------------------------------------------
    def altered_recordings(self):
        from job import Chain, VECTORS, fabric_options

        for name in ("fabric-3pre-smartbft", "fabric-2.5-raft"):
            folder = os.path.join(self.net.work, "altered-" + name)
            shutil.copytree(os.path.join(VECTORS, name), folder)
            path = os.path.join(folder, "b5.block")
            with open(path, "r+b") as f:
                data = bytearray(f.read())
                at = len(data) // 2
                data[at] ^= 1
                f.seek(0)
                f.write(data)
            chain = Chain(self.net, "altered-" + ("smartbft" if "3pre" in name else "raft"), "fabric", name + ", one byte changed",
                          ["--replay", folder], fabric_options(os.path.join(VECTORS, name)))
            self.job.connect(chain)
            codes = []
            for height in range(1, 6):
                refused, _ = self.probe(chain, height)
                codes = [code for what, code in refused if what != "event"]
                if codes:
                    break
            self.row(chain.id, f"block {height} with byte {at} changed", codes, codes and height == 5)
