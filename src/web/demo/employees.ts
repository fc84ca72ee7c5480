import type { Context } from 'hono';

const EMPLOYEES = [
  { id: 1, name: 'Ashley' },
  { id: 2, name: 'Kate' },
  { id: 3, name: 'Joe' },
];

/** `GET /employees`: in DEMO, the sample API. */
export function employees(c: Context): Response {
  return c.json(EMPLOYEES);
}
