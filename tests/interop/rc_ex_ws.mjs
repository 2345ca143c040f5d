// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
// The vendor's client for the WebSocket gateway.
import { expect, ownMessages, ownPresence, perform, require, until } from './harness.mjs';

const RingCentral = require('@rc-ex/core').default;
const WebSocketExtension = require('@rc-ex/ws').default;

async function login(stage) {
    const rc = new RingCentral({ server: stage.url, clientId: stage.clientId, clientSecret: stage.clientSecret });
    await rc.authorize({ jwt: stage.jwt });
    return rc;
}

async function connected(stage, rc, options = {}) {
    const { autoRecover, ...others } = options;
    const gateway = new WebSocketExtension({ ...others, autoRecover: { enabled: true, checkInterval: () => 100, ...autoRecover } });
    stage.finally(() => leave(gateway));
    await rc.installExtension(gateway);
    await until(() => gateway.connectionDetails, 'ConnectionDetails');
    return gateway;
}

/** Gone, as a program that was killed. */
function leave(gateway) {
    gateway.disable();
    clearInterval(gateway.intervalHandle);
    clearTimeout(gateway.pingServerHandle);
    gateway.ws?.terminate();
}

async function subscribed(stage, options) {
    const rc = await login(stage);
    const gateway = await connected(stage, rc, options);
    const subscription = await gateway.subscribe([ownPresence, ownMessages], stage.take);
    return { rc, gateway, subscription };
}

/** The state that the next recovery ends in. */
function recovery(gateway) {
    return new Promise((resolve) => {
        for (const state of ['autoRecoverSuccess', 'autoRecoverFailed']) {
            gateway.eventEmitter.once(state, () => resolve(gateway.connectionDetails.recoveryState ?? 'none'));
        }
    });
}

// This client listens for notifications a moment after it has read ConnectionDetails, not before.
const later = { replayDelay: 100 };
// It keeps a token for most of its life, while the gateway takes a token once: so tokens live shortly here.
const fresh = { ...later, wstokenLifetime: 1000 };

/** `cut` ends the connection; what happens before the next one comes after it, once, and nothing is asked for anew. */
async function survives(stage, cut) {
    const { gateway } = await subscribed(stage);
    await stage.arrives(1);
    const recovered = recovery(gateway);
    await cut();
    await until(async () => (await stage.statistics()).gatewayOpen === 0, 'the end of the connection');
    await stage.publish(ownMessages, { accountId: 1, changes: [{ type: 'SMS', newCount: 2, updatedCount: 0 }] });
    await stage.publish(ownMessages, { accountId: 1, changes: [{ type: 'SMS', newCount: 3, updatedCount: 0 }] });
    expect(await recovered === 'Successful', 'not recovered');
    await stage.brought(2, 3);
    await stage.arrives(4);
    stage.cameOnce(1, 2, 3, 4);
    const { recoveries, messagesReplayed } = await stage.statistics();
    expect(recoveries === 1 && messagesReplayed === 2, `${recoveries} recoveries, ${messagesReplayed} messages replayed`);
    expect(await stage.answers('subscription_create') === 1, 'subscribed anew');
}

await perform('@rc-ex/ws 1.4.2', [
    {
        name: 'logs in with a JWT, connects, subscribes, and gets what comes',
        async play(stage) {
            const { rc, subscription } = await subscribed(stage);
            await stage.arrives(1);
            await stage.arrives(2, ownPresence);
            stage.cameOnce(1, 2);
            expect(subscription.subscriptionInfo.deliveryMode.transportType === 'WebSocket', 'another transport');
            expect(stage.received[0].subscriptionId === subscription.subscriptionInfo.id, 'of another subscription');
            await subscription.revoke();
            await rc.revoke();
            expect(await stage.answers('subscription_delete', 204) === 1, 'was not removed');
            expect(await stage.answers('revoke') === 1, 'did not log out');
        },
    },
    {
        name: 'recovers a reset connection, and gets what it missed',
        settings: fresh,
        play: (stage) => survives(stage, () => stage.disturb('reset')),
    },
    {
        name: 'recovers a connection that ended without a close frame',
        alike: true,
        settings: fresh,
        play: (stage) => survives(stage, () => stage.disturb('lost')),
    },
    {
        name: 'recovers a connection that the gateway closed',
        alike: true,
        settings: fresh,
        play: (stage) => survives(stage, () => stage.disturb('close_frame', { size: 1001 })),
    },
    {
        name: 'recovers a connection after the idle timeout',
        alike: true,
        settings: { ...fresh, idleTimeout: 700 },
        async play(stage) {
            const { gateway } = await subscribed(stage);
            expect(await recovery(gateway) === 'Successful', 'not recovered');
            await stage.arrives(1);
            stage.cameOnce(1);
            expect((await stage.statistics()).gatewayTimeouts >= 1, 'no timeout');
        },
    },
    {
        name: 'stays connected by its heartbeats',
        settings: { idleTimeout: 700 },
        async play(stage) {
            await subscribed(stage, { autoRecover: { pingServerInterval: 200 } });
            await until(async () => (await stage.statistics()).gatewayHeartbeats >= 4, 'four heartbeats');
            await stage.arrives(1);
            const { gatewayConnections, gatewayTimeouts } = await stage.statistics();
            expect(gatewayConnections === 1 && gatewayTimeouts === 0, 'was disconnected');
        },
    },
    {
        name: 'recovers with the token it has kept, where the gateway takes it again',
        alike: true,
        settings: { ...later, wstokenReusable: true },
        play: (stage) => survives(stage, () => stage.disturb('reset')),
    },
    {
        name: 'subscribes anew when the recovery fails',
        settings: fresh,
        async play(stage) {
            const { gateway, subscription } = await subscribed(stage, { autoRecover: { checkInterval: () => 400 } });
            const { id } = subscription.subscriptionInfo;
            const recovered = recovery(gateway);
            await stage.inject('gateway_connect', 'recovery_refused', { codes: ['WSG-1005'], times: 0 });
            await stage.disturb('reset');
            expect(await recovered === 'Failed', 'recovered');
            await stage.control('DELETE', '/sandbox/faults');
            expect(gateway.connectionDetails.recoveryErrorCode === 'WSG-1005', 'another code');
            expect(subscription.subscriptionInfo.id !== id, 'the same subscription');
            await stage.arrives(1);
            stage.cameOnce(1);
        },
    },
    {
        name: 'subscribes anew when the time for a recovery is over',
        alike: true,
        settings: { ...fresh, recoveryTimeout: 1000 },
        async play(stage) {
            const { gateway, subscription } = await subscribed(stage, { autoRecover: { checkInterval: () => 2000 } });
            const { id } = subscription.subscriptionInfo;
            const recovered = recovery(gateway);
            await stage.disturb('reset');
            expect(await recovered === 'Failed', 'recovered');
            expect(subscription.subscriptionInfo.id !== id, 'the same subscription');
            await stage.arrives(1);
            stage.cameOnce(1);
        },
    },
    {
        name: 'goes on after a restart, with the session and subscription it kept',
        settings: { wstokenReusable: true },
        async play(stage) {
            const { rc, gateway, subscription } = await subscribed(stage);
            await stage.arrives(1);
            const kept = [gateway.wsc.token, subscription.subscriptionInfo];
            leave(gateway);
            await until(async () => (await stage.statistics()).gatewayOpen === 0, 'the end of the connection');
            const again = await connected(stage, rc, { wscToken: kept[0] });
            expect(again.connectionDetails.recoveryState === 'Successful', 'not recovered');
            await again.subscribe([ownPresence, ownMessages], stage.take, kept[1]);
            expect(again.subscription.subscriptionInfo.id === kept[1].id, 'another subscription');
            await stage.arrives(2);
            stage.cameOnce(1, 2);
            expect(await stage.answers('subscription_create') === 1, 'subscribed anew');
        },
    },
    {
        name: 'calls the API over the socket, and reads its errors',
        async play(stage) {
            const rc = await login(stage);
            await connected(stage, rc, { restOverWebSocket: true });
            const list = (await rc.get('/restapi/v1.0/account/~/extension', { perPage: 2, status: ['Enabled', 'Disabled'] })).data;
            expect(list.records.length === 2 && list.paging.totalElements === 8, 'another list');
            const refusal = await rc.get('/restapi/v1.0/subscription/none').catch((problem) => problem);
            expect(refusal.response?.status === 404, `the refusal was ${refusal.message}`);
            expect(refusal.response.data.errorCode === 'CMN-102', 'not CMN-102');
            expect((await stage.statistics()).gatewayRequests === 2, 'not over the socket');
        },
    },
    {
        name: 'reads a multipart answer, which makes its frame no JSON',
        async play(stage) {
            const rc = await login(stage);
            await connected(stage, rc, { restOverWebSocket: true });
            await stage.inject('gateway_request', 'boundary');
            const answer = await rc.get('/restapi/v1.0/account/~/extension/~');
            expect(answer.status === 200 && answer.data.startsWith('--Boundary'), 'not multipart');
            const next = await rc.get('/restapi/v1.0/account/~/extension/~');
            expect(String(next.data.id) === stage.extensions[0], 'another extension');
        },
    },
]);
