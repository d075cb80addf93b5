/** Two processes of one ledger that show their last checkpoints to a witness at the same instant. */
import { assertEquals } from "@std/assert";
import { manualClock } from "../../lib/base/mod.ts";
import { cosignNewest } from "../../lib/cli/witness/cosign.ts";
import { generateKeys } from "../../lib/identity/mod.ts";
import {
  formatVerifierKey,
  logVerifierKey,
  makeCheckpoint,
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
