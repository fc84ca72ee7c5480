const encoder = new TextEncoder();

/** Compares a text with a secret. The time it takes reveals neither where they differ nor the secret's length. */
export function sameText(text: string, secret: string): boolean {
  const [given, expected] = [encoder.encode(text), encoder.encode(secret)];
  // protects: timing-safe compare
  if (given.byteLength === expected.byteLength) return crypto.subtle.timingSafeEqual(given, expected);
  // The platform only compares equal lengths. This takes as long as a comparison would.
  crypto.subtle.timingSafeEqual(expected, expected);
  return false;
}
