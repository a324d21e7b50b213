// What a hub's certificate of a suite looks like: docs/protocol/messages.md, section 3.
import { createHash, createPublicKey, verify } from 'node:crypto';
import { Cursor, check, join, str8, u64, u8 } from './bytes.mjs';
import { sm3, verifySm2 } from './sm2.mjs';

const FINALIZE = 4;
const FINAL_SIZE = 209; // type, epoch, view, FinalInfo
const P256_HALF_N = 0x7fffffff800000007fffffffffffffffde737d56d38bcf4279dce5617e3192a8n;

const sha256 = (bytes) => createHash('sha256').update(bytes).digest();

function verifyP256(key, message, signature) {
  if (BigInt('0x' + signature.subarray(32).toString('hex')) > P256_HALF_N) return false;
  let point;
  try {
    const part = (from, to) => key.subarray(from, to).toString('base64url');
    point = createPublicKey({ key: { kty: 'EC', crv: 'P-256', x: part(0, 32), y: part(32, 64) }, format: 'jwk' });
  } catch {
    return false; // not on the curve
  }
  return verify('sha256', message, { key: point, dsaEncoding: 'ieee-p1363' }, signature);
}

/** The ledger's own finality certificate. */
function readFinal(bytes, config, epoch) {
  check(bytes.length >= FINAL_SIZE, 'E_TRUNCATED: certificate');
  const c = new Cursor(bytes);
  check(c.u8() === FINALIZE, 'E_DOMAIN: type');
  const outside = c.take(16);
  check(c.word().equals(config.chainIdHash), 'E_DOMAIN: chain_id_hash');
  check(c.take(16).equals(outside), 'E_DOMAIN: view');
  check(outside.readBigUInt64BE() === epoch, 'E_DOMAIN: epoch');
  const height = c.u64();
  c.take(64); // block hash, result root
  const said = { height, exportRoot: c.word(), nextSet: c.word() };
  const message = sm3(Buffer.from('YUQIAO1'), u8(FINALIZE), config.chainIdHash, bytes.subarray(1, FINAL_SIZE));
  return { said, message, rest: bytes.subarray(FINAL_SIZE) };
}

/** The export certificate of another suite. */
function readExport(bytes, config, epoch) {
  const head = join(Buffer.from('YUQIAO-EXPORT-1'), config.chainIdHash, str8(config.hub), u8(config.suite), u64(epoch));
  const size = head.length + 80;
  check(bytes.length >= size, 'E_TRUNCATED: certificate');
  check(bytes.subarray(0, head.length).equals(head), 'E_DOMAIN: export');
  const c = new Cursor(bytes.subarray(head.length, size));
  const height = c.u64();
  c.u64(); // time
  return { said: { height, exportRoot: c.word(), nextSet: c.word() }, message: bytes.subarray(0, size), rest: bytes.subarray(size) };
}

const SUITES = {
  1: { hash: (b) => sm3(b), verify: verifySm2, read: readFinal },
  2: { hash: sha256, verify: verifyP256, read: readExport },
};

/** Hash, signatures of 64 bytes by keys of 64, and the reading of a certificate. */
export function suiteOf(number) {
  const suite = SUITES[number];
  check(suite !== undefined, 'E_UNSUPPORTED: suite');
  return suite;
}
