import { type Context, Hono } from 'hono';
import { PatternRouter } from 'hono/router/pattern-router';
import { describe, expect, it } from 'vitest';
import { inOne, type Routed } from '../../src/web/chain.ts';
import { RememberingRouter } from '../../src/web/remembering-router.ts';

const answerError = (error: Error, c: Context) => c.text(`error: ${error.message}`, 500);

/** The same app twice: with Hono's own composition, and with one handler for each path. */
function bothWays(routes: (app: Hono, order: string[]) => void) {
  return (['Hono’s way', 'one handler'] as const).map((way) => {
    const order: string[] = [];
    const app = new Hono({ router: new PatternRouter() });
    if (way === 'one handler') {
      app.router = new RememberingRouter<Routed>(app.router, (found) => inOne(found, answerError));
    }
    app.onError(answerError);
    app.notFound((c) => c.text('nothing here', 404));
    app.use(async (c, next) => {
      order.push('before');
      c.header('set-cookie', 'one=1', { append: true });
      await next();
      order.push(`after ${c.res.status} ${c.error?.message ?? 'no error'}`);
      c.res.headers.set('x-after', 'yes');
    });
    routes(app, order);
    return { app, order };
  });
}

function routes(app: Hono, order: string[]) {
  const inner = async (c: Context, next: () => Promise<void>) => {
    order.push('inner');
    if (c.req.query('answer') !== undefined) return c.text('inner');
    await next();
    if (c.req.query('late') !== undefined) throw new Error('late');
    return undefined;
  };
  app.use('/in/*', inner);
  app.get('/in/broken', () => {
    throw new Error('route');
  });
  app.get('/in/:name', (c) => {
    c.header('set-cookie', 'two=2', { append: true });
    return c.text(`${c.req.param('name')} ${c.req.routePath}`, 201);
  });
  app.get('/two', inner, (c) => c.json({ two: true }));
}

describe('the handlers of a path made into one', () => {
  it.each([
    ['GET', '/in/a%20b', 201],
    ['HEAD', '/in/a', 201],
    ['POST', '/in/a', 404],
    ['GET', '/in/broken', 500],
    ['GET', '/in/a?answer', 200],
    ['GET', '/in/a?late', 500],
    ['GET', '/two', 200],
    ['GET', '/nowhere', 404],
  ])('answer %s %s as Hono would, seen by each handler in the same order', async (method, path, status) => {
    const seen = await Promise.all(
      bothWays(routes).flatMap(async ({ app, order }) => {
        // Twice: the second time, the handler is remembered.
        await app.request(path, { method });
        const response = await app.request(path, { method });
        expect(response.status).toBe(status);
        return { order, headers: [...response.headers].sort(), body: await response.text() };
      }),
    );
    expect(seen[1]).toEqual(seen[0]);
    expect(seen[0]?.order.length).toBeGreaterThan(2);
  });

  it('throw on what is no Error, as Hono does', async () => {
    for (const { app } of bothWays((each) => {
      each.get('/', () => {
        throw 'text';
      });
    })) {
      await expect(app.request('/')).rejects.toBe('text');
    }
  });
});
