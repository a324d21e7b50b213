// Prints one line of JSON: gas of a delivery and a message of it, at batches of 1, 10 and 100 on a real EVM, at a set of
// four validators, three of whom signed; messages of 64 bytes to a service that counts and answers nothing. total and
// message count everything, execution_message leaves out the 21,000 and the bytes of the transaction.
import { Anvil } from '../test/support/anvil.mjs';
import { Bench } from '../test/support/bench.mjs';

const chain = await Anvil.start();
try {
  const line = { chain: 'anvil', suite: 3, validators: 4, payload: 64, batches: [] };
  for (const batch of [1, 10, 100]) {
    const b = await Bench.make(chain, { services: [] });
    await b.addService('service', { contract: 'OddAnswer', gas: 100_000 });
    await b.tell('service', 'plan', [[32, 0]]);
    // One delivery before, so that neither the first height nor the first call of the service is in the figure.
    await b.deliver(b.hub.append());
    const first = b.hub.packets.length;
    for (let i = 0; i < batch; i++) b.hub.append({ sequence: BigInt(i + 2), payload: Buffer.alloc(64, 1) });
    const delivery = b.hub.delivery(Array.from({ length: batch }, (_, i) => first + i), { height: 11n });
    const data = Buffer.from(Bench.encode('Yuqiao', 'receiveMessages', ['0x' + delivery.toString('hex')]).slice(2), 'hex');
    const r = await b.deliverBytes(delivery);
    if (!r.ok || r.done.length !== batch || r.done.some((d) => d.status !== 1)) throw new Error(`batch ${batch}: ${r.reason}`);
    const intrinsic = 21_000 + data.reduce((sum, byte) => sum + (byte ? 16 : 4), 0);
    line.batches.push({
      batch, bytes: delivery.length, total: Number(r.gas), message: Math.round(Number(r.gas) / batch),
      execution_message: Math.round((Number(r.gas) - intrinsic) / batch) });
  }
  const b = await Bench.make(chain, { services: [] });
  line.deployment = Number(b.deployment.gas);
  await b.addService('service');
  const message = { kind: 1, order: 1, gradeMin: 1, service: '0x73657276696365', dstChain: '0x636974792d343130313030', dstService: '0x736f75726365', deadlineMs: 0,
    grant: '0x' + '00'.repeat(32), group: '0x' + '00'.repeat(32), payload: '0x' + '01'.repeat(64) };
  await b.tell('service', 'send', [b.at, message]);
  line.send = Number((await b.tell('service', 'send', [b.at, message])).gas);
  console.log(JSON.stringify(line));
} finally {
  chain.stop();
}
