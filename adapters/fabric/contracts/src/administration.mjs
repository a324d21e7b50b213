// Who may pause, and which services take packets. Nobody here can make the inbox accept anything.
import { check } from './bytes.mjs';
import { SERVICE_MAX } from './packets.mjs';

const KEY = 'administration';

export class Administration {
  static async of(store) {
    const a = new Administration();
    Object.assign(a, { store, kept: await store.json(KEY) });
    return a;
  }

  static begin(store, administrators) {
    check(Array.isArray(administrators) && administrators.length > 0, 'E_CONFIG_INVALID: administrators');
    for (const who of administrators) {
      check(/^[^:]+:[0-9a-f]{64}$/.test(who) && administrators.indexOf(who) === administrators.lastIndexOf(who),
        'E_CONFIG_INVALID: administrator');
    }
    store.putJson(KEY, { paused: false, administrators });
  }

  get paused() { return this.kept.paused; }

  save() { this.store.putJson(KEY, this.kept); }

  mustBe(who) { check(this.kept.administrators.includes(who), 'E_PERMISSION'); }

  add(who) {
    check(/^[^:]+:[0-9a-f]{64}$/.test(who) && !this.kept.administrators.includes(who), 'E_CONFIG_INVALID: administrator');
    this.kept.administrators.push(who);
    this.save();
  }

  remove(who) {
    check(this.kept.administrators.includes(who), 'E_NOT_FOUND');
    check(this.kept.administrators.length > 1, 'E_STATE: the last one');
    this.kept.administrators = this.kept.administrators.filter((one) => one !== who);
    this.save();
  }

  setPaused(to) {
    check(this.kept.paused !== to, 'E_STATE');
    this.kept.paused = to;
    this.save();
  }

  /** null: not registered. */
  service(name) { return this.store.json(`service/${name.toString('hex')}`); }

  /** senders: who may send in its name by sendMessage. */
  setService(name, { receives, sends, senders }) {
    check(name.length > 0 && name.length <= SERVICE_MAX, 'E_LIMIT: service');
    check(typeof receives === 'boolean' && typeof sends === 'boolean' && Array.isArray(senders), 'E_TYPE: service');
    this.store.putJson(`service/${name.toString('hex')}`, { receives, sends, senders });
  }
}
