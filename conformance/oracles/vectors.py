#!/usr/bin/env python3
"""Compares yuqiao-oracle with the oracles in Python of a folder of vectors, which is no part of the project: its
domestic/tools and international/check. Exit code 77, with the reason: there is no such folder.
usage: vectors.py YUQIAO_ORACLE [FOLDER]   (FOLDER: or the environment variable YUQIAO_VECTORS)"""

import contextlib
import glob
import io
import json
import os
import random
import subprocess
import sys

P256, SECP256K1, ED25519, SM2_MESSAGE, SM2_DIGEST = 2, 3, 4, 1, 5
SM3, KECCAK = 1, 3
# Where only we refuse a changed ICS-23 proof, it is the encoding, or the key of an absence: they do not look at them.
STRICTER = ("E_NONCANONICAL", "E_FIELD_UNKNOWN", "E_TYPE", "E_ABSENCE_PROOF")


class Ours:
    """The C program: a request a line, an answer a line."""

    def __init__(self, program):
        self.run = subprocess.Popen([program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def ask(self, name, *args):
        words = [bytes([a]) if isinstance(a, int) else a for a in args]
        self.run.stdin.write(" ".join([name] + [w.hex() or "-" for w in words]) + "\n")
        self.run.stdin.flush()
        answer = self.run.stdout.readline()
        if not answer:
            sys.exit(f"yuqiao-oracle ended at {name}")
        return answer.strip()


class Tally:
    def __init__(self):
        self.cases, self.failed, self.taken, self.seen = 0, 0, 0, {}

    def same(self, what, ours, theirs):
        self.cases += 1
        self.seen[what] = self.seen.get(what, 0) + 1
        self.taken += theirs not in (False, None)
        if ours != theirs:
            self.failed += 1
            if self.failed <= 10:
                print(f"DIFFERS {what}: ours {ours}, theirs {theirs}")


def definitions(folder, name):
    """What a script defines. Some go on to check files that are not all there: that part is their own."""
    path = os.path.join(folder, name + ".py")
    sys.path.insert(0, folder)
    out = {"__file__": path, "__name__": name}
    with open(path, encoding="utf-8") as file, contextlib.redirect_stdout(io.StringIO()):
        with contextlib.suppress(FileNotFoundError):
            exec(compile(file.read(), path, "exec"), out)
    sys.path.pop(0)
    return out


def attempt(function, *args):
    """A verdict; an exception is a refusal."""
    try:
        return function(*args)
    except Exception:
        return False


def changed(rng, data):
    out = bytearray(data)
    out[rng.randrange(len(out))] ^= 1 << rng.randrange(8)
    return bytes(out)


def number(data):
    return int.from_bytes(data, "big")


def hashes(ours, tally, cn):
    rng = random.Random(1)
    for size in range(320):
        data = rng.randbytes(size)
        tally.same("sm3", ours.ask("hash", SM3, data), cn["_sm3"](data).hex())
        tally.same("keccak", ours.ask("hash", KECCAK, data), cn["keccak256"](data).hex())


def signature_cases(rng, key, msg, sig, order):
    """The signature as it is, with each part changed, and with values at the limits."""
    r, s = sig[:32], sig[32:]
    end = [v.to_bytes(32, "big") for v in (0, 1, order - 1, order)]
    yield key, msg, sig
    yield key, changed(rng, msg), sig
    yield key, msg, changed(rng, sig)
    yield key, msg, r + (order - number(s)).to_bytes(32, "big")
    yield key, msg, s + r
    for value in end:
        yield key, msg, value + s
        yield key, msg, r + value


def curve_verify(cn, curve, key, msg, sig):
    if not (0 < number(sig[:32]) < curve.n and 0 < number(sig[32:]) < curve.n):
        return False
    return cn["ecdsa_verify"](curve, key, msg, number(sig[:32]), number(sig[32:]))


def signatures(ours, tally, cn, ed):
    rng = random.Random(2)
    curves = {P256: cn["P256"], SECP256K1: cn["K1"]}
    for _ in range(12):
        for alg, curve in curves.items():
            msg = rng.randbytes(32)
            key, sig = map(bytes.fromhex, ours.ask("sign", alg, rng.randbytes(32), msg).split()[:2])
            for case in signature_cases(rng, key, msg, sig, curve.n):
                tally.same(f"ecdsa {alg}", ours.ask("check", alg, 0, case[0], b"", *case[1:]) == "OK",
                           attempt(curve_verify, cn, curve, *case))
        msg = rng.randbytes(rng.randrange(1, 60))
        key, sig = map(bytes.fromhex, ours.ask("sign", SM2_MESSAGE, rng.randbytes(32), msg).split())
        for key, text, sig in signature_cases(rng, key, msg, sig, cn["SM2"].n):
            tally.same("sm2", ours.ask("check", SM2_MESSAGE, 0, key, b"", text, sig) == "OK",
                       attempt(cn["sm2_verify"], key, text, number(sig[:32]), number(sig[32:])))
        key, sig = map(bytes.fromhex, ours.ask("sign", ED25519, rng.randbytes(32), msg).split())
        for case in [(key, msg, sig), (key, changed(rng, msg), sig), (key, msg, changed(rng, sig))]:
            tally.same("ed25519", ours.ask("check", ED25519, 0, case[0], b"", *case[1:]) == "OK",
                       attempt(ed["verify"], *case))


def recoveries(ours, tally, cn):
    rng = random.Random(3)
    for _ in range(100):
        msg = rng.randbytes(32)
        sig = bytes.fromhex(ours.ask("sign", SECP256K1, rng.randbytes(32), msg).split()[2])
        for v in (sig[64], sig[64] ^ 1):
            theirs = cn["k1_recover"](msg, number(sig[:32]), number(sig[32:64]), v)
            tally.same("recover", ours.ask("recover", msg, sig[:64] + bytes([v])), theirs.hex())


def trie_files(ours, tally, folder, trie):
    """The published roots, by both."""
    for path in sorted(glob.glob(os.path.join(folder, "international/ethereum/TrieTests/*.json"))):
        secure = "secure" in os.path.basename(path).lower()
        for name, case in json.load(open(path, encoding="utf-8")).items():
            if "root" not in case:
                continue
            held = {}
            for key, value in case["in"] if isinstance(case["in"], list) else case["in"].items():
                raw = trie["keccak"](trie["b"](key)) if secure else trie["b"](key)
                held.pop(raw, None)
                if value is not None:
                    held[raw] = trie["b"](value)
            pairs = [x for key in sorted(held) for x in (key, held[key])]
            root = ours.ask("trie", b"", *pairs).split()[0]
            tally.same(f"root of {name}", root, case["root"][2:])
            tally.same("root by both", root, trie["root"]({k.hex(): v for k, v in held.items()}).hex())


def tries(ours, tally, trie, mpt):
    """Random tries with hashed keys: roots, and each proof in the eyes of both."""
    rng = random.Random(4)
    for _ in range(100):
        names = [rng.randbytes(3) for _ in range(rng.randrange(1, 40))]
        held = {trie["keccak"](n): rng.randbytes(rng.randrange(1, 60)) for n in names}
        pairs = [x for key in sorted(held) for x in (key, held[key])]
        for name in (rng.choice(names), rng.randbytes(3)):
            key = trie["keccak"](name)
            root, *nodes = map(bytes.fromhex, ours.ask("trie", key, *pairs).split())
            tally.same("root", root, trie["root"]({k.hex(): v for k, v in held.items()}))
            value = mpt["mpt"](root, name, nodes)
            tally.same("proof", ours.ask("mpt", root, key, *nodes),
                       "absent" if value is None else f"present {value.hex()}")
            at = rng.randrange(len(nodes))
            nodes[at] = changed(rng, nodes[at])
            tally.same("proof, changed", ours.ask("mpt", root, key, *nodes).startswith("E_"),
                       attempt(mpt["mpt"], root, name, nodes) is False)


def rlp_files(ours, tally, folder, trie):
    path = os.path.join(folder, "international/ethereum/RLPTests/rlptest.json")
    for name, case in json.load(open(path, encoding="utf-8")).items():
        bytes_ = bytes.fromhex(case["out"].replace("0x", ""))
        tally.same("rlp by them", trie["en"](trie["val"](case["in"])), bytes_)
        answer = ours.ask("rlp", bytes_).split()
        tally.same(f"rlp {name}", answer[-1], bytes_.hex())


def ics23_verdict(ics, kind, proof, root, key, value):
    parts = ics["pb"](proof)
    if value:
        found = ics["exist"](parts[1][0], kind)
        return found[:3] == (key, value, root)
    return ics["nonexist"](parts[2][0], kind, key, root)


def ics23(ours, tally, folder, ics):
    rng = random.Random(5)
    for path in sorted(glob.glob(os.path.join(folder, "international/ics23/*/*exist_*.json"))):
        case = {k: bytes.fromhex(v) for k, v in json.load(open(path, encoding="utf-8")).items() if isinstance(v, str)}
        kind = os.path.basename(os.path.dirname(path))
        value = [case["value"]] if case["value"] else []
        for i in range(60):
            proof = case["proof"] if i == 0 else changed(rng, case["proof"])
            mine = ours.ask("ics23", ["iavl", "tendermint"].index(kind), case["root"], proof, case["key"], *value)
            theirs = attempt(ics23_verdict, ics, kind, proof, case["root"], case["key"], case["value"])
            if i > 0 and theirs is True and mine in STRICTER:
                mine = "OK"
            tally.same("ics23" if i == 0 else f"ics23, changed: {mine}", mine == "OK", bool(theirs))


def main():
    folder = sys.argv[2] if len(sys.argv) > 2 else os.environ.get("YUQIAO_VECTORS", "")
    if not folder:
        print("skipped: no vectors (YUQIAO_VECTORS names no folder)")
        return 77
    domestic, international = os.path.join(folder, "domestic/tools"), os.path.join(folder, "international/check")
    if not (os.path.isdir(domestic) and os.path.isdir(international)):
        print(f"skipped: no vectors in {folder}")
        return 77
    ours, tally = Ours(sys.argv[1]), Tally()
    cn, ed = definitions(domestic, "cncrypto"), definitions(domestic, "ed25519")
    trie, mpt, ics = (definitions(international, name) for name in ("trie", "mpt", "ics"))
    hashes(ours, tally, cn)
    signatures(ours, tally, cn, ed)
    recoveries(ours, tally, cn)
    trie_files(ours, tally, folder, trie)
    tries(ours, tally, trie, mpt)
    rlp_files(ours, tally, folder, trie)
    ics23(ours, tally, folder, ics)
    ours.run.stdin.close()
    print(f"{tally.cases} cases of {len(tally.seen)} kinds, {tally.failed} differ")
    return 1 if tally.failed or not 2000 <= tally.cases or not 0 < tally.taken < tally.cases else 0


if __name__ == "__main__":
    sys.exit(main())
