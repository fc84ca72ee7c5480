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
  faults.push({ setting, fault: 'is neither a table nor a JSON object', hint });
  return {};
}

/** True for a plain object. */
export function isTable(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
