/** The bytes of base64 text. Throws if it is not base64. Not `Uint8Array.fromBase64`: workerd has it, Node does not. */
export function bytesOfBase64(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}
