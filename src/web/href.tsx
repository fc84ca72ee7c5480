import type { Context } from 'hono';
import { createContext, useContext } from 'hono/jsx';
import type { JSX } from 'hono/jsx/jsx-runtime';
import { readSettings } from '../settings/settings.ts';
import type { AppEnv } from './app-env.ts';

const BasePath = createContext('');

/** Where an own route is for a browser: `/session` -> `/auth/session` with `BASE_PATH` = `/auth`. */
export function href(c: Context<AppEnv>, path: string): string {
  return basePathOf(c) + path;
}

/** The same inside a component, while `showPage` or `atBasePath` renders it. */
export function link(path: string): string {
  return useContext(BasePath) + path;
}

/** Answers with a page, its links below `BASE_PATH`. */
export function showPage(c: Context<AppEnv>, content: JSX.Element): Response | Promise<Response> {
  return c.html(atBasePath(basePathOf(c), content));
}

/** The page with its links below `basePath`. */
export function atBasePath(basePath: string, content: JSX.Element): JSX.Element {
  return <BasePath.Provider value={basePath}>{content}</BasePath.Provider>;
}

/** Known even if the settings are wrong: the page that says so has a stylesheet too. */
function basePathOf(c: Context<AppEnv>): string {
  const settings = c.get('settings') as AppEnv['Variables']['settings'] | undefined;
  return (settings ?? readSettings(c.env)).basePath;
}
