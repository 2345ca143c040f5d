// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
// The vendor's JavaScript client of the time of PubNub.
import { expect, ownMessages, ownPresence, perform, require, until } from './harness.mjs';

const { SDK } = require('@ringcentral/sdk');
const { Subscriptions } = require('@ringcentral/subscriptions');
const PubNub = require('pubnub');

async function login(stage) {
    const sdk = new SDK({ server: stage.url, clientId: stage.clientId, clientSecret: stage.clientSecret });
    await sdk.platform().login({ jwt: stage.jwt });
    return sdk;
}

function subscriptionOf(stage, sdk, options = {}) {
    // Where PubNub is, is the one thing that its class has to be told.
    class LocalPubNub extends PubNub {
        constructor(setup) {
            super({ ...setup, origin: new URL(stage.url).host, ssl: false });
        }
    }
    const subscription = new Subscriptions({ sdk, PubNub: LocalPubNub }).createSubscription(options);
    subscription.on(subscription.events.notification, stage.take);
    stage.finally(() => subscription.reset());
    return subscription;
}

async function subscribed(stage, filters, options) {
    const sdk = await login(stage);
    const subscription = subscriptionOf(stage, sdk, options);
    await subscription.setEventFilters(filters).register();
    await listening(stage);
    return { sdk, subscription };
}

/** PubNub has told the client where now is: an event before it would be missed, here as there. */
function listening(stage, polls = 1) {
    return until(async () => await stage.answers('pubnub_subscribe') >= polls, 'the first answer of PubNub');
}

// A renewal after a second, which the client tries for within the quarter.
const short = { subscriptionLifetime: 4000 };
const early = { pollInterval: 250, renewHandicapMs: 3000 };

await perform('@ringcentral/subscriptions 4.7.4', [
    {
        name: 'logs in with a JWT, subscribes, and decrypts what comes',
        async play(stage) {
            const { sdk, subscription } = await subscribed(stage, [ownPresence, ownMessages]);
            expect(subscription.subscription().deliveryMode.encryption, 'not encrypted');
            await stage.arrives(1, ownPresence);
            await stage.arrives(2);
            stage.cameOnce(1, 2);
            expect(stage.received[0].event.includes('/presence?detailedTelephonyState=true'), 'another event came');
            expect(stage.received[0].subscriptionId === subscription.subscription().id, 'of another subscription');
            await subscription.remove();
            await sdk.platform().logout();
            expect(await stage.answers('subscription_delete', 204) === 1, 'was not removed');
            expect(await stage.answers('revoke') === 1, 'did not log out');
        },
    },
    {
        name: 'takes messages that are not encrypted',
        async play(stage) {
            const { subscription } = await subscribed(stage, [ownMessages]);
            expect(!subscription.subscription().deliveryMode.encryptionKey, 'encrypted');
            await stage.arrives(1);
            await stage.arrives(2);
            stage.cameOnce(1, 2);
        },
    },
    {
        name: 'reads the messages of an empty long poll and after it',
        settings: { pollHold: 300 },
        async play(stage) {
            await subscribed(stage, [ownMessages]);
            await until(async () => (await stage.statistics()).emptyPolls >= 2, 'two empty polls');
            await stage.arrives(1);
            stage.cameOnce(1);
        },
    },
    {
        name: 'renews a subscription before it expires, and goes on',
        alike: true,
        settings: short,
        async play(stage) {
            await subscribed(stage, [ownPresence], early);
            await stage.arrives(1, ownPresence);
            await until(async () => await stage.answers('subscription_modify') >= 2, 'two renewals');
            await stage.arrives(2, ownPresence);
            stage.cameOnce(1, 2);
            expect(await stage.answers('subscription_create') === 1, 'subscribed anew');
        },
    },
    {
        name: 'follows a renewal to another channel and key',
        settings: { ...short, rotateOnRenewal: true },
        async play(stage) {
            const { subscription } = await subscribed(stage, [ownPresence], early);
            const { address, encryptionKey } = subscription.subscription().deliveryMode;
            const renewed = new Promise((resolve) => subscription.once(subscription.events.automaticRenewSuccess, resolve));
            await stage.arrives(1, ownPresence);
            const polls = await stage.answers('pubnub_subscribe');
            await renewed;
            expect(subscription.subscription().deliveryMode.address !== address, 'the channel is the same');
            expect(subscription.subscription().deliveryMode.encryptionKey !== encryptionKey, 'the key is the same');
            await listening(stage, polls + 1);
            await stage.arrives(2, ownPresence);
            stage.cameOnce(1, 2);
        },
    },
    {
        name: 'follows a renewal to another subscriber key',
        alike: true,
        async play(stage) {
            const { subscription } = await subscribed(stage, [ownPresence]);
            const polls = await stage.answers('pubnub_subscribe');
            const everything = { channel: true, key: true, subscriberKey: true };
            await stage.control('POST', `/sandbox/subscriptions/${subscription.subscription().id}/rotate`, everything);
            await subscription.renew();
            await listening(stage, polls + 1);
            await stage.arrives(1, ownPresence);
            stage.cameOnce(1);
        },
    },
    {
        name: 'gets what came while its connection was cut within an answer',
        async play(stage) {
            await subscribed(stage, [ownPresence]);
            await stage.inject('pubnub_subscribe', 'cut_body'); // of the poll after the one that waits
            await stage.arrives(1, ownPresence);
            await stage.arrives(2, ownPresence);
            expect((await stage.statistics()).faults === 1, 'nothing was cut');
            stage.cameOnce(1, 2);
        },
    },
    {
        name: 'gets what came while its connections were reset',
        alike: true,
        async play(stage) {
            await subscribed(stage, [ownPresence]);
            await stage.inject('pubnub_subscribe', 'reset', { times: 2 });
            await stage.arrives(1, ownPresence);
            await until(async () => (await stage.statistics()).faults >= 1, 'a reset');
            await stage.arrives(2, ownPresence);
            stage.cameOnce(1, 2);
        },
    },
    {
        name: 'refreshes a token that has expired, and repeats the call',
        async play(stage) {
            const { subscription } = await subscribed(stage, [ownPresence]);
            await stage.control('POST', '/sandbox/tokens/expire');
            await subscription.renew();
            expect(await stage.answers('subscription_modify', 401) === 1, 'the token was not refused');
            expect(await stage.answers('token') === 2, 'not refreshed');
            await stage.arrives(1, ownPresence);
            stage.cameOnce(1);
        },
    },
    {
        name: 'hears that its subscription is gone, and subscribes anew',
        async play(stage) {
            const { subscription } = await subscribed(stage, [ownPresence]);
            await stage.control('DELETE', `/sandbox/subscriptions/${subscription.subscription().id}`);
            const refusal = await subscription.renew().catch((problem) => problem);
            expect(refusal.response?.status === 404, `renewing gave ${refusal.message}`);
            expect((await refusal.response.clone().json()).errorCode === 'CMN-102', 'not CMN-102');
            const polls = await stage.answers('pubnub_subscribe');
            await subscription.setEventFilters([ownPresence]).register();
            await listening(stage, polls + 1);
            await stage.arrives(1, ownPresence);
            stage.cameOnce(1);
        },
    },
]);
