/** Two processes of one ledger that show their last checkpoints to a witness at the same instant. */
import { assertEquals } from "@std/assert";
import { manualClock, utf8 } from "../../lib/base/mod.ts";
import { cosignNewest } from "../../lib/cli/witness/cosign.ts";
import { generateKeys } from "../../lib/identity/mod.ts";
import {
  cosign,
  formatNote,
  formatSignatures,
  formatVerifierKey,
  logVerifierKey,
  makeCheckpoint,
  parseNote,
  parseTlogPolicy,
  witnessVerifierKey,
} from "../../lib/ledger/mod.ts";
import { memoryStore } from "../../lib/store/mod.ts";
import { addCheckpoint, type Remembered, type WitnessDeps } from "../../lib/witness/mod.ts";
import { addSession, someLedger } from "../ledger/evidence/support.ts";

Deno.test("a checkpoint that another process was faster with is no rollback: the newer one is shown", async () => {
  const here = await someLedger(1);
  const store = memoryStore(here.rows);
  const checkpoint = async () => void await makeCheckpoint({ store, keys: here.keys, clock: here.clock });
  await checkpoint();
  const seen = new Map<string, Remembered>();
  const keys = generateKeys(), name = "witness.example/w1";
  const deps: WitnessDeps = {
    cosigner: { name, publicKey: keys.publicKey, sign: keys.sign },
    memory: {
      latest: (origin) => Promise.resolve(seen.get(origin)),
      advance: (origin, _, next) => {
        seen.set(origin, { ...next, version: "1" });
        return Promise.resolve(true);
      },
      close: () => {},
    },
    clock: manualClock(1_800_000_000_000_000),
    logs: [logVerifierKey(`countersign/${here.keys.id}`, here.keys.publicKey)],
    log: () => {},
  };
  let others = 1;
  await using server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen: () => {} }, async (request) => {
    const body = await request.text();
    if (others-- > 0) {
      // The other process, between our look at the store and our request.
      await addSession(here, 1);
      await checkpoint();
      await cosignNewest(store, policy, { timeoutMs: 30_000 });
    }
    const { status, body: answer } = await addCheckpoint(deps, body);
    return new Response(answer, { status });
  });
  const key = formatVerifierKey(witnessVerifierKey(name, keys.publicKey));
  const parsed = parseTlogPolicy(`witness w1 ${key} http://127.0.0.1:${server.addr.port}\nquorum w1\n`);
  if (!parsed.ok) throw new Error(parsed.error);
  const policy = parsed.value;
  const cosigned = await cosignNewest(store, policy, { timeoutMs: 30_000 });
  assertEquals(cosigned?.results.map((result) => result.cosigned || result.why), [true]);
  assertEquals([cosigned?.size, cosigned?.quorum.met], [12, true]);
});

Deno.test("cosignatures that another process kept meanwhile stay, and ours come beside them", async () => {
  const here = await someLedger(1);
  const store = memoryStore(here.rows);
  await makeCheckpoint({ store, keys: here.keys, clock: here.clock });
  const witnesses = ["w1", "w2"].map((name) => ({ name, keys: generateKeys() }));
  // One answers, and the other process meanwhile has the answer of the other.
  await using server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen: () => {} }, async (request) => {
    const { pathname } = new URL(request.url);
    const text = await request.text();
    const note = parseNote(text.slice(text.indexOf("\n\n") + 2));
    if (!note.ok || pathname.startsWith("/w2/")) return new Response("", { status: 503 });
    const [first, second] = witnesses.map(({ name, keys: { publicKey, sign } }) =>
      cosign(note.value.text, 1_800_000_000, { name, publicKey, sign })
    );
    if (first === undefined || second === undefined) throw new Error("no witness");
    const value = utf8(formatNote({ ...note.value, signatures: [...note.value.signatures, second] }));
    await store.commit({ checks: [], changes: [{ table: "checkpoint", key: 6, value }] });
    return new Response(formatSignatures([first]));
  });
  const lines = witnesses.map(({ name, keys }) =>
    `witness ${name} ${
      formatVerifierKey(witnessVerifierKey(name, keys.publicKey))
    } http://127.0.0.1:${server.addr.port}/${name}\n`
  );
  const parsed = parseTlogPolicy(`${lines.join("")}group all all w1 w2\nquorum all\n`);
  if (!parsed.ok) throw new Error(parsed.error);
  const cosigned = await cosignNewest(store, parsed.value, { timeoutMs: 30_000 });
  assertEquals(cosigned?.quorum, { met: true, by: ["w1", "w2"] });
  const row = await store.read("checkpoint", 6);
  assertEquals(new TextDecoder().decode(row?.value), cosigned?.note);
});
