/** The ledger's side of a key rotation: one commit, whose head is the new key's, and nothing of the old key behind it. */
import { assert, assertEquals, assertRejects } from "@std/assert";
import { Fault, fromHex, utf8 } from "../../lib/base/mod.ts";
import { generateKeys } from "../../lib/identity/mod.ts";
import {
  Chain,
  type Keys,
  type LedgerDeps,
  originInUse,
  type Rotated,
  rotateKey,
  signerOf,
  verifyLedger,
  verifySignature,
} from "../../lib/ledger/mod.ts";
import { type CommitFaults, memoryStore, withFaults } from "../../lib/store/mod.ts";
import {
  call,
  die,
  entriesIn,
  heldCall,
  locksIn,
  openIn,
  outcome,
  PRINCIPAL,
  type World,
  world,
} from "./support.ts";

function depsOf(here: World, over: Partial<LedgerDeps> = {}): LedgerDeps {
  return { store: memoryStore(here.rows), keys: here.keys, locks: locksIn(here), clock: here.clock, ...over };
}

/** The next key: another signing key, the same blinding key, as lib/identity makes it. */
function nextOf(here: World): Keys {
  return { ...generateKeys(), blinding: here.keys.blinding };
}

interface Way {
  readonly faults?: CommitFaults;
  readonly next?: Keys;
  readonly prepared?: () => void | Promise<void>;
}

async function rotate(here: World, { faults, next = nextOf(here), prepared }: Way = {}): Promise<Rotated> {
  const store = memoryStore(here.rows);
  return await rotateKey(depsOf(here, { store: faults === undefined ? store : withFaults(store, faults) }), {
    principal: PRINCIPAL,
    by: "jane",
    prepare: async () => {
      await prepared?.();
      return next;
    },
  });
}

/** The same machine with other keys in its files. */
function under(here: World, keys: Keys): World {
  return { ...here, keys };
}

async function statusUnder(here: World, key: Keys): Promise<string> {
  const { status, finding } = await verifyLedger(memoryStore(here.rows), { publicKeys: [key.publicKey] });
  return finding === undefined ? status : `${status}: ${finding.check} ${finding.detail}`;
}

async function aCall(here: World): Promise<void> {
  const ledger = await openIn(here);
  const { ref } = await ledger.write(call());
  await ledger.write(outcome(ref.seq));
  await ledger.close("done");
}

async function keysOfEntries(here: World): Promise<readonly string[]> {
  const keys: string[] = [];
  for await (const { value } of memoryStore(here.rows).scan("entry")) {
    keys.push(value.subarray(97, 105).toHex());
  }
  return keys;
}

Deno.test("rotateKey(): a session of three entries in one commit; both keys stand for the change", async () => {
  const here = world();
  await aCall(here);
  const commits = here.rows.commits, next = nextOf(here);
  const { seq } = await rotate(here, { next });
  assertEquals(here.rows.commits, commits + 1);
  const entries = await entriesIn(here), entry = entries[seq] ?? {};
  assertEquals(entries.slice(-3).map(({ kind }) => kind), ["session-open", "key", "session-close"]);
  assertEquals([seq, entry["by"], entry["agent"]], [entries.length - 2, "jane", {
    id: "my-agent",
    roles: [],
    verified: false,
  }]);
  assertEquals((await keysOfEntries(here)).slice(-3), [here.keys.id, here.keys.id, next.id]);

  const { sig, ...named } = entry["next_key"] as Record<string, string>;
  const oldHex = here.keys.publicKey.toHex(), nextHex = next.publicKey.toHex();
  assertEquals(named, { id: next.id, old_public_key: oldHex, public_key: nextHex });
  const message = utf8(`countersign/key/v1\n${seq}\n${entry["prev"]}\n${oldHex}\n${nextHex}\n`);
  assert(verifySignature(next.publicKey, message, fromHex(sig ?? "") ?? new Uint8Array()));
});

Deno.test("after a rotation the ledger is the new key's: it appends, and verifies under either", async () => {
  const here = world();
  await aCall(here);
  const { next } = await rotate(here);
  const after = under(here, next);
  await aCall(after);
  assertEquals(await signerOf(memoryStore(here.rows), [here.keys, next]), next);
  for (const key of [here.keys, next]) assertEquals(await statusUnder(here, key), "intact");
  assert((await statusUnder(here, generateKeys())).startsWith("unsigned"));
});

Deno.test("after a rotation the old key appends nothing: neither who opens with it nor who had it open", async () => {
  const here = world();
  await aCall(here);
  const before = new Chain(depsOf(here));
  await before.head();
  await rotate(here);
  const count = (await entriesIn(here)).length;
  for (const act of [() => openIn(here), () => rotate(here), () => before.append((tip) => addTo(tip))]) {
    const fault = await assertRejects(act, Fault, `and keys/ holds ${here.keys.id}`);
    assertEquals(fault.code, "key");
  }
  assertEquals((await entriesIn(here)).length, count);
});

function addTo(tip: Parameters<Parameters<Chain["append"]>[0]>[0]): Promise<void> {
  const agent = { id: "a", roles: [], verified: false };
  tip.add({ kind: "session-open", session: "s", agent, server: "x", policy: "p", enforced: true });
  return Promise.resolve();
}

Deno.test("what the old key signs behind a rotation, past our own checks, does not verify", async () => {
  const here = world();
  const { next } = await rotate(here);
  // Somebody who has the retired key, and writes a head that the new one never signed.
  await memoryStore(here.rows).commit({ checks: [], changes: [{ table: "head", key: "newest" }] });
  const rows = here.rows.tables.get("entry"), last = rows?.get(2);
  if (rows === undefined || last === undefined) throw new Error("a rotation has three entries");
  rows.set(2, { ...last, value: resigned(last.value, here.keys) });
  for (const key of [here.keys, next]) {
    const status = await statusUnder(here, key);
    assert(!/^(?:intact|recovered)/.test(status), status);
  }
});

function resigned(record: Uint8Array, keys: Keys): Uint8Array {
  const value = record.slice();
  const message = new Uint8Array([...utf8("countersign/entry/v1\n"), ...record.subarray(1, 33)]);
  value.set(keys.sign(message), 33);
  value.set(Uint8Array.fromHex(keys.id), 97);
  return value;
}

Deno.test("an empty ledger can be rotated, and one that was rotated again and again", async () => {
  const here = world();
  const keys = [here.keys];
  for (let i = 0; i < 4; i++) {
    const { next } = await rotate(under(here, keys.at(-1) ?? here.keys));
    keys.push(next);
  }
  await aCall(under(here, keys.at(-1) ?? here.keys));
  for (const key of keys) assertEquals(await statusUnder(here, key), "intact");
  assertEquals(await signerOf(memoryStore(here.rows), keys), keys.at(-1));
});

Deno.test("a rotation that fills a tile: its checkpoint is the new key's, under the name that the log had", async () => {
  const here = world();
  const ledger = await openIn(here);
  for (let i = 0; i < 251; i++) await ledger.write(call({ form: "notice" }));
  await ledger.close("done");
  const { next } = await rotate(here);
  assertEquals((await entriesIn(here)).length, 256);
  const origin = await originInUse(memoryStore(here.rows), next.publicKey);
  assertEquals(origin, `countersign/${here.keys.id}`);
  const after = under(here, next);
  await aCall(after);
  assertEquals(await originInUse(memoryStore(here.rows), next.publicKey), origin);
  for (const key of [here.keys, next]) assertEquals(await statusUnder(here, key), "intact");
  assertEquals(await originInUse(memoryStore(here.rows), generateKeys().publicKey), undefined);
});

Deno.test("while sessions run nothing is rotated, no key is made, and it is said how many", async () => {
  const here = world();
  const one = await openIn(here), other = await openIn(here);
  let prepared = 0;
  const again = () => rotate(here, { prepared: () => void prepared++ });
  const fault = await assertRejects(again, Fault, "2 sessions run, want none");
  assertEquals(fault.code, "usage");
  await one.close("done");
  await assertRejects(again, Fault, "1 session runs, want none");
  await other.close("done");
  assertEquals(prepared, 0);
  await again();
});

Deno.test("a session that died stands in no way: it is noted first, with its calls without outcome", async () => {
  const here = world();
  const dead = await openIn(here);
  const { ref } = await dead.write(call());
  await dead.write(heldCall());
  die(here, dead);
  const { next } = await rotate(here);
  const kinds = (await entriesIn(here)).map(({ kind }) => kind);
  assertEquals(kinds.slice(-5), ["approval", "recovered", "session-open", "key", "session-close"]);
  assertEquals((await entriesIn(here)).find(({ kind }) => kind === "recovered")?.["calls"], [ref.seq]);
  for (const key of [here.keys, next]) assertEquals(await statusUnder(here, key), "recovered");
});

Deno.test("a session that opens between the look and the commit wins: the rotation is refused", async () => {
  const here = world();
  await aCall(here);
  const fault = await assertRejects(
    () => rotate(here, { faults: { before: async (nth) => void (nth === 1 && await openIn(here)) } }),
    Fault,
    "1 session runs",
  );
  assertEquals(fault.code, "usage");
  assertEquals(await signerOf(memoryStore(here.rows), [here.keys]), here.keys);
  assertEquals(await statusUnder(here, here.keys), "intact-open");
});

Deno.test("two rotations at once, whatever the files' lock does: one of them happens", async () => {
  const here = world();
  await aCall(here);
  const results = await Promise.allSettled([rotate(here), rotate(here), rotate(here)]);
  const done = results.flatMap((result) => result.status === "fulfilled" ? [result.value.next] : []);
  assertEquals(done.length, 1);
  for (const result of results) {
    if (result.status === "rejected") assertEquals((result.reason as Fault).code, "key");
  }
  for (const key of [here.keys, ...done]) assertEquals(await statusUnder(here, key), "intact");
});

const BROKEN:
  readonly (readonly [name: string, faults: CommitFaults, after: "old" | "new", throws: boolean])[] = [
    ["fails before it wrote", { before: fail }, "old", true],
    ["fails after it wrote", { after: fail }, "new", false],
    ["is busy once", { before: (nth) => nth === 1 ? { done: false, why: "busy" } : undefined }, "new", false],
    [
      "finds another head once",
      { before: (nth) => nth === 1 ? { done: false, why: "conflict" } : undefined },
      "new",
      false,
    ],
  ];
function fail(): never {
  throw new Error("disk full");
}
for (const [name, faults, after, throws] of BROKEN) {
  Deno.test(`a commit that ${name}: the head says whose the ledger is`, async () => {
    const here = world(), next = nextOf(here);
    await aCall(here);
    const rotating = rotate(here, { faults, next });
    if (throws) assertEquals((await assertRejects(() => rotating, Fault)).code, "ledger");
    else await rotating;
    const owner = after === "old" ? here.keys : next;
    assertEquals(await signerOf(memoryStore(here.rows), [here.keys, next]), owner);
    await aCall(under(here, owner));
    assertEquals(await statusUnder(here, here.keys), "intact");
  });
}

Deno.test("signerOf(): nobody's in an empty ledger; somebody else's where the name is ours and the signature is not", async () => {
  const here = world(), store = memoryStore(here.rows);
  assertEquals(await signerOf(store, [here.keys]), "nobody");
  await aCall(here);
  assertEquals(await signerOf(store, [here.keys, generateKeys()]), here.keys);
  assertEquals(await signerOf(store, [generateKeys()]), "somebody else");
  assertEquals(await signerOf(store, [{ ...generateKeys(), id: here.keys.id }]), "somebody else");
  const old = await store.read("head", "newest");
  await aCall(here);
  const older: readonly (readonly [name: string, value: Uint8Array | undefined])[] = [
    ["no head", undefined],
    ["no head at all", utf8("{}")],
    ["an older one", old?.value],
  ];
  for (const [name, value] of older) {
    const change = { table: "head", key: "newest", ...value && { value } } as const;
    await store.commit({ checks: [], changes: [change] });
    assertEquals(await signerOf(store, [here.keys]), "somebody else", name);
    await assertRejects(() => openIn(here), Fault, undefined, name);
  }
});
