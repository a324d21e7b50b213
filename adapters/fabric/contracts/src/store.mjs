// The chaincode's state within one transaction. A peer gives only what was committed before, so what is written is kept
// here; each key is read once, and what a service wrote can be undone.
export class Store {
  constructor(stub) {
    this.stub = stub;
    this.read = new Map();
    this.layers = [new Map()];
    this.fault = null; // of the peer, which no service may take for its own
  }

  /** null: not there. */
  async get(key) {
    for (let i = this.layers.length - 1; i >= 0; i--) {
      if (this.layers[i].has(key)) return this.layers[i].get(key);
    }
    return this.committed(key);
  }

  async committed(key) {
    if (!this.read.has(key)) {
      try {
        const value = Buffer.from(await this.stub.getState(key));
        this.read.set(key, value.length === 0 ? null : value);
      } catch (fault) {
        this.fault = fault;
        throw fault;
      }
    }
    return this.read.get(key);
  }

  put(key, value) { this.layers.at(-1).set(key, Buffer.from(value)); }

  delete(key) { this.layers.at(-1).set(key, null); }

  async json(key) {
    const value = await this.get(key);
    return value === null ? null : JSON.parse(value.toString());
  }

  putJson(key, value) { this.put(key, Buffer.from(JSON.stringify(value))); }

  begin() { this.layers.push(new Map()); }

  undo() { this.layers.pop(); }

  keep() {
    const top = this.layers.pop();
    for (const [key, value] of top) this.layers.at(-1).set(key, value);
  }

  /** Hands the writes to the peer, in one order everywhere. */
  async flush() {
    const writes = this.layers[0];
    for (const key of [...writes.keys()].sort()) {
      const value = writes.get(key);
      if (value !== null) await this.stub.putState(key, value);
      else if ((await this.committed(key)) !== null) await this.stub.deleteState(key);
    }
  }
}

/** The part of the state that is a service's. */
export class Part {
  constructor(store, prefix) { Object.assign(this, { store, prefix }); }

  get(key) { return this.store.get(this.prefix + key); }
  put(key, value) {
    if (value.length === 0) throw new Error('an empty value is none');
    this.store.put(this.prefix + key, value);
  }

  delete(key) { this.store.delete(this.prefix + key); }
}
