// Copyright (c) 2026 the ringtail authors. Distributed under the Boost Software License, Version 1.0.
// Plays scenarios, each against a sandbox of its own, and tells how they went. See run.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';

import { recorder } from './recorder.mjs';

export const require = createRequire(import.meta.url);

export const ownPresence = '/restapi/v1.0/account/~/extension/~/presence?detailedTelephonyState=true';
export const ownMessages = '/restapi/v1.0/account/~/extension/~/message-store';

const patience = 30_000;

/** What a scenario works with: the account, its control API, and what the client was given so far. */
class Stage {
    constructor(program, account) {
        Object.assign(this, account); // url, clientId, clientSecret, jwt, accountId, extensions
        this.program = program;
        this.received = [];
        this.endings = [];
    }

    /** To be done when the scenario is over, however it ends. */
    finally(act) {
        this.endings.push(act);
    }

    async control(method, path, body) {
        if (method !== 'GET') {
            recorder.control(method, path, body);
        }
        const text = body === undefined ? undefined : JSON.stringify(body);
        const answer = await fetch(this.url + path, { method, body: text });
        const content = await answer.json();
        expect(answer.ok, `${method} ${path}: ${content.error}`);
        return content;
    }

    /** Lets an event happen, which `subscriptions` of the sandbox hear about. */
    async publish(event, body, subscriptions = 1) {
        const hit = (await this.control('POST', '/sandbox/publish', { event, body })).subscriptions;
        expect(hit === subscriptions, `${hit} subscriptions were hit`);
    }

    inject(call, effect, more = {}) {
        return this.control('POST', '/sandbox/faults', { call, effect, ...more });
    }

    disturb(effect, more = {}) {
        return this.control('POST', '/sandbox/gateway/disturb', { effect, ...more });
    }

    statistics() {
        return this.control('GET', '/sandbox/statistics');
    }

    /** How many requests of a call were answered with that status. */
    async answers(call, status = 200) {
        return (await this.statistics()).answers[call]?.[status] ?? 0;
    }

    /** The client hands a notification to its user. */
    take = (notification) => {
        recorder.notified(notification);
        this.received.push(notification);
    };

    /** Publishes a mark, and waits until the client has brought it. */
    async arrives(mark, event = ownMessages) {
        await this.publish(event, content(event, mark));
        await this.brought(mark);
    }

    brought(...marks) {
        const brought = (mark) => this.received.some((each) => markOf(each) === mark);
        return until(() => marks.every(brought), `the notifications ${marks.join(', ')}`);
    }

    /** Nothing came twice, and each of these came. */
    cameOnce(...marks) {
        const got = this.received.map(markOf);
        expect(got.join() === marks.join(), `brought ${got.join() || 'nothing'} instead of ${marks.join()}`);
    }
}

/** A body that names its mark where the event's bodies have a number. */
function content(event, mark) {
    const presence = { extensionId: '1', sequence: mark, telephonyStatus: 'Ringing', totalActiveCalls: 1, activeCalls: [] };
    const changes = [{ type: 'SMS', newCount: mark, updatedCount: 0 }];
    return event.includes('/presence') ? presence : { accountId: 1, changes };
}

function markOf(notification) {
    return notification.body?.sequence ?? notification.body?.changes?.[0].newCount;
}

export function expect(holds, otherwise) {
    if (!holds) {
        throw new Error(otherwise);
    }
}

/** What `holds` says once it says something; asked again and again. */
export async function until(holds, what) {
    for (const end = Date.now() + patience; Date.now() < end; await pause(20)) {
        const said = await holds();
        if (said) {
            return said;
        }
    }
    throw new Error(`waited in vain for ${what}`);
}

async function raise(settings) {
    const program = spawn(process.env.SANDBOX_PROGRAM, [JSON.stringify(settings)], { stdio: ['pipe', 'pipe', 'inherit'] });
    const lines = createInterface(program.stdout);
    const [line] = await Promise.race([once(lines, 'line'), once(program, 'exit').then(() => ['null'])]);
    const account = JSON.parse(line);
    expect(account, 'the sandbox did not start');
    return new Stage(program, account);
}

/**
 * Plays the scenarios of one client, prints a line for each, and ends the process: with 1 when one has failed.
 * A scenario has `name`, `settings` of its sandbox, and `play(stage)`; one with `alike` is not recorded, being like
 * another one there.
 */
export async function perform(client, scenarios) {
    let failed = 0;
    for (const { name, settings = {}, play, alike } of scenarios) {
        const whole = { seed: 1, ...settings };
        const stage = await raise(whole);
        if (!alike) {
            recorder.begin(name, whole, stage);
        }
        let result = 'passed';
        let stop;
        // What a client throws behind everybody's back is its scenario's failure.
        const thrown = new Promise((_, reject) => (stop = reject));
        process.on('uncaughtException', stop);
        process.on('unhandledRejection', stop);
        try {
            await Promise.race([play(stage), thrown, pause(2 * patience, undefined, { ref: false }).then(() => expect(false, 'took too long'))]);
            recorder.end();
        } catch (problem) {
            result = `FAILED: ${problem?.message ?? problem}`;
            failed += 1;
            if (process.env.INTEROP_VERBOSE) {
                console.error(problem);
            }
        }
        for (const end of stage.endings) {
            await Promise.resolve().then(end).catch(() => undefined);
        }
        process.off('uncaughtException', stop);
        process.off('unhandledRejection', stop);
        thrown.catch(() => undefined);
        stage.program.stdin.end();
        await once(stage.program, 'exit');
        console.log(`${client.padEnd(36)} ${name.padEnd(68)} ${result}`);
    }
    if (failed === 0) {
        recorder.write(client);
    }
    process.exit(failed ? 1 : 0);
}
