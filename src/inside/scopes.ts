/** Scopes as a list, from a list or a text with spaces; undefined is none. Throws a `TypeError` for anything else. */
export function scopeList(scope: unknown): readonly string[] {
  const list: unknown = typeof scope === 'string' ? scope.split(' ').filter(Boolean) : (scope ?? []);
  if (Array.isArray(list) && list.every((item) => typeof item === 'string')) return list;
  throw new TypeError('`scope` is neither a text nor a list of texts');
}
