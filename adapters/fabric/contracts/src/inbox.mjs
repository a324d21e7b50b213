// What an inbox does, in this order: docs/protocol/messages.md, section 4.
import { ZERO, check, isZero } from './bytes.mjs';
import { checkPackets, readDelivery } from './deliveries.mjs';
import { Halts, Lane, Outcomes } from './lanes.mjs';
import { INDEX_NONE, KIND, ORDERED, RESULT_MAX, isCall, isUnknown } from './packets.mjs';
import { STATUS } from './records.mjs';
import { suiteOf } from './suites.mjs';
import { checkCertificate, step } from './validators.mjs';

export const CODE = { FAILED: 1, RETURN: 105, LIMIT: 113, TARGET_FORBIDDEN: 317 };

/** How a service's call ended. */
class CallFailed extends Error {
  constructor(code) {
    super(`code ${code}`);
    this.code = code;
  }
}

/** call: what carries a packet to its service, and gives its result; services: the names that there are. */
export class Inbox {
  constructor({ store, config, validators, administration, outbox, told, services, call }) {
    Object.assign(this, { store, config, validators, administration, outbox, told, services, call });
    this.hash = suiteOf(config.suite).hash;
    this.outcomes = new Outcomes(store);
    this.halts = new Halts(store);
  }

  tellState() { this.told.state(this.validators, this.administration.paused); }

  stepEpoch(set) {
    this.validators = step(this.validators, set, this.config);
    this.tellState();
  }

  async receive(bytes) {
    check(!this.administration.paused, 'E_HELD: paused');
    const d = readDelivery(bytes);
    check(d.suite === this.config.suite, 'E_UNSUPPORTED: suite');
    let said = { exportRoot: this.validators.exportRoot, nextSet: ZERO, height: 0n }; // the root that is kept
    if (d.certificate.length > 0) said = checkCertificate(d.certificate, this.validators, this.config);
    else check(d.packets.length > 0, 'E_SIGNATURES_MISSING');
    const arrivals = checkPackets(d, said.exportRoot, this.config, this.hash);
    this.takeCertificate(said);
    for (const arrival of arrivals) await this.takePacket(arrival);
  }

  /** Keeps the highest height with its root, and the set that comes next. */
  takeCertificate({ height, exportRoot, nextSet }) {
    const v = this.validators;
    if (!isZero(nextSet)) this.validators = { ...this.validators, nextSet };
    if (height > v.height && !isZero(exportRoot)) {
      this.validators = { ...this.validators, height, exportRoot };
      this.tellState();
    }
  }

  async takePacket(a) {
    const p = a.packet;
    const { status, code } = await this.outcomes.get(a.index);
    if (status !== 0) {
      this.told.done(a.index, a.commitment, { status, code, again: true });
    } else if (a.index < this.config.floor || isUnknown(p.kind)) {
      // skipped without a mark
    } else if (p.kind === KIND.HALT || p.kind === KIND.RESUME) {
      await this.finish(a, { status: STATUS.OK });
      await this.halts.set(p.srcChain, p.sequence, p.kind === KIND.HALT);
    } else if (p.kind === KIND.CANCEL) {
      await this.takeCancel(a);
    } else if (p.kind === KIND.COMMIT || p.kind === KIND.UNDO) {
      await this.takeOutcome(a);
    } else if (await this.halts.isHalted(p.srcChain)) {
      // comes again when the chain goes on
    } else if (p.kind === KIND.ACK) {
      await this.takeOutcome(a);
    } else {
      await this.takeCall(a);
    }
  }

  /** Spends the packet's index and tells it. */
  async finish(a, done) {
    await this.outcomes.mark(a.index, done.status, done.code ?? 0);
    this.told.done(a.index, a.commitment, done);
  }

  // ---- kind 3 ----------------------------------------------------------------------------------------------------

  async takeCancel(a) {
    const c = a.packet.cancel;
    const lane = new Lane(this.store, this.hash, a.packet);
    await this.finish(a, { status: STATUS.OK });
    if (c.index === INDEX_NONE) {
      if (c.first === a.packet.sequence) await lane.spend(a.packet.sequence);
      else await lane.spendFrom(c.first, a.packet.sequence);
      return;
    }
    const { status, code } = await this.outcomes.get(c.index);
    if (status !== 0) {
      this.told.done(c.index, c.commitment, { status, code, again: true });
      return;
    }
    await this.outcomes.mark(c.index, STATUS.CANCELLED, 0);
    this.told.done(c.index, c.commitment, { status: STATUS.CANCELLED });
    if (c.order === ORDERED && isCall(c.kind)) await lane.spend(a.packet.sequence);
  }

  // ---- kinds 1, 4, 7, 8 ------------------------------------------------------------------------------------------

  /** A deadline is not looked at: a client sets the time of its transaction. Only a cancel cancels here. */
  async takeCall(a) {
    const p = a.packet;
    if (p.order === ORDERED) {
      const lane = new Lane(this.store, this.hash, p);
      if (p.sequence !== (await lane.next())) return;
      await lane.spend(p.sequence);
    }
    if (!this.has(p.dstService) || !(await this.administration.service(p.dstService))?.receives) {
      await this.finish(a, { status: STATUS.REFUSED, code: CODE.TARGET_FORBIDDEN });
      return;
    }
    await this.outcomes.mark(a.index, STATUS.OK, 0);
    const { code, result } = await this.callOut(a);
    await this.finish(a, { status: code === 0 ? STATUS.OK : STATUS.ERROR, code, result });
  }

  // ---- kinds 2, 5, 6 ---------------------------------------------------------------------------------------------

  /** Where the call fails nothing is marked: a later delivery tries again. */
  async takeOutcome(a) {
    const p = a.packet;
    const isAck = p.kind === KIND.ACK;
    if (isAck && !(await this.outbox.isOpen(p))) {
      await this.finish(a, { status: STATUS.REFUSED });
      return;
    }
    if (!this.has(p.dstService) || (await this.administration.service(p.dstService)) === null) {
      this.told.done(a.index, a.commitment, { status: STATUS.ERROR, code: CODE.TARGET_FORBIDDEN });
      return;
    }
    this.store.begin();
    await this.outcomes.mark(a.index, STATUS.OK, 0);
    if (isAck) await this.outbox.close(p);
    const { code } = await this.callOut(a);
    if (code === 0) this.store.keep();
    else this.store.undo();
    this.told.done(a.index, a.commitment, { status: code === 0 ? STATUS.OK : STATUS.ERROR, code });
  }

  // ---- calling ---------------------------------------------------------------------------------------------------

  has(name) { return Object.hasOwn(this.services, name.toString('hex')); }

  /** code 0: done, with the service's result; else nothing of the call stays. */
  async callOut(a) {
    const records = this.told.records.length;
    this.store.begin();
    try {
      const result = await this.call(a);
      if (!Buffer.isBuffer(result)) throw new CallFailed(CODE.RETURN);
      if (result.length > RESULT_MAX) throw new CallFailed(CODE.LIMIT);
      this.store.keep();
      return { code: 0, result };
    } catch (failure) {
      if (this.store.fault !== null) throw this.store.fault;
      this.store.undo();
      this.told.records.length = records;
      return { code: failure instanceof CallFailed ? failure.code : CODE.FAILED };
    }
  }
}
