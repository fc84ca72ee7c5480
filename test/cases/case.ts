import { expect } from 'vitest';
import type { AnomalyName } from '../fakes/anomalies.ts';
import type { Scene, Setting } from './scene.ts';

/** What somebody does; returns the answer that is looked at. */
type Act = (scene: Scene) => Response | Promise<Response>;

/** What must follow. Whatever is not said is refused: nobody is signed in, no login stays open. */
export interface Follows {
  readonly status: number;
  /** The code of the error; undefined: it is none. */
  readonly error: string | undefined;
  /** How many token requests were sent. */
  readonly tokenRequests: number;
  /** Somebody is signed in afterwards. */
  readonly session: boolean;
  /** The login is still open, for who really started it. */
  readonly open: boolean;
  readonly location?: string;
  /** The request came over plain http, where there is neither HSTS nor a cookie. */
  readonly plain?: boolean;
}

/** Where a case plays, and what happens there; a login if nothing else is said. */
export interface Situation extends Setting {
  readonly act?: Act;
}

/** What more must be true afterwards. */
type More = (scene: Scene, response: Response) => void | Promise<void>;

/** One line of the table. What happens is an anomaly of the provider during a login, an act, or both in a setting. */
export type Row = readonly [
  id: string,
  source: string,
  happens: AnomalyName | Act | Situation,
  follows: Follows,
  more?: More,
];

/** Nobody gets in: the status and code of the refusal, and how many token requests there were before it. */
export function refused(status: number, error: string, tokenRequests = 0): Follows {
  return { status, error, tokenRequests, session: false, open: false };
}

/** The same, while what is there, a login or a session, is left alone. */
export function leftAlone(status: number, error: string, left: Partial<Follows>): Follows {
  return { ...refused(status, error), ...left };
}

/** It does no harm: the user is signed in, and led to the place. */
export function signedIn(location = '/session', tokenRequests = 1): Follows {
  return { status: 303, error: undefined, tokenRequests, session: true, open: false, location };
}

/** It does no harm: the answer has this status, and nobody is signed in by it. */
export function harmless(status: number, more: Partial<Follows> = {}): Follows {
  return { status, error: undefined, tokenRequests: 0, session: false, open: false, ...more };
}

/** The situation that a line of the table tells in short. */
export function situationOf(happens: Row[2]): Situation {
  if (typeof happens === 'string') return { anomalies: [happens] };
  return typeof happens === 'function' ? { act: happens } : happens;
}

/** A page without the markup that it shows as text. Fails if any of it stands there as markup. */
export async function escaped(page: Response): Promise<Response> {
  const html = await page.text();
  expect(html).toContain('&lt;');
  expect(html).not.toMatch(/<(?:img|b|script)\b[^>]*(?:onerror|onload|>alert)/);
  return new Response(html.replaceAll(/&lt;.*?&gt;|alert\(1\)|javascript:/g, ''), page);
}
