import type { Context } from 'hono';
import { DrawbridgeError } from '../../errors.ts';
import script from './client/client.js';
import icon from './icon.svg';
import style from './style.css';

const ASSETS: Readonly<Record<string, { readonly body: string; readonly type: string }>> = {
  'style.css': { body: style, type: 'text/css; charset=utf-8' },
  'client.js': { body: script, type: 'text/javascript; charset=utf-8' },
  'icon.svg': { body: icon, type: 'image/svg+xml' },
};

/** `GET /assets/:name`: the stylesheet, the script, the icon. */
export function asset(c: Context): Response {
  const name = c.req.param('name') ?? '';
  const found = Object.hasOwn(ASSETS, name) ? ASSETS[name] : undefined;
  if (!found) throw new DrawbridgeError('not_found');
  return c.body(found.body, 200, { 'content-type': found.type, 'cache-control': 'public, max-age=3600' });
}
