/** The polynomial of CRC-32 (ISO 3309, as in gzip and PNG), its bits reversed. */
const POLYNOMIAL = 0xedb88320;

/** The CRC-32 of an ASCII text, as an integer below 2³². It detects typing errors; it is not a security check. */
export function crc32(text: string): number {
  let crc = 0xffffffff;
  for (let index = 0; index < text.length; index++) {
    crc ^= text.charCodeAt(index);
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ POLYNOMIAL : crc >>> 1;
  }
  return (crc ^ 0xffffffff) >>> 0;
}
