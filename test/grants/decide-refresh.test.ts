import { describe, expect, it } from 'vitest';
import { DrawbridgeError, errorData } from '../../src/errors.ts';
import { applyOutcome, errorFor, type RefreshResult } from '../../src/grants/apply-outcome.ts';
import { decideRefresh, type Force } from '../../src/grants/decide-refresh.ts';
import type { Grant } from '../../src/grants/grant.ts';
import { type Retry, retryAfter } from '../../src/grants/retries.ts';
import { providerWith } from '../providers/provider-with.ts';

const NOW = 10_000;
const provider = { ...providerWith({}), issuer: 'https://op.example/' };
const grant: Grant = {
  provider: provider.id,
  issuer: 'https://op.example/',
  iss: 'https://op.example/',
  sub: 'user-1',
  sid: undefined,
  access_token: 'access',
  token_type: 'bearer',
  scope: '',
  issued_at: NOW - 100,
  expires_at: NOW + 1000,
  refresh_token: 'refresh',
  id_token: undefined,
  dpop_key: undefined,
  refreshed_at: undefined,
  refresh_count: 0,
  members: {},
  state: 'state',
};
const unreachable = new DrawbridgeError('provider_unreachable');
const waiting: Retry = { failures: 1, at: NOW + 5, error: errorData(unreachable) };
const asked: Retry = { ...waiting, at: NOW + 600, asked: true };
const over = { expires_at: NOW - 1 };
const due = { expires_at: NOW + 10 };

describe('a refresh', () => {
  it.each<[string, Force, Partial<Grant>, Retry | undefined, string]>([
    ['is not due while the access token lives', false, {}, undefined, 'serve'],
    ['is due before the access token ends', false, due, undefined, 'refresh'],
    ['is due once it has ended', false, over, undefined, 'refresh'],
    ['never is for a token without an end', false, { expires_at: undefined }, undefined, 'serve'],
    ['is done when a user asks', true, {}, undefined, 'refresh'],
    ['is done when a resource server rejects the token', 'rejected', {}, undefined, 'refresh'],
    ['is not done twice within 300 s for it', 'rejected', { rejected_at: NOW - 299 }, undefined, 'serve'],
    ['is done again after 300 s', 'rejected', { rejected_at: NOW - 300 }, undefined, 'refresh'],
    ['waits after a failure, and the live token serves', false, due, waiting, 'serve'],
    ['waits after a failure, and nothing serves', false, over, waiting, 'refuse'],
    ['does not wait for a user who asks', true, {}, waiting, 'refresh'],
    ['waits if a resource server asks', 'rejected', {}, waiting, 'refuse'],
    ['waits as the provider asked, whoever asks (RFC 9110 §10.2.3)', true, {}, asked, 'refuse'],
    ['can’t be without a refresh token', true, { refresh_token: undefined }, undefined, 'refuse'],
    [
      'goes to no other issuer than the grant’s',
      false,
      { issuer: 'https://else.example' },
      undefined,
      'ended',
    ],
    [
      'knows its issuer with or without the last slash',
      true,
      { issuer: 'https://op.example' },
      undefined,
      'refresh',
    ],
  ])('%s', (_, force, own, retry, kind) => {
    const decision = decideRefresh({ ...grant, ...own }, provider, { now: NOW, margin: 60, force, retry });
    expect(decision.kind).toBe(kind);
  });

  it.each<Force>([true, 'rejected'])('forced (%s) with an older version than is stored, is done', (force) => {
    const seen = { state: 'state', refresh_count: -1 };
    const when = { now: NOW, margin: 60, force, seen, retry: undefined };
    expect(decideRefresh(grant, provider, when).kind).toBe('serve');
  });
});

describe('the outcome of a refresh', () => {
  const when = { now: NOW, random: 0, force: false, retry: undefined } as const;
  const error = new DrawbridgeError('login_required');
  const renewed: RefreshResult = { kind: 'refreshed', grant: { ...grant, refresh_count: 1 } };

  it('is the new grant, with a mark if a resource server had rejected the one before', () => {
    expect(applyOutcome(grant, grant, renewed, when)).toMatchObject({
      grant: renewed.grant,
      retry: undefined,
    });
    const { grant: marked } = applyOutcome(grant, grant, renewed, { ...when, force: 'rejected' });
    expect(marked?.rejected_at).toBe(NOW);
  });

  it('is no grant if the provider has ended it', () => {
    expect(applyOutcome(grant, grant, { kind: 'ended', error }, when).grant).toBeUndefined();
  });

  it('is the grant without its refresh token if that is used up', () => {
    const { grant: left } = applyOutcome(grant, grant, { kind: 'spent', error, successor: undefined }, when);
    expect(left).toEqual({ ...grant, refresh_token: undefined, spent: true });
  });

  it('is a wait if the provider can’t be reached', () => {
    const { grant: left, retry } = applyOutcome(grant, grant, { kind: 'failed', error: unreachable }, when);
    expect(left).toBe(grant);
    expect(retry).toMatchObject({ failures: 1, at: NOW + 2.5 });
  });

  it('changes no other version, and brings back no grant that has ended meanwhile', () => {
    const newer = { ...grant, state: 'of a later login' };
    expect(applyOutcome(newer, grant, renewed, when).grant).toBe(newer);
    expect(applyOutcome(newer, grant, { kind: 'ended', error }, when).grant).toBe(newer);
    expect(applyOutcome(undefined, grant, renewed, when).grant).toBeUndefined();
  });

  it('is an error for who forced it, and for others once the token has ended', () => {
    const failed: RefreshResult = { kind: 'failed', error: unreachable };
    expect(errorFor(failed, grant, { force: false, now: NOW })).toBeUndefined();
    expect(errorFor(failed, grant, { force: true, now: NOW })).toBe(unreachable);
    expect(errorFor(failed, { ...grant, ...over }, { force: false, now: NOW })).toBe(unreachable);
  });
});

describe('the wait after a failure', () => {
  const at = (failures: number, seconds?: number) => {
    const before = { ...waiting, failures };
    const data = { ...errorData(unreachable), ...(seconds !== undefined && { retryAfter: seconds }) };
    return retryAfter(before, data, { now: 0, random: 0 });
  };

  it('is longer each time, as long as the provider asks, and an hour at most', () => {
    expect([0, 1, 2, 9].map((failures) => at(failures).at)).toEqual([2.5, 5, 10, 30]);
    expect(at(0, 600)).toMatchObject({ at: 600, asked: true });
    expect(at(0, 1)).toMatchObject({ at: 2.5, asked: true });
    expect(at(0, 1e9).at).toBe(3600);
  });
});
