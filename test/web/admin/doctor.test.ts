import { describe, expect, it } from 'vitest';
import type { Finding } from '../../../src/doctor/finding.ts';
import type { Env } from '../../../src/settings/env.ts';
import { stage } from '../../flows/journey.ts';
import { SESSION_KEEPER, TOKENS } from '../../sessions/durable-object/keeper-stage.ts';

const ADMIN_TOKEN = 'hB7kQ2xW9eT4uY6iO1pA3sD5fG8jK0lZ';
const BEARER = { authorization: `Bearer ${ADMIN_TOKEN}`, 'cf-connecting-ip': '192.0.2.200' };

interface Diagnosis {
  readonly status: string;
  readonly findings: readonly Finding[];
}

async function examine(own: Env = {}): Promise<Diagnosis> {
  const { visitor } = await stage({}, { TOKENS, SESSION_KEEPER, ADMIN_TOKEN, ...own });
  const response = await visitor.send('POST', '/admin/doctor', { headers: BEARER });
  expect(response.status).toBe(200);
  return response.json();
}

describe('/admin/doctor', () => {
  it('tries the storage from inside the Worker', async () => {
    const { findings } = await examine();
    expect(findings).toContainEqual(expect.objectContaining({ check: 'TOKENS', message: 'can be written.' }));
    expect(findings).toContainEqual(
      expect.objectContaining({ check: 'SESSION_KEEPER', message: 'answers.' }),
    );
  });

  it('names KV that can’t be written', async () => {
    const full = { put: () => Promise.reject(new Error('KV put() limit exceeded for the day')) };
    const { status, findings } = await examine({ TOKENS: full });
    expect(status).toBe('fault');
    expect(findings).toContainEqual(
      expect.objectContaining({ level: 'fault', check: 'TOKENS', message: 'can’t be written.' }),
    );
  });

  it('is a page for people, without a secret', async () => {
    const { visitor, op } = await stage({}, { ADMIN_TOKEN });
    await visitor.send('POST', '/admin/sign-in', {
      headers: { origin: visitor.origin, 'sec-fetch-site': 'same-origin', 'cf-connecting-ip': '192.0.2.201' },
      body: new URLSearchParams({ token: ADMIN_TOKEN }),
    });
    const form = await visitor.get('/admin/doctor', { 'sec-fetch-site': 'cross-site' });
    expect(await form.text()).toMatch(/<form method="post" action="\/admin\/doctor">\s*<button/);
    expect(op.requests).toEqual([]);
    const page = await (await visitor.post('/admin/doctor')).text();
    expect(page).toContain('https://app.example/callback');
    expect(page).not.toContain(op.clientSecret);
    expect(page).not.toContain(ADMIN_TOKEN);
  });

  it('runs for a page of ours or for a token, and for no other site', async () => {
    const { visitor, op } = await stage({}, { ADMIN_TOKEN });
    await visitor.send('POST', '/admin/sign-in', {
      headers: { origin: visitor.origin, 'sec-fetch-site': 'same-origin', 'cf-connecting-ip': '192.0.2.202' },
      body: new URLSearchParams({ token: ADMIN_TOKEN }),
    });
    for (const site of ['cross-site', 'same-site', 'none']) {
      const headers = { origin: 'https://evil.example', 'sec-fetch-site': site };
      expect((await visitor.send('POST', '/admin/doctor', { headers })).status).toBe(403);
    }
    const byProgram = await visitor.get('/admin/doctor', BEARER);
    expect([byProgram.status, byProgram.headers.get('allow')]).toEqual([405, 'POST']);
    expect(op.requests).toEqual([]);
  });

  it('is for operators', async () => {
    const { visitor } = await stage({}, { ADMIN_TOKEN });
    expect((await visitor.getJson('/admin/doctor')).status).toBe(401);
  });
});
