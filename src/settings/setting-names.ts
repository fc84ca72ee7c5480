/** The name that the settings of a provider begin with: `my-idp` -> `MY_IDP`. */
export function settingPrefix(id: string): string {
  return id.toUpperCase().replaceAll('-', '_');
}

/** A setting's text without white space around it; undefined if there is none. */
export function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value.trim() !== '' ? value.trim() : undefined;
}

/** True for a flag that is on. */
export function isOn(value: unknown): boolean {
  return value === true || value === 'true';
}
