/**
 * From one signing key to the next, in one commit: a session under the old key says so and is closed under the new one, to
 * which the head belongs from then on. What a crash leaves of the files is for lib/store to settle, by the head alone.
 */
import { Fault, toHex, utf8, uuidv7 } from "../base/mod.ts";
import type { Principal } from "../verdict/mod.ts";
import { Chain } from "./chain.ts";
import { agentFields } from "./compose.ts";
import { makeDigester } from "./digest.ts";
import type { EntryAgent, EntryNextKey } from "./entry.ts";
import { HEAD_KEY, headMessage, readHead } from "./head.ts";
import { checkNewest } from "./check_newest.ts";
import type { LedgerDeps } from "./shared_ledger.ts";
import type { Keys, LedgerStore } from "./port.ts";
import { recoverDeadSessions } from "./recover.ts";
import { verifySignature } from "./signatures.ts";
import type { Tip } from "./tip.ts";

const KEY_DOMAIN = "countersign/key/v1\n";
const NO_ENTRY_BEFORE = "0".repeat(64);
/** The rotation is no server's, and no policy was looked at. */
const NO_SERVER = "", NO_POLICY = "none";

/** How a rotation is asked for. */
export interface Rotation {
  readonly principal: Principal;
  /** Who asked for it, as the system names that person. */
  readonly by?: string;
  /** Of the checkpoint that the new key signs; where it is left out, as it was: a rotation does not rename the log. */
  readonly origin?: string;
  /**
   * Makes the new key, so that it survives a loss of power: called once nothing stands in the way, before anything is
   * written. Its blinding key is the old one.
   */
  readonly prepare: () => Promise<Keys>;
}

/** What a rotation wrote: the entry of kind `key`, and the key that signs from now on. */
export interface Rotated {
  readonly seq: number;
  readonly next: Keys;
}

/**
 * Writes the entry by which the old key hands over to the new one. Throws Fault `usage` while sessions run; `ledger` where
 * no commit came about, or where nobody knows: the head tells, which {@link signerOf} reads.
 */
export async function rotateKey(deps: LedgerDeps, rotation: Rotation): Promise<Rotated> {
  const { store, locks } = deps;
  const chain = new Chain({ ...deps, origin: rotation.origin });
  await checkNewest(store, chain);
  await recoverDeadSessions({ chain, store, locks });
  await refuseWhileRunning(store);
  const next = await rotation.prepare();
  const session = uuidv7(deps.clock.nowMicros() / 1000);
  const naming = { id: session, digester: makeDigester(deps.keys.blinding) };
  const agent = agentFields(rotation.principal, naming);
  return await chain.append(async (tip) => {
    // Again, on the head that the commit checks: a session that opened meanwhile moved it.
    await refuseWhileRunning(store);
    return { seq: addRotation(tip, { by: rotation.by, agent, session, next }), next };
  });
}

interface Addition {
  readonly agent: EntryAgent;
  readonly by: string | undefined;
  readonly session: string;
  readonly next: Keys;
}

function addRotation(tip: Tip, { agent, by, session, next }: Addition): number {
  const common = { session, agent, server: NO_SERVER };
  tip.add({ ...common, kind: "session-open", policy: NO_POLICY, enforced: true });
  const place = { seq: tip.next, prev: tip.head?.hash ?? NO_ENTRY_BEFORE };
  const { seq } = tip.add({
    ...common,
    kind: "key",
    next_key: nextKey(place, tip.keys, next),
    ...by !== undefined && { by },
  });
  tip.signWith(next);
  tip.add({ ...common, kind: "session-close", reason: "rotated" });
  return seq;
}

interface Place {
  readonly seq: number;
  readonly prev: string;
}

/** INVARIANT: built sorted, as canonical JSON has it. */
function nextKey(place: Place, old: Keys, next: Keys): EntryNextKey {
  const keys = { old_public_key: toHex(old.publicKey), public_key: toHex(next.publicKey) };
  return { id: next.id, ...keys, sig: toHex(next.sign(nextKeyMessage(place, keys))) };
}

/** What the new key signs: where it takes over, from which key, and itself. */
export function nextKeyMessage(
  { seq, prev }: Place,
  keys: Pick<EntryNextKey, "old_public_key" | "public_key">,
): Uint8Array<ArrayBuffer> {
  return utf8(`${KEY_DOMAIN}${seq}\n${prev}\n${keys.old_public_key}\n${keys.public_key}\n`);
}

/** A session that runs would go on signing with the old key, and be refused with every call. */
async function refuseWhileRunning(store: LedgerStore): Promise<void> {
  let running = 0;
  for await (const _ of store.scan("session")) running++;
  if (running === 0) return;
  throw new Fault(
    "usage",
    `Cannot rotate the signing key: ${running} ${running === 1 ? "session runs" : "sessions run"}, want none`,
    { hint: "end the clients that use this ledger, then again: countersign key rotate" },
  );
}

/**
 * Whose the head is: one of `keys`; `"nobody"` in an empty ledger; `"somebody else"` where none of them signed it, whatever
 * it names, and where entries stand behind it: an older head in its place would have us throw the newer key away.
 */
export async function signerOf<K extends Keys>(
  store: Pick<LedgerStore, "read">,
  keys: readonly K[],
): Promise<K | "nobody" | "somebody else"> {
  const cell = await store.read("head", HEAD_KEY);
  const head = cell === undefined ? undefined : readHead(cell.value);
  const behind = await store.read("entry", head === undefined ? 0 : head.seq + 1);
  if (cell === undefined && behind === undefined) return "nobody";
  if (head === undefined || behind !== undefined) return "somebody else";
  const signature = Uint8Array.fromHex(head.sig), message = headMessage(head);
  return keys.find(({ id, publicKey }) =>
    id === head.key && verifySignature(publicKey, message, signature)
  ) ?? "somebody else";
}
