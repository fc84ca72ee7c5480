import { describe, expect, it } from 'vitest';
import type { Grant } from '../../../src/grants/grant.ts';
import type { Provider } from '../../../src/providers/provider.ts';
import { keptFresh } from '../../../src/sessions/durable-object/keep-fresh.ts';
import type { Session } from '../../../src/sessions/session.ts';

const LIFE = 3600;
const MARGIN = 60;
const provider = { id: 'op', keep_fresh: true } as Partial<Provider> as Provider;
const config = { providers: new Map([['op', provider]]), refreshMarginSeconds: MARGIN };
const grant = {
  provider: 'op',
  refresh_token: 'refresh',
  issued_at: 0,
  expires_at: LIFE,
} as Partial<Grant> as Grant;

function refreshedAt(id: string): number {
  const session = { id, grants: [grant] } as Partial<Session> as Session;
  return keptFresh(session, config, () => undefined)[0]?.at ?? Number.NaN;
}

describe('refreshes in the background', () => {
  const times = Array.from({ length: 200 }, () => refreshedAt(crypto.randomUUID()));

  it('come apart for sessions that began together', () => {
    expect(new Set(times).size).toBeGreaterThan(100);
  });

  it('come before the token is due, by a tenth of its life at most', () => {
    expect(Math.max(...times)).toBeLessThanOrEqual(LIFE - MARGIN);
    expect(Math.min(...times)).toBeGreaterThanOrEqual((LIFE - MARGIN) * 0.9);
  });

  it('come at the same time however often that is asked', () => {
    expect(refreshedAt('a-session')).toBe(refreshedAt('a-session'));
  });
});
