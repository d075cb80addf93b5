import { utf8 } from "../../base/mod.ts";
import { Sha256 } from "./hashing.ts";
import type { PackOutput, PackSink } from "./names.ts";

const PIECE_BYTES = 64 * 1024;

/** Files on their way out: written in pieces of some size, and hashed on the way. */
export class HashedOutput {
  /** SHA-256 in hex of each file that was closed, by name. */
  readonly digests = new Map<string, string>();
  readonly #output: PackOutput;

  constructor(output: PackOutput) {
    this.#output = output;
  }

  /** Begins a file. */
  async open(name: string): Promise<HashedFile> {
    return new HashedFile(await this.#output.create(name), (digest) => this.digests.set(name, digest));
  }

  /** Writes a whole small file. */
  async put(name: string, content: string | Uint8Array): Promise<void> {
    const file = await this.open(name);
    await file.write(typeof content === "string" ? utf8(content) : content);
    await file.close();
  }
}

/** One file; memory holds a piece of it. */
export class HashedFile {
  readonly #sink: PackSink;
  readonly #onClosed: (digest: string) => void;
  readonly #hash = new Sha256();
  readonly #piece = new Uint8Array(PIECE_BYTES);
  #filled = 0;

  constructor(sink: PackSink, onClosed: (digest: string) => void) {
    this.#sink = sink;
    this.#onClosed = onClosed;
  }

  /** How many bytes there were. */
  get bytes(): number {
    return this.#hash.bytes + this.#filled;
  }

  /** Takes bytes; a promise only where they have to be written before more can come. */
  write(bytes: Uint8Array): Promise<void> | undefined {
    if (this.#filled + bytes.length > PIECE_BYTES) return this.#writeAfter(bytes);
    this.#piece.set(bytes, this.#filled);
    this.#filled += bytes.length;
    return undefined;
  }

  /** The file is whole. Answers with its SHA-256, hex. */
  async close(): Promise<string> {
    await this.#flush();
    await this.#sink.close();
    const digest = this.#hash.finish();
    this.#onClosed(digest);
    return digest;
  }

  async #writeAfter(bytes: Uint8Array): Promise<void> {
    await this.#flush();
    if (bytes.length <= PIECE_BYTES) return await this.write(bytes);
    this.#hash.update(bytes);
    await this.#sink.write(bytes);
  }

  async #flush(): Promise<void> {
    const piece = this.#piece.subarray(0, this.#filled);
    this.#filled = 0;
    if (piece.length === 0) return;
    this.#hash.update(piece);
    await this.#sink.write(piece);
  }
}
