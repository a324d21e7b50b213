"""Tests of yuqiao-conformance as a program: vectors.py YUQIAO_CONFORMANCE.

Recorded chains pass; with one byte of one block changed they fail and the file is named; what checks nothing does not pass.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile

VECTORS = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "vectors", "real-nodes")
CASES = (  # framework, folder, file, how far into it the changed byte lies
    ("fabric", "fabric-2.5-raft", "b4.block", 0.5),
    ("fabric", "fabric-3pre-smartbft", "b8.block", 0.9),
    ("fisco-bcos-2", "fisco-2x-sm-onedown", "block_5.json", 0.5),
    ("fisco-bcos-2", "fisco-2x-sm-onedown", "block_10.json", 0.0),  # no JSON any more
)


def run(program, *arguments):
    done = subprocess.run([program, "vectors", *arguments], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=200)
    lines = done.stdout.strip().splitlines()
    return done, json.loads(lines[-1]) if "--json" in arguments and lines else {}


def change(path, where):
    with open(path, "r+b") as f:
        data = f.read()
        at = int(len(data) * where)
        while where > 0 and path.endswith(".json") and data[at:at + 1] not in b"0123456789abcdef":
            at += 1  # a digit of a number or a hash
        f.seek(at)
        f.write(bytes([data[at] ^ 1]))


def check(condition, what, done):
    if not condition:
        raise SystemExit(f"{what}: exit code {done.returncode}\n{done.stderr[-800:]}{done.stdout[-300:]}")


def altered(program, work):
    for framework, folder, name, where in CASES:
        copy = os.path.join(work, folder)
        shutil.copytree(os.path.join(VECTORS, folder), copy)
        arguments = (copy, "--framework", framework, "--json", "--quiet", "--no-mutations")
        done, report = run(program, *arguments)
        check(done.returncode == 0 and report["failed"] == 0 and report["passed"] > 0, folder, done)
        change(os.path.join(copy, name), where)
        done, report = run(program, *arguments)
        named = [row for row in report["rows"] if row["file"] == name and not row["passed"]]
        check(done.returncode == 1 and report["failed"] > 0 and named and name in done.stderr, f"{folder}/{name} altered", done)
        shutil.rmtree(copy)


def nothing(program, work):
    empty = os.path.join(work, "empty")
    os.mkdir(empty)
    for arguments, code in (((empty, "--json"), 1), ((os.path.join(work, "none"),), 4), ((empty, "--framework", "none"), 2), ((), 2)):
        done, _ = run(program, *arguments)
        check(done.returncode == code and done.stderr, f"{arguments}", done)


def main():
    work = tempfile.mkdtemp(prefix="yuqiao-vectors-")
    try:
        altered(sys.argv[1], work)
        nothing(sys.argv[1], work)
    finally:
        shutil.rmtree(work, ignore_errors=True)


if __name__ == "__main__":
    main()
