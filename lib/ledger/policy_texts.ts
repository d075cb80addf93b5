/**
 * The texts of policies that were in force, kept beside the entries that name their digests, so that a pack can show them.
 * Nothing relies on these rows: an entry stands for the digest, and whoever has the texts can make it again.
 */
import { concatBytes, utf8, utf8Decode } from "../base/mod.ts";
import type { PolicyText } from "../verdict/mod.ts";
import type { Change, LedgerStore } from "./port.ts";

const PART_BYTES = 60 * 1024;
/** What may ride in the commit of the entry; more has commits of its own before it. */
const TOGETHER_BYTES = 256 * 1024;
/** Texts that are longer, all of a policy together, are not kept: a policy is written by people. */
const MOST_BYTES = 4 * 1024 * 1024;

/** The rows that keep `texts` under `digest`, in the order in which they may be written: the first part comes last. */
export function policyTextChanges(digest: string, texts: readonly PolicyText[]): Change[] {
  const bytes = utf8(JSON.stringify(texts.map(({ name, text }) => ({ name, text }))));
  if (texts.length === 0 || bytes.length > MOST_BYTES) return [];
  const changes: Change[] = [];
  for (let at = 0, part = 0; at < bytes.length; at += PART_BYTES, part++) {
    changes.unshift({ table: "policy", key: `${digest}/${part}`, value: bytes.slice(at, at + PART_BYTES) });
  }
  return changes;
}

/** What has to be known of the policy that an entry is going to name. */
export interface PolicyInForce {
  readonly digest: string;
  readonly texts?: readonly PolicyText[] | undefined;
}

/**
 * The rows that belong into the commit of the entry which names the policy: none where they are there already. Texts that
 * are too long for that commit are written right away; a crash behind it leaves texts that no entry names yet, or parts
 * without their first, which are no texts and are written over.
 */
export async function newPolicyTexts(
  store: LedgerStore,
  { digest, texts = [] }: PolicyInForce,
): Promise<readonly Change[]> {
  if (texts.length === 0 || await store.read("policy", `${digest}/0`) !== undefined) return [];
  const changes = policyTextChanges(digest, texts);
  const bytes = changes.reduce((sum, { value }) => sum + (value?.length ?? 0), 0);
  if (bytes <= TOGETHER_BYTES) return changes;
  const atOnce = Math.floor(TOGETHER_BYTES / PART_BYTES);
  for (let i = 0; i < changes.length; i += atOnce) {
    const result = await store.commit({ checks: [], changes: changes.slice(i, i + atOnce) });
    if (!result.done) return []; // the file is busy: the entry is what counts, and the next session writes the texts
  }
  return [];
}

/** The texts under `digest`; `undefined` where there are none, or what is there is not what we write. */
export async function readPolicyTexts(
  store: Pick<LedgerStore, "read">,
  digest: string,
): Promise<readonly PolicyText[] | undefined> {
  const parts: Uint8Array[] = [];
  for (let part = 0; part * PART_BYTES <= MOST_BYTES; part++) {
    const cell = await store.read("policy", `${digest}/${part}`);
    if (cell === undefined) break;
    parts.push(cell.value);
    if (cell.value.length < PART_BYTES) break;
  }
  return parts.length === 0 ? undefined : textsOf(parts);
}

function textsOf(parts: readonly Uint8Array[]): readonly PolicyText[] | undefined {
  const bytes = concatBytes(...parts);
  try {
    const texts: unknown = JSON.parse(utf8Decode(bytes) ?? "");
    return Array.isArray(texts) && texts.every(isText) ? texts : undefined;
  } catch {
    return undefined; // not JSON: somebody else wrote it
  }
}

function isText(value: unknown): value is PolicyText {
  if (typeof value !== "object" || value === null) return false;
  const { name, text } = value as Record<string, unknown>;
  return typeof name === "string" && typeof text === "string";
}
