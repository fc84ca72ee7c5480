const encoder = new TextEncoder();

/** Compares a text with a secret in a time that tells nothing of where they differ, nor of the secret's length. */
export function sameText(text: string, secret: string): boolean {
  const [given, expected] = [encoder.encode(text), encoder.encode(secret)];
  // protects: timing-safe compare
  if (given.byteLength === expected.byteLength) return crypto.subtle.timingSafeEqual(given, expected);
  // The platform compares equal lengths alone; this takes the time that a comparison would.
  crypto.subtle.timingSafeEqual(expected, expected);
  return false;
}
