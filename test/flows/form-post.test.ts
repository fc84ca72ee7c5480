import { describe, expect, it } from 'vitest';
import { SESSION_KEEPER, TOKENS } from '../sessions/durable-object/keeper-stage.ts';
import { locationOf, type Visitor } from '../support/visitor.ts';
import { stage } from './journey.ts';

/** The answer that a page of the provider posts: cookies with SameSite=Lax stay behind. */
async function post(visitor: Visitor, body: URLSearchParams): Promise<Response> {
  const lax = [...visitor.cookies].filter(([name]) => !name.includes('login-'));
  for (const [name] of lax) visitor.cookies.delete(name);
  const answer = await visitor.send('POST', '/callback', {
    body,
    headers: { 'sec-fetch-site': 'cross-site' },
  });
  for (const [name, value] of lax) if (!visitor.cookies.has(name)) visitor.cookies.set(name, value);
  return answer;
}

describe('a login whose answer is posted by the provider (form_post)', () => {
  it('ends the session that it replaces, as in query mode', async () => {
    const { op, visitor } = await stage({ response_mode: 'form_post' }, { TOKENS, SESSION_KEEPER });
    op.sub = crypto.randomUUID();
    expect((await post(visitor, op.authorize(locationOf(await visitor.get('/login'))))).status).toBe(303);
    const old = visitor.at(visitor.env);
    op.sub = crypto.randomUUID();
    expect((await post(visitor, op.authorize(locationOf(await visitor.get('/login'))))).status).toBe(303);
    expect(await (await visitor.getJson('/session')).json()).toMatchObject({ sub: op.sub });
    expect((await old.getJson('/session')).status).toBe(401);
  });

  it('that adds to a session comes again with its cookie', async () => {
    const { op, visitor } = await stage({ response_mode: 'form_post' }, { TOKENS, SESSION_KEEPER });
    op.sub = crypto.randomUUID();
    await post(visitor, op.authorize(locationOf(await visitor.get('/login'))));
    const started = await visitor.follow('/login?connect=1&return_to=/a');
    const posted = await post(visitor, op.authorize(locationOf(started)));
    expect(posted.status).toBe(303);
    const again = locationOf(posted);
    expect((await visitor.get(again.pathname + again.search)).headers.get('location')).toBe('/a');
  });
});
