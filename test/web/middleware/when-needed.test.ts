import { Hono } from 'hono';
import { createMiddleware } from 'hono/factory';
import { describe, expect, it } from 'vitest';
import type { Settings } from '../../../src/settings/settings.ts';
import type { AppEnv } from '../../../src/web/app-env.ts';
import { type Optional, whenNeeded } from '../../../src/web/middleware/when-needed.ts';

const SETTINGS = { inspect: false } as Settings;

/** An app with these middlewares and one route, and in which order they ran. */
function appWith(...optional: readonly ((order: string[]) => Optional)[]) {
  const order: string[] = [];
  const app = new Hono<AppEnv>();
  app.onError((error, c) => c.text(`error: ${error.message}`, 500));
  app.use((c, next) => {
    c.set('settings', SETTINGS);
    return next();
  });
  app.use(whenNeeded(...optional.map((each) => each(order))));
  app.get('/', (c) => {
    order.push('route');
    return c.text('route');
  });
  app.get('/broken', () => {
    throw new Error('route');
  });
  return { app, order };
}

/** A middleware that notes when it runs, before and after the others. */
const around =
  (name: string, isNeeded = true) =>
  (order: string[]): Optional => [
    () => isNeeded,
    createMiddleware<AppEnv>(async (c, next) => {
      order.push(name);
      await next();
      order.push(`${name} saw ${c.res.status}`);
    }),
  ];

const answering = (order: string[]): Optional => [
  () => true,
  async (c) => {
    order.push('answer');
    return c.text('answer', 201);
  },
];

const throwing = (): Optional => [
  () => true,
  () => {
    throw new Error('middleware');
  },
];

const passing = (order: string[]): Optional => [
  () => true,
  (_, next) => {
    order.push('passing');
    return next();
  },
];

describe('middlewares that may have nothing to do', () => {
  it('are left out then', async () => {
    const { app, order } = appWith(around('one', false), around('two', false));
    expect(await (await app.request('/')).text()).toBe('route');
    expect(order).toEqual(['route']);
  });

  it('run in their order otherwise, around the route', async () => {
    const { app, order } = appWith(around('one'), around('left out', false), passing, around('two'));
    expect(await (await app.request('/')).text()).toBe('route');
    expect(order).toEqual(['one', 'passing', 'two', 'route', 'two saw 200', 'one saw 200']);
  });

  it('may answer in the place of the route, seen by those before', async () => {
    const { app, order } = appWith(around('one'), answering, around('never'));
    const response = await app.request('/');
    expect([response.status, await response.text()]).toEqual([201, 'answer']);
    expect(order).toEqual(['one', 'answer', 'one saw 201']);
  });

  it('lead an error of theirs to the handler of errors', async () => {
    const { app } = appWith(around('one'), throwing);
    expect(await (await app.request('/')).text()).toBe('error: middleware');
  });

  it('see the answer to an error of the route', async () => {
    const { app, order } = appWith(around('one'));
    expect(await (await app.request('/broken')).text()).toBe('error: route');
    expect(order).toEqual(['one', 'one saw 500']);
  });

  it('are asked once for the same settings', async () => {
    const asked: Settings[] = [];
    const isNeeded = (of: Settings) => {
      asked.push(of);
      return false;
    };
    const { app } = appWith(() => [isNeeded, (_, next) => next()]);
    await app.request('/');
    await app.request('/');
    expect(asked).toEqual([SETTINGS]);
  });
});
