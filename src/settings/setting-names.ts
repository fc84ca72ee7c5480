/** The prefix of a provider's settings: `my-idp` -> `MY_IDP`. */
export function settingPrefix(id: string): string {
  return id.toUpperCase().replaceAll('-', '_');
}

/** A setting's text, trimmed. Undefined if it is empty or not set. */
export function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value.trim() !== '' ? value.trim() : undefined;
}

/** True for a flag that is enabled. */
export function isOn(value: unknown): boolean {
  return value === true || value === 'true';
}
