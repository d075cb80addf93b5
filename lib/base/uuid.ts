import { toHex } from "./bytes.ts";
import { randomBytes } from "./digest.ts";

/** A UUID of version 7 (RFC 9562, section 5.7): `unixMs` in the leading 48 bits, 74 random bits behind them. */
export function uuidv7(unixMs: number): string {
  const bytes = randomBytes(16);
  let rest = Math.floor(unixMs);
  for (let i = 5; i >= 0; i--) {
    bytes[i] = rest % 256;
    rest = Math.floor(rest / 256);
  }
  bytes[6] = 0x70 | (bytes[6] ?? 0) & 0x0f;
  bytes[8] = 0x80 | (bytes[8] ?? 0) & 0x3f;
  const hex = toHex(bytes);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}
