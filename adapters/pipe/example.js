'use strict';
/*
 * An adapter in JavaScript, a child of the plugin "pipe": docs/protocol/adapter-pipe.md. Its source is a folder in which
 * a platform without any interface of its own keeps files:
 *   anchor.hex     the anchor of the light client "attested"
 *   journal.jsonl  a line a height, ascending: {"height": 2, "block": HEX, "events": [{"emitter", "name", "tx_id": texts,
 *                  "index": 0, "statement": HEX}]}; block and statement are what the attesters signed
 *   fates.jsonl    what the platform says of deliveries: {"reference": HEX, "state": "done", "height": 7, "text": ""}
 * and to which this adapter appends:
 *   inbox.jsonl    {"reference": HEX, "kind": "delivery" or "set", "bytes": HEX}
 * Option: child.folder.
 */
const crypto = require('crypto');
const fs = require('fs');
const path = require('path');

const refusal = (code, text) => Object.assign(new Error(text), { refused: code });

/* msgpack: the shortest form of everything, keys in order. */
function head(value, forms) {
    const [tag, size] = forms.find((form) => value <= form[2]);
    if (size === 0) return Buffer.from([tag | value]);
    const out = Buffer.alloc(1 + size);
    out[0] = tag;
    if (size === 8) out.writeBigUInt64BE(BigInt(value), 1);
    else out.writeUIntBE(value, 1, size);
    return out;
}

const U16 = 65535, U32 = 4294967295;
const UINT = [[0x00, 0, 127], [0xcc, 1, 255], [0xcd, 2, U16], [0xce, 4, U32], [0xcf, 8, Infinity]];
const STR = [[0xa0, 0, 31], [0xd9, 1, 255], [0xda, 2, U16], [0xdb, 4, U32]];
const BIN = [[0xc4, 1, 255], [0xc5, 2, U16], [0xc6, 4, U32]];
const ARRAY = [[0x90, 0, 15], [0xdc, 2, U16], [0xdd, 4, U32]];
const MAP = [[0x80, 0, 15], [0xde, 2, U16], [0xdf, 4, U32]];

function encode(value) {
    if (typeof value === 'boolean') return Buffer.from([value ? 0xc3 : 0xc2]);
    if (typeof value === 'number') return head(value, UINT);
    if (typeof value === 'string') {
        const bytes = Buffer.from(value);
        return Buffer.concat([head(bytes.length, STR), bytes]);
    }
    if (Buffer.isBuffer(value)) return Buffer.concat([head(value.length, BIN), value]);
    if (Array.isArray(value)) return Buffer.concat([head(value.length, ARRAY), ...value.map(encode)]);
    const keys = Object.keys(value).sort();
    return Buffer.concat([head(keys.length, MAP), ...keys.flatMap((key) => [encode(key), encode(value[key])])]);
}

/* What the plugin writes is in the same form; anything else ends this process. */
class Reader {
    at = 0;
    constructor(bytes) { this.bytes = bytes; }
    take(n) {
        if (n > this.bytes.length - this.at) throw new Error('a frame is cut short');
        this.at += n;
        return this.bytes.subarray(this.at - n, this.at);
    }
    number(n) {
        return n === 8 ? Number(this.take(8).readBigUInt64BE()) : this.take(n).readUIntBE(0, n);
    }
    array(n) { return Array.from({ length: n }, () => this.item()); }
    map(n) { return Object.fromEntries(Array.from({ length: n }, () => [this.item(), this.item()])); }
    item() {
        const tag = this.number(1);
        if (tag < 0x80) return tag;
        if (tag < 0x90) return this.map(tag & 15);
        if (tag < 0xa0) return this.array(tag & 15);
        if (tag < 0xc0) return this.take(tag & 31).toString();
        if (tag === 0xc2 || tag === 0xc3) return tag === 0xc3;
        if (tag >= 0xc4 && tag <= 0xc6) return this.take(this.number(1 << (tag - 0xc4)));
        if (tag >= 0xcc && tag <= 0xcf) return this.number(1 << (tag - 0xcc));
        if (tag >= 0xd9 && tag <= 0xdb) return this.take(this.number(1 << (tag - 0xd9))).toString();
        if (tag === 0xdc || tag === 0xdd) return this.array(this.number(tag === 0xdc ? 2 : 4));
        if (tag === 0xde || tag === 0xdf) return this.map(this.number(tag === 0xde ? 2 : 4));
        throw new Error('a frame holds what is not in the profile');
    }
}

let folder, submitted = 0;

function textOf(name) {
    try {
        return fs.readFileSync(path.join(folder, name), 'utf8');
    } catch (error) {
        if (error.code === 'ENOENT') return '';
        throw refusal('E_UNAVAILABLE', `${name}: ${error.code}`);
    }
}

/* The whole lines: the last one may be on its way. */
function linesOf(name) {
    const text = textOf(name);
    try {
        return text.slice(0, text.lastIndexOf('\n') + 1).split('\n').filter(Boolean).map((line) => JSON.parse(line));
    } catch (error) {
        throw refusal('E_CORRUPT', `${name}: a line that is no JSON: mend it`);
    }
}

const bytesOf = (hex) => Buffer.from(hex, 'hex');

function evidence({ height }) {
    const all = linesOf('journal.jsonl');
    const line = all.find((entry) => entry.height === height);
    if (line === undefined && !(all.length > 0 && all[all.length - 1].height > height)) {
        throw refusal('E_NOT_FOUND', 'the journal has not come so far');
    }
    if (line === undefined) return { events: [], update: Buffer.alloc(0) }; /* a height without a line has nothing to say */
    return {
        events: line.events.map((event) => ({
            emitter: Buffer.from(event.emitter),
            index: event.index,
            name: Buffer.from(event.name),
            proof: bytesOf(event.statement),
            tx_id: Buffer.from(event.tx_id),
        })),
        update: bytesOf(line.block),
    };
}

/* The same bytes have the same reference, and stand in the inbox once. */
function handIn(kind, bytes) {
    const reference = crypto.createHash('sha256').update(kind).update(bytes).digest('hex');
    if (!linesOf('inbox.jsonl').some((line) => line.reference === reference)) {
        const file = fs.openSync(path.join(folder, 'inbox.jsonl'), 'a');
        fs.writeSync(file, JSON.stringify({ reference, kind, bytes: bytes.toString('hex') }) + '\n');
        fs.fsyncSync(file);
        fs.closeSync(file);
        submitted++;
    }
    return { reference: bytesOf(reference) };
}

function receipt({ reference }) {
    const is = (line) => line.reference === reference.toString('hex');
    const fate = linesOf('fates.jsonl').filter(is).pop();
    if (fate !== undefined) return { height: fate.height, state: fate.state, text: fate.text };
    return { height: 0, state: linesOf('inbox.jsonl').some(is) ? 'pending' : 'lost', text: '' };
}

function anchor() {
    const text = textOf('anchor.hex').trim();
    if (text === '') throw refusal('E_NOT_FOUND', 'anchor.hex: put the anchor there');
    return { anchor: bytesOf(text) };
}

function check(name) {
    const passed = fs.existsSync(path.join(folder, name));
    return { detail: passed ? 'is there' : `put it into ${folder}`, name: name.replace('.', '-'), passed };
}

const methods = {
    hello(request) {
        folder = request.options.folder;
        if (folder === undefined) throw refusal('E_CONFIG_INVALID', 'options.child.folder: is needed');
        if (request.framework !== 'attested') throw refusal('E_CONFIG_INVALID', 'options.framework: attested');
        return { abi_major: 1, abi_minor: 1, framework: 'attested', magic: 'yuqiao-pipe', protocol: 1 };
    },
    preflight: () => ({ checks: ['anchor.hex', 'journal.jsonl'].map(check) }),
    anchor,
    latest: () => ({ height: linesOf('journal.jsonl').reduce((most, line) => Math.max(most, line.height), 0) }),
    evidence,
    submit: ({ delivery }) => handIn('delivery', delivery),
    step: ({ set }) => handIn('set', set),
    receipt,
    counters: () => ({ counters: [{ key: 'submitted', value: submitted }] }),
    close: () => ({}),
};

/* Returns n bytes of standard input; the end of it is the end of this process. */
function read(n) {
    const out = Buffer.alloc(n);
    for (let got = 0, more; got < n; got += more) {
        more = fs.readSync(0, out, got, n - got);
        if (more === 0) process.exit(0);
    }
    return out;
}

function answer(request) {
    try {
        if (!Object.hasOwn(methods, request.method)) throw refusal('E_UNSUPPORTED', 'a method that is not known');
        return { id: request.id, result: methods[request.method](request) };
    } catch (error) {
        if (error.refused) return { code: error.refused, id: request.id, text: error.message };
        throw error; /* a mistake of this program: its trace goes to the log, the plugin starts it anew */
    }
}

for (;;) {
    const content = encode(answer(new Reader(read(read(4).readUInt32BE())).item()));
    const frame = Buffer.concat([Buffer.alloc(4), content]);
    frame.writeUInt32BE(content.length);
    for (let put = 0; put < frame.length;) put += fs.writeSync(1, frame, put);
}
