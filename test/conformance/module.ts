import type { ErrorCode } from '../../src/error-kinds.ts';
import type { ScriptedProvider } from '../fakes/scripted-provider.ts';
import type { Visitor } from '../support/visitor.ts';

/** A login that has come to its end. */
export interface Ended {
  readonly op: ScriptedProvider;
  readonly visitor: Visitor;
  /** The URL that the browser was sent to. */
  readonly sentTo: URL;
  readonly response: Response;
}

/** A module of the OpenID Foundation's suite, rebuilt. */
export interface Module {
  readonly name: string;
  /** What it expects of the client. */
  readonly expects: string;
  /** The error that ends the login; without it, the login must succeed. */
  readonly refused?: ErrorCode;
  /** The suite counts the refusal as a module skipped, not passed. */
  readonly skipped?: true;
  /** What the provider does differently. */
  readonly arrange?: (op: ScriptedProvider) => unknown;
  /** What the answer that the browser brings is changed to. */
  readonly answer?: (
    right: URLSearchParams,
    op: ScriptedProvider,
  ) => URLSearchParams | Promise<URLSearchParams>;
  /** A login before the one that counts: keys and metadata are known by then. */
  readonly warm?: true;
  /** What must be true at the end, beside a session or its absence. */
  readonly check?: (ended: Ended) => unknown;
}

/** The modules of one test plan, and how its logins go. */
export interface Plan {
  readonly title: string;
  /** The suite's name of the plan. */
  readonly name: string;
  readonly modules: readonly Module[];
  /** The settings of the provider. */
  readonly entry: Readonly<Record<string, unknown>>;
  /** The path that starts a login. */
  readonly start?: (op: ScriptedProvider) => string;
}

/** A row of the table in docs/conformance.md. */
export function rowOf({ name, expects, refused, skipped }: Module): string {
  const result = refused === undefined ? 'signed in' : `refused with \`${refused}\``;
  return `| \`${name}\` | ${expects} | ${skipped ? 'skipped' : 'passes'}: ${result} |`;
}
