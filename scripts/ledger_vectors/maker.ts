/**
 * A ledger that is made by hand, entry by entry, with fixed keys and a fixed clock, so that the vectors come out the same each
 * time. Shares nothing with lib/ledger: the tree is the definition of RFC 6962, notes are put together as texts. What is
 * signed can be anything, so that a vector has one fault and no other.
 */
import { createHash, createPrivateKey, createPublicKey, sign } from "node:crypto";

const PKCS8_PREFIX = "302e020100300506032b657004220420";
const START_MS = Date.UTC(2026, 10, 20, 9, 0, 0);

export type Fields = Readonly<Record<string, unknown>>;

/** A signing key out of one repeated byte. Not a secret: it is in the repository. */
export class VectorKey {
  readonly id: string;
  readonly publicKey: string;
  readonly #key: ReturnType<typeof createPrivateKey>;

  constructor(byte: number) {
    const seed = byte.toString(16).padStart(2, "0").repeat(32);
    const der = Uint8Array.fromHex(PKCS8_PREFIX + seed);
    this.#key = createPrivateKey({ key: der as never, format: "der", type: "pkcs8" });
    const spki = createPublicKey(this.#key as never).export({ format: "der", type: "spki" });
    this.publicKey = new Uint8Array(spki as never).slice(-32).toHex();
    this.id = sha256Hex(Uint8Array.fromHex(this.publicKey)).slice(0, 16);
  }

  /** Ed25519, hex. */
  sign(message: string | Uint8Array): string {
    const bytes = typeof message === "string" ? new TextEncoder().encode(message) : message;
    return new Uint8Array(sign(null, bytes, this.#key)).toHex();
  }
}

export function sha256Hex(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

/** The leaf hash of RFC 6962. */
export function leafOf(text: string): string {
  return sha256Hex(joined("00", new TextEncoder().encode(text).toHex()));
}

/** MTH of RFC 6962, section 2.1, as it is defined. */
export function rootOf(leaves: readonly string[]): string {
  const [only] = leaves;
  if (only === undefined) return sha256Hex(new Uint8Array());
  if (leaves.length === 1) return only;
  const split = splitOf(leaves.length);
  return sha256Hex(joined("01", rootOf(leaves.slice(0, split)), rootOf(leaves.slice(split))));
}

/** PATH of RFC 6962, section 2.1.1. */
export function pathTo(index: number, leaves: readonly string[]): readonly string[] {
  if (leaves.length <= 1) return [];
  const split = splitOf(leaves.length);
  const [left, right] = [leaves.slice(0, split), leaves.slice(split)];
  return index < split
    ? [...pathTo(index, left), rootOf(right)]
    : [...pathTo(index - split, right), rootOf(left)];
}

/** The largest power of two below `size`. */
function splitOf(size: number): number {
  return 2 ** Math.floor(Math.log2(size - 1));
}

function joined(...hex: readonly string[]): Uint8Array {
  return Uint8Array.fromHex(hex.join(""));
}

/** Canonical JSON of fields that have no numbers but whole ones: RFC 8785 sorts by UTF-16 code units, as `sort` does. */
export function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const fields = Object.entries(value).filter(([, one]) => one !== undefined)
    .sort(([a], [b]) => a < b ? -1 : 1);
  return `{${fields.map(([name, one]) => `${JSON.stringify(name)}:${canonical(one)}`).join(",")}}`;
}

/** An entry as it stands in a vector. */
export interface Made {
  seq: number;
  /** `undefined`: a stub. */
  text: string | undefined;
  hash: string;
  sig: string;
  key: string;
}

/** One line of the `-- entries` section. */
export function lineOf({ seq, text, hash, sig, key }: Made): string {
  const fields = text === undefined ? `{"seq":${seq}}` : text;
  return `${fields.slice(0, -1)},"hash":"${hash}","sig":"${sig}","key":"${key}"}`;
}

/** A signature line of a note. `type` 1: of a log; 4: a cosignature. */
export function noteLine(name: string, type: 1 | 4, { publicKey }: VectorKey, signature: string): string {
  const named = new TextEncoder().encode(`${name}\n`).toHex();
  const id = sha256Hex(joined(named, `0${type}`, publicKey)).slice(0, 8);
  return `— ${name} ${joined(id, signature).toBase64()}\n`;
}

/** A verifier key of C2SP. */
export function verifierKey(name: string, type: 1 | 4, { publicKey }: VectorKey): string {
  const named = new TextEncoder().encode(`${name}\n`).toHex();
  const id = sha256Hex(joined(named, `0${type}`, publicKey)).slice(0, 8);
  return `${name}+${id}+${joined(`0${type}`, publicKey).toBase64()}`;
}

export function checkpointText(origin: string, size: number, root: string): string {
  return `${origin}\n${size}\n${joined(root).toBase64()}\n`;
}

/** A witness's signature line at `time`, in seconds. */
export function cosignature(name: string, key: VectorKey, text: string, time = 1_790_000_000): string {
  const stamp = time.toString(16).padStart(16, "0");
  return noteLine(name, 4, key, stamp + key.sign(`cosignature/v1\ntime ${time}\n${text}`));
}

/** A ledger in the making. */
export class VectorLedger {
  readonly entries: Made[] = [];
  /** Signs what is added. */
  key: VectorKey;
  readonly #salt: number;
  #session = "";

  /** Ledgers with another `salt` have other ids. */
  constructor(key: VectorKey, salt = 0) {
    this.key = key;
    this.#salt = salt;
  }

  get next(): number {
    return this.entries.length;
  }

  get leaves(): readonly string[] {
    return this.entries.map(({ hash }) => hash);
  }

  /** Adds an entry of canonical JSON. `over` changes any field of it; `undefined` takes one away. */
  add(kind: string, over: Fields = {}): number {
    const seq = this.next;
    const common = {
      v: 1,
      seq,
      id: this.id(seq),
      time: this.time(seq),
      prev: this.entries.at(-1)?.hash ?? "0".repeat(64),
      kind,
      session: this.#session,
      agent: { id: "my-agent", roles: [], verified: false },
      server: "files",
    };
    return this.addText(canonical({ ...common, ...over }));
  }

  /** Adds an entry of exactly this text, with the hash and the signature that fit it. */
  addText(text: string): number {
    const hash = leafOf(text);
    const sig = this.key.sign(joined(new TextEncoder().encode("countersign/entry/v1\n").toHex(), hash));
    this.entries.push({ seq: this.next, text, hash, sig, key: this.key.id });
    return this.next - 1;
  }

  /** Opens a session; what is added from here on belongs to it. */
  open(session = this.id(0x800 + this.next), over: Fields = {}): string {
    this.#session = session;
    this.add("session-open", { enforced: true, policy: `sha256:${"ab".repeat(32)}`, ...over });
    return session;
  }

  /** Goes on in a session that is open. */
  within(session: string): void {
    this.#session = session;
  }

  call(over: Fields = {}): number {
    return this.add("call", {
      decision: "allow",
      enforced: true,
      input: { bytes: 62, digest: "fa2faf6da3da70426e67706484c366fb166e68d552b6826f5bfe716aa5af961b" },
      method: "tools/call",
      reason: "rule:allow-read",
      rules: ["standard/allow-read"],
      threat: 0,
      tool: "read_file",
      verdict: "forward",
      ...over,
    });
  }

  outcome(call: number, over: Fields = {}): number {
    return this.add("outcome", {
      call,
      latency_us: { decision: 210, total: 1810, upstream: 1400 },
      method: "tools/call",
      tool: "read_file",
      verdict: "release",
      ...over,
    });
  }

  close(over: Fields = {}): number {
    return this.add("session-close", { reason: "done", ...over });
  }

  /** A session of `calls` calls with their outcomes. */
  session(calls: number): void {
    this.open();
    for (let i = 0; i < calls; i++) this.outcome(this.call());
    this.close();
  }

  /** An entry by which the key changes to `next`; what comes then is signed by that. */
  rotate(next: VectorKey, over: Fields = {}): number {
    const prev = this.entries.at(-1)?.hash ?? "0".repeat(64);
    const keys = { old_public_key: this.key.publicKey, public_key: next.publicKey };
    const message = `countersign/key/v1\n${this.next}\n${prev}\n${keys.old_public_key}\n${keys.public_key}\n`;
    const seq = this.add("key", { next_key: { id: next.id, ...keys, sig: next.sign(message), ...over } });
    this.key = next;
    return seq;
  }

  /** Takes the texts of entries away: what pruning leaves. */
  stub(from: number, until: number): void {
    for (const entry of this.entries.slice(from, until)) entry.text = undefined;
  }

  /** The head's row, for the newest entry or as `over` says. */
  head(over: Fields = {}): string {
    const last = this.entries.at(-1);
    const hash = last?.hash ?? "", seq = this.next - 1;
    const head = { hash, key: this.key.id, seq, time_us: (START_MS + seq * 1000) * 1000 + seq, ...over };
    const message = `countersign/head/v1\n${head.seq}\n${head.hash}\n${head.time_us}\n`;
    return canonical({ sig: this.key.sign(message), v: 1, ...head, ...over });
  }

  /** A checkpoint of the first `size` entries, signed. */
  checkpoint(
    size = this.next,
    { origin = `countersign/${this.key.id}`, key = this.key, root = "" } = {},
  ): string {
    const text = checkpointText(origin, size, root || rootOf(this.leaves.slice(0, size)));
    return `${text}\n${noteLine(origin, 1, key, key.sign(text))}`;
  }

  time(seq: number): string {
    const ms = new Date(START_MS + seq * 1000).toISOString().slice(0, 23);
    return `${ms}${String(seq % 1000).padStart(3, "0")}Z`;
  }

  id(number: number): string {
    const ms = (START_MS + this.#salt * 86_400_000).toString(16).padStart(12, "0");
    const tail = number.toString(16).padStart(12, "0");
    return `${ms.slice(0, 8)}-${ms.slice(8)}-7000-8000-${tail}`;
  }
}
