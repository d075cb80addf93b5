/** The payloads of a pack: each must have the digest that its entry has, under the k that stands beside it. */
import {
  fromHex,
  hmacSha256,
  isJsonObject,
  type JsonObject,
  parseJson,
  toHex,
  utf8,
  utf8Decode,
  utf8Length,
} from "../../base/mod.ts";
import { linesOf, PACK } from "./names.ts";
import { type Pack, packEntries, type PackLine } from "./pack_read.ts";
import { type Problem, problem } from "./report.ts";

/** Two payloads of 8 MiB, with every character escaped. */
const MAX_LINE_BYTES = 128 * 1024 * 1024;

/** Goes along payloads and entries at once, both in the order of `seq`. Signatures and places are checked elsewhere. */
export async function checkPayloads({ files }: Pick<Pack, "files">): Promise<Problem | undefined> {
  if (!files.sizes.has(PACK.payloads)) return undefined;
  const entries = packEntries(files)[Symbol.asyncIterator]();
  for await (const bytes of linesOf(files.read(PACK.payloads), MAX_LINE_BYTES)) {
    const text = bytes === undefined ? undefined : utf8Decode(bytes);
    const line = text === undefined ? undefined : parseJson(text, 2);
    const payload = line?.ok && isJsonObject(line.value) ? line.value : undefined;
    const seq = payload?.["seq"];
    if (payload === undefined || typeof seq !== "number") return wrong(0, "a line of the payloads is none");
    const entry = await entryAt(entries, seq);
    if (entry?.read?.fields === undefined) {
      return wrong(seq, "payloads are disclosed of an entry that is not there");
    }
    const bad = badField(payload, entry.read.fields);
    if (bad !== undefined) {
      return wrong(seq, `the ${bad} that is disclosed does not have the digest of the entry`);
    }
  }
  return undefined;
}

/** Forwards only: payloads out of order find nothing. */
async function entryAt(entries: AsyncIterator<PackLine>, seq: number): Promise<PackLine | undefined> {
  for (;;) {
    const next = await entries.next();
    if (next.done === true) return undefined;
    if (next.value.read?.seq === seq) return next.value;
  }
}

/** What of a disclosure does not fit its entry: `k`, `input` or `output`. ATTACKER-CONTROLLED, both of them. */
export function badField(disclosed: JsonObject, entry: JsonObject): "k" | "input" | "output" | undefined {
  const hex = disclosed["k"];
  const k = typeof hex === "string" ? fromHex(hex) : undefined;
  if (k?.length !== 32) return "k";
  return (["input", "output"] as const).find((field) =>
    disclosed[field] !== undefined && !isPayload(disclosed[field], entry[field], k)
  );
}

function isPayload(text: unknown, want: unknown, k: Uint8Array): boolean {
  if (typeof text !== "string" || typeof want !== "object" || want === null) return false;
  const { bytes, digest } = want as Readonly<Record<string, unknown>>;
  return bytes === utf8Length(text) && digest === toHex(hmacSha256(k, utf8(text)));
}

function wrong(seq: number, detail: string): Problem {
  return problem("broken", { seq, check: "disclosed", detail });
}
