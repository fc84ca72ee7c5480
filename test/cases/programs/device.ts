import { expect } from 'vitest';
import { DEVICE_CODE, post, postForm } from '../../connections/stage.ts';
import { later } from '../../sessions/durable-object/keeper-stage.ts';
import { locationOf, type Visitor } from '../../support/visitor.ts';
import type { Row } from '../case.ts';
import { type Program, program, refusedProgram, servedProgram } from './program.ts';

const CLIENT = { client_id: 'drawbridge-cli' };

interface Device {
  readonly device_code: string;
  readonly user_code: string;
}

/** A program has asked for a device code; what happens then. */
const device = (act: (asked: Program, device: Device) => Promise<Response>) =>
  program(async (asked) => {
    const form = { ...CLIENT, scope: 'op read', label: 'cli' };
    const response = await post(asked.visitor, '/device_authorization', form);
    return act(asked, (await response.json()) as Device);
  });

const poll = ({ visitor }: Program, device_code: string) =>
  post(visitor, '/token', { grant_type: DEVICE_CODE, ...CLIENT, device_code });

const decide = (visitor: Visitor, user_code: string, action: string) =>
  visitor.send('POST', '/device', {
    headers: { origin: 'https://app.example', 'sec-fetch-site': 'same-origin', accept: 'application/json' },
    body: new URLSearchParams({ user_code, action }),
  });

/** Approved in the browser, up to the provider. */
async function toProvider(visitor: Visitor, user_code: string): Promise<URL> {
  return locationOf(await postForm(visitor, '/device', { user_code, action: 'approve' }));
}

async function approved({ scene }: Program, user_code: string): Promise<void> {
  const back = await scene.visitor.get(scene.op.callback(await toProvider(scene.visitor, user_code)));
  expect(back.status).toBe(303);
}

/** Approved, then asked for the key by `times` polls; the last answer. */
const redeemed = (times: number) =>
  device(async (asked, { device_code, user_code }) => {
    await approved(asked, user_code);
    for (let again = 1; again < times; again++) await poll(asked, device_code);
    return poll(asked, device_code);
  });

const pending = refusedProgram(400, 'authorization_pending');

/** Codes that a person types for a program. */
// biome-ignore format: one line per case
export const DEVICE: readonly Row[] = [
  ['device-approved', 'RFC 8628 §3.5', redeemed(1), servedProgram({ tokenRequests: 3 })],
  ['device-code-used-twice', 'RFC 8628 §3.5', redeemed(2), refusedProgram(400, 'invalid_grant', { tokenRequests: 3 })],
  ['device-not-decided', 'RFC 8628 §3.5', device((asked, { device_code }) => poll(asked, device_code)), pending],
  ['device-polled-too-fast', 'RFC 8628 §3.5', device(async (asked, { device_code }) => { await poll(asked, device_code); return poll(asked, device_code); }), refusedProgram(400, 'slow_down')],
  ['device-polled-too-fast-all-the-time', 'RFC 8628 §3.5', device(async (asked, { device_code }) => { for (let polls = 0; polls < 8; polls++) { await poll(asked, device_code); later(4); } return poll(asked, device_code); }), pending],
  ['device-declined', 'RFC 8628 §3.5', device(async (asked, { device_code, user_code }) => { await decide(asked.scene.visitor, user_code, 'decline'); return poll(asked, device_code); }), refusedProgram(400, 'access_denied')],
  ['device-expired', 'RFC 8628 §3.5', device(async (asked, { device_code }) => { later(601); return poll(asked, device_code); }), refusedProgram(400, 'expired_token')],
  ['device-code-typed-too-late', 'RFC 8628 §3.3', device(async ({ scene }, { user_code }) => { later(601); return decide(scene.visitor, user_code, ''); }), refusedProgram(400, 'invalid_request')],
  ['device-code-of-nobody', 'RFC 8628 §5.2', device((asked, { device_code }) => poll(asked, device_code.slice(0, 20) + 'a'.repeat(44))), refusedProgram(400, 'invalid_grant')],
  ['device-of-another-client', 'RFC 8628 §3.1', program(({ visitor }) => post(visitor, '/device_authorization', { client_id: 'other', scope: 'op' })), refusedProgram(401, 'invalid_client')],
  ['device-for-no-provider', 'RFC 8628 §3.1', program(({ visitor }) => post(visitor, '/device_authorization', { ...CLIENT, scope: 'read' })), refusedProgram(400, 'invalid_scope')],
  ['device-approved-by-another-session', 'RFC 8628 §5.4', device(async ({ scene }, { user_code }) => {
    const url = await toProvider(scene.visitor, user_code);
    await scene.signIn();
    return scene.visitor.getJson(scene.op.callback(url));
  }), refusedProgram(400, 'state_mismatch', { tokenRequests: 3 })],
  ['device-approved-after-the-sign-out', 'RFC 8628 §5.4', device(async ({ scene }, { user_code }) => {
    const url = await toProvider(scene.visitor, user_code);
    await scene.visitor.post('/logout');
    return scene.visitor.getJson(scene.op.callback(url));
  }), refusedProgram(400, 'state_mismatch', { session: false })],
  ['device-approved-twice', 'RFC 8628 §5.4', device(async ({ scene }, { user_code }) => {
    const url = await toProvider(scene.visitor, user_code);
    await scene.visitor.get(scene.op.callback(await toProvider(scene.visitor, user_code)));
    return scene.visitor.getJson(scene.op.callback(url));
  }), refusedProgram(400, 'expired_token', { tokenRequests: 4 })],
  ['device-approved-from-elsewhere', 'RFC 8628 §5.4', device(({ scene }, { user_code }) => scene.visitor.send('POST', '/device', {
    headers: { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site', accept: 'application/json' },
    body: new URLSearchParams({ user_code, action: 'approve' }),
  })), refusedProgram(403, 'forbidden')],
  ['device-code-in-a-link', 'RFC 8628 §5.4', device(({ scene }, { user_code }) => scene.visitor.get(`/device?user_code=${user_code}`)), servedProgram(), async (_, response) => {
    expect(await response.clone().text()).toContain('<form');
  }],
  ['device-code-without-a-session', 'RFC 8628 §3.3', device(({ scene }, { user_code }) => decide(scene.stranger(), user_code, 'approve')), refusedProgram(401, 'not_signed_in')],
  ['device-code-guessed', 'RFC 8628 §5.1', device(({ scene }) => decide(scene.visitor, 'BCDF-GHJK', '')), refusedProgram(400, 'invalid_request')],
  ['device-code-guessed-six-times', 'RFC 8628 §5.1', device(async ({ scene }, { user_code }) => {
    for (let guess = 0; guess < 5; guess++) await decide(scene.visitor, 'BCDF-GHJK', '');
    return decide(scene.visitor, user_code, '');
  }), refusedProgram(429, 'rate_limited')],
  ['device-code-sprayed', 'RFC 8628 §5.1', device(async ({ scene }, { user_code }) => {
    for (let user = 0; user < 10; user++) {
      const other = scene.stranger();
      scene.op.sub = crypto.randomUUID();
      await scene.signIn('/login', other);
      for (let guess = 0; guess < 5; guess++) await decide(other, 'BCDF-GHJK', '');
    }
    return decide(scene.visitor, user_code, '');
  }), refusedProgram(429, 'rate_limited', { tokenRequests: 12 })],
];
