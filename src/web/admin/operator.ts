import type { Context } from 'hono';
import { type LogEvent, type LogFields, log } from '../../log.ts';
import type { AppEnv } from '../app-env.ts';
import { newFlow } from '../errors/respond.tsx';

/** Logs what an operator did, and who it was where that is known: everybody shares the one admin token. */
export function record(c: Context<AppEnv>, event: LogEvent, fields: LogFields = {}): void {
  log(event, { flow: newFlow(), operator: c.get('operator'), ...fields });
}
