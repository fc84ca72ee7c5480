import { afterEach, describe, expect, it, vi } from 'vitest';
import { logoutToken } from '../fakes/logout-token.ts';
import { type ScriptedProvider, signingKey } from '../fakes/scripted-provider.ts';
import { SESSION_KEEPER, TOKENS } from '../sessions/durable-object/keeper-stage.ts';
import { Visitor } from '../support/visitor.ts';
import { signIn, stage } from './journey.ts';

const keyRequests = (op: ScriptedProvider) => op.paths.filter((path) => path === '/jwks').length;
const later = (seconds: number) => vi.useFakeTimers({ now: Date.now() + seconds * 1000, toFake: ['Date'] });

afterEach(() => {
  vi.useRealTimers();
});

/** Signs with a new key that is published as `id`, and with that in the header of its tokens. */
async function changeKey(op: ScriptedProvider, id: string | undefined): Promise<void> {
  const { key, jwk } = await signingKey('key-1');
  const { kid: _, ...unnamed } = jwk;
  op.signing = { key, jwk: id === undefined ? unnamed : { ...jwk, kid: id } };
  op.idTokenHeader = ({ kid: __, ...right }) => (id === undefined ? right : { ...right, kid: id });
}

async function fresh({ env }: Visitor, op: ScriptedProvider): Promise<number> {
  return (await signIn(new Visitor(env), op)).status;
}

describe('a provider that changes its key (OpenID Connect Core §10.1.1)', () => {
  it.each([
    ['under a new key id', 'key-2'],
    ['under the old key id', 'key-1'],
    ['without a key id', undefined],
  ])('%s is believed at the next login', async (_, id) => {
    const { op, visitor } = await stage();
    await changeKey(op, id === undefined ? undefined : 'key-1');
    expect(await fresh(visitor, op)).toBe(303);
    await changeKey(op, id);
    expect(await fresh(visitor, op)).toBe(303);
    expect(keyRequests(op)).toBe(2);
  });

  it('again within ten seconds is believed after them', async () => {
    const { op, visitor } = await stage();
    await fresh(visitor, op);
    await changeKey(op, 'key-2');
    expect(await fresh(visitor, op)).toBe(303);
    await changeKey(op, 'key-3');
    expect(await fresh(visitor, op)).toBe(400);
    later(11);
    expect(await fresh(visitor, op)).toBe(303);
  });
});

describe('keys that can’t be read again', () => {
  const down = () => new Response('', { status: 503 });
  const empty = () => Response.json({ keys: [] });

  it.each([
    ['down', down],
    ['empty', empty],
  ])('as they are %s, leave those read before, and are asked for once in ten seconds', async (_, answer) => {
    const { op, visitor } = await stage();
    await fresh(visitor, op);
    op.answers['/jwks'] = answer;
    later(3700);
    for (let round = 0; round < 3; round++) expect(await fresh(visitor, op)).toBe(303);
    expect(keyRequests(op)).toBe(2);
    later(11);
    expect(await fresh(visitor, op)).toBe(303);
    expect(keyRequests(op)).toBe(3);
  });

  it.each([
    ['down', down],
    ['empty', empty],
  ])('as they are %s, are why a new key is not known, and the old one still is', async (_, answer) => {
    const { op, visitor } = await stage();
    await fresh(visitor, op);
    const { signing, idTokenHeader } = op;
    await changeKey(op, 'key-2');
    const next = { signing: op.signing, idTokenHeader: op.idTokenHeader };
    op.answers['/jwks'] = answer;
    for (let round = 0; round < 2; round++) expect(await fresh(visitor, op)).toBe(502);
    Object.assign(op, { signing, idTokenHeader });
    expect(await fresh(visitor, op)).toBe(303);
    Object.assign(op, next);
    op.answers['/jwks'] = undefined;
    later(11);
    expect(await fresh(visitor, op)).toBe(303);
  });

  it('for one login take nothing from what another has read meanwhile', async () => {
    const { op, visitor } = await stage();
    await fresh(visitor, op);
    await changeKey(op, 'key-2');
    const { keys } = op;
    const gate = Promise.withResolvers<Response>();
    op.answers['/jwks'] = () => gate.promise;
    later(3700);
    const slow = fresh(visitor, op);
    await vi.waitFor(() => expect(keyRequests(op)).toBe(2));
    op.answers['/jwks'] = () => Response.json({ keys: keys([op.signing.jwk]) });
    expect(await fresh(visitor, op)).toBe(303);
    gate.resolve(down());
    await slow;
    expect(await fresh(visitor, op)).toBe(303);
    expect(keyRequests(op)).toBe(3);
  });

  it('don’t cost the tokens of a refresh whose ID token is signed with a new one', async () => {
    const { op, visitor } = await stage();
    await signIn(visitor, op);
    await changeKey(op, 'key-2');
    const id_token = await op.signIdToken(null);
    op.tokenResponse = (right) => ({ ...right, id_token });
    op.answers['/jwks'] = down;
    for (let round = 0; round < 2; round++) {
      expect((await visitor.post('/session/refresh', { accept: 'application/json' })).status).toBe(200);
    }
  });
});

describe('a new key that is not listed yet', () => {
  it('does not cost the tokens of a refresh, nor sign anybody in', async () => {
    const { op, visitor } = await stage();
    await signIn(visitor, op);
    const listed = op.signing.jwk;
    await changeKey(op, 'key-2');
    op.keys = () => [listed];
    const id_token = await op.signIdToken(null);
    op.tokenResponse = (right) => ({ ...right, id_token });
    for (let round = 0; round < 2; round++) {
      expect((await visitor.post('/session/refresh', { accept: 'application/json' })).status).toBe(200);
    }
    expect(await fresh(visitor, op)).toBe(400);
  });
});

describe('a key id that nobody has', () => {
  it('does not make us ask again and again', async () => {
    const { op, visitor } = await stage();
    await signIn(visitor, op);
    op.idTokenHeader = (right) => ({ ...right, kid: 'nobody-has-it' });
    for (let round = 0; round < 5; round++) await fresh(visitor, op);
    expect(keyRequests(op)).toBeLessThanOrEqual(2);
  });

  it('in logout tokens of anybody uses up the budget of logout tokens, not the one of logins', async () => {
    const { op, visitor } = await stage({}, { TOKENS, SESSION_KEEPER });
    await fresh(visitor, op);
    const send = async (header: Record<string, unknown>) => {
      const logout_token = await logoutToken(op, { sub: 'nobody' }, header);
      return visitor.send('POST', '/backchannel-logout/op', { body: new URLSearchParams({ logout_token }) });
    };
    for (let round = 0; round < 3; round++) expect((await send({ kid: 'forged' })).status).toBe(400);
    expect(keyRequests(op)).toBe(2);
    await changeKey(op, 'key-2');
    expect(await fresh(visitor, op)).toBe(303);
    expect(keyRequests(op)).toBe(3);
  });

  it('in a logout token is asked for once a minute', async () => {
    const { op, visitor } = await stage({}, { TOKENS, SESSION_KEEPER });
    const send = async () => {
      const logout_token = await logoutToken(op, { sub: 'nobody' }, { kid: 'forged' });
      return visitor.send('POST', '/backchannel-logout/op', { body: new URLSearchParams({ logout_token }) });
    };
    await send();
    const before = keyRequests(op);
    later(30);
    await send();
    expect(keyRequests(op)).toBe(before);
    later(61);
    await send();
    expect(keyRequests(op)).toBe(before + 1);
  });
});
