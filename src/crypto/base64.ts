/** The bytes of base64 text. `Uint8Array.fromBase64` would do it in workerd, but Node has none. Throws if it is none. */
export function bytesOfBase64(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}
