import { abi } from './abi.mjs';
import { ecdsa, recover } from './ecdsa.mjs';
import { ed25519 } from './ed25519.mjs';
import { hashes } from './hashes.mjs';
import { ics23, ics23Parts } from './ics23.mjs';
import { rlp } from './rlp.mjs';
import { sm2 } from './sm2.mjs';
import { trie } from './trie.mjs';

/** count: of the cases at least, with run.mjs's own seed. */
export const suites = {
  hashes: { count: 4000, run: hashes },
  ecdsa: { count: 6000, run: ecdsa },
  recover: { count: 4000, run: recover },
  ed25519: { count: 6000, run: ed25519 },
  sm2: { count: 1200, run: sm2 },
  rlp: { count: 20000, run: rlp },
  abi: { count: 10000, run: abi },
  trie: { count: 10000, run: trie },
  ics23: { count: 20000, run: ics23 },
  'ics23-parts': { count: 10000, run: ics23Parts },
};
