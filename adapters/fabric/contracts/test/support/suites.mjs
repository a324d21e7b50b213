// The suites as the hub's validators use them, by other code than the chaincode's: @noble/curves.
import { createHash } from 'node:crypto';
import { p256 } from '@noble/curves/p256';
import { u8, u64, text } from './bytes.mjs';
import * as sm2 from './sm2.mjs';

export const { sm3 } = sm2;
export const sha256 = (b) => createHash('sha256').update(b).digest();

/** The key of a name: tests keep no key. */
const scalarOf = (name) => sm3(Buffer.from('yuqiao chaincode test key: ' + name));

const made = new Map();
function once(id, make) {
  if (!made.has(id)) made.set(id, make());
  return made.get(id);
}

function sm2Key(name) {
  const secret = scalarOf(name);
  const pair = sm2.publicKey(secret);
  return { public: pair, sign: (m) => once(`${name} ${m.toString('hex')}`, () => sm2.sign(secret, pair, m)) };
}

function p256Key(name) {
  const secret = scalarOf(name);
  return {
    public: Buffer.from(p256.getPublicKey(secret, false).slice(1)),
    sign: (m) => Buffer.from(p256.sign(sha256(m), secret, { lowS: true }).toCompactRawBytes()),
  };
}

/** FINALIZE: what the certificate says without signers, and what is signed. */
function saidFinal(hub, c) {
  const info = Buffer.concat([
    c.infoChain ?? c.chainIdHash, u64(c.infoEpoch ?? c.epoch), u64(c.infoView ?? c.view), u64(c.height), c.h, c.resultRoot, c.exportRoot,
    c.nextSet, u64(c.timeMs)]);
  const body = Buffer.concat([u64(c.epoch), u64(c.view), info]);
  const signed = Buffer.concat([Buffer.from('YUQIAO1'), u8(c.type), c.signedChain ?? c.chainIdHash, body]);
  return { bytes: Buffer.concat([u8(c.type), body]), digest: sm3(signed) };
}

function saidExport(hub, c) {
  const bytes = Buffer.concat([
    Buffer.from(c.tag ?? 'YUQIAO-EXPORT-1'), c.infoChain ?? c.chainIdHash, u8(text(c.hub ?? hub.name).length), text(c.hub ?? hub.name),
    u8(c.suite ?? 2), u64(c.epoch), u64(c.height), u64(c.timeMs), c.exportRoot, c.nextSet]);
  return { bytes, digest: bytes };
}

export const SM = { name: 'SM2/SM3', suite: 1, hash: sm3, key: (name) => once(`sm2 ${name}`, () => sm2Key(name)), said: saidFinal };
export const P256 = { name: 'P-256/SHA-256', suite: 2, hash: sha256, key: (name) => once(`p256 ${name}`, () => p256Key(name)), said: saidExport };
