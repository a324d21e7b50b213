"""yuqiao-conformance adapters: every adapter against its mock chain, through the node's real protocol.

One hub of four validators; a chain of each framework, beside one FISCO BCOS 2 city that all of them send to and hear from. Every
adapter is killed (-9) at each named place of its work, by the program that has those places (yuqiao-adapter-faults); started anew, it
must bring all messages to their end, each executed once. Then the hub's validators change twice while all adapters are away: every
inbox has slept through two epochs and must catch up, killed on its way as well.
"""

import argparse
import json
import os
import shutil
import signal
import sys
import tempfile
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from e2e import SERVICE, change, load, own_key  # noqa: E402
from frameworks import FRAMEWORKS, FrameworkChain  # noqa: E402
from job import Job  # noqa: E402
from network import Failure, Network, say, wait_until  # noqa: E402

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

PARTNER = ("fisco-bcos-2", "sm", "sm2", {"abi_hash": "keccak256"})

# Places of the adapter's work at which it is killed: passing, and what has to happen for it to get there.
STAGES = [
    ("evidence.read", 1), ("batch.send", 1), ("batch.sent", 1), ("cursor.stored", 1),
    ("delivery.submit", 1), ("delivery.submitted", 1), ("delivery.mined", 1),
]
STEP_STAGES = [("step.submitted", 1), ("step.mined", 1), ("step.submitted", 2), ("step.mined", 2)]
MESSAGES = 3  # each way, at each stage


class Report:
    def __init__(self, quiet):
        self.items, self.quiet = [], quiet

    def add(self, subject, check, passed, detail=""):
        self.items.append({"subject": subject, "check": check, "passed": passed, "detail": detail})
        if not self.quiet:
            say(f"  {'ok    ' if passed else 'FAILED'} {subject}: {check}" + (f": {detail}" if detail else ""))

    def attempt(self, subject, check, work):
        """A check that ends with Failure has failed; the others go on."""
        try:
            self.add(subject, check, True, work() or "")
        except Failure as failure:
            self.add(subject, check, False, str(failure)[:600])

    def count(self, passed):
        return sum(1 for item in self.items if item["passed"] == passed)


class Subject(FrameworkChain):
    """A chain under test, with its counts."""

    def __init__(self, net, chain, row):
        super().__init__(net, chain, row)
        self.batch = 2
        self.to, self.of = 0, 0  # messages sent to it, sent by it

    @property
    def process(self):
        return "adapter-" + self.id

    def status(self):
        try:
            with open(os.path.join(self.net.work, self.process + ".cursor", "status.json")) as f:
                return json.load(f)
        except (OSError, ValueError):
            return {}

    def start_with_fault(self, place, passing):
        program = os.path.join(self.net.bin, "..", "tests", "yuqiao-adapter-faults")
        plugins = os.path.join(self.net.bin, "..", "lib")
        self.net.start(self.process, program, "run", "--config", self.config, "--plugin-dir", plugins,
                       environment={"YQ_FAULT": f"{place}:{passing}:kill"})

    def send(self, destination, count):
        self.control(do="send", service=SERVICE, dst_chain=destination.id, dst_service=SERVICE,
                     payload=os.urandom(32).hex(), deadline_ms=0, count=count)
        self.of += count
        destination.to += count


class Trial:
    def __init__(self, net, rows, report):
        self.net, self.report, self.rows = net, report, rows
        self.job = Job(net)

    def open(self):
        net = self.net
        net.init_hub(4, spare=2, single_operator=True)
        net.start_hub()
        self.job.genesis = net.yuqiao("genesis", "show")
        self.partner = self.make("city-410100", PARTNER)
        self.subjects = [self.make(f"city-41{i + 2:02d}00", row) for i, row in enumerate(self.rows)]
        self.job.deploy()
        for chain in self.job.cities:
            self.report.attempt(chain.label, "registered", lambda c=chain: self.connect(c))
        for subject in self.subjects:
            for src, dst in ((self.partner, subject), (subject, self.partner)):
                self.job.lane(src.id, SERVICE, dst.id, SERVICE, src.grade)
        self.job.start_adapters()

    def make(self, chain, row):
        subject = Subject(self.net, chain, row)
        self.job.add(subject)
        self.job.cities.append(subject)
        return subject

    def connect(self, chain):
        chain.write_config()
        if self.net.yuqiao("chain", "wizard", "--chain", chain.id)["next"] != "preflight":
            raise Failure("the wizard does not begin with the preflight")
        done = self.net.adapter("preflight", "--config", chain.config, "--json", codes=None)
        if not done.stdout.strip():
            raise Failure(f"preflight: {done.stderr[-600:]}")
        failed = [c["name"] for c in json.loads(done.stdout.splitlines()[-1])["checks"] if not c["passed"]]
        if failed:
            raise Failure(f"preflight: {failed}: {done.stdout[-600:]}")
        self.job.connect(chain)
        self.net.yuqiao("service", "register", "--chain", chain.id, "--service", "text:" + SERVICE, "--kind", "contract",
                        "--emitter", "hex:" + chain.inbox, "--event", "hex:" + chain.event, *self.job.admin())
        return "preflight, anchor, admission, vote"

    def joined(self, chain):
        """What the operator's commands say of a chain that works."""
        steps = self.net.yuqiao("chain", "wizard", "--chain", chain.id)
        if not steps["joined"]:
            raise Failure(f"the wizard says: {steps}")
        self.ailments(chain, set())
        return "wizard: joined, doctor: healthy"

    def ailments(self, chain, expected):
        seen = self.net.yuqiao("doctor", "--chain", chain.id, "--adapter-status",
                               os.path.join(self.net.work, chain.process + ".cursor", "status.json"))
        if {finding["id"] for finding in seen["findings"]} - {"adapter-silent"} != expected:
            raise Failure(f"the doctor says: {seen}")

    # -- one stage ---------------------------------------------------------------------------------------------------
    def exchange(self):
        for subject in self.subjects:
            subject.send(self.partner, MESSAGES)
            self.partner.send(subject, MESSAGES)

    def settled(self, subject, seconds):
        """All messages of and to a chain are at their end, executed once."""
        def probe():
            states = {}
            for message in self.net.messages(chain=subject.id):
                states[message["state"]] = states.get(message["state"], 0) + 1
            return states if states.get("settled", 0) >= subject.of + subject.to else None

        try:
            states = wait_until("settled", seconds, probe, 0.3)
        except Failure as failure:
            seen = [m["state"] for m in self.net.messages(chain=subject.id) if m["state"] != "settled"]
            raise Failure(f"{len(seen)} of {subject.of + subject.to} messages are {sorted(set(seen))} after {seconds} s; "
                          f"holds {subject.status().get('holds')}") from failure
        if set(states) != {"settled"}:
            raise Failure(f"messages are {states}")
        for chain, least in ((subject, subject.to), (self.partner, self.partner.to)):
            executed_once(chain)
        calls = sum(1 for item in subject.control(do="inbox")["items"] if item["executions"] > 0)
        if calls < subject.to:
            raise Failure(f"{calls} of {subject.to} packets were executed")
        return f"{subject.of + subject.to} messages, each executed once"

    def died(self, subject, seconds):
        process = self.net.processes[subject.process]
        wait_until("killed", seconds, lambda: process.poll() is not None, 0.05)
        if process.poll() != -signal.SIGKILL:
            raise Failure(f"the adapter ended with {process.poll()}:\n{self.net.log_tail(subject.process, 6)}")
        del self.net.processes[subject.process]

    def ready(self, chain):
        self.net.start_adapter(chain.process, chain.config)

    def stage(self, place, passing, work):
        """All adapters under test meet the same fault, side by side."""
        for subject in self.subjects:
            if subject.process in self.net.processes:
                self.net.kill(subject.process)
            subject.start_with_fault(place, passing)
        work()
        for subject in self.subjects:
            self.report.attempt(subject.label, f"killed at {place} {passing}", lambda s=subject: self.died(s, 60))
            if subject.process in self.net.processes:
                self.net.kill(subject.process)  # it did not get there: the report says so
            self.ready(subject)
        for subject in self.subjects:
            self.report.attempt(subject.label, f"whole after {place} {passing}", lambda s=subject: self.settled(s, 90))

    def epochs(self):
        """Two epochs pass while every adapter is away."""
        net = self.net
        for chain in self.job.cities:
            if chain.process in net.processes:
                net.kill(chain.process)
        org = net.yuqiao("genesis", "show")["organisations"]
        change(net, 2, join=(org[0]["code"], net.homes[4]))
        change(net, 3, leave=own_key(net, 1))
        load(net, 2)
        for chain in self.job.cities:
            behind = net.get(f"/api/v1/chains/{chain.id}")["inbox_state"]["behind"]
            if behind != 2:
                raise Failure(f"{chain.id}: {behind} epochs behind, not 2")
            self.ailments(chain, {"inbox-behind"})
        self.ready(self.partner)

    def caught_up(self, subject, seconds):
        wait_until("the inbox is at the hub's epoch", seconds,
                   lambda: self.net.get(f"/api/v1/chains/{subject.id}")["inbox_state"]["behind"] == 0, 0.3)
        return f"epoch {subject.control(do='inbox')['epoch']}"

    def run(self):
        self.open()
        self.exchange()
        for subject in self.subjects:
            self.report.attempt(subject.label, "both ways", lambda s=subject: self.settled(s, 90))
            self.report.attempt(subject.label, "joined", lambda s=subject: self.joined(s))
        for place, passing in STAGES:
            self.stage(place, passing, self.exchange)
        self.epochs()
        for place, passing in STEP_STAGES:
            for subject in self.subjects:
                subject.start_with_fault(place, passing)
            for subject in self.subjects:
                self.report.attempt(subject.label, f"killed at {place} {passing} of its epochs",
                                    lambda s=subject: self.died(s, 60))
                if subject.process in self.net.processes:
                    self.net.kill(subject.process)
        for subject in self.subjects:
            self.ready(subject)
        for chain in self.job.cities:
            self.report.attempt(chain.label, "slept through two epochs", lambda c=chain: self.caught_up(c, 90))
        self.exchange()
        for subject in self.subjects:
            self.report.attempt(subject.label, "both ways in the new epoch", lambda s=subject: self.settled(s, 90))


def executed_once(chain):
    twice = [item["index"] for item in chain.control(do="inbox")["items"] if item["executions"] > 1]
    if twice:
        raise Failure(f"{chain.id}: executed more than once: {twice}")


def main():
    parser = argparse.ArgumentParser(prog="yuqiao-conformance adapters", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--framework", help="only this one: " + ", ".join(sorted({row[0] for row in FRAMEWORKS})))
    parser.add_argument("--json", action="store_true", help="one line: passed, failed, frameworks, seconds, items")
    parser.add_argument("--quiet", action="store_true", help="no line for each check")
    options = parser.parse_args()
    rows = [row for row in FRAMEWORKS if options.framework in (None, row[0])]
    if not rows:
        parser.error("no such framework")
    work = tempfile.mkdtemp(prefix="yuqiao-adapters-")
    net, report = Network(ROOT, work), Report(options.quiet)
    began = time.monotonic()
    try:
        Trial(net, rows, report).run()
        net.stop()
        net.check_sanitizers()
    except Failure as failure:
        report.add("network", "runs", False, str(failure)[:2000])
        if not options.quiet:
            for name in list(net.processes):
                say(f"== {name}\n{net.log_tail(name, 8)}")
    finally:
        net.stop()
        shutil.rmtree(work, ignore_errors=True)
    result = {"passed": report.count(True), "failed": report.count(False),
              "frameworks": sorted({row[0] for row in rows}), "seconds": round(time.monotonic() - began, 1)}
    if options.json:
        print(json.dumps({**result, "items": report.items}, ensure_ascii=False))
    else:
        print("{passed} passed, {failed} failed, {seconds} s".format(**result))
    return 0 if result["failed"] == 0 else 1


if __name__ == "__main__":
    sys.exit(main())
