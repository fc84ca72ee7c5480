import { type Context, Hono } from 'hono';
import { describe, expect, it } from 'vitest';
import { cookieJar } from '../../src/sessions/cookies/cookie-jar.ts';
import type { AppEnv } from '../../src/web/app-env.ts';
import { answerJson, redirectTo } from '../../src/web/data-answer.ts';
import { answerHeaders } from '../../src/web/middleware/headers.ts';

type Answer = (c: Context<AppEnv>) => Response;

/** What a browser gets of this answer at this origin, after two cookies were set. */
async function received(origin: string, answer: Answer) {
  const app = new Hono<AppEnv>();
  app.use(answerHeaders);
  app.get('/', (c) => {
    const jar = cookieJar(null, origin);
    c.set('origin', origin);
    c.set('jar', jar);
    jar.set('one', '1', 60);
    jar.clear('two');
    return answer(c);
  });
  const response = await app.request('/');
  return { status: response.status, headers: [...response.headers].sort(), body: await response.text() };
}

const VALUE = { sub: 'ada', grants: [] };
const ANSWERS: readonly (readonly [name: string, Answer, Answer])[] = [
  ['a redirect', (c) => redirectTo(c, '/session', 303), (c) => c.redirect('/session', 303)],
  [
    'a redirect to a path in another script',
    (c) => redirectTo(c, '/\u65e5\u672c?a=b', 302),
    (c) => c.redirect('/\u65e5\u672c?a=b', 302),
  ],
  ['JSON', (c) => answerJson(c, VALUE), (c) => c.json(VALUE)],
];

describe.each(['https://app.example', 'http://localhost:8787'])('at %s', (origin) => {
  it.each(ANSWERS)('%s made at once is what the middleware would make of it', async (_, own, usual) => {
    const answer = await received(origin, own);
    expect(answer).toEqual(await received(origin, usual));
    expect(answer.headers.filter(([name]) => name === 'set-cookie')).toHaveLength(2);
    expect(answer.headers.map(([name]) => name)).toContain('cache-control');
  });
});
