/**
 * The Durable Object namespaces in the settings. The settings only check that they are bound. The files that define the
 * objects complete these interfaces by declaration merging.
 */

/** Completed in sessions/durable-object/session-object.ts. */
export interface SessionObjects {
  readonly [Symbol.toStringTag]?: string;
}

/** Completed in connections/connections.ts. */
export interface ConnectionObjects {
  readonly [Symbol.toStringTag]?: string;
}
