import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { afterFailure, pendingEvent } from '../../src/connections/events.ts';
import { later } from '../sessions/durable-object/keeper-stage.ts';
import { connected, consent, exchange, postForm } from './stage.ts';

afterEach(() => {
  vi.useRealTimers();
});

const HOOK = 'https://hooks.example/drawbridge';
const SECRETS = ['whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', 'whsec_bmV3IHNlY3JldCBmb3Igd2ViaG9va3MgMTIz'];

interface Delivery {
  readonly id: string;
  readonly signature: string;
  readonly timestamp: string;
  readonly body: string;
}

/** Takes webhooks, or does not. */
function receiver() {
  const others = globalThis.fetch;
  const hook = { deliveries: [] as Delivery[], status: 204 };
  vi.stubGlobal(
    'fetch',
    Object.assign(async (input: RequestInfo, init?: RequestInit) => {
      const request = new Request(input, init);
      if (request.url !== HOOK) return others(request);
      const header = (name: string) => request.headers.get(name) ?? '';
      hook.deliveries.push({
        id: header('webhook-id'),
        signature: header('webhook-signature'),
        timestamp: header('webhook-timestamp'),
        body: await request.text(),
      });
      return new Response(null, { status: hook.status });
    }, others),
  );
  return hook;
}

async function told() {
  const made = await connected({}, { EVENTS_URL: HOOK, EVENTS_SECRET: SECRETS.join(',') });
  const hook = receiver();
  const alarm = () => runDurableObjectAlarm(made.stub);
  const types = () => hook.deliveries.map(({ body }) => (JSON.parse(body) as { type: string }).type);
  const endConsent = async () => {
    const answer = made.op.answers['/token'];
    made.op.answers['/token'] = () => Response.json({ error: 'invalid_grant' }, { status: 400 });
    later(400);
    expect((await exchange(made.visitor, made.key)).status).toBe(400);
    made.op.answers['/token'] = answer;
  };
  return { ...made, hook, alarm, types, endConsent };
}

describe('an event (Standard Webhooks)', () => {
  it('is told when the consent ends, is given again, and when the connection ends', async () => {
    const { visitor, op, id, alarm, types, endConsent, hook } = await told();
    await endConsent();
    await alarm();
    await consent(visitor, op, await postForm(visitor, `/connections/${id}/reconnect`));
    await alarm();
    await postForm(visitor, `/connections/${id}/end`);
    await alarm();
    expect(types()).toEqual([
      'connection.reauthorization_required',
      'connection.restored',
      'connection.ended',
    ]);
    expect(JSON.parse(hook.deliveries[0]?.body ?? '')).toEqual({
      type: 'connection.reauthorization_required',
      timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
      data: {
        connection: id,
        label: 'Nightly backup',
        provider: 'op',
        owner: { iss: 'https://op.example', sub: op.sub },
        state: 'reauthorization_required',
        since: expect.any(Number),
        reason: 'invalid_grant',
        reauthorization_uri: `https://app.example/connections/${id}`,
      },
    });
  });

  it('is signed with each secret, over id, time and body', async () => {
    const { alarm, endConsent, hook } = await told();
    await endConsent();
    await alarm();
    const [{ id, timestamp, body, signature } = fail()] = hook.deliveries;
    const expected = await Promise.all(
      SECRETS.map(async (secret) => {
        const bytes = Uint8Array.fromBase64(secret.slice('whsec_'.length));
        const key = await crypto.subtle.importKey('raw', bytes, { name: 'HMAC', hash: 'SHA-256' }, false, [
          'sign',
        ]);
        const text = new TextEncoder().encode(`${id}.${timestamp}.${body}`);
        return `v1,${new Uint8Array(await crypto.subtle.sign('HMAC', key, text)).toBase64()}`;
      }),
    );
    expect(signature.split(' ')).toEqual(expected);
    expect(Math.abs(Number(timestamp) - Date.now() / 1000)).toBeLessThan(5);
  });

  it('that does not arrive is sent again with the same id, later and later', async () => {
    const { alarm, endConsent, hook, stub } = await told();
    hook.status = 500;
    await endConsent();
    await alarm();
    expect(hook.deliveries).toHaveLength(1);
    const next = await runInDurableObject(stub, (_, { storage }) => storage.getAlarm());
    expect(next).toBeGreaterThan(Date.now());
    expect(next).toBeLessThanOrEqual(Date.now() + 5000);
    await evictDurableObject(stub);
    later(6);
    hook.status = 200;
    await alarm();
    later(60);
    await alarm();
    expect(hook.deliveries).toHaveLength(2);
    expect(new Set(hook.deliveries.map(({ id }) => id)).size).toBe(1);
  });

  it('keeps nobody waiting: the program has its answer before it is sent', async () => {
    const { endConsent, hook } = await told();
    hook.status = 500;
    await endConsent();
    expect(hook.deliveries).toHaveLength(0);
  });

  it('of a connection that has ended outlives it, and then nothing is left', async () => {
    const { visitor, id, alarm, types, hook, stub } = await told();
    hook.status = 503;
    await postForm(visitor, `/connections/${id}/end`);
    await alarm();
    hook.status = 200;
    later(10);
    await alarm();
    expect(types()).toEqual(['connection.ended', 'connection.ended']);
    later(10);
    await vi.waitFor(async () => {
      const left = await runInDurableObject(stub, (_, { storage }) => [...storage.kv.list()]);
      expect(left).toEqual([]);
    });
  });

  it('is given up after three days', () => {
    let event = pendingEvent({} as never, 0);
    let now = 0;
    for (;;) {
      const next = afterFailure(event, now, 0.99);
      if (!next) break;
      expect(next.id).toBe(event.id);
      [event, now] = [next, next.at];
    }
    expect(event.attempts).toBe(11);
    expect(now / 3_600_000).toBeGreaterThan(60);
    expect(now / 3_600_000).toBeLessThan(96);
  });
});

function fail(): never {
  throw new Error('nothing was delivered');
}
