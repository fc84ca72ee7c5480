import { columns } from '../../cli/columns.mjs';
import { printable } from '../terminal.mjs';

const CELL_LENGTH = 48;

/** Rows as a table with a head, for people. */
export function table(head, rows) {
  return columns([head, ...rows].map((row) => row.map((cell) => cut(String(cell ?? '')))));
}

/** Names and values, one per line; nothing of a value may drive the terminal. */
export function facts(pairs) {
  const known = pairs.filter(([, value]) => value !== undefined && value !== null);
  const width = Math.max(...known.map(([name]) => name.length));
  return known.map(([name, value]) => `${name.padEnd(width)}  ${printable(String(value))}`).join('\n');
}

/** A moment in UTC, as people read it. */
export function moment(seconds) {
  if (seconds === undefined || seconds === null) return '';
  return new Date(seconds * 1000).toISOString().slice(0, 16).replace('T', ' ');
}

/** The Worker's data may come from a provider, so it must not control the terminal. */
function cut(text) {
  const clean = printable(text);
  return clean.length > CELL_LENGTH ? `${clean.slice(0, CELL_LENGTH - 1)}…` : clean;
}
