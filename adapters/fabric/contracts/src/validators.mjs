// The hub's validators of one epoch, and what their certificates prove.
import { Cursor, ZERO, check, join, u8 } from './bytes.mjs';
import { suiteOf } from './suites.mjs';

const MEMBERS_MAX = 31;
const KEY_SIZE = 64;
const SIGNATURE_SIZE = 64;

export const quorumOf = (n) => n - Math.floor((n - 1) / 3);

/** u64 epoch | u8 suite | u16 quorum | u16 n | n x str8 key */
export function readSet(bytes, suite) {
  const c = new Cursor(bytes);
  const epoch = c.u64();
  check(c.u8() === suite, 'E_VALSET_HASH: suite');
  const quorum = c.u16();
  const n = c.within(c.u16(), 1, MEMBERS_MAX, 'E_VALSET_HASH: n');
  check(quorum === quorumOf(n), 'E_VALSET_HASH: quorum');
  const keys = [];
  for (let i = 0; i < n; i++) {
    const key = c.str8(KEY_SIZE);
    check(key.length === KEY_SIZE, 'E_VALSET_HASH: key size');
    check(!keys.some((k) => k.equals(key)), 'E_VALSET_HASH: repeated key');
    keys.push(key);
  }
  c.end();
  return { epoch, keys };
}

export function hashOfSet(bytes, config) {
  return suiteOf(config.suite).hash(join(u8(3), config.chainIdHash, bytes));
}

/** What an inbox keeps of a set that it goes on to. */
export function stateOf(bytes, config, before) {
  const { epoch, keys } = readSet(bytes, config.suite);
  return {
    epoch, keys, setHash: hashOfSet(bytes, config), nextSet: ZERO, height: before?.height ?? 0n, exportRoot: before?.exportRoot ?? ZERO };
}

/** The set of the next epoch, as a certificate of this one named it. */
export function step(v, bytes, config) {
  const { epoch } = readSet(bytes, config.suite);
  check(epoch === v.epoch + 1n, 'E_EPOCH_OLD');
  check(hashOfSet(bytes, config).equals(v.nextSet), 'E_VALSET_HASH'); // zero, nothing named yet, is no set's
  return stateOf(bytes, config, v);
}

/** What a certificate says; refuses it unless a quorum of the epoch's distinct members signed it. */
export function checkCertificate(bytes, v, config) {
  const suite = suiteOf(config.suite);
  const { said, message, rest } = suite.read(bytes, config, v.epoch);
  const c = new Cursor(rest);
  const bitmap = c.take(4).readUInt32LE();
  let signers = 0;
  for (let i = 0; i < 32; i++) {
    if (((bitmap >>> i) & 1) === 0) continue;
    check(i < v.keys.length, 'E_SIGNER_UNKNOWN');
    check(suite.verify(v.keys[i], message, c.take(SIGNATURE_SIZE)), 'E_SIG');
    signers++;
  }
  check(signers >= quorumOf(v.keys.length), 'E_QUORUM');
  c.end();
  return said;
}
