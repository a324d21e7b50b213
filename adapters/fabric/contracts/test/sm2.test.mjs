// The chaincode's own verification beside the tests' signatures, which are made with @noble/curves.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { weierstrassN } from '@noble/curves/abstract/weierstrass';
import { verifyDigest, verifySm2 } from '../src/sm2.mjs';
import { SM2_N, number, publicKey, sign, sm3, verify, word } from './support/sm2.mjs';

const hex = (s) => Buffer.from(s, 'hex');

test('a known signature is taken, and for no other message', () => {
  const key = hex('bdc8fc526da1664bd9ae8f7a7dc2bfe1427fc88174d5f2176d69c79dcfd2e6fae928242039b8223e9e59d43286489e3807aa01421a4ad523b0c395ff2c00646a');
  const message = hex('9c4889c40197aa1ee0da07b3fcba9d72f75b389ff9fb6b4cbb6107cca9f52468');
  const signature = hex('ec99a59f7206761e5cbd840beb748b1214a71077e4ec09f83f880cf6a263ce032f9a1d6e99ea9c3b84a57f7d815aed15af14388e45eb0dd9e3557f2291ba210d');
  assert.ok(verifySm2(key, message, signature));
  for (const [at, bytes] of [[0, key], [40, key], [31, message], [5, signature], [63, signature]]) {
    const changed = Buffer.from(bytes);
    changed[at] ^= 1;
    const parts = [key, message, signature].map((b) => (b === bytes ? changed : b));
    assert.equal(verifySm2(...parts), false);
  }
});

test('as another implementation', () => {
  for (let i = 0; i < 40; i++) {
    const secret = sm3(Buffer.from(`secret ${i}`));
    const key = publicKey(secret);
    const message = sm3(Buffer.from(`message ${i}`));
    const signature = sign(secret, key, message);
    assert.ok(verifySm2(key, message, signature), `${i}`);
    const other = Buffer.from(signature);
    other[i % 64] ^= 1 << (i % 8);
    assert.equal(verifySm2(key, message, other), verify(key, message, number(other.subarray(0, 32)), number(other.subarray(32))));
  }
});

test('values out of range, and keys off the curve, are no signature', () => {
  const secret = sm3(Buffer.from('range'));
  const key = publicKey(secret);
  const message = sm3(Buffer.from('m'));
  const good = sign(secret, key, message);
  const [r, s] = [number(good.subarray(0, 32)), number(good.subarray(32))];
  const bad = [[0n, s], [r, 0n], [SM2_N, s], [r, SM2_N], [r, SM2_N - r], [0n, 0n]];
  if (r + SM2_N < 1n << 256n) bad.push([r + SM2_N, s]);
  if (s + SM2_N < 1n << 256n) bad.push([r, s + SM2_N]);
  for (const [x, y] of bad) assert.equal(verifySm2(key, message, Buffer.concat([word(x), word(y)])), false);
  assert.equal(verifySm2(Buffer.alloc(64), message, good), false);
  assert.equal(verifySm2(Buffer.alloc(64, 0xff), message, good), false);
});

// Digests that make the equation true by values that are no signature: only the checks are left to refuse them.
const CURVE = {
  p: 0xfffffffeffffffffffffffffffffffffffffffff00000000ffffffffffffffffn, n: SM2_N, h: 1n,
  a: 0xfffffffeffffffffffffffffffffffffffffffff00000000fffffffffffffffcn,
  b: 0x28e9fa9e9d9f5e344d5a9e4bcf6509a7f39789f515ab8f92ddbcbd414d940e93n,
  Gx: 0x32c4ae2c1f1981195f9904466a39c9948fe30bbff2660be1715a4589334c74c7n,
  Gy: 0xbc3736a2f4f6779c59bdcee36b692153d0a9877cc62a474002df32e52139f0a0n };
const Point = weierstrassN(CURVE);
const mod = (v) => ((v % SM2_N) + SM2_N) % SM2_N;

test('digests that were made for values out of range', () => {
  const d = 123456789n;
  const key = Buffer.concat([word(Point.BASE.multiply(d).toAffine().x), word(Point.BASE.multiply(d).toAffine().y)]);
  /** The digest by which (r, s) would do. */
  const digest = (r, s) => mod(r - Point.BASE.multiply(mod(s + mod(r + s) * d)).toAffine().x);
  const small = 77n;
  assert.ok(verifyDigest(key, digest(5n, small), 5n, small));
  assert.equal(verifyDigest(key, digest(5n, small), 5n, small + SM2_N), false, 's from n on');
  assert.equal(verifyDigest(key, digest(5n, small), 5n + SM2_N, small), false, 'r from n on');
  assert.equal(verifyDigest(key, digest(0n, small), 0n, small), false, 'r is zero');
  assert.equal(verifyDigest(key, digest(5n, 0n), 5n, 0n), false, 's is zero');
  assert.equal(verifyDigest(key, digest(SM2_N - small, small), SM2_N - small, small), false, 'r + s is zero');
  assert.equal(verifyDigest(key, 1n, SM2_N - 1n, 1n), false);
});

test('a key that is on another curve', () => {
  // A point of order two there: two of it are nothing, and the sum is the base point.
  const key = Buffer.concat([word(9n), word(0n)]);
  assert.equal(verifyDigest(key, mod(1n - CURVE.Gx), 1n, 1n), false);
});
