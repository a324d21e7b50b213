"""End-to-end tests on real processes: e2e.py validator | adapter | altered | upgrade | epochs | exports | recovery | backup.

validator  kills (-9) one validator of four under traffic: messages keep finalizing; it restarts, catches up, roots are equal
adapter    kills (-9) an adapter in the middle of its deliveries, several times: each packet is executed exactly once
altered    a recorded Fabric network with one changed byte ends the run, and the block is named
upgrade    governance activates the next protocol version under load; a node that does not run it ends before it, and goes on later
epochs     validators join, leave and swap their keys by vote under load; old keys are powerless
exports    certificates for EVM chains appear on every node though one is down, on one that slept two epochs, on one that joins
recovery   two of four validators are lost for good; the recovery set names new ones, every node waits, the ledger goes on
backup     a copy of a running node's ledger is checked, put into a new home and followed on; damage to it is named
"""

import os
import shutil
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from job import CITIES, VECTORS, Chain, Job  # noqa: E402
from network import Failure, Network, fresh_folder, say, wait_until  # noqa: E402

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
SERVICE = "records"


def two_cities(net, batch=None):
    """Two city chains whose contracts send to each other."""
    job = Job(net)
    net.init_hub(4)
    net.start_hub()
    job.genesis = net.yuqiao("genesis", "show")
    for city in CITIES:
        account = os.path.join(net.work, city + ".account.pem")
        net.yuqiao("key", "gen", "--out", account)
        job.add(Chain(net, city, "fisco-bcos-2", city, ["--suite", "sm", "--seed", city, "--block-ms", "150"],
                      {"account_key": account, "abi_hash": "keccak256"}))
        job.chains[city].batch = batch
        job.cities.append(job.chains[city])
    job.deploy()
    for city in job.cities:
        job.connect(city)
        net.yuqiao("service", "register", "--chain", city.id, "--service", "text:" + SERVICE, "--kind", "contract",
                   "--emitter", "hex:" + city.inbox, "--event", "hex:" + city.event, *job.admin())
    a, b = job.cities
    job.lane(a.id, SERVICE, b.id, SERVICE, "light-client")
    job.lane(b.id, SERVICE, a.id, SERVICE, "light-client")
    job.start_adapters()
    return job, a, b


def send(source, destination, count):
    source.control(do="send", service=SERVICE, dst_chain=destination.id, dst_service=SERVICE,
                   payload=os.urandom(32).hex(), deadline_ms=0, count=count)


def counts(net):
    state = {}
    for message in net.messages():
        state[message["state"]] = state.get(message["state"], 0) + 1
    return state


def wait_settled(job, total, seconds, node=0):
    def probe():
        job.check_alive()
        return counts(job.net).get("settled", 0) >= total

    wait_until(f"{total} messages settled (now {counts(job.net)})", seconds, probe, 0.3)


def executed_once(city, total):
    inbox = city.control(do="inbox")
    calls = [item for item in inbox["items"] if item["executions"] > 0]
    twice = [item["index"] for item in inbox["items"] if item["executions"] > 1]
    if twice:
        raise Failure(f"{city.id}: executed more than once: {twice}")
    if len(calls) < total:
        raise Failure(f"{city.id}: {len(calls)} of {total} packets were executed")


def same_roots(net, nodes=range(4)):
    top = min(net.get("/api/v1/status", i)["height"] for i in nodes)
    blocks = [net.get(f"/api/v1/blocks/{top}", i) for i in nodes]
    for name in ("state_root", "result_root", "hash"):
        roots = {block[name] for block in blocks}
        if len(roots) != 1:
            raise Failure(f"{name} of block {top} differs between nodes: {roots}")
    return top


def validator(net):
    job, a, b = two_cities(net)
    send(a, b, 20)
    wait_until("the first messages", 60, lambda: counts(net))
    say("- kill -9 of validator 2, more traffic")
    net.kill("node2")
    send(a, b, 20)
    send(b, a, 10)
    wait_settled(job, 50, 90)
    height = net.get("/api/v1/status")["height"]
    say(f"- 50 settled with three validators, height {height}; validator 2 comes back")
    net.start_node(2)
    net.wait_node(2)
    wait_until("validator 2 catches up", 60, lambda: net.get("/api/v1/status", 2)["height"] >= height)
    send(a, b, 10)
    wait_settled(job, 60, 60)
    top = same_roots(net)
    voted = net.get("/api/v1/status", 2)
    if voted["node"]["role"] != "validator" or voted["halted"]:
        raise Failure(f"validator 2 does not vote again: {voted['node']}")
    executed_once(b, 50)
    executed_once(a, 10)
    say(f"- all state roots of block {top} are equal")


def adapter(net):
    job, a, b = two_cities(net, batch=4)  # small ones, so that a kill falls between and into deliveries
    total, name = 120, "adapter-" + b.id
    send(a, b, total)
    for goal in (10, 40, 80):
        wait_until(f"{goal} packets executed", 60, lambda: b.control(do="inbox")["executed"] >= goal, 0.02)
        say(f"- kill -9 of the adapter at {b.control(do='inbox')['executed']} executed packets")
        net.kill(name)
        net.start_adapter(name, b.config)
    wait_settled(job, total, 120)
    executed_once(b, total)
    outbox = net.yuqiao("chain", "show", b.id)["outbox"]
    if outbox["done"] != outbox["size"]:
        raise Failure(f"not every leaf is done: {outbox}")


def altered(net):
    folder = os.path.join(net.work, "altered")
    shutil.copytree(os.path.join(VECTORS, "fabric-3pre-smartbft"), folder)
    path = os.path.join(folder, "b4.block")
    with open(path, "r+b") as f:
        data = bytearray(f.read())
        data[len(data) // 3] ^= 1
        f.seek(0)
        f.write(data)
    done = subprocess.run(
        [sys.executable, os.path.join(ROOT, "conformance", "scenarios", "run.py"), "--once", "--json", "--fabric", folder],
        stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=280,
        env=dict(os.environ, TMPDIR=net.work),  # what a failed run leaves goes with this test's files
    )
    if done.returncode == 0 or "block 4" not in done.stderr:
        raise Failure(f"exit code {done.returncode}; the block is not named:\n{done.stderr[-1500:]}")


def protocol_max(net, node, version):
    """Lets a node run versions up to this one only: the program of before; None: all that it knows."""
    path = os.path.join(net.homes[node], "config.yaml")
    with open(path) as f:
        lines = [line for line in f if "protocol_max" not in line]
    if version is not None:
        at = next(i for i, line in enumerate(lines) if line.startswith("node:"))
        lines.insert(at + 1, f"  protocol_max: {version}\n")
    with open(path, "w") as f:
        f.writelines(lines)


def ended(net, node):
    wait_until(f"node{node} ends", 60, lambda: net.processes[f"node{node}"].poll() is not None)
    code = net.processes[f"node{node}"].poll()
    if code != 5 or "E_UPGRADE" not in net.log_tail(f"node{node}", 30):
        raise Failure(f"node{node} ended with {code}:\n{net.log_tail(f'node{node}', 8)}")
    del net.processes[f"node{node}"]


def upgrade(net):
    job, a, b = two_cities(net)
    say("- node 3 is restarted as a program that runs version 1 only")
    net.kill("node3")
    protocol_max(net, 3, 1)
    net.start_node(3)
    net.wait_node(3)
    send(a, b, 10)
    wait_settled(job, 10, 90)
    target = net.get("/api/v1/status")["height"] + 12
    made = net.yuqiao("protocol", "activate", "--version", "2", "--height", str(target), "--reason", "practice", *job.admin())
    for org in range(3):
        net.yuqiao("proposal", "approve", str(made["proposal"]), *job.admin(org))
    say(f"- version 2 is approved from block {target} on")
    total = 10
    while net.get("/api/v1/status")["height"] < target + 3:
        send(a, b, 10)
        total += 10
        wait_until(f"{total} messages settled", 90, lambda: counts(net).get("settled", 0) >= total, 0.3)
    ended(net, 3)
    say("- node 3 ended before it; the others went on; it ends again when nothing has changed")
    net.start_node(3)
    ended(net, 3)
    protocol_max(net, 3, None)
    net.start_node(3)
    net.wait_node(3)
    height = net.get("/api/v1/status")["height"]
    wait_until("node 3 catches up", 60, lambda: net.get("/api/v1/status", 3)["height"] >= height)
    send(b, a, 10)
    wait_settled(job, total + 10, 90)
    again = net.get("/api/v1/status", 3)
    if again["node"]["role"] != "validator" or again["halted"]:
        raise Failure(f"node 3 does not vote again: {again['node']}")
    executed_once(b, total)
    say(f"- the newer program caught up; all state roots of block {same_roots(net)} are equal")


def load(net, count, node=0):
    """Blocks with work in them: each adds a key to the first organisation."""
    for _ in range(count):
        key = net.new_key(os.path.join(net.work, f"load-{time.monotonic_ns()}.pem"))
        net.run(net.program("yuqiao"), "org", "key-add", "--public", key, "--role", "gateway", "--key", net.admins[0],
                "--hub", net.hub(node), "--json")


def change(net, epoch, join=None, leave=None):
    """Lets the organisations decide on the validators of an epoch, and waits until it has begun under load."""
    arguments = []
    if join is not None:
        org, home = join
        proof = net.yuqiao("validators", "prove", "--org", org, "--epoch", str(epoch),
                           "--key", os.path.join(home, "keys", "validator.pem"))
        arguments += ["--join", proof["join"]]
    if leave is not None:
        arguments += ["--leave", leave]
    made = net.yuqiao("validators", "propose", *arguments, "--reason", "practice", "--key", net.admins[0])
    for org in range(3):
        net.yuqiao("proposal", "approve", str(made["proposal"]), "--key", net.admins[org])
    shown = net.yuqiao("validators", "list")
    if shown["epoch"] == epoch - 1 and (shown["next"] or {}).get("epoch") != epoch:
        raise Failure(f"the decision is not shown: {shown}")

    def begun():
        load(net, 1)
        return net.get("/api/v1/status")["epoch"] == epoch

    wait_until(f"epoch {epoch} begins", 60, begun)


def own_key(net, i):
    return net.yuqiao_local("key", "show", "--key", os.path.join(net.homes[i], "keys", "validator.pem"))["key"]


def roles(net, validators):
    """Exactly these nodes are validators, and all are equally high."""
    def as_said():
        seen = net.statuses()
        return all(s and (s["node"]["role"] == "validator") == (i in validators) and not s["halted"]
                   for i, s in enumerate(seen)) and len({s["height"] for s in seen}) == 1

    wait_until(f"nodes {validators} are the validators", 60, as_said)


def leaders(net, since):
    """Who led the blocks above a height, by index in the set of its epoch."""
    top = net.get("/api/v1/status")["height"]
    return {net.get(f"/api/v1/blocks/{h}")["leader"] for h in range(since + 1, top + 1)}


def epochs(net):
    net.init_hub(4, spare=2, single_operator=True)
    net.start_hub()
    orgs = [o["code"] for o in net.yuqiao("genesis", "show")["organisations"]]
    load(net, 2)
    roles(net, [0, 1, 2, 3])
    say("- four validators; two more nodes follow")
    change(net, 2, join=(orgs[0], net.homes[4]))
    roles(net, [0, 1, 2, 3, 4])
    say("- epoch 2: the fifth has joined, without a restart")
    done = net.run(net.program("yuqiao"), "validators", "propose", "--leave", own_key(net, 1) + "," + own_key(net, 2),
                   "--reason", "too many", "--key", net.admins[0], "--hub", net.hub(), "--json", codes=None)
    if done.returncode != 5 or "RANGE" not in done.stdout + done.stderr:
        raise Failure(f"two of five leave at once: exit code {done.returncode} {done.stdout}{done.stderr}")
    old = own_key(net, 3)
    change(net, 3, join=(orgs[3], net.homes[5]), leave=old)
    roles(net, [0, 1, 2, 4, 5])
    say("- epoch 3: an organisation has swapped its key; the node with the old one follows")
    change(net, 4, leave=own_key(net, 1))
    roles(net, [0, 2, 4, 5])
    say("- epoch 4: one has left; of the four one may fail")
    net.kill("node2")
    before = net.get("/api/v1/status")["height"]
    load(net, 6)
    say("- one of the four is killed, the other three go on")
    net.start_node(2)
    net.wait_node(2)
    load(net, 2)
    roles(net, [0, 2, 4, 5])
    if not leaders(net, before) <= {0, 1, 2, 3}:
        raise Failure("a leader that is not in the set")
    back = net.yuqiao("validators", "prove", "--org", orgs[3], "--epoch", "5",
                      "--key", os.path.join(net.homes[3], "keys", "validator.pem"))["join"]
    done = net.run(net.program("yuqiao"), "validators", "propose", "--join", back, "--reason", "back", "--key", net.admins[0],
                   "--hub", net.hub(), "--json", codes=None)
    if done.returncode == 0 or "EXISTS" not in done.stdout + done.stderr:
        raise Failure(f"an old key comes back: {done.stdout}{done.stderr}")
    for epoch, size in ((1, 4), (2, 5), (3, 5), (4, 4)):
        if len(net.yuqiao("validators", "list", "--epoch", str(epoch))["items"]) != size:
            raise Failure(f"the validators of epoch {epoch} are not {size}")
    if net.yuqiao("validators", "evidence")["items"]:
        raise Failure("evidence against someone")
    say(f"- no old key comes back; all state roots of block {same_roots(net)} are equal")


def end_certificate(net, epoch, node):
    """The certificate of an epoch's end as a node has it, with how many signed it; None: not yet."""
    end = (net.try_get(f"/api/v1/exports/3/{epoch}", node) or {}).get("end")
    if not end or not end["certificate"]:
        return None
    body = 15 + 32 + 1 + len("henan-main") + 1 + 24 + 64
    raw = bytes.fromhex(end["certificate"])
    signers = sum(bin(b).count("1") for b in raw[body:body + 4])
    if len(raw) != body + 4 + 65 * signers or raw[body - 32:body].hex() != end["next_set"]:
        raise Failure(f"node {node}: no certificate of epoch {epoch}: {end}")
    return signers


def certified(net, epoch, quorum, nodes):
    for node in nodes:
        signers = wait_until(f"node {node} has the certificate that ended epoch {epoch}", 30,
                             lambda node=node: end_certificate(net, epoch, node))
        if signers != quorum:
            raise Failure(f"node {node}: {signers} signed the end of epoch {epoch}, not {quorum}")


def exports(net):
    net.init_hub(4, spare=1, single_operator=True)
    net.start_hub()
    orgs = [o["code"] for o in net.yuqiao("genesis", "show")["organisations"]]
    load(net, 2)
    bound = [net.bind_export(i, i) for i in range(3)]
    if net.get("/api/v1/exports/3")["set"] is not None:
        raise Failure("a set although one of four lacks its key")
    bound.append(net.bind_export(3, 3))
    seen = net.get("/api/v1/exports/3")
    keys = [own_key(net, i) for i in range(4)]
    by_index = "".join("14" + address for _, address in sorted(zip(keys, bound)))
    if seen["set"] != "0000000000000001" + "03" + "0003" + "0004" + by_index:
        raise Failure(f"the set is not the validators' addresses in their order: {seen}")
    say("- four keys are bound: the set is whole")
    net.kill("node3")
    net.bind_export(4, 0)
    change(net, 2, join=(orgs[0], net.homes[4]))
    certified(net, 1, 3, (0, 1, 2, 4))
    say("- epoch 1 ends while one of four is down: its certificate is on every other node")
    change(net, 3, leave=own_key(net, 3))
    certified(net, 2, 4, (0, 1, 2, 4))
    net.start_node(3)
    net.wait_node(3)
    certified(net, 1, 3, (3,))
    certified(net, 2, 4, (3,))
    if net.get("/api/v1/exports/3/2", 3)["set_hash"] != net.get("/api/v1/exports/3/1", 3)["end"]["next_set"]:
        raise Failure("the end of epoch 1 names another set than that of epoch 2")
    say("- a node that slept two epochs has the certificates of both ends")


def refused(net, code, word, *arguments):
    done = net.run(net.program("yuqiao"), *arguments, "--json", codes=None, timeout=120)
    if done.returncode != code or word not in done.stdout + done.stderr:
        raise Failure(f"{arguments}: exit code {done.returncode}, not {code} with {word}\n{done.stdout}{done.stderr}")


RECOVERY_DELAY_S = 12


def recoveries(net, node=0):
    return {item["id"]: item for item in net.get("/api/v1/recoveries", node)["items"]}


def prepare(net, name, serial, orgs, fresh, lost):
    """A statement on node 0's tip: new keys for these organisations' lost ones."""
    path = os.path.join(net.work, name)
    epoch = net.get("/api/v1/status")["epoch"] + 1
    joins = [net.yuqiao("validators", "prove", "--org", org, "--epoch", str(epoch),
                        "--key", os.path.join(net.homes[i], "keys", "validator.pem"))["join"] for org, i in zip(orgs, fresh)]
    made = net.yuqiao("recovery", "prepare", "--join", ",".join(joins), "--leave", ",".join(own_key(net, i) for i in lost),
                      "--reason", "the machine room burnt down", "--serial", str(serial), "--out", path)
    if made["complete"] or made["signed_by"]:
        raise Failure(f"nobody has signed it, and it is complete: {made}")
    return path, made


def sign(net, path, key):
    """Offline: with the genesis as a file."""
    return net.yuqiao_local("recovery", "sign", path, "--genesis", os.path.join(net.homes[0], "genesis.bin"),
                            "--key", os.path.join(net.work, "net", "recovery", f"key{key}.pem"))


def stages(net, nodes, ident, stage):
    wait_until(f"nodes {nodes} call it {stage}", 30,
               lambda: all(recoveries(net, i).get(ident, {}).get("stage") == stage for i in nodes))


def in_epoch(net, epoch, nodes, seconds, role="validator"):
    def begun():
        seen = [net.try_get("/api/v1/status", i) for i in nodes]
        return all(s and s["epoch"] == epoch and s["node"]["role"] == role and not s["halted"] for s in seen)

    wait_until(f"nodes {nodes} are in epoch {epoch} as {role}", seconds, begun)


def quiet(home):
    """No block but for work: where programs are slow, a heartbeat would overrule the first statement."""
    path = os.path.join(home, "config.yaml")
    with open(path) as f:
        text = f.read()
    with open(path, "w") as f:
        f.write(text.replace("node:\n", "node:\n  heartbeat_ms: 600000\n", 1) + "snapshots:\n  interval: 2\n  pause_s: 1\n")


def recovery(net):
    net.init_hub(4, spare=3, single_operator=True, recovery_delay=RECOVERY_DELAY_S)
    for home in net.homes:
        quiet(home)
    for i in range(6):
        net.start_node(i)
    for i in range(6):
        net.wait_node(i)
    orgs = [o["code"] for o in net.yuqiao("genesis", "show")["organisations"]]
    load(net, 3)
    say("- a statement on a ledger that goes on is overruled by its next block")
    path, made = prepare(net, "early", 1, orgs[2:], [4, 5], [2, 3])
    sign(net, path, 0)
    refused(net, 5, "QUORUM", "recovery", "submit", path, "--hub", net.hub())
    if not sign(net, path, 2)["complete"]:
        raise Failure("two of three have signed, and it is not complete")
    net.yuqiao("recovery", "submit", path)
    stages(net, [0, 1, 2, 3, 4], made["id"], "ready")
    load(net, 2)
    stages(net, [0, 1, 2, 3, 4], made["id"], "overruled")
    refused(net, 5, "STATE", "recovery", "submit", path, "--hub", net.hub())
    say("- nodes 2 and 3 are lost; nothing is final any more")
    for i in (2, 3):
        net.kill(f"node{i}")
    wait_until("nodes 0 and 1 stand at one block", 30,
               lambda: len({net.get("/api/v1/status", i)["tip_hash"] for i in (0, 1, 4, 5)}) == 1)
    before = net.get("/api/v1/status")
    path, made = prepare(net, "statement", 1, orgs[2:], [4, 5], [2, 3])
    wrong = os.path.join(net.homes[0], "keys", "validator.pem")
    refused(net, 5, "SIGNER_UNKNOWN", "recovery", "sign", path, "--genesis", os.path.join(net.homes[0], "genesis.bin"),
            "--key", wrong)
    sign(net, path, 2)
    sign(net, path, 1)
    net.yuqiao("recovery", "submit", path)
    began = time.monotonic()
    stages(net, [0, 1, 4, 5], made["id"], "ready")
    first = recoveries(net, 1)[made["id"]]["first_seen_ms"]
    wait_until("the status says so", 5, lambda: all(net.get("/api/v1/status", i)["recoveries"] == 1 for i in (0, 1, 4, 5)))
    say(f"- the statement on block {before['height']} is known to all; a node that restarts goes on waiting")
    net.kill("node1")
    net.start_node(1, fault="recovery.done:1:kill")
    net.wait_node(1)
    if recoveries(net, 1)[made["id"]]["first_seen_ms"] != first:
        raise Failure("node 1 has forgotten when it saw the statement first")
    time.sleep(max(0.0, RECOVERY_DELAY_S - 4 - (time.monotonic() - began)))
    if any(net.get("/api/v1/status", i)["epoch"] != 1 for i in (0, 1, 4, 5)):
        raise Failure("a node did not wait")
    in_epoch(net, 2, [0, 4, 5], 30)
    wait_until("node 1 dies as it ends the epoch", 30, lambda: not net.alive("node1"))
    del net.processes["node1"]
    net.start_node(1)
    in_epoch(net, 2, [0, 1, 4, 5], 30)
    load(net, 3)
    after = net.get("/api/v1/blocks/%d" % (before["height"] + 1))
    if after["epoch"] != 2 or after["parent"] != before["tip_hash"]:
        raise Failure(f"the first block of the new epoch is {after}")
    say(f"- epoch 2 after {time.monotonic() - began:.1f} s: all state roots of block {same_roots(net, [0, 1, 4, 5])} are equal")
    stages(net, [0, 1, 4, 5], made["id"], "done")
    wait_until("nothing is open", 5, lambda: all(net.get("/api/v1/status", i)["recoveries"] == 0 for i in (0, 1, 4, 5)))
    shown = net.yuqiao("validators", "list")
    if sorted(v["key"] for v in shown["items"]) != sorted(own_key(net, i) for i in (0, 1, 4, 5)):
        raise Failure(f"the validators are others: {shown}")
    say("- a new node waits with its snapshot as every other; one whose operator has looked at the statement does not")
    with open(os.path.join(net.homes[6], "config.yaml"), "a") as f:
        f.write("  take: true\n")
    net.start_node(6)
    net.wait_node(6)
    stages(net, [6], made["id"], "waits")
    time.sleep(3)
    waiting = net.get("/api/v1/status", 6)
    if waiting["epoch"] != 1 or not waiting["state_sync"] or waiting["state_sync"]["height"] <= before["height"]:
        raise Failure(f"node 6 did not wait with its snapshot: {waiting}")
    if "E_HELD" in net.log_tail("node6", 200):
        raise Failure("node 6 blames a peer for what it waits for itself")
    net.kill("node6")
    with open(os.path.join(net.homes[6], "config.yaml"), "a") as f:
        f.write(f"recovery:\n  accept:\n    - {made['id']}\n")
    net.start_node(6)
    in_epoch(net, 2, [6], 8, "observer")
    if net.get("/api/v1/status", 6)["blocks_from"] <= before["height"]:
        raise Failure("node 6 did not begin with a snapshot")
    say("- a lost validator comes back: its old key says nothing, and it follows")
    net.start_node(2)
    in_epoch(net, 2, [2], RECOVERY_DELAY_S + 30, "observer")
    load(net, 2)
    height = net.get("/api/v1/status")["height"]
    wait_until("nodes 2 and 6 catch up", 60, lambda: all(net.get("/api/v1/status", i)["height"] >= height for i in (2, 6)))
    say(f"- all state roots of block {same_roots(net, [0, 1, 2, 4, 5, 6])} are equal")
    copy = net.yuqiao_local("backup", "--home", net.homes[6], "--out", os.path.join(net.work, "copy"))
    if copy["epochs"] != 2:
        raise Failure(f"an audit sees other epochs: {copy}")


def backup(net):
    net.init_hub(4, spare=1, single_operator=True)
    net.start_hub()
    load(net, 8)
    copy = os.path.join(net.work, "copy")
    made = net.yuqiao_local("backup", "--home", net.homes[0], "--out", copy)
    say(f"- a copy of the running node 0 at block {made['height']}, {made['keys']} keys, checked")
    refused(net, 5, "EXISTS", "backup", "--home", net.homes[0], "--out", copy)
    load(net, 4)
    if net.get("/api/v1/status")["height"] <= made["height"]:
        raise Failure("the node stands still after the copy")
    say("- damage is named: a file of the store, the manifest, another chain's genesis")
    store = max((os.path.join(copy, "db", name) for name in os.listdir(os.path.join(copy, "db")) if name.endswith(".sst")),
                key=os.path.getsize)
    for path, at in ((store, os.path.getsize(store) // 2), (os.path.join(copy, "manifest.json"), 40)):
        with open(path, "r+b") as f:
            f.seek(at)
            byte = f.read(1)
            f.seek(at)
            f.write(bytes([byte[0] ^ 1]))
        home = fresh_folder(os.path.join(net.work, "damaged"))
        done = net.run(net.program("yuqiao"), "restore", "--from", copy, "--home", home, "--json", codes=None)
        if done.returncode == 0 or os.path.exists(os.path.join(home, "db")):
            raise Failure(f"{path} with a changed byte is taken: {done.stdout}{done.stderr}")
        with open(path, "r+b") as f:
            f.seek(at)
            f.write(byte)
    home = fresh_folder(os.path.join(net.work, "other"))
    with open(os.path.join(home, "genesis.bin"), "wb") as f:
        f.write(b"another chain")
    refused(net, 5, "DOMAIN", "restore", "--from", copy, "--home", home)
    refused(net, 5, "EXISTS", "restore", "--from", copy, "--home", net.homes[1])
    say("- it is put back into an empty home with a key that never voted, which follows on from there")
    net.kill("node4")
    for folder in ("db", "wal"):
        fresh_folder(os.path.join(net.homes[4], folder))
    back = net.yuqiao_local("restore", "--from", copy, "--home", net.homes[4])
    if back["height"] != made["height"] or back["hash"] != made["hash"]:
        raise Failure(f"another state came back: {back}, not {made}")
    net.start_node(4)
    first = net.wait_node(4)["height"]
    if first < made["height"]:
        raise Failure(f"it begins at block {first}, below the copy's {made['height']}")
    height = net.get("/api/v1/status")["height"]
    wait_until("node 4 catches up", 60, lambda: net.get("/api/v1/status", 4)["height"] >= height)
    say("- a validator's own home, put back, does not vote again with its key")
    net.kill("node3")
    for folder in ("db", "wal"):
        fresh_folder(os.path.join(net.homes[3], folder))
    net.yuqiao_local("restore", "--from", copy, "--home", net.homes[3])
    net.start_node(3)
    wait_until("node 3 ends", 30, lambda: net.processes["node3"].poll() is not None)
    if "E_SIGN_GUARD" not in net.log_tail("node3", 40):
        raise Failure(f"node 3 says something else:\n{net.log_tail('node3', 10)}")
    del net.processes["node3"]
    for i in (0, 1, 2, 4):
        net.kill(f"node{i}")
    again = net.yuqiao_local("backup", "--home", net.homes[0], "--out", copy + ".stopped")
    say(f"- a stopped node's store is copied as well, at block {again['height']}")


def main():
    tests = {"validator": validator, "adapter": adapter, "altered": altered, "upgrade": upgrade, "epochs": epochs, "exports": exports,
             "recovery": recovery, "backup": backup}
    if len(sys.argv) != 2 or sys.argv[1] not in tests:
        print(__doc__, file=sys.stderr)
        return 2
    work = tempfile.mkdtemp(prefix="yuqiao-e2e-")
    net = Network(ROOT, work)
    began = time.monotonic()
    try:
        tests[sys.argv[1]](net)
        net.stop()
        net.check_sanitizers()
        say(f"ok: {sys.argv[1]} in {time.monotonic() - began:.1f} s")
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
