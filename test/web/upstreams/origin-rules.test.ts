import { describe, expect, it } from 'vitest';
import { ORIGIN } from '../../support/settings.ts';
import { upstreamStage } from '../../upstreams/stage.ts';

type Headers = Record<string, string>;

const NAVIGATION = { 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' };
const EVIL = 'https://evil.example';
const FROM = {
  'another site by fetch': {
    'sec-fetch-site': 'cross-site',
    'sec-fetch-mode': 'cors',
    'sec-fetch-dest': 'empty',
    origin: EVIL,
  },
  'another site by an image': {
    'sec-fetch-site': 'cross-site',
    'sec-fetch-mode': 'no-cors',
    'sec-fetch-dest': 'image',
  },
  'another site by a frame': {
    'sec-fetch-site': 'cross-site',
    'sec-fetch-mode': 'navigate',
    'sec-fetch-dest': 'iframe',
  },
  'another site by EventSource': {
    'sec-fetch-site': 'cross-site',
    'sec-fetch-mode': 'cors',
    'sec-fetch-dest': 'empty',
    accept: 'text/event-stream',
    origin: EVIL,
  },
  'a sister site': {
    'sec-fetch-site': 'same-site',
    'sec-fetch-mode': 'cors',
    'sec-fetch-dest': 'empty',
    origin: 'https://sister.app.example',
  },
  'another site, in a browser without Fetch Metadata': { origin: EVIL },
  'a sandboxed page': { origin: 'null' },
  'a page that contradicts itself': { 'sec-fetch-site': 'same-origin', origin: EVIL },
  'a site of a name that no browser sends': { 'sec-fetch-site': 'evil' },
  'another site that accepts pages': { origin: EVIL, accept: 'text/html' },
} satisfies Record<string, Headers>;

/** The status of a request, and whether it reached the upstream. */
async function tried(kind: string, method: string, headers: Headers) {
  const { visitor, upstream } = await upstreamStage({ entry: { kind } });
  const body = method === 'POST' ? { body: 'a=1' } : {};
  const { status } = await visitor.send(method, '/api/x', { headers, ...body });
  return { status, arrived: (await upstream.arrived()).length };
}

const PASSES = { status: 204, arrived: 1 };
const REFUSED = { status: 403, arrived: 0 };

describe.each(['api', 'app'])('an %s', (kind) => {
  it.each(Object.entries(FROM))('refuses to be read from %s', async (_, headers) => {
    expect(await tried(kind, 'GET', headers)).toEqual(REFUSED);
    expect(await tried(kind, 'HEAD', headers)).toEqual(REFUSED);
  });

  it.each(Object.entries(FROM))('refuses to be written from %s', async (_, headers) => {
    expect(await tried(kind, 'POST', headers)).toEqual(REFUSED);
  });

  it.each(['GET', 'HEAD', 'POST'])('takes %s from a page of our own', async (method) => {
    const own = { 'sec-fetch-site': 'same-origin', origin: ORIGIN };
    expect(await tried(kind, method, own)).toEqual(PASSES);
    expect(await tried(kind, method, { origin: ORIGIN })).toEqual(PASSES);
    expect(await tried(kind, method, { 'sec-fetch-site': 'same-origin', origin: 'null' })).toEqual(PASSES);
  });

  it('may be read, not written, by a typed address', async () => {
    const typed = { 'sec-fetch-site': 'none', ...NAVIGATION };
    expect(await tried(kind, 'GET', typed)).toEqual(PASSES);
    expect(await tried(kind, 'POST', typed)).toEqual(REFUSED);
  });

  it('may be read, not written, by who says nothing of where the request comes from', async () => {
    expect(await tried(kind, 'GET', {})).toEqual(PASSES);
    expect(await tried(kind, 'HEAD', {})).toEqual(PASSES);
    expect(await tried(kind, 'POST', {})).toEqual(REFUSED);
    expect(await tried(kind, 'DELETE', {})).toEqual(REFUSED);
  });
});

describe('a link on another site', () => {
  const link = { 'sec-fetch-site': 'cross-site', ...NAVIGATION };

  it('opens an app, not an API', async () => {
    expect(await tried('app', 'GET', link)).toEqual(PASSES);
    expect(await tried('api', 'GET', link)).toEqual(REFUSED);
    expect(await tried('app', 'HEAD', link)).toEqual(PASSES);
    expect(await tried('api', 'HEAD', link)).toEqual(REFUSED);
    expect(await tried('app', 'GET', { ...link, 'sec-fetch-site': 'same-site' })).toEqual(PASSES);
  });

  it('is no form', async () => {
    expect(await tried('app', 'POST', { ...link, origin: EVIL })).toEqual(REFUSED);
    expect(await tried('app', 'POST', link)).toEqual(REFUSED);
  });
});

describe('what a page loads to run or show it', () => {
  it.each([
    'script',
    'worker',
    'sharedworker',
    'serviceworker',
    'style',
    'object',
    'embed',
    'frame',
    'iframe',
  ])('is not answered by an API: %s', async (destination) => {
    const headers = { 'sec-fetch-site': 'same-origin', 'sec-fetch-dest': destination };
    expect(await tried('api', 'GET', headers)).toEqual(REFUSED);
    expect(await tried('app', 'GET', headers)).toEqual(PASSES);
  });

  it('is not answered by an API for a service worker', async () => {
    const headers = { 'sec-fetch-site': 'same-origin', 'service-worker': 'script' };
    expect(await tried('api', 'GET', headers)).toEqual(REFUSED);
  });
});
