import type { ShownConnection } from '../../connections/connections.ts';
import type { LogFields } from '../../log.ts';
import type { Desk } from './desk.ts';

/** What the log says of every change: of which connection, and by whom. The id opens nothing, but it need not be whole. */
export function changeFacts({ isAdmin }: Desk, { id, provider }: ShownConnection): LogFields {
  return { connection: id.slice(0, 12), provider, by: isAdmin ? 'operator' : 'owner' };
}
