import { expect, it } from 'vitest';

const SOURCES = new Set(Object.keys(import.meta.glob(['../../src/**/*.{ts,tsx}'])));
/** Folders of src/ that test/ has too. */
const FOLDERS =
  /^\.\.\/(?:connections|crypto|doctor|grants|inside|login|oauth|objects|providers|sessions|settings|upstreams|web)\//;
const TESTS = Object.keys(import.meta.glob(['../**/*.test.ts'])).filter((path) => FOLDERS.test(path));

/** What no single file of src/ does. */
const OF_MANY: Readonly<Record<string, string>> = {
  'inside/contract': 'the same interface in the app’s Worker and over a binding',
  'inside/fetch': 'what `c.var.fetch` does, whoever answers',
  'providers/kept': 'members of token responses that are kept, in all quirks',
  'providers/quirk-comments': 'the comments of all quirks',
  'providers/quirks': 'each quirk by itself',
  'providers/simulator': 'each preset against its provider',
  'providers/userinfo': 'who the user is, in the forms of all providers',
  'sessions/durable-object/keeper-property': 'any order of what can happen to a session',
  'sessions/durable-object/ownership': 'which object owns a grant',
  'sessions/durable-object/races': 'what happens to a session at once',
  'upstreams/allow': '`allow` of an upstream',
  'upstreams/app': 'upstreams with `kind = "app"`',
  'upstreams/dpop': 'tokens that are bound to a key',
  'upstreams/streams': 'responses that take long',
  'web/base-path': 'all routes below `BASE_PATH`',
  'web/brand': 'all pages with a brand',
  'web/oversized': 'requests that are too large, at all routes',
  'web/page-routes': 'which routes are checked as pages',
};

it('a test is where its source file is, or is listed with what it tests', () => {
  const names = TESTS.map((path) => path.replace('../', '').replace('.test.ts', ''));
  const hasSource = (name: string) => ['ts', 'tsx'].some((end) => SOURCES.has(`../../src/${name}.${end}`));
  expect(names.filter((name) => !hasSource(name) && !Object.hasOwn(OF_MANY, name))).toEqual([]);
  expect(Object.keys(OF_MANY).filter((name) => hasSource(name) || !names.includes(name))).toEqual([]);
});
