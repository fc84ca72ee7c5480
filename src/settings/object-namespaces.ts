/**
 * The namespaces of Durable Objects among the settings. The settings only check that they are bound; what the objects do is
 * said where they are defined, by declarations that complete these interfaces.
 */

/** Completed in sessions/durable-object/keeper-store.ts. */
export interface SessionObjects {
  readonly [Symbol.toStringTag]?: string;
}

/** Completed in connections/connections.ts. */
export interface ConnectionObjects {
  readonly [Symbol.toStringTag]?: string;
}
