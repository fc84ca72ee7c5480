import { describe, expect, it, onTestFinished, vi } from 'vitest';
import page from '../../docs/cases.md?raw';
import type { Visitor } from '../support/visitor.ts';
import { type Follows, type Row, situationOf } from './case.ts';
import { Scene } from './scene.ts';
import { TABLE } from './table.ts';
import { expectNoSecret, expectNothingReflected, expectSafeHeaders, watchLog } from './watch.ts';

/** Plays one line of the table from outside, and looks at everything that must follow. */
async function play([, , happens, follows, more]: Row): Promise<void> {
  const log = watchLog();
  onTestFinished(() => {
    log.restore();
    vi.useRealTimers();
  });
  const { act = (scene: Scene) => scene.signIn(), ...setting } = situationOf(happens);
  const scene = await Scene.set(setting);
  const response = await act(scene);
  expect({ status: response.status, error: await errorIn(response) }).toEqual({
    status: follows.status,
    error: follows.error,
  });
  if (follows.location !== undefined) expect(response.headers.get('location')).toBe(follows.location);
  expect({ tokenRequests: scene.tokenRequests }).toEqual({ tokenRequests: follows.tokenRequests });
  expect([...scene.op.unexpected, ...scene.two.unexpected]).toEqual([]);
  expectSafeHeaders(response, follows.plain ?? false);
  await expectNothingReflected(scene.visitor, response);
  await expectLeft(scene.visitor, follows);
  await more?.(scene, response);
  expectNoSecret(log.lines(), scene);
}

/** The code of an error, of a page as well as of JSON. */
async function errorIn(response: Response): Promise<string | undefined> {
  const body = await response.clone().text();
  const isJson = response.headers.get('content-type')?.startsWith('application/json');
  if (!isJson || body === '') return undefined;
  return (JSON.parse(body) as { error?: string }).error;
}

/** What is left in the browser: no login that is not open, no session that is not somebody's. */
async function expectLeft(visitor: Visitor, { session, open }: Follows): Promise<void> {
  expect({ open: [...visitor.cookies.keys()].some((name) => name.includes('login-')) }).toEqual({ open });
  expect({ session: (await visitor.getJson('/session')).status === 200 }).toEqual({ session });
  if (!session) expect([...visitor.cookies.keys()].filter((name) => name.includes('session'))).toEqual([]);
}

describe.each(Object.entries(TABLE))('%s', (_, rows) => {
  it.each(rows.map((row) => [row[0], row[1], row] as const))('%s (%s)', (_id, _source, row) => play(row));
});

describe('the table', () => {
  const counts = Object.entries(TABLE).map(([name, rows]) => [name, rows.length] as const);
  const all = counts.reduce((sum, [, count]) => sum + count, 0);

  it('has 250 cases or more, each once', () => {
    const ids = Object.values(TABLE).flatMap((rows) => rows.map(([id]) => id));
    expect(new Set(ids).size).toBe(ids.length);
    expect(all).toBeGreaterThanOrEqual(250);
  });

  it('is as its page counts it', () => {
    for (const [name, count] of [...counts, ['All', all] as const]) {
      expect(page).toMatch(new RegExp(`^\\| ${name} +\\| ${count} +\\|`, 'm'));
    }
  });
});
