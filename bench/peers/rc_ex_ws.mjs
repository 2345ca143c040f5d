// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
// The vendor's client for the WebSocket gateway, for bench/gateway --peer. Needs the packages @rc-ex/core and @rc-ex/ws.
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

const require = createRequire(pathToFileURL(process.cwd() + '/'));
const RingCentral = require('@rc-ex/core').default;
const WebSocketExtension = require('@rc-ex/ws').default;

const rc = new RingCentral({ server: process.env.RC_SERVER_URL, clientId: process.env.RC_APP_CLIENT_ID, clientSecret: process.env.RC_APP_CLIENT_SECRET });
await rc.authorize({ jwt: process.env.RC_USER_JWT });
const gateway = new WebSocketExtension();
await rc.installExtension(gateway);

const wanted = Number(process.env.BENCH_COUNT);
const latencies = [];
let began;
const done = new Promise((resolve) => {
    gateway.subscribe(['/restapi/v1.0/account/~/extension/~/message-store'], (event) => {
        const now = (performance.timeOrigin + performance.now()) * 1e3;
        latencies.push(now - event.body.t / 1e3);
        began ??= process.cpuUsage();
        if (latencies.length === wanted) {
            resolve();
        }
    });
});
await done;
const used = process.cpuUsage(began);
latencies.sort((a, b) => a - b);
const at = (p) => Number(latencies[Math.min(latencies.length - 1, Math.floor(p * latencies.length))].toFixed(1));
console.log(JSON.stringify({ row: 'gateway', client: '@rc-ex/ws', events: latencies.length, p50_us: at(0.5), p99_us: at(0.99), cpu_us_per_event: Number(((used.user + used.system) / (wanted - 1)).toFixed(2)) }));
process.exit(0);
