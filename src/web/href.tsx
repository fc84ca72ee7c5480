import type { Context } from 'hono';
import { raw } from 'hono/html';
import type { JSX } from 'hono/jsx/jsx-runtime';
import { readSettings, type Settings } from '../settings/settings.ts';
import type { AppEnv } from './app-env.ts';

/** What a page shows as the place's name and logo; both may be missing. */
export interface ShownBrand {
  readonly name?: string | undefined;
  /** A path of the operator's, or a data URI. */
  readonly logo?: string | undefined;
}

/** What every component may need to know of the place it is shown at. */
interface Place {
  readonly basePath: string;
  /** The operator's; undefined: Drawbridge's own. */
  readonly brand: ShownBrand | undefined;
  /** Programs may be given connections here. */
  readonly hasConnections: boolean;
  /** Sessions and recent logins are stored on the server, and can be listed. */
  readonly hasDirectory: boolean;
}

const NOWHERE: Place = { basePath: '', brand: undefined, hasConnections: false, hasDirectory: false };
/**
 * The place of the page that is being rendered. Components run synchronously, so pages can't mix. A context of `hono/jsx`
 * would bring its renderer for browsers into the bundle.
 */
let current = NOWHERE;

/** The path of a route as a browser sees it: `/session` -> `/auth/session` with `BASE_PATH` = `/auth`. */
export function href(c: Context<AppEnv>, path: string): string {
  return basePathOf(c) + path;
}

/** The same inside a component, while `showPage` or `inPlace` renders it. */
export function link(path: string): string {
  return current.basePath + path;
}

/** Answers with a page, its links below `BASE_PATH`. */
export function showPage(c: Context<AppEnv>, content: JSX.Element): Response | Promise<Response> {
  return c.html(at(placeOf(c), content));
}

/** The page with links that fit the settings. */
export function inPlace(settings: Settings, content: JSX.Element): JSX.Element {
  return at(placeIn(settings), content);
}

function placeIn(settings: Settings): Place {
  const hasConnections = settings.connections !== undefined;
  return { ...NOWHERE, basePath: settings.basePath, brand: brandOf(settings), hasConnections };
}

function at(place: Place, content: JSX.Element): JSX.Element {
  const outer = current;
  current = place;
  try {
    return raw(content.toString());
  } finally {
    current = outer;
  }
}

/** Inside a component: the operator's brand; undefined where developers and operators see Drawbridge's own. */
export function shownBrand(): ShownBrand | undefined {
  return current.brand;
}

/** Inside a component: true where connections are enabled. */
export function hasConnections(): boolean {
  return current.hasConnections;
}

/** Inside a component: true where sessions and recent logins can be listed. */
export function hasDirectory(): boolean {
  return current.hasDirectory;
}

/** Users see the operator's brand or none, developers (INSPECT) that of Drawbridge. */
function brandOf({ brand, inspect }: Settings): ShownBrand | undefined {
  if (inspect) return undefined;
  return brand ?? {};
}

function placeOf(c: Context<AppEnv>): Place {
  const settings = c.get('settings') as AppEnv['Variables']['settings'] | undefined;
  if (!settings) return { ...NOWHERE, basePath: basePathOf(c) };
  return { ...placeIn(settings), hasDirectory: c.get('sessions').reach !== undefined };
}

/** Known even if the settings are wrong: the page that says so has a stylesheet too. */
function basePathOf(c: Context<AppEnv>): string {
  const settings = c.get('settings') as AppEnv['Variables']['settings'] | undefined;
  return (settings ?? readSettings(c.env)).basePath;
}
