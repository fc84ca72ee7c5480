/**
 * Throws a `TypeError` unless `options` is an object with these members alone: one that is misspelled would guard
 * nothing, and nobody would notice.
 */
export function requireOptions(of: string, options: unknown, known: readonly string[]): void {
  if (typeof options !== 'object' || options === null) {
    throw new TypeError(`${of}: its options are not an object`);
  }
  const given = Object.entries(options).filter(([, value]) => value !== undefined);
  const [unknown] = given.find(([name]) => !known.includes(name)) ?? [];
  if (unknown === undefined) return;
  throw new TypeError(`${of}: \`${unknown}\` is not one of its options: ${known.join(', ')}`);
}
