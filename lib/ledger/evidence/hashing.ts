import { createHash } from "node:crypto";

/** SHA-256 (FIPS 180-4) of what comes in pieces. */
export class Sha256 {
  readonly #hash = createHash("sha256");
  #bytes = 0;

  /** How many bytes there were. */
  get bytes(): number {
    return this.#bytes;
  }

  update(piece: Uint8Array): void {
    this.#hash.update(piece);
    this.#bytes += piece.length;
  }

  /** The digest, hex; nothing may follow. */
  finish(): string {
    return this.#hash.digest("hex");
  }
}
