/** Check sums that providers put into their tokens. */

let table: Uint32Array | undefined;

function crc32Table(): Uint32Array {
  return table ??= Uint32Array.from({ length: 256 }, (_, byte) => {
    let rest = byte;
    for (let bit = 0; bit < 8; bit++) rest = rest & 1 ? (rest >>> 1) ^ 0xedb88320 : rest >>> 1;
    return rest;
  });
}

const BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/** CRC-32 (ISO 3309) of ASCII text. */
function crc32(text: string): number {
  const table = crc32Table();
  let rest = ~0;
  for (let i = 0; i < text.length; i++) {
    rest = (rest >>> 8) ^ (table[(rest ^ text.charCodeAt(i)) & 0xff] ?? 0);
  }
  return ~rest >>> 0;
}

/** Are the last six characters the CRC-32 of those before them, in base 62? (GitHub and npm, since 2021) */
export function hasBase62Checksum(body: string): boolean {
  let rest = crc32(body.slice(0, -6));
  for (let at = body.length - 1; at >= body.length - 6; at--) {
    if (body[at] !== BASE62[rest % 62]) return false;
    rest = Math.floor(rest / 62);
  }
  return rest === 0;
}
