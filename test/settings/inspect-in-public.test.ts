import { describe, expect, it } from 'vitest';
import { inspectFaults } from '../../src/settings/inspect-in-public.ts';
import { stage } from '../flows/journey.ts';
import { Visitor } from '../support/visitor.ts';

const INSPECTED = { INSPECT: true, DANGEROUSLY_INSPECT_IN_PUBLIC: false };

describe('INSPECT', () => {
  it.each([
    'https://app.example',
    'https://drawbridge.acme.workers.dev',
    'https://10.0.0.7',
    ' https://app.example ',
  ])('at %s is an error of the settings', (origin) => {
    expect(inspectFaults({ INSPECT: 'true' }, origin)).toMatchObject([{ setting: 'INSPECT' }]);
    expect(inspectFaults({ INSPECT: 'true', DANGEROUSLY_INSPECT_IN_PUBLIC: 'true' }, origin)).toEqual([]);
    expect(inspectFaults({ INSPECT: 'false' }, origin)).toEqual([]);
  });

  it.each([
    'http://localhost:8787',
    'https://localhost:8443',
    'http://127.0.0.1:8787',
    'https://[::1]',
    undefined,
  ])('at %s is not', (origin) => {
    expect(inspectFaults({ INSPECT: true }, origin)).toEqual([]);
  });

  it.each([
    ['PUBLIC_ORIGIN', { PUBLIC_ORIGIN: 'https://login.example' }, 'http://localhost:8787'],
    ['the origin of the request', {}, 'https://login.example'],
    [
      'the origin of the request, whatever PUBLIC_ORIGIN says',
      { PUBLIC_ORIGIN: 'http://localhost:8787' },
      'https://login.example',
    ],
  ])('serves nothing, judged by %s', async (_, own, origin) => {
    const { visitor } = await stage({}, { ...INSPECTED, ...own });
    const public_ = new Visitor(visitor.env, origin);
    for (const path of ['/', '/login', '/session', '/token', '/healthz']) {
      const answer = await public_.getJson(path);
      expect(answer.status).toBe(503);
      expect(await answer.json()).toMatchObject({
        error: 'config_invalid',
        faults: [{ setting: 'INSPECT' }],
      });
    }
  });

  it('serves what it did where a second setting allows it', async () => {
    const { visitor } = await stage({}, { INSPECT: true, DANGEROUSLY_INSPECT_IN_PUBLIC: 'true' });
    expect((await visitor.getJson('/')).status).toBe(200);
  });
});
