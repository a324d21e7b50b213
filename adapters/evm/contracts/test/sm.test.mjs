// Suite 1 on an EVM of national cryptography.
import { before, describe } from 'node:test';
import { SmVm } from './support/smvm.mjs';
import { rules } from './rules/all.mjs';

let chain;
before(async () => { chain = await SmVm.start(); });
describe('sm', () => rules(() => chain));
