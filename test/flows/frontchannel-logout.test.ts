import { describe, expect, it } from 'vitest';
import { SESSION_KEEPER, TOKENS } from '../sessions/durable-object/keeper-stage.ts';
import { errorOf, Visitor } from '../support/visitor.ts';
import { stage } from './journey.ts';
import { signedInAs, statusOf } from './provider-session.ts';

const IN_FRAME = { 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'iframe', 'sec-fetch-site': 'cross-site' };

/** What the provider's frame loads: our cookies do not come with it. */
function load(visitor: Visitor, query: Record<string, string> | string): Promise<Response> {
  const framed = new Visitor(visitor.env);
  return framed.send('GET', `/frontchannel-logout/op?${new URLSearchParams(query)}`, { headers: IN_FRAME });
}

const onServer = (entry = {}) => stage(entry, { TOKENS, SESSION_KEEPER });

describe('a front-channel logout (OpenID Connect Front-Channel Logout §2)', () => {
  it('ends the sessions of its sid and no other, without a cookie', async () => {
    const { op, visitor } = await onServer();
    const sid = crypto.randomUUID();
    const [ended, left] = [await signedInAs(sid, op, visitor), await signedInAs('other', op, visitor)];
    const response = await load(visitor, { iss: op.issuer, sid });
    expect(response.status).toBe(200);
    expect(await statusOf(ended)).toBe(401);
    expect(await statusOf(left)).toBe(200);
    expect(op.paths).not.toContain('/revoke');
  });

  it('may be framed by the provider alone, is not kept, and tells nothing of the sid', async () => {
    const { op, visitor } = await onServer({ end_session_endpoint: 'https://out.example/end' });
    const sid = crypto.randomUUID();
    await signedInAs(sid, op, visitor);
    const pages = [];
    for (const named of [sid, 'nobody']) {
      const response = await load(visitor, { iss: op.issuer, sid: named });
      expect(response.headers.get('x-frame-options')).toBeNull();
      expect(response.headers.get('cache-control')).toBe('no-store');
      expect(response.headers.get('content-security-policy')).toContain(
        'frame-ancestors https://op.example https://out.example;',
      );
      pages.push(await response.text());
    }
    expect(pages[0]).toBe(pages[1]);
  });

  it.each<[string, string, string]>([
    ['without iss', 'sid=a', 'invalid_request'],
    ['without sid', 'iss=https://op.example', 'invalid_request'],
    ['with an empty sid', 'iss=https://op.example&sid=', 'invalid_request'],
    ['with two sids', 'iss=https://op.example&sid=a&sid=b', 'invalid_request'],
    ['with a huge sid', `iss=https://op.example&sid=${'a'.repeat(300)}`, 'invalid_request'],
    ['of another issuer', 'iss=https://evil.example&sid=a', 'issuer_mismatch'],
    ['of nearly that issuer', 'iss=https://op.example/&sid=a', 'issuer_mismatch'],
  ])('%s is refused, and can’t be framed', async (_, query, error) => {
    const { op, visitor } = await onServer();
    const browser = await signedInAs('a', op, visitor);
    const framed = new Visitor(visitor.env);
    const response = await framed.getJson(`/frontchannel-logout/op?${query}`);
    expect(response.status).toBe(400);
    expect(response.headers.get('content-security-policy')).toContain("frame-ancestors 'none'");
    expect(await errorOf(response)).toBe(error);
    expect(await statusOf(browser)).toBe(200);
  });

  it('is not done by HEAD or ahead of a visit', async () => {
    const { op, visitor } = await onServer();
    const browser = await signedInAs('b', op, visitor);
    const path = `/frontchannel-logout/op?iss=${op.issuer}&sid=b`;
    expect((await visitor.send('HEAD', path)).status).toBe(405);
    expect((await visitor.get(path, { 'sec-purpose': 'prefetch' })).status).toBe(403);
    expect(await statusOf(browser)).toBe(200);
  });

  it('with sessions in cookies says that it is not there', async () => {
    const { op, visitor } = await stage();
    const response = await visitor.getJson(`/frontchannel-logout/op?iss=${op.issuer}&sid=a`);
    expect(response.status).toBe(404);
    expect(((await response.json()) as { hint: string }).hint).toContain('SESSION_KEEPER');
  });

  it('of an unknown provider is refused', async () => {
    const { visitor } = await onServer();
    expect(await errorOf(await visitor.getJson('/frontchannel-logout/nope?iss=x&sid=a'))).toBe(
      'unknown_provider',
    );
  });
});
