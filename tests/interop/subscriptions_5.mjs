// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
// The vendor's JavaScript client of today, which is on the WebSocket gateway.
import { expect, ownMessages, ownPresence, perform, require, until } from './harness.mjs';

const { SDK } = require('sdk-5');
const { Subscriptions } = require('subscriptions-5');

async function subscribed(stage) {
    const sdk = new SDK({ server: stage.url, clientId: stage.clientId, clientSecret: stage.clientSecret });
    await sdk.platform().login({ jwt: stage.jwt });
    const subscriptions = new Subscriptions({ sdk });
    const subscription = subscriptions.createSubscription();
    subscription.on(subscription.events.notification, stage.take);
    subscription.setEventFilters([ownPresence, ownMessages]);
    const made = await subscription.register();
    const gateway = made.wse;
    stage.finally(() => {
        gateway.disable();
        clearInterval(gateway.intervalHandle);
        clearTimeout(gateway.pingServerHandle);
        gateway.ws.terminate();
    });
    return { sdk, gateway, made };
}

// This client listens for notifications a moment after it has read ConnectionDetails, not before. It keeps a token for
// most of its life, while the gateway takes a token once; after two seconds, when it looks after a lost connection,
// tokens of this life are no longer kept.
const fresh = { replayDelay: 100, wstokenLifetime: 2000 };

async function survives(stage, cut) {
    await subscribed(stage);
    await stage.arrives(1, ownPresence);
    await cut();
    await until(async () => (await stage.statistics()).gatewayOpen === 0, 'the end of the connection');
    await stage.publish(ownMessages, { accountId: 1, changes: [{ type: 'SMS', newCount: 2, updatedCount: 0 }] });
    await stage.brought(2);
    await stage.arrives(3);
    stage.cameOnce(1, 2, 3);
    const { recoveries, messagesReplayed } = await stage.statistics();
    expect(recoveries === 1 && messagesReplayed === 1, `${recoveries} recoveries, ${messagesReplayed} messages replayed`);
}

await perform('@ringcentral/subscriptions 5.0.11', [
    {
        name: 'logs in with a JWT, subscribes, and gets what comes',
        async play(stage) {
            const { sdk, made } = await subscribed(stage);
            await stage.arrives(1);
            await stage.arrives(2, ownPresence);
            stage.cameOnce(1, 2);
            expect(stage.received[0].subscriptionId === made.subscriptionInfo.id, 'of another subscription');
            await made.revoke();
            await sdk.platform().logout();
            expect(await stage.answers('subscription_delete', 204) === 1, 'was not removed');
            expect(await stage.answers('revoke') === 1, 'did not log out');
        },
    },
    {
        name: 'recovers a reset connection, and gets what it missed',
        alike: true,
        settings: fresh,
        play: (stage) => survives(stage, () => stage.disturb('reset')),
    },
    {
        name: 'recovers a connection that the gateway closed',
        alike: true,
        settings: fresh,
        play: (stage) => survives(stage, () => stage.disturb('close_frame', { size: 1001 })),
    },
    {
        name: 'recovers after its login was refreshed',
        settings: fresh,
        async play(stage) {
            await survives(stage, async () => {
                await stage.control('POST', '/sandbox/tokens/expire');
                await stage.disturb('reset');
            });
            expect(await stage.answers('wstoken', 401) === 1 && await stage.answers('token') === 2, 'not refreshed');
        },
    },
    {
        name: 'subscribes anew when the recovery fails',
        alike: true,
        settings: fresh,
        async play(stage) {
            const { made } = await subscribed(stage);
            const { id } = made.subscriptionInfo;
            await stage.inject('gateway_connect', 'recovery_refused', { codes: ['WSG-1003'] });
            await stage.disturb('reset');
            await until(() => made.subscriptionInfo.id !== id, 'another subscription');
            await stage.arrives(1);
            stage.cameOnce(1);
        },
    },
]);
