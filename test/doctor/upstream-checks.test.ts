import { describe, expect, it } from 'vitest';
import { checkUpstreams } from '../../src/doctor/upstream-checks.ts';
import type { Env } from '../../src/settings/env.ts';
import { loadSettings } from '../../src/settings/load-settings.ts';
import { settings } from '../support/settings.ts';
import { answer, RawUpstream } from '../upstreams/raw-upstream.ts';

const PROVIDERS = { op: { issuer: 'https://op.example', client_id: 'client-1', display_name: 'Op' } };

/** What the doctor says of these upstreams, each finding as one line. */
async function linesOf(UPSTREAMS: unknown, env: Env = {}, online = false): Promise<string[]> {
  const read = loadSettings(settings({ PROVIDERS, OP_CLIENT_SECRET: 'x', UPSTREAMS, ...env }));
  const found = await checkUpstreams(read, { online });
  return found.map(({ level, subject, check, message }) => `${level} ${subject}: ${check} ${message}`);
}

const api = { path: '/api/', target: 'https://api.example.com/' };

describe('the doctor', () => {
  it('says where each upstream goes', async () => {
    expect(await linesOf({ api })).toEqual(['ok upstream api: path /api/ goes to https://api.example.com/.']);
  });

  it('asks a target whether it is there, without a token', async () => {
    const upstream = new RawUpstream();
    await upstream.answers(answer('401 Unauthorized'), answer('503 Busy'));
    const entry = { api: { path: '/api/', target: upstream.target } };
    expect((await linesOf(entry, {}, true))[1]).toBe(
      'ok upstream api: target answers (401 without a token).',
    );
    expect((await linesOf(entry, {}, true))[1]).toBe('warning upstream api: target answers 503.');
    const [request] = await upstream.arrived();
    expect(request?.headers.has('authorization')).toBe(false);
  });

  it('finds a target that is not there', async () => {
    const entry = { api: { path: '/api/', target: 'http://localhost:9/' } };
    expect((await linesOf(entry, {}, true))[1]).toMatch(/^(?:fault|warning) upstream api: target /);
  });

  it('says which pages an app takes away, and how to have them', async () => {
    const app = { path: '/app/', target: 'https://app.example.com/', kind: 'app' };
    expect((await linesOf({ app }))[0]).toMatch(/^warning upstreams: CONTROL_ORIGIN is not set, so \/admin/);
    const [line] = await linesOf({ app }, { CONTROL_ORIGIN: 'https://control.example' });
    expect(line).toBe(
      'ok upstreams: CONTROL_ORIGIN has /admin, /connections and /device. Register there as well: Op: https://control.example/callback.',
    );
  });

  it.each([
    [
      'headers alone tell who asks',
      { headers: { 'X-User': '{sub}' } },
      /^warning upstream api: headers identify the user/,
    ],
    [
      'an optional session with a claim',
      { session: 'optional', allow: { a: 'b' } },
      /^warning upstream api: session is optional/,
    ],
  ])('warns where %s', async (_, more, expected) => {
    expect(await linesOf({ api: { ...api, ...more } })).toContainEqual(expect.stringMatching(expected));
  });

  it('warns where `allow` asks for an e-mail that nobody can be trusted with', async () => {
    const untrusted = { op: { ...PROVIDERS.op, trust_email: false } };
    const lines = await linesOf(
      { api: { ...api, allow: { email: 'a@b.example' } } },
      { PROVIDERS: untrusted },
    );
    expect(lines).toContainEqual(
      expect.stringMatching(/^warning upstream api: allow requires an e-mail address/),
    );
  });
});
