"""A closed platform on real processes: closed.py.

Four validators, a city chain and a national platform that publishes no proof. Four attesters of four organisations sign what
they read there. Adapter and attesters are killed (-9), the platform is down for a while and limits questions; every message
arrives once, in both directions, and the daily report is equal on both sides. Then the platform hides a record, and the
report names it.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from job import Chain, Job, hexed  # noqa: E402
from network import Failure, Network, say, wait_until  # noqa: E402

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
PLATFORM, CITY, SERVICE = "national-platform", "city-410300", "records"
ATTESTERS = 4
MAPPING = """version: 1
records:
  path: /api/v1/journal?after={after}&limit={limit}
  page: 100
  last: last
  number: seq
  time: time
  id: id
  emitter: from.topic
  name: from.type
  data: body
inbox:
  submit: /api/v1/inbox
  step: /api/v1/inbox/step
  ticket: ticket
  fate: /api/v1/inbox/{ticket}
  state: state
  done: done
  failed: failed
  number: record
epoch: 1
threshold: 3
attesters:
"""


class Platform(Chain):
    """The platform, its attesters, its adapter."""

    def __init__(self, net):
        super().__init__(net, PLATFORM, "attested", "国家平台", ["--seed", "national"])
        self.mapping = os.path.join(net.work, "mapping.yaml")
        self.keys, self.urls = [], []
        text = MAPPING
        for i in range(1, ATTESTERS + 1):
            key = os.path.join(net.work, f"attester-{i}.key")
            public = net.new_key(key)
            self.keys.append(key)
            text += f'  - {{name: attester-{i}, organisation: org{i}, key: "{public}"}}\n'
        with open(self.mapping, "w") as f:
            f.write(text)
        self.options = {"mapping": self.mapping, "token_file": self.token("adapter"), "rate_per_minute": "6000"}

    def token(self, caller):
        path = os.path.join(self.net.work, caller + ".token")
        self.control(do="token", caller=caller, file=path)
        return path

    def attester_config(self, caller, key):
        options = {"mapping": self.mapping, "token_file": self.token(caller), "rate_per_minute": "6000"}
        return self.net.adapter_config(caller, PLATFORM, "attested", self.endpoints, key, options)

    def start_attester(self, i):
        name = f"attester-{i}"
        ports = os.path.join(self.net.work, name + ".ports.json")
        port = self.urls[i - 1].rsplit(":", 1)[1] if len(self.urls) >= i else "0"
        if os.path.exists(ports):
            os.unlink(ports)
        config = self.attester_config(name, self.keys[i - 1])
        self.net.start(name, self.net.program("yuqiao-attester"), "serve", "--config", config, "--port", port,
                       "--ports-file", ports)
        wait_until(f"{name} listens", 20, lambda: os.path.exists(ports))
        with open(ports) as f:
            url = json.load(f)["endpoint"]
        if len(self.urls) < i:
            self.urls.append(url)
            self.options[f"url.{name}"] = url

    def reconcile(self):
        """The report, and the exit code."""
        config = self.attester_config("auditor", self.keys[0])
        day = time.strftime("%Y-%m-%d", time.gmtime(time.time() + 8 * 3600))
        done = subprocess.run(
            [self.net.program("yuqiao-attester"), "reconcile", "--config", config, "--day", day, "--json"],
            stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60)
        if done.returncode not in (0, 3):
            raise Failure(f"reconcile: exit code {done.returncode}: {done.stderr}")
        return json.loads(done.stdout), done.returncode


def build(net):
    job = Job(net)
    net.init_hub(4)
    net.start_hub()
    job.genesis = net.yuqiao("genesis", "show")
    account = os.path.join(net.work, "city.account.pem")
    net.yuqiao("key", "gen", "--out", account)
    city = Chain(net, CITY, "fisco-bcos-2", CITY, ["--suite", "sm", "--seed", CITY, "--block-ms", "150"],
                 {"account_key": account, "abi_hash": "keccak256"})
    platform = Platform(net)
    for i in range(1, ATTESTERS + 1):
        platform.start_attester(i)
    job.cities = [city, platform]
    for chain in job.cities:
        job.add(chain)
    job.deploy()
    del platform.options["inbox"]  # its inbox stands in the mapping
    for chain in job.cities:
        job.connect(chain)
        net.yuqiao("service", "register", "--chain", chain.id, "--service", "text:" + SERVICE, "--kind", "contract",
                   "--emitter", "hex:" + chain.inbox, "--event", "hex:" + chain.event, *job.admin())
    net.yuqiao("service", "register", "--chain", PLATFORM, "--service", "text:catalogue", "--kind", "mapped",
               "--emitter", "hex:" + hexed("catalogue"), "--event", "hex:" + hexed("Changed"), "--from-height", "0", *job.admin())
    job.lane(PLATFORM, SERVICE, CITY, SERVICE, "attested")
    job.lane(CITY, SERVICE, PLATFORM, SERVICE, "light-client")
    job.lane(PLATFORM, "catalogue", CITY, "archive", "attested")
    job.start_adapters()
    return job, city, platform


def send(source, destination, count):
    source.control(do="send", service=SERVICE, dst_chain=destination.id, dst_service=SERVICE,
                   payload=os.urandom(32).hex(), deadline_ms=0, count=count)


def finished(net):
    return sum(1 for m in net.messages() if m["state"] == "settled" or (m["mapped"] and m["state"] == "acked"))


def wait_finished(job, total, seconds):
    wait_until(f"{total} messages at their end", seconds, lambda: finished(job.net) >= total, 0.3)


def executed_once(chain, total):
    items = chain.control(do="inbox")["items"]
    if any(item["executions"] > 1 for item in items):
        raise Failure(f"{chain.id}: executed more than once")
    if sum(item["executions"] for item in items) < total:
        raise Failure(f"{chain.id}: fewer than {total} were executed")


def closed(net):
    job, city, platform = build(net)
    name = "adapter-" + PLATFORM
    send(platform, city, 10)
    send(city, platform, 10)
    platform.control(do="emit", payload="0a0b", count=5)
    wait_finished(job, 25, 90)
    say("- 25 at their end; the platform goes down, attester 2 and the adapter are killed")
    platform.control(do="outage", on=True, retry_after=1)
    send(platform, city, 20)
    send(city, platform, 20)
    net.kill("attester-2")
    net.kill(name)
    platform.start_adapter()
    time.sleep(3)
    if finished(net) != 25:
        raise Failure("something arrived while the platform was down")
    net.kill(name)
    platform.control(do="outage", on=False)
    platform.start_adapter()
    wait_until("the first of them", 60, lambda: finished(net) > 25, 0.02)
    net.kill(name)
    platform.start_adapter()
    wait_finished(job, 65, 120)
    platform.start_attester(2)
    executed_once(city, 30)
    executed_once(platform, 30)
    report, code = platform.reconcile()
    if code != 0 or not report["equal"] or report["from_platform"]["sent"] != 35 or report["to_platform"]["delivered"] != 30:
        raise Failure(f"the report is not equal: {json.dumps(report)}")
    say("- 65 at their end, once each; the daily report is equal: 35 from the platform, 30 to it")
    found = next(m for m in net.messages() if m["mapped"])
    platform.control(do="lie", caller="auditor", number=found["source"]["height"], hide=True)
    report, code = platform.reconcile()
    hidden = report["from_platform"]["missing_at_platform"]
    if code != 3 or hidden["count"] != 1 or hidden["items"][0]["id"] != found["id"]:
        raise Failure(f"the hidden record is not named: {json.dumps(report)}")
    say("- a record that the platform hides is named")


def main():
    work = tempfile.mkdtemp(prefix="yuqiao-closed-")
    net = Network(ROOT, work)
    began = time.monotonic()
    try:
        closed(net)
        net.stop()
        net.check_sanitizers()
        say(f"ok: closed in {time.monotonic() - began:.1f} s")
        return 0
    except Failure as failure:
        say(f"FAILED: {failure}")
        for name in list(net.processes):
            say(f"== {name}\n{net.log_tail(name, 8)}")
        return 1
    finally:
        net.stop()
        shutil.rmtree(work, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
