// The two suites as the hub's validators use them: hash, keys, signatures.
import { secp256k1 } from '@noble/curves/secp256k1';
import { ethers } from 'ethers';
import { u8, u64, text } from './bytes.mjs';
import * as sm2 from './sm2.mjs';

const { sm3 } = sm2;
export const keccak = (b) => Buffer.from(ethers.getBytes(ethers.keccak256(b)));

/** The key of a name: tests keep no key. */
const scalarOf = (name) => sm3(Buffer.from('yuqiao contracts test key: ' + name));

/** Signs each digest once. */
function remembering(sign) {
  const made = new Map();
  return (m) => {
    const id = m.toString('hex');
    if (!made.has(id)) made.set(id, sign(m));
    return made.get(id);
  };
}

const keys = new Map();
function keyOf(name, make) {
  if (!keys.has(name)) keys.set(name, make());
  return keys.get(name);
}

function sm2Key(name) {
  const secret = scalarOf(name);
  const pair = sm2.publicKey(secret);
  return { public: pair, sign: remembering((m) => sm2.sign(secret, pair, m)) };
}

function secp256k1Key(name) {
  const secret = scalarOf(name);
  const full = secp256k1.getPublicKey(secret, false).slice(1);
  return {
    public: keccak(full).subarray(12),
    sign: remembering((m) => {
      const s = secp256k1.sign(m, secret, { lowS: true });
      return Buffer.concat([s.toCompactRawBytes(), Buffer.from([s.recovery])]);
    }),
  };
}

export const SM = {
  suite: 1, hash: sm3, key: (name) => keyOf(`sm2 ${name}`, () => sm2Key(name)),
  /** FINALIZE: what the certificate says without signers, and what is signed. */
  said(hub, c) {
    const info = Buffer.concat([
      c.infoChain ?? c.chainIdHash, u64(c.infoEpoch ?? c.epoch), u64(c.infoView ?? c.view), u64(c.height), c.h, c.resultRoot, c.exportRoot,
      c.nextSet, u64(c.timeMs)]);
    const body = Buffer.concat([u64(c.epoch), u64(c.view), info]);
    const signed = Buffer.concat([Buffer.from('YUQIAO1'), u8(c.type), c.signedChain ?? c.chainIdHash, body]);
    return { bytes: Buffer.concat([u8(c.type), body]), digest: sm3(signed) };
  },
};

export const SECP = {
  suite: 3, hash: keccak, key: (name) => keyOf(`k1 ${name}`, () => secp256k1Key(name)),
  said(hub, c) {
    const bytes = Buffer.concat([
      Buffer.from(c.tag ?? 'YUQIAO-EXPORT-1'), c.infoChain ?? c.chainIdHash, u8(text(c.hub ?? hub.name).length), text(c.hub ?? hub.name),
      u8(c.suite ?? 3), u64(c.epoch), u64(c.height), u64(c.timeMs), c.exportRoot, c.nextSet]);
    return { bytes, digest: keccak(bytes) };
  },
};
