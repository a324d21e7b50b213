"""scripts/run: starts the demonstration network, runs the whole main job, and with --once stops."""

import argparse
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from forge import Forge  # noqa: E402
from job import Job  # noqa: E402
from network import Failure, Network, say  # noqa: E402

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
FINAL = ("acked", "settled")


def sm3(data):
    """By the openssl command: independent of the code under test."""
    done = subprocess.run(["openssl", "dgst", "-sm3", "-r"], input=data, capture_output=True, timeout=20, check=True)
    return done.stdout.split()[0].decode()


def sources_of(job, expected):
    """One row for each event of the recordings, with what the hub made of it; a missing message is a failure."""
    by_event = {}
    for message in job.net.messages():
        chain, source = message["src_chain"], message["source"]
        tx_id = source["tx_id"]
        if job.chains[chain].framework == "fabric":
            tx_id = bytes.fromhex(tx_id).decode()  # Fabric's own id is a text
        by_event[(chain, tx_id, source["event_index"])] = message
    rows = []
    for chain, events in sorted(expected.items()):
        for number, tx_id, index, payload in events:
            message = by_event.get((chain, tx_id, index))
            if message is None:
                raise Failure(f"{chain}: the event of {tx_id} in block {number} became no message")
            digest = sm3(payload)
            if message["payload_sm3"] != digest:
                raise Failure(f"{chain}: the payload of {tx_id} is not that of the recording")
            if message["source"]["height"] != number:
                raise Failure(f"{chain}: {tx_id} is in block {number}, the hub says {message['source']['height']}")
            rows.append({"chain": chain, "height": number, "tx_id": tx_id, "payload_sm3": digest,
                         "message": message["id"], "state": message["state"]})
    return rows


def deliveries_once(job):
    """Every index of every inbox was executed exactly once, as the inbox itself counts."""
    executed = 0
    for city in job.cities:
        inbox = city.control(do="inbox")
        for item in inbox["items"]:
            if item["executions"] != 1 or item["status"] != 1:
                raise Failure(f"{city.id}: index {item['index']} was executed {item['executions']} times, status {item['status']}")
        executed += inbox["executed"]
    return executed


def measure(job, expected, began, forge):
    messages = job.net.messages()
    state = {}
    for message in messages:
        state[message["state"]] = state.get(message["state"], 0) + 1
    real = 0
    for chain in job.sources:
        client = job.net.yuqiao("client", "show", chain.id)
        real += client["height"]
    status = job.net.yuqiao("status")
    return {
        "validators": status["validators"],
        "chains": len(job.chains),
        "blocks": status["height"],
        "real_blocks_verified": real,
        "messages": {
            "proven": len(messages),
            "acked": sum(state.get(name, 0) for name in FINAL),
            "refused": state.get("refused", 0),
            "failed": sum(1 for m in messages if m["state"] in FINAL and m["status"] not in ("ok", 1)),
        },
        "forgeries_tried": len(forge),
        "forgeries_refused": sum(1 for row in forge if row["refused"]),
        "forgeries": forge,
        "seconds": round(time.monotonic() - began, 1),
        "sources": sources_of(job, expected),
    }


def whole_job(options, net):
    began = time.monotonic()
    job = Job(net, options.fabric)
    say("豫桥: the network starts")
    job.start()
    say("- votes")
    job.register_all()
    expected = job.expected()
    count = sum(len(events) for events in expected.values())
    say(f"- adapters; {count} events are in the recorded blocks")
    job.start_adapters()
    job.wait_acked(count, options.seconds)
    executed = deliveries_once(job)
    if executed != count:
        raise Failure(f"{count} events, but the inboxes executed {executed}")
    say("- forgeries")
    forge = Forge(job).all()
    return job, measure(job, expected, began, forge)


def check(result):
    messages = result["messages"]
    if messages["proven"] != len(result["sources"]) or messages["acked"] != messages["proven"] or messages["failed"]:
        raise Failure(f"not every message was acknowledged: {messages}")
    if result["forgeries_refused"] != result["forgeries_tried"] or not result["forgeries_tried"]:
        raise Failure("a forgery was not refused: " + json.dumps([r for r in result["forgeries"] if not r["refused"]]))


def stay(job, net):
    hub = net.hub()
    say(f"""
The network is up. Try:
  build/release/bin/yuqiao status --hub {hub}
  build/release/bin/yuqiao chain list --hub {hub}
  build/release/bin/yuqiao message list --hub {hub}
  build/release/bin/yuqiao message trace ID --hub {hub}
  curl -s {net.hub_http()}/api/v1/chains
  curl -s -d '{{"do":"inbox"}}' {job.cities[0].ports['control']}
Files: {net.work}
Ctrl-C stops everything.""")
    while True:
        time.sleep(1)
        job.check_alive()


def arguments():
    parser = argparse.ArgumentParser(prog="scripts/run", description=__doc__)
    parser.add_argument("--once", action="store_true", help="stop when the job is done")
    parser.add_argument("--json", action="store_true", help="the last line is one JSON object of what was measured")
    parser.add_argument("--fabric", metavar="DIR", help="another recorded Fabric network (genesis.block, bN.block)")
    parser.add_argument("--seconds", type=int, default=240, help="bound on the relaying")
    parser.add_argument("--keep", action="store_true", help="leave the files of the run")
    options = parser.parse_args()
    if options.fabric:
        options.fabric = os.path.abspath(options.fabric)
        if not os.path.exists(os.path.join(options.fabric, "genesis.block")):
            parser.error(f"--fabric {options.fabric}: there is no genesis.block")
    return options


def stopped(number, frame):
    raise KeyboardInterrupt


def main():
    options = arguments()
    signal.signal(signal.SIGTERM, stopped)
    work = tempfile.mkdtemp(prefix="yuqiao-run-")
    net = Network(ROOT, work)
    code, result = 0, None
    try:
        job, result = whole_job(options, net)
        check(result)
        for row in result["forgeries"]:
            say(f"  {row['chain']}: {row['mode']}: refused {row['code']}")
        say(f"done in {result['seconds']} s: {result['messages']['acked']} messages proven and acknowledged, "
            f"{result['forgeries_refused']} of {result['forgeries_tried']} forgeries refused")
        if not options.once:
            stay(job, net)
    except KeyboardInterrupt:
        say("stopped")
    except Failure as failure:
        say(f"FAILED: {failure}")
        code = 1
    finally:
        net.stop()
        if options.keep or code != 0:
            say(f"files of the run: {work}")
        else:
            shutil.rmtree(work, ignore_errors=True)
    if options.json and result is not None:
        print(json.dumps(result, ensure_ascii=False), flush=True)
    return code


if __name__ == "__main__":
    sys.exit(main())
