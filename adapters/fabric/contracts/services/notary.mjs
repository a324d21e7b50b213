// Keeps a digest under the name that a message gives it, and tells other chains of one when it is asked to: an example
// of a service. A failure is told by throwing; then nothing of the call stays.
import { createHash } from 'node:crypto';

const DIGEST = 32;

export const notary = {
  /** A call's payload is the digest; the message's commitment is its name. An acknowledgement closes what was told. */
  async onMessage({ state }, message) {
    if (message.kind === 2) {
      state.put(`told/${message.sequence}`, Buffer.from([message.ack.status]));
      return Buffer.alloc(0);
    }
    if (message.payload.length !== DIGEST) throw new Error('a digest has 32 bytes');
    const name = message.commitment.toString('hex');
    if ((await state.get(name)) !== null) throw new Error('known already');
    state.put(name, message.payload);
    return createHash('sm3').update(message.payload).digest();
  },

  methods: {
    /** By a business client: sends a digest to another chain's notary. */
    async tell({ send }, chain, digest) {
      if (digest.length !== DIGEST) throw new Error('a digest has 32 bytes');
      const sequence = await send({ dstChain: chain, dstService: Buffer.from('notary'), payload: digest });
      return Buffer.from(sequence.toString());
    },

    async digestOf({ state }, name) {
      return (await state.get(name.toString())) ?? Buffer.alloc(0);
    },
  },
};
