// Trees of RFC 9162's shape: docs/protocol/messages.md, section 3.
import { check, join, u8 } from './bytes.mjs';

/** The root that a leaf's path leads to; the path has exactly the nodes that n and index ask for. */
export function follow(hash, n, index, leaf, path) {
  check(index < n, 'E_PROOF_BOUNDS');
  let node = leaf;
  let at = 0;
  for (let last = n - 1n; last > 0n; last >>= 1n) {
    const isRight = (index & 1n) === 1n;
    if (isRight || index < last) {
      check(at < path.length, 'E_PROOF_DEPTH');
      const other = path[at++];
      node = isRight ? hash(join(u8(1), other, node)) : hash(join(u8(1), node, other));
    }
    index >>= 1n;
  }
  check(at === path.length, 'E_PROOF_DEPTH');
  return node;
}
