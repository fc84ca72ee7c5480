import { Hono } from 'hono/tiny';
import type { AppEnv } from '../app-env.ts';
import {
  connectionPage,
  connectionsPage,
  createConnection,
  endConnection,
  newConnectionPage,
  reconnectConnection,
} from './connections.tsx';
import type { Desk } from './desk.ts';
import { addKey, endKey, rotateKey } from './keys.ts';

/** The pages about connections, and the same as JSON: for users below `/connections`, for operators below `/admin`. */
export function connectionRoutes(desk: Desk): Hono<AppEnv> {
  const routes = new Hono<AppEnv>();
  routes.get('/', connectionsPage(desk));
  routes.post('/', createConnection(desk));
  routes.get('/new', newConnectionPage(desk));
  routes.get('/:id', connectionPage(desk));
  routes.post('/:id/reconnect', reconnectConnection(desk));
  routes.post('/:id/end', endConnection(desk));
  routes.post('/:id/keys', addKey(desk));
  routes.post('/:id/keys/:key/rotate', rotateKey(desk));
  routes.post('/:id/keys/:key/end', endKey(desk));
  return routes;
}
