/** Base 64 as in RFC 4648, section 4, in its one exact form: two texts for the same bytes would be two notes for one. */

/** The bytes; `undefined` where padding, characters or left-over bits are not exactly those that {@link toBase64} writes. */
export function fromBase64(text: string): Uint8Array<ArrayBuffer> | undefined {
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(text) || text.length % 4 !== 0) return undefined;
  try {
    const bytes = Uint8Array.fromBase64(text, { lastChunkHandling: "strict" });
    return bytes.toBase64() === text ? bytes : undefined;
  } catch {
    return undefined; // bits behind the last byte
  }
}

export function toBase64(bytes: Uint8Array): string {
  return bytes.toBase64();
}

/** A SHA-256 hash in base 64, as hex; `undefined` for anything else. */
export function hashFromBase64(text: string): string | undefined {
  const bytes = text.length === 44 ? fromBase64(text) : undefined;
  return bytes?.length === 32 ? bytes.toHex() : undefined;
}

/** A hash in hex, in base 64. */
export function hashToBase64(hex: string): string {
  return Uint8Array.fromHex(hex).toBase64();
}
