"""A whole network of real processes on loopback: validators, mock or replayed chains, adapters.

Used by scripts/run and by the end-to-end tests. Standard library only. Every process is started here, bounded in time and
stopped by its process id; nothing listens outside loopback.
"""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request


class Failure(Exception):
    """Something that the scenario needs did not happen; the text says what, where and what was seen."""


def free_base_port(count):
    """A base port such that base .. base + count - 1 are free on loopback now, below the range of outgoing connections."""
    first = 20000 + (os.getpid() * 37) % 10000
    for base in list(range(first, 32000, count)) + list(range(20000, first, count)):
        sockets = []
        try:
            for port in range(base, base + count):
                s = socket.socket()
                sockets.append(s)
                s.bind(("127.0.0.1", port))
            return base
        except OSError:
            continue
        finally:
            for s in sockets:
                s.close()
    raise Failure("no free ports on loopback")


def wait_until(what, seconds, probe, pause=0.1):
    """Calls probe until it gives something true; returns that."""
    end = time.monotonic() + seconds
    while True:
        seen = probe()
        if seen:
            return seen
        if time.monotonic() > end:
            raise Failure(f"{what}: not within {seconds} s")
        time.sleep(pause)


class Network:
    def __init__(self, root, work, verbose=False):
        self.root = root
        self.bin = os.path.join(os.environ.get("YQ_BINARY_DIR", os.path.join(root, "build", "release")), "bin")
        self.work = work
        self.verbose = verbose
        self.processes = {}
        self.logs = {}
        self.admins = []
        self.homes = []

    # -- processes ---------------------------------------------------------------------------------------------------
    def start(self, name, *command, environment=None):
        log = open(os.path.join(self.work, name + ".log"), "ab")
        self.processes[name] = subprocess.Popen(
            list(command), stdout=log, stderr=log, stdin=subprocess.DEVNULL, start_new_session=True,
            env={**os.environ, **(environment or {})},
        )
        log.close()
        return self.processes[name]

    def alive(self, name):
        return self.processes[name].poll() is None

    def kill(self, name):
        """kill -9, by process id."""
        process = self.processes.pop(name)
        process.send_signal(signal.SIGKILL)
        process.wait(10)

    def stop(self):
        for process in self.processes.values():
            if process.poll() is None:
                process.terminate()
        end = time.monotonic() + 8
        for process in self.processes.values():
            try:
                process.wait(max(0.1, end - time.monotonic()))
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait(5)
        self.processes.clear()

    def check_sanitizers(self):
        """What a sanitizer said of a process, also as it ended."""
        for name in sorted(os.listdir(self.work)):
            if name.endswith(".log"):
                with open(os.path.join(self.work, name), errors="replace") as f:
                    found = [line for line in f if "Sanitizer" in line]
                if found:
                    raise Failure(f"{name}: {found[0].strip()}")

    def log_tail(self, name, lines=15):
        try:
            with open(os.path.join(self.work, name + ".log"), errors="replace") as f:
                return "".join(f.readlines()[-lines:])
        except OSError:
            return ""

    def program(self, name):
        return os.path.join(self.bin, name)

    def run(self, *command, codes=(0,), timeout=60):
        done = subprocess.run(
            list(command), stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=timeout
        )
        if codes is not None and done.returncode not in codes:
            raise Failure(
                f"{' '.join(command)}: exit code {done.returncode}\n{done.stdout[-1500:]}{done.stderr[-2500:]}"
            )
        return done

    def yuqiao(self, *arguments, codes=(0,), timeout=60):
        """The operator's command with --json against node 0; returns what it printed, decoded."""
        done = self.run(
            self.program("yuqiao"), *arguments, "--json", "--hub", self.hub(), codes=codes, timeout=timeout
        )
        lines = [line for line in done.stdout.splitlines() if line.strip()]
        return json.loads(lines[-1]) if lines else {}

    # -- the hub -----------------------------------------------------------------------------------------------------
    def hub(self, node=0):
        return "unix:" + os.path.join(self.homes[node], "run", "yuqiaod.sock")

    def hub_http(self, node=0):
        with open(os.path.join(self.homes[node], "run", "ports.json")) as f:
            return "http://127.0.0.1:%d" % json.load(f)["api"]

    def get(self, path, node=0):
        """GET on a node's HTTP API; returns the decoded body, or None for 404."""
        try:
            with urllib.request.urlopen(self.hub_http(node) + path, timeout=10) as reply:
                return json.loads(reply.read())
        except urllib.error.HTTPError as error:
            if error.code == 404:
                return None
            raise Failure(f"GET {path}: {error.code} {error.read()[:500]!r}") from error

    def try_get(self, path, node=0):
        try:
            return self.get(path, node)
        except (Failure, OSError, ValueError):
            return None

    def init_hub(self, validators=4, spare=0, single_operator=False, recovery_delay=None):
        """A network of validators; spare: homes beside them, with keys of their own, that everybody lets in."""
        base = free_base_port(10 * (validators + spare))
        net = os.path.join(self.work, "net")
        self.run(
            self.program("yuqiao"), "testnet", "init", "--dir", net, "--validators", str(validators),
            "--base-port", str(base), "--json", *(["--single-operator"] if single_operator else []),
            *(["--recovery-delay", str(recovery_delay)] if recovery_delay is not None else []),
        )
        self.homes = [os.path.join(net, f"node{i}") for i in range(validators)]
        self.admins = [os.path.join(net, "admin", f"org{i}.pem") for i in range(validators)]
        for i in range(validators, validators + spare):
            self.add_home(net, base, i)

    def add_home(self, net, base, i):
        """A home like node 0's with a new key and its own ports; every configuration names it."""
        home, ports = os.path.join(net, f"node{i}"), base + 10 * i
        for folder in ("keys", "wal", "db", "run"):
            os.makedirs(os.path.join(home, folder), mode=0o700 if folder == "keys" else 0o755)
        os.makedirs(os.path.join(net, "guard", f"node{i}"), mode=0o700)
        shutil.copy(os.path.join(self.homes[0], "genesis.bin"), home)
        key = self.new_key(os.path.join(home, "keys", "validator.pem"))
        self.yuqiao_local("key", "gen", "--algorithm", "secp256k1", "--out", os.path.join(home, "keys", "export.pem"))
        with open(os.path.join(self.homes[0], "config.yaml")) as f:
            text = f.read().replace("guard/node0", f"guard/node{i}")
        for offset in (2, 3):
            text = text.replace(f"listen: 127.0.0.1:{base + offset}\n", f"listen: 127.0.0.1:{ports + offset}\n")
        text = text.replace(f"listen: 127.0.0.1:{base}\n", f"listen: 127.0.0.1:{ports}\n")
        first = self.yuqiao_local("key", "show", "--key", os.path.join(self.homes[0], "keys", "validator.pem"))["key"]
        named = f"    - name: node0\n      key: {first}\n      address: 127.0.0.1:{base}\n"
        with open(os.path.join(home, "config.yaml"), "w") as f:
            f.write(text.replace("  nodes:\n", "  nodes:\n" + named, 1))
        for other in self.homes:
            self.name_peer(other, f"node{i}", key, f"127.0.0.1:{ports}")
        self.homes.append(home)

    def bind_export(self, i, admin=0):
        """Puts the binding of a node's two keys on the ledger; returns the address."""
        keys = os.path.join(self.homes[i], "keys")
        made = self.yuqiao("validators", "prove-export", "--key", os.path.join(keys, "validator.pem"),
                           "--export-key", os.path.join(keys, "export.pem"))
        self.yuqiao("validators", "export-key", made["binding"], "--key", self.admins[admin])
        return made["address"]

    def new_key(self, path):
        return self.yuqiao_local("key", "gen", "--out", path)["key"]

    def name_peer(self, home, name, key, address):
        path = os.path.join(home, "config.yaml")
        with open(path) as f:
            text = f.read()
        entry = f"    - name: {name}\n      key: {key}\n      address: {address}\n"
        with open(path, "w") as f:
            f.write(text.replace("  nodes:\n", "  nodes:\n" + entry, 1))

    def yuqiao_local(self, *arguments):
        """The operator's command for what needs no hub."""
        return json.loads(self.run(self.program("yuqiao"), *arguments, "--json").stdout.splitlines()[-1])

    def start_node(self, i, fault=None):
        """fault: where the node with named places dies, as docs/en/crash-safety.md says."""
        ports = os.path.join(self.homes[i], "run", "ports.json")
        if os.path.exists(ports):
            os.unlink(ports)
        program = self.program("yuqiaod") if fault is None else os.path.join(self.bin, "..", "tests", "yuqiaod-faults")
        self.start(f"node{i}", program, "--home", self.homes[i], environment=fault and {"YQ_FAULT": fault})

    def wait_node(self, i, seconds=30):
        def ready():
            if not self.alive(f"node{i}"):
                raise Failure(f"node{i} stopped:\n{self.log_tail(f'node{i}')}")
            return self.try_get("/api/v1/status", i)

        return wait_until(f"node{i} answers", seconds, ready)

    def start_hub(self):
        for i in range(len(self.homes)):
            self.start_node(i)
        for i in range(len(self.homes)):
            self.wait_node(i)

    def statuses(self):
        return [self.try_get("/api/v1/status", i) for i in range(len(self.homes))]

    # -- chains ------------------------------------------------------------------------------------------------------
    def start_mock(self, name, *arguments):
        """Starts yuqiao-mockchain; returns {endpoints, control} as its ports file says."""
        ports = os.path.join(self.work, name + ".ports.json")
        if os.path.exists(ports):
            os.unlink(ports)
        self.start(
            name, self.program("yuqiao-mockchain"), *arguments, "--port", "0", "--ports-file", ports
        )

        def ready():
            if not self.alive(name):
                raise Failure(f"{name} stopped:\n{self.log_tail(name)}")
            try:
                with open(ports) as f:
                    return json.load(f)
            except (OSError, ValueError):
                return None

        return wait_until(f"{name} listens", 20, ready)

    def control(self, url, command):
        request = urllib.request.Request(
            url, data=json.dumps(command).encode(), headers={"Content-Type": "application/json"}
        )
        try:
            with urllib.request.urlopen(request, timeout=20) as reply:
                return json.loads(reply.read() or b"{}")
        except urllib.error.HTTPError as error:
            raise Failure(f"{command}: {error.code} {error.read()[:300]!r}") from error

    def adapter_config(self, name, chain, framework, endpoints, key, options, batch=None):
        path = os.path.join(self.work, name + ".yaml")
        cursor = os.path.join(self.work, name + ".cursor")
        os.makedirs(cursor, exist_ok=True)
        with open(path, "w") as f:
            f.write(f"chain: {chain}\nframework: {framework}\nendpoints:\n")
            f.writelines(f"  - {endpoint}\n" for endpoint in endpoints)
            f.write("hub:\n")
            f.writelines(f"  - unix:{home}/run/yuqiaod.sock\n" for home in self.homes)
            f.write(f"key: {key}\ncursor_dir: {cursor}\n")
            if batch:
                f.write(f"batch: {batch}\n")
            if options:
                f.write("options:\n")
                f.writelines(f'  {key}: "{value}"\n' for key, value in options.items())
        return path

    def adapter(self, *arguments, codes=(0,), timeout=120):
        return self.run(self.program("yuqiao-adapter"), *arguments, codes=codes, timeout=timeout)

    def adapter_bytes(self, *arguments, timeout=120):
        """As adapter, for what prints bytes."""
        done = subprocess.run(
            [self.program("yuqiao-adapter"), *arguments], stdin=subprocess.DEVNULL, capture_output=True, timeout=timeout
        )
        if done.returncode != 0:
            raise Failure(f"yuqiao-adapter {' '.join(arguments)}: exit code {done.returncode}\n"
                          f"{done.stderr.decode(errors='replace')[-2500:]}")
        return done.stdout

    def start_adapter(self, name, config):
        self.start(name, self.program("yuqiao-adapter"), "run", "--config", config)

    def messages(self, **filters):
        items, cursor = [], ""
        while True:
            query = "&".join([f"{k}={v}" for k, v in filters.items()] + ["limit=500"] + ([f"cursor={cursor}"] if cursor else []))
            page = self.get("/api/v1/messages?" + query)
            items += page["items"]
            cursor = page.get("next_cursor") or ""
            if not cursor:
                return items


def fresh_folder(path):
    shutil.rmtree(path, ignore_errors=True)
    os.makedirs(path)
    return path


def say(text):
    print(text, file=sys.stderr, flush=True)
