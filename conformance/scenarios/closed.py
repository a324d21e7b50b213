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

from frameworks import FRAMEWORKS, FrameworkChain  # noqa: E402
from job import Job, hexed  # noqa: E402
from network import Failure, Network, say, wait_until  # noqa: E402

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
PLATFORM, CITY, SERVICE = "national-platform", "city-410300", "records"


def reconcile(platform):
    """The daily report by an account of its own, and the exit code."""
    config = platform.attesters.config("auditor", platform.attesters.keys[0])
    day = time.strftime("%Y-%m-%d", time.gmtime(time.time() + 8 * 3600))
    done = subprocess.run(
        [platform.net.program("yuqiao-attester"), "reconcile", "--config", config, "--day", day, "--json"],
        stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60)
    if done.returncode not in (0, 3):
        raise Failure(f"reconcile: exit code {done.returncode}: {done.stderr}")
    return json.loads(done.stdout), done.returncode


def avoid_midnight():
    """The report is of one day of Beijing: all of this run has to lie in it."""
    left = 86400 - (time.time() + 8 * 3600) % 86400
    if left < 150:
        time.sleep(left + 1)


def build(net):
    avoid_midnight()
    job = Job(net)
    net.init_hub(4)
    net.start_hub()
    job.genesis = net.yuqiao("genesis", "show")
    rows = {row[0]: row for row in FRAMEWORKS}
    city = FrameworkChain(net, CITY, rows["fisco-bcos-2"])
    platform = FrameworkChain(net, PLATFORM, rows["attested"], "国家平台")
    job.cities = [city, platform]
    for chain in job.cities:
        job.add(chain)
    job.deploy()
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
    net.kill(platform.attesters.process(2))
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
    platform.attesters.start(2)
    executed_once(city, 30)
    executed_once(platform, 30)
    report, code = reconcile(platform)
    if code != 0 or not report["equal"] or report["from_platform"]["sent"] != 35 or report["to_platform"]["delivered"] != 30:
        raise Failure(f"the report is not equal: {json.dumps(report)}")
    say("- 65 at their end, once each; the daily report is equal: 35 from the platform, 30 to it")
    found = next(m for m in net.messages() if m["mapped"])
    platform.control(do="lie", caller="auditor", number=found["source"]["height"], hide=True)
    report, code = reconcile(platform)
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
