/** Public keys as every crypto library reads them: SubjectPublicKeyInfo (RFC 8410) in PEM. */
const SPKI_PREFIX = "302a300506032b6570032100";
const PEM_REGEXP = /^-----BEGIN PUBLIC KEY-----\n([A-Za-z0-9+/=]+)\n-----END PUBLIC KEY-----\n$/;

/** The text of a key file. `publicKey`: raw, 32 bytes. */
export function publicKeyPem(publicKey: Uint8Array): string {
  const der = Uint8Array.fromHex(`${SPKI_PREFIX}${publicKey.toHex()}`);
  return `-----BEGIN PUBLIC KEY-----\n${der.toBase64()}\n-----END PUBLIC KEY-----\n`;
}

/** The raw key from exactly such a text; `undefined` for everything else. ATTACKER-CONTROLLED. */
export function publicKeyFromPem(text: string): Uint8Array | undefined {
  const [, base64] = PEM_REGEXP.exec(text) ?? [];
  if (base64?.length !== 60) return undefined;
  try {
    const hex = Uint8Array.fromBase64(base64).toHex();
    const key = Uint8Array.fromHex(hex.slice(SPKI_PREFIX.length));
    return publicKeyPem(key) === text ? key : undefined;
  } catch {
    return undefined; // the only error it raises is "not base64"
  }
}
