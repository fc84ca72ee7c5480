/** What is stored in cookies travels with every request, so its members have names of one letter there. */
export type Names = Readonly<Record<string, string>>;

/** `T` with its members under the names that `Short` gives them. */
export type Shortened<T, Short extends Readonly<Record<keyof T, string>>> = {
  readonly [Name in keyof T as Short[Name]]: T[Name];
};

/** Pure: a copy with the members that are in `names` under the names given there. The others keep theirs. */
export function renamed(value: object, names: Names): Record<string, unknown> {
  const members = value as Readonly<Record<string, unknown>>;
  const copy: Record<string, unknown> = {};
  for (const name of Object.keys(members)) copy[names[name] ?? name] = members[name];
  return copy;
}

/** Pure: from the new names back to the old ones. */
export function inverted(names: Names): Names {
  return Object.fromEntries(Object.entries(names).map(([name, letter]) => [letter, name]));
}
