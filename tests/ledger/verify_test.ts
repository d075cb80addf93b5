import { assert, assertEquals } from "@std/assert";
import { generateKeys } from "../../lib/identity/mod.ts";
import {
  checkSignatures,
  shareSignatures,
  verifyLedger,
  type VerifyOptions,
  type VerifySource,
} from "../../lib/ledger/mod.ts";
import { memoryStore } from "../../lib/store/mod.ts";
import { call, die, openIn, outcome, verifyIn, type World, world } from "./support.ts";

function verifyWith(
  here: World,
  over: Partial<VerifyOptions>,
  source: VerifySource = memoryStore(here.rows),
) {
  return verifyLedger(source, { publicKeys: [here.keys.publicKey], ...over });
}

async function sessionOf(here: World, calls: number): Promise<void> {
  const ledger = await openIn(here);
  for (let i = 0; i < calls; i++) {
    const { ref } = await ledger.write(call());
    await ledger.write(outcome(ref.seq));
  }
  await ledger.close("done");
}

Deno.test("an empty ledger is intact: no entries, no head, the root of nothing", async () => {
  const report = await verifyIn(world());
  assertEquals([report.status, report.entries, report.head], ["intact", 0, undefined]);
  assertEquals(report.root, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
});

Deno.test("intact-open: the last session has no close, whether it runs or died", async () => {
  const here = world();
  const ledger = await openIn(here);
  await ledger.write(call());
  assertEquals((await verifyIn(here)).status, "intact-open");
  die(here, ledger);
  assertEquals((await verifyIn(here)).status, "intact-open");
});

Deno.test("unsigned: a public key that did not sign this ledger", async () => {
  const here = world();
  await sessionOf(here, 2);
  const report = await verifyWith(here, { publicKeys: [generateKeys().publicKey] });
  assertEquals([report.status, report.finding?.seq, report.finding?.check], ["unsigned", 0, "key"]);
});

Deno.test("unreadable: the store fails while it is read; a mistake of ours is not called that", async () => {
  const here = world();
  await sessionOf(here, 2);
  const store = memoryStore(here.rows);
  const failing: VerifySource = {
    ...store,
    scan: async function* (table, scan) {
      for await (const row of store.scan(table, scan)) {
        if (row.key === 3) throw new Error("database disk image is malformed");
        yield row;
      }
    },
  };
  const report = await verifyWith(here, {}, failing);
  assertEquals([report.status, report.finding?.seq], ["unreadable", 3]);
  let thrown: unknown;
  await verifyWith(here, { checkSignatures: () => Promise.reject(new TypeError("a bug")) }).catch((error) =>
    thrown = error
  );
  assert(thrown instanceof TypeError);
});

Deno.test("signatures go out in batches, and the first that does not fit is named", async () => {
  const here = world();
  await sessionOf(here, 700);
  const sizes: number[] = [];
  const counting = (batch: Parameters<typeof checkSignatures>[0]) => {
    sizes.push(batch.items.length / 96);
    return Promise.resolve(checkSignatures(batch));
  };
  assertEquals((await verifyWith(here, { checkSignatures: counting })).status, "intact");
  assertEquals(sizes, [512, 512, 378]);
  // The answers come back in any order; the smallest seq counts.
  const lying = (batch: Parameters<typeof checkSignatures>[0]) =>
    new Promise<number[]>((resolve) =>
      setTimeout(() => resolve([5, 9]), batch.items.length === 512 * 96 ? 20 : 1)
    );
  const report = await verifyWith(here, { checkSignatures: lying });
  assertEquals([report.status, report.finding], ["unsigned", {
    seq: 5,
    check: "signature",
    detail: "the signature is not one of the trusted key over this entry",
  }]);
});

Deno.test("a ledger that is written to while it is verified: intact-open, and never broken", async () => {
  const here = world();
  const ledger = await openIn(here, { runningClock: true });
  let writing = true;
  const writer = (async () => {
    for (let i = 0; i < 3000 && writing; i++) {
      const { ref } = await ledger.write(call());
      await ledger.write(outcome(ref.seq));
      if (i % 20 === 0) await new Promise((resolve) => setTimeout(resolve, 0));
    }
  })();
  for (let i = 0; i < 15; i++) {
    const report = await verifyIn(here);
    assertEquals(report.status, "intact-open", JSON.stringify(report.finding));
    await new Promise((resolve) => setTimeout(resolve, 0));
  }
  writing = false;
  await writer;
  await ledger.close("done");
  assertEquals((await verifyIn(here)).status, "intact");
});

Deno.test("a ledger that gets its first entries while it is verified is not one without a head", async () => {
  const here = world();
  const store = memoryStore(here.rows);
  let looks = 0;
  const source: VerifySource = {
    ...store,
    read: async (table, key) => {
      const cell = await store.read(table, key);
      if (looks++ === 0) await sessionOf(here, 2);
      return cell;
    },
  };
  assertEquals((await verifyWith(here, {}, source)).status, "intact");
});

Deno.test("onProgress() is told how many are done, up to all of them", async () => {
  const here = world();
  await sessionOf(here, 700);
  const calls: [number, number][] = [];
  await verifyWith(here, { onProgress: (done, total) => calls.push([done, total]) });
  assertEquals(calls, [[1024, 1402], [1402, 1402]]);
});

Deno.test("shareSignatures() keeps a few batches elsewhere and does the others here; all of them count", async () => {
  const here = world();
  await sessionOf(here, 2600);
  let elsewhere = 0, waiting = 0, most = 0;
  const check = shareSignatures(async (batch) => {
    elsewhere++;
    most = Math.max(most, ++waiting);
    await new Promise((resolve) => setTimeout(resolve, 5));
    waiting--;
    return checkSignatures(batch);
  }, 2);
  assertEquals((await verifyWith(here, { checkSignatures: check })).status, "intact");
  assert(elsewhere >= 2 && elsewhere < 11 && most === 2, `${elsewhere} of 11 elsewhere, ${most} at once`);
  const bad = await verifyWith(here, { checkSignatures: shareSignatures(() => Promise.resolve([0])) });
  assertEquals(bad.status, "unsigned");
});
