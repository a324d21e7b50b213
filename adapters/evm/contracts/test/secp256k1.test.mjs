// Suite 3 on a real EVM.
import { after, before, describe } from 'node:test';
import { Anvil } from './support/anvil.mjs';
import { rules } from './rules/all.mjs';

let chain;
before(async () => { chain = await Anvil.start(); });
after(() => chain?.stop());
describe('secp256k1', () => rules(() => chain));
