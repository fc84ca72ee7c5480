/** A random id that ties an answer to its log lines. */
export function newFlow(): string {
  return crypto.randomUUID().replaceAll('-', '').slice(0, 16);
}
