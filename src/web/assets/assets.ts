import type { Context, Next } from 'hono';
import { DrawbridgeError } from '../../errors.ts';
import { imageOf } from '../../settings/data-uri.ts';
import type { AppEnv } from '../app-env.ts';
import script from './client/client.js';
import icon from './icon.svg';
import style from './style.css';

const ASSETS: Readonly<Record<string, { readonly body: string; readonly type: string }>> = {
  'style.css': { body: style, type: 'text/css; charset=utf-8' },
  'client.js': { body: script, type: 'text/javascript; charset=utf-8' },
  'icon.svg': { body: icon, type: 'image/svg+xml' },
};

const BRAND = 'brand';

/** `GET /assets/:name`: the stylesheet, the script, the icon. */
export async function asset(c: Context, next: Next): Promise<Response | undefined> {
  const name = c.req.param('name') ?? '';
  if (name === BRAND) {
    await next();
    return undefined;
  }
  const found = Object.hasOwn(ASSETS, name) ? ASSETS[name] : undefined;
  if (!found) throw new DrawbridgeError('not_found');
  return c.body(found.body, 200, { 'content-type': found.type, 'cache-control': 'public, max-age=3600' });
}

/** `GET /assets/brand`: the logo of `BRAND` where it is a data URI. */
export function brandLogo(c: Context<AppEnv>): Response {
  const image = imageOf(c.get('settings').brand?.logo ?? '');
  if (!image) throw new DrawbridgeError('not_found');
  return c.body(image.body, 200, { 'content-type': image.type, 'cache-control': 'public, max-age=3600' });
}
