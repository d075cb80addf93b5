import type { CalledTool } from "../verdict/mod.ts";

const MAX_SEEN = 10_000;
const MAX_TOLD = 1_000;

/** What this session saw of the tools' definitions: the ledger compares a call with that, for lists are cached. */
export class SeenPins {
  readonly #digests = new Map<string, { readonly digest: string; readonly age: number }>();
  readonly #told = new Set<string>();
  /** What the next page of the listing that pinned the server is asked with. */
  #cursor: string | undefined;
  /** Did the server introduce itself, and without instructions? */
  isSilent = false;
  /** The gate's own listing, while it runs. */
  listing: Promise<void> | undefined;
  /** Are there pins that a listing can be held against? */
  isKnown = false;
  /** Goes up each time that the server says that its tools changed. */
  #age = 0;
  #listedAge = -1;

  /** The tool of a call, with the definition of it that was seen last. */
  called(name: string): CalledTool {
    const digest = this.#digests.get(keyOf(name))?.digest;
    return digest === undefined ? { name } : { name, digest };
  }

  /** The upstream described a tool. ATTACKER-CONTROLLED: it grows no further than a server's pins do. */
  learn({ name, digest }: { readonly name: string; readonly digest: string }): void {
    if (this.#digests.size >= MAX_SEEN && !this.#digests.has(keyOf(name))) return;
    this.#digests.set(keyOf(name), { digest, age: this.#age });
  }

  /** The server says that its tools changed: what was seen of them is old. */
  expire(): void {
    this.#age++;
  }

  /** Should the tools be listed before this one is called? Once for each change, at most. */
  wantsList(name: string): boolean {
    if (!this.isKnown || this.#listedAge === this.#age) return false;
    if (this.#digests.get(keyOf(name))?.age === this.#age) return false;
    this.#listedAge = this.#age;
    return true;
  }

  /** Is a page that was asked for with `cursor` a later one of the very listing that pinned the server? */
  continues(cursor: unknown): boolean {
    return cursor !== undefined && cursor === this.#cursor;
  }

  /** A page of the first listing came, and names the next one. */
  expectPage(cursor: unknown): void {
    this.#cursor = typeof cursor === "string" ? cursor : undefined;
  }

  /** True once for each thing: the operator is told of it a single time. */
  tells(what: string): boolean {
    if (this.#told.has(what) || this.#told.size >= MAX_TOLD) return false;
    this.#told.add(what);
    return true;
  }
}

/** The engine hashes strings of digits by their value, so a peer could choose many that collide. A letter undoes it. */
function keyOf(name: string): string {
  return `k${name}`;
}
