// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
// The vendor's client of the time of PubNub, for bench/pubnub --peer. Needs the packages @ringcentral/sdk and
// @ringcentral/subscriptions of version 4, and pubnub 4.
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

const require = createRequire(pathToFileURL(process.cwd() + '/'));
const { SDK } = require('@ringcentral/sdk');
const { Subscriptions } = require('@ringcentral/subscriptions');
const PubNub = require('pubnub');

const server = process.env.RC_SERVER_URL;
class LocalPubNub extends PubNub {
    constructor(setup) {
        super({ ...setup, origin: new URL(server).host, ssl: false });
    }
}
const sdk = new SDK({ server, clientId: process.env.RC_APP_CLIENT_ID, clientSecret: process.env.RC_APP_CLIENT_SECRET });
await sdk.platform().login({ jwt: process.env.RC_USER_JWT });
const subscription = new Subscriptions({ sdk, PubNub: LocalPubNub }).createSubscription();

const wanted = Number(process.env.BENCH_COUNT);
let taken = 0;
let began;
const done = new Promise((resolve) => {
    subscription.on(subscription.events.notification, (event) => {
        began ??= process.cpuUsage();
        if (event.body && ++taken === wanted) {
            resolve();
        }
    });
});
await subscription.setEventFilters(['/restapi/v1.0/account/~/extension/~/message-store']).register();
await done;
const used = process.cpuUsage(began);
console.log(JSON.stringify({ row: 'pubnub', client: '@ringcentral/subscriptions 4, pubnub 4', events: taken, cpu_us_per_event: Number(((used.user + used.system) / (wanted - 1)).toFixed(2)) }));
process.exit(0);
