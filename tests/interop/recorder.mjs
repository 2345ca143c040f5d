// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
// Listens in on this process's own connections, when INTEROP_RECORD names a file, and writes what was said. What is
// secret or differs from run to run is replaced by placeholders such as <access_token 1>, the same everywhere; but for the
// keys of encrypted messages, which are invented and without which nobody could read these.
import { subscribe } from 'node:diagnostics_channel';
import { writeFileSync } from 'node:fs';

// Members of answers that later requests repeat; `id` is that of a subscription.
const named = ['access_token', 'refresh_token', 'ws_access_token', 'session_id', 'endpoint_id', 'subscriberKey', 'secretKey',
    'address', 'id', 't'];
// Header fields; those that are the same again and again, in the first scenario only.
const kept = ['authorization', 'content-type', 'x-http-method-override', 'upgrade', 'retry-after', 'www-authenticate'];
const keptOnce = ['accept', 'user-agent', 'x-user-agent', 'client-id', 'rcrequestid', 'x-rate-limit-group', 'x-rate-limit-limit', 'x-rate-limit-window'];
const uuid = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g;

class Recorder {
    constructor() {
        this.scenarios = [];
    }

    begin(name, settings, account) {
        this.began = Date.now();
        this.ids = 0;
        this.account = account;
        this.current = { name, settings, steps: [] };
        this.scenarios.push(this.current);
    }

    end() {
        if (!this.current) {
            return;
        }
        this.current.steps = disguised(this.current.steps, this.account);
        this.current = undefined;
    }

    step(what, more) {
        this.current?.steps.push({ at: Date.now() - this.began, do: what, ...more });
    }

    control(method, target, body) {
        this.step('control', { method, target, ...(body && { json: body }) });
    }

    notified({ uuid, event, body }) {
        this.step('notified', { uuid, event, body });
    }

    write(client) {
        const steps = (each) => `  {"name": ${JSON.stringify(each.name)}, "settings": ${JSON.stringify(each.settings)}, "steps": [\n` +
            each.steps.map((step) => `    ${JSON.stringify(step)}`).join(',\n') + '\n  ]}';
        const text = `{"client": ${JSON.stringify(client)}, "scenarios": [\n${this.scenarios.map(steps).join(',\n')}\n]}\n`;
        writeFileSync(process.env.INTEROP_RECORD, text);
    }
}

const nothing = { begin() {}, end() {}, control() {}, notified() {}, write() {} };
export const recorder = process.env.INTEROP_RECORD ? new Recorder() : nothing;

// Secrets ------------------------------------------------------------------------------------------------------------

function disguised(steps, account) {
    const places = new Map([
        [account.jwt, '<jwt>'],
        [Buffer.from(`${account.clientId}:${account.clientSecret}`).toString('base64'), '<basic>'],
        [account.clientId, '<client_id>'],
        [account.clientSecret, '<client_secret>'],
        [new URL(account.url).host, '127.0.0.1:1'],
    ]);
    const counts = {};
    const place = (name, value) => {
        if (typeof value === 'string' && value.length > 5 && !places.has(value)) {
            counts[name] = (counts[name] ?? 0) + 1;
            places.set(value, `<${name} ${counts[name]}>`);
        }
    };
    const look = (value) => {
        for (const [name, member] of Object.entries(value ?? {})) {
            if (name === 'wsc') {
                place('wsc', member?.token);
            } else if (typeof member === 'object') {
                look(member);
            } else if (named.includes(name)) {
                place(name, member);
            }
        }
    };
    for (const { do: what, json } of steps) {
        if (what === 'answer' || what === 'get') {
            look(json);
        }
    }
    for (const found of JSON.stringify(steps).match(uuid) ?? []) {
        place('uuid', found);
    }
    // The longer first: one may be a part of the other.
    const order = [...places].sort(([a], [b]) => b.length - a.length);
    let whole = JSON.stringify(steps);
    for (const [value, placeholder] of order) {
        for (const spelt of new Set([value, encodeURIComponent(value)])) {
            whole = whole.replaceAll(spelt, placeholder);
        }
    }
    return JSON.parse(whole);
}

/** As a value where it is JSON, which is shorter to write down. */
function contentOf(text) {
    try {
        return { json: JSON.parse(text) };
    } catch {
        return text ? { text } : {};
    }
}

// Connections --------------------------------------------------------------------------------------------------------

/** One direction of a connection: HTTP/1.1 messages, and the frames of a WebSocket after an upgrade. */
class Direction {
    constructor(onMessage, onFrame) {
        Object.assign(this, { onMessage, onFrame, kept: Buffer.alloc(0), frames: false });
    }

    add(bytes) {
        this.kept = Buffer.concat([this.kept, bytes]);
        while (this.frames ? this.frame() : this.message()) {
            // the next one
        }
    }

    take(size) {
        const taken = this.kept.subarray(0, size);
        this.kept = this.kept.subarray(size);
        return taken;
    }

    message() {
        const end = this.kept.indexOf('\r\n\r\n');
        if (end < 0) {
            return false;
        }
        const [first, ...lines] = this.kept.subarray(0, end).toString('latin1').split('\r\n');
        const headers = Object.fromEntries(lines.map((line) => {
            const colon = line.indexOf(':');
            return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
        }));
        const body = headers['transfer-encoding'] ? this.chunks(end + 4) : this.plain(end + 4, Number(headers['content-length'] ?? 0));
        if (body === undefined) {
            return false;
        }
        this.onMessage(first.split(' '), headers, body);
        return true;
    }

    plain(start, size) {
        if (this.kept.length < start + size) {
            return undefined;
        }
        return this.take(start + size).subarray(start).toString();
    }

    chunks(start) {
        let body = '';
        for (let at = start;;) {
            const line = this.kept.indexOf('\r\n', at);
            const size = line < 0 ? NaN : parseInt(this.kept.subarray(at, line).toString(), 16);
            if (!(this.kept.length >= line + 2 + size + 2)) {
                return undefined;
            }
            body += this.kept.subarray(line + 2, line + 2 + size).toString();
            at = line + 2 + size + 2;
            if (size === 0) {
                this.take(at);
                return body;
            }
        }
    }

    frame() {
        if (this.kept.length < 2) {
            return false;
        }
        const masked = (this.kept[1] & 0x80) !== 0;
        let size = this.kept[1] & 0x7f;
        let start = 2;
        if (size === 126 && this.kept.length >= 4) {
            size = this.kept.readUInt16BE(2);
            start = 4;
        }
        const mask = masked ? this.kept.subarray(start, start + 4) : undefined;
        start += masked ? 4 : 0;
        if (this.kept.length < start + size) {
            return false;
        }
        const kind = this.kept[0] & 0x0f;
        const text = Buffer.from(this.take(start + size).subarray(start));
        text.forEach((byte, i) => (text[i] = mask ? byte ^ mask[i % 4] : byte));
        if (kind === 1) {
            this.onFrame(text.toString());
        }
        return true;
    }
}

function listenIn({ socket }) {
    const scenario = recorder.current;
    if (!scenario) {
        return;
    }
    const step = (what, more) => recorder.current === scenario && recorder.step(what, more);
    const names = recorder.scenarios.length === 1 ? [...kept, ...keptOnce] : kept;
    const keep = (headers) => Object.fromEntries(names.filter((name) => name in headers).map((name) => [name, headers[name]]));
    const open = []; // requests without an answer
    let gateway;
    const sent = new Direction(([method, target], headers, body) => {
        if (target.startsWith('/sandbox/')) {
            open.push(undefined); // a control, which is recorded as such
            return;
        }
        const id = ++recorder.ids;
        open.push(id);
        const upgrade = 'upgrade' in headers;
        gateway = upgrade ? id : undefined;
        step(upgrade ? 'connect' : 'request', { id, method, target, headers: keep(headers), ...contentOf(body) });
    }, (text) => step('send', { id: gateway, ...contentOf(text) }));
    const got = new Direction(([, status], headers, body) => {
        const id = open.shift();
        if (Number(status) === 101) {
            sent.frames = got.frames = true;
        } else if (id) {
            step('answer', { id, status: Number(status), headers: keep(headers), ...contentOf(body) });
        }
    }, (text) => step('get', { id: gateway, ...contentOf(text) }));

    const { _write, _writev, push } = socket;
    const hear = (chunk, encoding) => sent.add(typeof chunk === 'string' ? Buffer.from(chunk, encoding) : chunk);
    socket._write = function (chunk, encoding, ...rest) {
        hear(chunk, encoding);
        return _write.call(this, chunk, encoding, ...rest);
    };
    socket._writev = function (chunks, ...rest) {
        chunks.forEach(({ chunk, encoding }) => hear(chunk, encoding));
        return _writev.call(this, chunks, ...rest);
    };
    socket.push = function (data, ...rest) {
        if (data) {
            got.add(data);
        }
        return push.call(this, data, ...rest);
    };
    socket.once('close', () => {
        for (const id of got.frames ? [gateway] : open) {
            if (id) {
                step('end', { id });
            }
        }
    });
}

if (process.env.INTEROP_RECORD) {
    subscribe('net.client.socket', listenIn);
}
