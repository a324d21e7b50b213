"""yuqiao-conformance cities: the whole network. A hub of four validators, the cities of data/chains.json on mock chains of mixed
frameworks, a closed national platform; every city may send to every other. Messages travel while adapters are killed, links
stand still, every chain has a second adapter that brings the same things, validators of chains change while nobody looks, a
node of the hub is killed and restarted, the platform is down, and one city forks. Then everything is counted.
"""

import argparse
import concurrent.futures
import json
import os
import random
import shutil
import signal
import sys
import tempfile
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from e2e import SERVICE  # noqa: E402
from frameworks import FRAMEWORKS, FrameworkChain  # noqa: E402
from job import Job  # noqa: E402
from network import Failure, Network, say, wait_until  # noqa: E402

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
CLOSED = next(row for row in FRAMEWORKS if row[0] == "attested")
OPEN = [row for row in FRAMEWORKS if row is not CLOSED]
ORDERED = "ordered"  # what a mock chain's service of this name sends is ordered
PATIENCE_MS = 600000
PACE_S = 0.1  # between two messages, so that what goes wrong meets messages at every stage
END = ("settled", "refused")
ORGANISATIONS = 4
COMPLETE = {"proven", "committed", "done", "acknowledged", "settled"}  # the steps of a message that settled


class City(FrameworkChain):
    def __init__(self, net, row, framework, org):
        super().__init__(net, row["id"], framework, row["zh"], 300)
        self.org = org
        self.doubles = 0


class Cities:
    def __init__(self, net, count, messages, chaos, seed):
        self.net, self.count, self.messages, self.chaos = net, count, messages, chaos
        self.random = random.Random(seed)
        self.job = Job(net)
        self.sent, self.acts, self.victim = 0, {}, None

    # -- the network -------------------------------------------------------------------------------------------------
    def open(self):
        net = self.net
        with open(os.path.join(ROOT, "data", "chains.json")) as f:
            listed = json.load(f)
        rows, platform = listed["sub_chains"][: self.count], listed["platforms"][0]
        net.init_hub(4)
        net.start_hub()
        self.job.genesis = net.yuqiao("genesis", "show")
        say(f"- {len(rows)} chains of {len({row[0] for row in OPEN})} frameworks, and a closed platform")
        self.cities = [City(net, row, OPEN[i % len(OPEN)], i % ORGANISATIONS) for i, row in enumerate(rows)]
        self.platform = City(net, platform, CLOSED, 0)
        self.chains = {chain.id: chain for chain in [*self.cities, self.platform]}
        self.job.cities = list(self.chains.values())
        for chain in self.job.cities:
            self.job.add(chain)
        self.job.deploy()
        for chain in self.job.cities:
            self.register(chain)
        self.routes = self.open_routes()
        for chain in self.job.cities:
            chain.start_adapter()

    def register(self, chain):
        """Preflight, anchor, admission self-test, vote, key, services."""
        done = self.net.adapter("preflight", "--config", self.configured(chain), "--json", codes=None)
        failed = [c["name"] for c in json.loads(done.stdout.splitlines()[-1])["checks"] if not c["passed"]]
        if failed:
            raise Failure(f"{chain.id}: preflight: {failed}: {done.stdout[-800:]}")
        self.job.connect(chain)
        services = [SERVICE] if chain is self.platform else [SERVICE, ORDERED]
        for service in services:
            self.net.yuqiao("service", "register", "--chain", chain.id, "--service", "text:" + service, "--kind", "contract",
                            "--emitter", "hex:" + chain.inbox, "--event", "hex:" + chain.event,
                            *(["--ordered"] if service == ORDERED else []), *self.job.admin(chain.org))

    @staticmethod
    def configured(chain):
        chain.write_config()
        return chain.config

    def open_routes(self):
        """Every city to every other; ordered from each to the next; the platform with all. By the destination's own people."""
        lanes = [(a, SERVICE, b) for a in self.cities for b in self.cities if a is not b]
        routes = len(lanes)
        lanes += [(a, ORDERED, self.next(a)) for a in self.cities]
        lanes += [pair for c in self.cities for pair in ((c, SERVICE, self.platform), (self.platform, SERVICE, c))]

        def of_organisation(org):
            for src, service, dst in lanes:
                if dst.org == org:
                    self.net.yuqiao(
                        "lane", "open", "--from", f"{src.id}/{service}", "--to", f"{dst.id}/{service}", "--grade", "attested",
                        *(["--ordered", "--patience-ms", str(PATIENCE_MS)] if service == ORDERED else []),
                        *self.job.admin(org))

        with concurrent.futures.ThreadPoolExecutor(ORGANISATIONS) as pool:
            list(pool.map(of_organisation, range(ORGANISATIONS)))
        shown = {(lane["src_chain"], lane["dst_chain"]) for lane in self.net.get("/api/v1/lanes")["items"]}
        between = sum(1 for pair in shown if self.platform.id not in pair)
        if between != routes:
            raise Failure(f"{between} routes are open between cities, not {routes}")
        say(f"- {routes} routes between cities, {len(shown)} in all, {len(lanes)} lanes")
        return len(shown)

    def next(self, city):
        return self.cities[(self.cities.index(city) + 1) % len(self.cities)]

    # -- traffic -----------------------------------------------------------------------------------------------------
    def send(self, src, dst, service=SERVICE, count=1):
        src.control(do="send", service=service, dst_chain=dst.id, dst_service=service, payload=os.urandom(24).hex(),
                    deadline_ms=0, count=count)
        self.sent += count

    def plan(self):
        """What each chain sends, in one shuffled order: a city to every other, to the next one in order, to the platform."""
        sends = []
        for city in self.cities:
            others = [c for c in self.cities if c is not city] + [self.platform]
            for i in range(self.messages):
                if i % 10 == 9:
                    sends.append((city, self.next(city), ORDERED))
                else:
                    sends.append((city, others[i % len(others)], SERVICE))
            sends.append((self.platform, city, SERVICE))
        self.random.shuffle(sends)
        return sends

    # -- chaos -------------------------------------------------------------------------------------------------------
    def act(self, name):
        self.acts[name] = self.acts.get(name, 0) + 1

    def restart_adapter(self, chain):
        name = "adapter-" + chain.id
        if name in self.net.processes:
            self.net.kill(name)
        chain.start_adapter()
        self.act("adapter killed")

    def second_adapter(self, chain):
        """Another one with a memory of its own brings the same evidence and the same deliveries."""
        chain.doubles += 1
        name = f"double-{chain.id}-{chain.doubles}"
        with open(chain.config) as f:
            text = f.read().replace(f"adapter-{chain.id}.cursor", name + ".cursor")
        path = os.path.join(self.net.work, name + ".yaml")
        os.makedirs(os.path.join(self.net.work, name + ".cursor"))
        with open(path, "w") as f:
            f.write(text)
        self.net.start_adapter(name, path)
        self.doubles.append(name)
        self.act("second adapter")

    def pause(self, chain):
        """The node stands still, as behind a link that is cut."""
        process = self.net.processes["chain-" + chain.id]
        process.send_signal(signal.SIGSTOP)
        self.paused.append((time.monotonic() + self.random.uniform(1, 4), process))
        self.act("link cut")

    def change_set(self, chain):
        """Validators change while the adapter is away."""
        name = "adapter-" + chain.id
        if name in self.net.processes:
            self.net.kill(name)
        if chain.change_set():
            self.act("set changed while away")
        chain.start_adapter()

    def restart_node(self):
        i = self.random.randrange(1, 4)
        self.net.kill(f"node{i}")
        self.restarts.append((time.monotonic() + 5, i))
        self.act("hub's node killed")

    def outage(self):
        self.platform.control(do="outage", on=True, retry_after=1)
        self.platform_back = time.monotonic() + 6
        self.act("platform down")

    def mend(self, everything=False):
        now = time.monotonic()
        for until, process in list(self.paused):
            if everything or now >= until:
                process.send_signal(signal.SIGCONT)
                self.paused.remove((until, process))
        for until, i in list(self.restarts):
            if everything or now >= until:
                self.net.start_node(i)
                self.net.wait_node(i)
                self.restarts.remove((until, i))
        if self.platform_back and (everything or now >= self.platform_back):
            self.platform.control(do="outage", on=False)
            self.platform_back = None

    def stands_still(self, chain):
        return any(process is self.net.processes["chain-" + chain.id] for _, process in self.paused)

    def disturb(self, total):
        """What goes wrong after each message: a node and the fork have their places, the rest is drawn."""
        if self.sent == total // 3:
            self.restart_node()
        if self.sent == total // 2:
            self.mend(everything=True)
            self.equivocate()
            self.outage()
        if self.sent % 12 != 0:
            return
        chain = self.random.choice([c for c in self.cities if c is not self.victim and not self.stands_still(c)])
        what = self.random.choice(["kill", "kill", "pause", "double", "set"])
        if what == "kill":
            self.restart_adapter(chain)
        elif what == "pause" and len(self.paused) < 2:
            self.pause(chain)
        elif what == "double" and len(self.doubles) < 4:
            self.second_adapter(chain)
        else:
            self.change_set(chain)

    def equivocate(self):
        """One city shows a second history; somebody hands in both."""
        city = self.victim

        def found():
            head = city.control(do="status")["height"]
            if self.net.yuqiao("client", "show", city.id)["height"] < head:
                return None  # the hub has not seen the true block yet: no second one
            height = city.control(do="hostile", mode="fork")["height"]
            self.net.adapter("probe", "--config", city.config, "--height", str(height), "--json", codes=None)
            if self.net.get(f"/api/v1/chains/{city.id}")["state"] == "frozen":
                return True
            city.control(do="hostile", mode="none")  # another block was faster
            return None

        wait_until(f"{city.id} is frozen", 60, found, 0.1)
        self.act("city equivocated")

    def run(self):
        self.paused, self.restarts, self.doubles, self.platform_back = [], [], [], None
        sends = self.plan()
        if self.chaos:
            self.victim = next(c for c in self.cities if c.framework == "fisco-bcos-2")
        began, total = time.monotonic(), len(sends)
        while sends:
            self.mend()
            ready = next((send for send in sends if not self.stands_still(send[0])), None)
            if ready is None:
                time.sleep(0.1)
                continue
            sends.remove(ready)
            self.send(*ready)
            if self.chaos:
                self.disturb(total)
                time.sleep(PACE_S)
        self.mend(everything=True)
        say(f"- {self.sent} sent in {time.monotonic() - began:.0f} s; " + ", ".join(f"{n} {w}" for w, n in sorted(self.acts.items())))
        self.wait_end(420)
        for name in self.doubles:
            self.net.kill(name)

    def frozen(self):
        return [c["id"] for c in self.net.get("/api/v1/chains")["items"] if c["state"] == "frozen"]

    def is_held(self, message):
        return self.victim is not None and self.victim.id in (message["src_chain"], message["dst_chain"])

    def wait_end(self, seconds):
        last = [None, time.monotonic()]

        def probe():
            messages = [m for m in self.net.messages() if m["kind"] == "call"]
            open_ = sum(1 for m in messages if m["state"] not in END and not self.is_held(m))
            gone = self.sent - len(messages)
            missing = gone - (0 if self.victim is None else self.unread())
            if (open_, missing) != last[0]:
                last[:] = [(open_, missing), time.monotonic()]
            elif time.monotonic() - last[1] > 60:
                raise Failure(f"nothing moves any more: {open_} open, {missing} not yet seen by the hub; " + self.stuck(messages))
            return open_ == 0 and missing <= 0

        wait_until("every message at its end", seconds, probe, 0.5)

    def unread(self):
        """What the frozen city sent and nobody may take any more."""
        inbox = self.victim.control(do="inbox")
        taken = sum(1 for m in self.net.messages(chain=self.victim.id) if m["src_chain"] == self.victim.id and m["kind"] == "call")
        return inbox["sent"] - taken

    def stuck(self, messages):
        rest = [m for m in messages if m["state"] not in END and not self.is_held(m)]
        lanes = sorted({(m["src_chain"], m["dst_chain"], m["state"]) for m in rest})[:8]
        holds = {}
        for chain in self.job.cities:
            try:
                with open(os.path.join(self.net.work, f"adapter-{chain.id}.cursor", "status.json")) as f:
                    hold = json.load(f).get("holds")
                if hold:
                    holds[chain.id] = hold
            except (OSError, ValueError):
                pass
        return f"{lanes}; holds {json.dumps(holds)[:1500]}"

    # -- the count ---------------------------------------------------------------------------------------------------
    def verdict(self):
        messages = [m for m in self.net.messages() if m["kind"] == "call"]
        items = {c.id: {i["index"]: i for i in c.control(do="inbox")["items"]} for c in self.job.cities}
        held = [m for m in messages if m["state"] not in END and self.is_held(m)]
        refused = [m for m in messages if m["state"] == "refused"]
        executed = {(m["dst_chain"], m["index"]) for m in messages
                    if m["index"] is not None and items[m["dst_chain"]].get(m["index"], {}).get("executions", 0) > 0}
        held_unseen = self.unread() if self.victim is not None else 0
        held_only = [m for m in held if (m["dst_chain"], m["index"]) not in executed]
        return {
            "chains": len(self.cities), "frameworks": sorted({c.framework for c in self.job.cities}), "routes": self.routes,
            "sent": self.sent, "delivered": len(executed), "held": len(held_only) + held_unseen, "refused": len(refused),
            "duplicates": sum(max(0, i["executions"] - 1) for all_ in items.values() for i in all_.values()),
            "order_violations": self.order_violations(messages, items),
            "non_terminal": sum(1 for m in messages if m["state"] not in END and not self.is_held(m)),
            "incomplete_traces": self.incomplete_traces(messages),
            "unbalanced": self.unbalanced(messages, items),
            "frozen": self.frozen(), "chaos": self.acts,
        }

    def order_violations(self, messages, items):
        lanes = {}
        for m in messages:
            item = items[m["dst_chain"]].get(m["index"])
            if m["order"] == "ordered" and item and item["position"]:
                lanes.setdefault((m["src_chain"], m["dst_chain"]), []).append((m["sequence"], item["position"]))
        return sum(1 for lane in lanes.values() for a, b in zip(sorted(lane), sorted(lane)[1:]) if a[1] > b[1])

    def incomplete_traces(self, messages):
        """A settled message's trace has every step, each once it is proven with the foreign height it was proven at."""
        bad = 0
        for m in messages:
            if m["state"] == "settled":
                steps = [s["step"] for s in self.net.get("/api/v1/messages/" + m["id"])["trace"]]
                bad += not COMPLETE <= set(steps)
        return bad

    def unbalanced(self, messages, items):
        """Counters that must agree: each chain's own count of what it sent with the hub's, and outboxes with inboxes."""
        wrong = []
        for chain in self.job.cities:
            if chain is self.victim:
                continue
            own = chain.control(do="inbox")
            taken = sum(1 for m in messages if m["src_chain"] == chain.id)
            if own["sent"] != taken:
                wrong.append(f"{chain.id} sent {own['sent']}, the hub has {taken}")
            size = self.net.get(f"/api/v1/chains/{chain.id}/outbox?from=0")
            done = sum(1 for i in items[chain.id].values() if i["status"] != 0)
            if done != size["done"] or size["done"] != size["size"] - len(size["open"]):
                wrong.append(f"{chain.id}: {done} of its packets ended there, {size['done']} of {size['size']} at the hub")
        return wrong


def is_good(result, victim):
    return (result["delivered"] == result["sent"] - result["held"] - result["refused"] and result["duplicates"] == 0
            and result["order_violations"] == 0 and result["non_terminal"] == 0 and result["incomplete_traces"] == 0
            and not result["unbalanced"] and result["frozen"] == ([victim.id] if victim else []))


def main():
    parser = argparse.ArgumentParser(prog="yuqiao-conformance cities", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--chains", type=int, default=19, help="so many cities of data/chains.json, at least 4")
    parser.add_argument("--messages", type=int, default=20, help="messages that each city sends")
    parser.add_argument("--chaos", action="store_true", help="with kills, cuts, set changes, an outage and a fork")
    parser.add_argument("--seed", type=int, default=1, help="of everything that is drawn")
    parser.add_argument("--json", action="store_true", help="one line with all counts")
    options = parser.parse_args()
    if options.chains < 4 or options.messages < 1:
        parser.error("at least 4 chains and one message")
    work = tempfile.mkdtemp(prefix="yuqiao-cities-")
    net = Network(ROOT, work)
    began, good, result = time.monotonic(), False, {}
    cities = Cities(net, options.chains, options.messages, options.chaos, options.seed)
    try:
        cities.open()
        cities.run()
        result = cities.verdict()
        good = is_good(result, cities.victim)
        net.stop()
        net.check_sanitizers()
    except Failure as failure:
        result["failure"], good = str(failure)[:3000], False
        for name in [n for n in net.processes if n.startswith("node")]:
            say(f"== {name}\n{net.log_tail(name, 4)}")
    finally:
        net.stop()
        shutil.rmtree(work, ignore_errors=True)
    result.update(ok=good, seed=options.seed, seconds=round(time.monotonic() - began, 1))
    print(json.dumps(result, ensure_ascii=False) if options.json
          else "\n".join(f"{key}: {value}" for key, value in result.items()))
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
