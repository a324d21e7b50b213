// What the tests sign and verify with, beside an independent implementation.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import sm from 'sm-crypto';
import { SM2_ID, number, publicKey, sign, sm3, verify } from './support/sm2.mjs';

test('SM2 and SM3 agree with sm-crypto', () => {
  for (let i = 0; i < 3; i++) {
    const secret = sm3(Buffer.from(`suites ${i}`));
    const message = sm3(Buffer.from(`message ${i}`));
    assert.equal(message.toString('hex'), sm.sm3(`message ${i}`));
    const key = publicKey(secret);
    const full = '04' + key.toString('hex');
    assert.equal(sm.sm2.getPublicKeyFromPrivateKey(secret.toString('hex')), full);
    const options = { hash: true, publicKey: full, userId: SM2_ID, der: false };
    const ours = sign(secret, key, message);
    assert.ok(sm.sm2.doVerifySignature(Array.from(message), ours.toString('hex'), full, options));
    const theirs = Buffer.from(sm.sm2.doSignature(Array.from(message), secret.toString('hex'), options), 'hex');
    const part = (b, at) => number(b.subarray(at, at + 32));
    assert.ok(verify(key, message, part(theirs, 0), part(theirs, 32)));
    assert.ok(!verify(key, sm3(message), part(theirs, 0), part(theirs, 32)));
    assert.ok(!verify(key, message, part(theirs, 0) ^ 1n, part(theirs, 32)));
  }
});
