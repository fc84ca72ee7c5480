import type { Fault } from './env.ts';

/**
 * A setting that is a table of entries by id, or the same as JSON text. For anything else, reports a fault and returns an
 * empty table.
 */
export function readTable(
  setting: string,
  value: unknown,
  hint: string,
  faults: Fault[],
): Readonly<Record<string, unknown>> {
  if (value === undefined || value === '') return {};
  const table = typeof value === 'string' ? parsed(value) : value;
  if (isTable(table)) return table;
  const isBroken = table === undefined && /^\s*\{/.test(String(value));
  const fault = isBroken ? 'is not valid JSON' : 'is neither a table nor a JSON object';
  faults.push({ setting, fault, hint });
  return {};
}

/** True for a plain object. */
export function isTable(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function parsed(text: string): unknown {
  try {
    // A byte order mark counts as white space, for JSON it is an error.
    return JSON.parse(text.trim());
  } catch {
    return undefined;
  }
}
