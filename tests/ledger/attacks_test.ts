/** What somebody with the file and without the key may try. Each row is one attack, on the raw rows of a real store. */
import { assertEquals } from "@std/assert";
import { concatBytes, utf8 } from "../../lib/base/mod.ts";
import { generateKeys, loadPublicKeyFile } from "../../lib/identity/mod.ts";
import { verifyLedger, type VerifyReport } from "../../lib/ledger/mod.ts";
import { openLedgerFolder, openLedgerReader } from "../../lib/store/mod.ts";
import { call, openRequest, outcome, simple } from "./support.ts";
import { type Hands, leafOf, tamper } from "./tamper.ts";
import { startPython } from "./verify/python.ts";

// session-open, 150 calls with their outcomes, session-close
const LAST = 301;

interface Attack {
  readonly name: string;
  readonly attack: (hands: Hands) => Promise<void>;
  readonly status: VerifyReport["status"];
  readonly seq: number;
  readonly check: string;
}

const tool = (text: string) => text.replace('"tool":"read_file"', '"tool":"read_sile"');
const stranger = generateKeys();
const asStranger = {
  key: stranger.id,
  sign: (leaf: string) =>
    stranger.sign(concatBytes(utf8("countersign/entry/v1\n"), Uint8Array.fromHex(leaf))),
};

const ATTACKS: readonly Attack[] = [
  {
    name: "an edited entry",
    attack: (hands) => hands.edit(7, tool),
    ...{ status: "broken", seq: 7, check: "hash" },
  },
  {
    name: "a changed time",
    attack: (hands) => hands.edit(7, (text) => text.replace(/"time":"20../, '"time":"2019')),
    ...{ status: "broken", seq: 7, check: "hash" },
  },
  {
    name: "a swapped payload digest",
    attack: (hands) =>
      hands.edit(8, (text) => text.replace(/"digest":"[0-9a-f]{64}"/, `"digest":"${"0".repeat(64)}"`)),
    ...{ status: "broken", seq: 8, check: "hash" },
  },
  {
    name: "an edited entry, re-hashed",
    attack: async (hands) => {
      await hands.edit(7, tool);
      await hands.rehashFrom(7, 7);
    },
    ...{ status: "broken", seq: 7, check: "signature" },
  },
  {
    name: "an edited entry, everything behind it re-hashed and re-linked",
    attack: async (hands) => {
      await hands.edit(7, tool);
      await hands.rehashFrom(7, LAST);
    },
    ...{ status: "unsigned", seq: 7, check: "signature" },
  },
  {
    name: "the same, with a head that fits",
    attack: async (hands) => {
      await hands.edit(7, tool);
      await hands.rehashFrom(7, LAST);
      await hands.putHead({ ...await hands.head(), hash: (await hands.record(LAST)).hash });
    },
    ...{ status: "unsigned", seq: 7, check: "signature" },
  },
  {
    name: "an edited entry, re-signed with another key under our key's name",
    attack: async (hands) => {
      await hands.edit(7, tool);
      const { key } = await hands.record(6);
      await hands.rehashFrom(7, 7, { ...asStranger, key });
    },
    ...{ status: "broken", seq: 7, check: "signature" },
  },
  {
    name: "an entry as it is, re-signed with another key",
    attack: (hands) => hands.rehashFrom(7, 7, asStranger),
    ...{ status: "unsigned", seq: 7, check: "key" },
  },
  {
    name: "everything from an edited entry on re-signed with another key",
    attack: async (hands) => {
      await hands.edit(7, tool);
      await hands.rehashFrom(7, LAST, asStranger);
    },
    ...{ status: "unsigned", seq: 7, check: "key" },
  },
  {
    name: "a signature of another entry",
    attack: async (hands) => {
      const { signature } = await hands.record(9);
      await hands.put(7, { ...await hands.record(7), signature });
    },
    ...{ status: "unsigned", seq: 7, check: "signature" },
  },
  {
    name: "the first entry deleted",
    attack: (hands) => hands.remove(0),
    ...{ status: "broken", seq: 0, check: "missing" },
  },
  {
    name: "an entry in the middle deleted",
    attack: (hands) => hands.remove(7),
    ...{ status: "broken", seq: 7, check: "missing" },
  },
  {
    name: "an entry in the middle deleted, the others moved up and re-numbered",
    attack: async (hands) => {
      for (let at = 8; at <= LAST; at++) {
        const record = await hands.record(at);
        await hands.put(at - 1, { ...record, text: record.text.replace(`"seq":${at}`, `"seq":${at - 1}`) });
      }
      await hands.remove(LAST);
      await hands.rehashFrom(7, LAST - 1);
      await hands.putHead({
        ...await hands.head(),
        seq: LAST - 1,
        hash: (await hands.record(LAST - 1)).hash,
      });
    },
    ...{ status: "broken", seq: 7, check: "signature" },
  },
  {
    name: "a call and its outcome deleted, the others moved up, re-numbered and re-hashed",
    attack: async (hands) => {
      for (let at = 9; at <= LAST; at++) {
        const record = await hands.record(at);
        const text = record.text.replace(`"seq":${at}`, `"seq":${at - 2}`)
          .replace(/"call":(\d+)/, (_, of) => `"call":${Number(of) - 2}`);
        await hands.put(at - 2, { ...record, text });
      }
      await hands.remove(LAST, LAST - 1);
      await hands.rehashFrom(7, LAST - 2);
      await hands.putHead({
        ...await hands.head(),
        seq: LAST - 2,
        hash: (await hands.record(LAST - 2)).hash,
      });
    },
    ...{ status: "unsigned", seq: 7, check: "signature" },
  },
  {
    name: "the last entry deleted",
    attack: (hands) => hands.remove(LAST),
    ...{ status: "truncated", seq: LAST, check: "head" },
  },
  {
    name: "the last hundred deleted",
    attack: (hands) => hands.remove(...Array.from({ length: 100 }, (_, i) => LAST - i)),
    ...{ status: "truncated", seq: LAST - 99, check: "head" },
  },
  {
    name: "the last hundred deleted, the head moved back",
    attack: async (hands) => {
      await hands.remove(...Array.from({ length: 100 }, (_, i) => LAST - i));
      await hands.putHead({
        ...await hands.head(),
        seq: LAST - 100,
        hash: (await hands.record(LAST - 100)).hash,
      });
    },
    ...{ status: "broken", seq: LAST - 100, check: "head" },
  },
  {
    name: "the last hundred deleted, and the head",
    attack: async (hands) => {
      await hands.remove(...Array.from({ length: 100 }, (_, i) => LAST - i));
      await hands.putHead(undefined);
    },
    ...{ status: "broken", seq: LAST - 100, check: "head" },
  },
  {
    name: "all entries deleted",
    attack: (hands) => hands.remove(...Array.from({ length: LAST + 1 }, (_, i) => i)),
    ...{ status: "truncated", seq: 0, check: "head" },
  },
  {
    name: "two entries swapped",
    attack: async (hands) => {
      const [one, other] = [await hands.record(7), await hands.record(9)];
      await hands.put(7, other);
      await hands.put(9, one);
    },
    ...{ status: "broken", seq: 7, check: "seq" },
  },
  {
    name: "an entry re-numbered",
    attack: (hands) => hands.edit(7, (text) => text.replace('"seq":7', '"seq":8')),
    ...{ status: "broken", seq: 7, check: "hash" },
  },
  {
    name: "an entry re-numbered and re-hashed",
    attack: async (hands) => {
      await hands.edit(7, (text) => text.replace('"seq":7', '"seq":8'));
      await hands.rehashFrom(7, 7);
    },
    ...{ status: "broken", seq: 7, check: "seq" },
  },
  {
    name: "an earlier entry replayed over a later one",
    attack: async (hands) => hands.put(9, await hands.record(7)),
    ...{ status: "broken", seq: 9, check: "seq" },
  },
  {
    name: "an earlier entry replayed at the end",
    attack: async (hands) => hands.put(LAST + 1, await hands.record(7)),
    ...{ status: "broken", seq: LAST + 1, check: "head" },
  },
  {
    name: "an entry inserted between two",
    attack: async (hands) => hands.raw(["entry", 7.5], utf8((await hands.record(7)).text)),
    ...{ status: "broken", seq: 8, check: "extra" },
  },
  {
    name: "an entry before the first",
    attack: async (hands) => hands.raw(["entry", -1], utf8((await hands.record(7)).text)),
    ...{ status: "broken", seq: 0, check: "extra" },
  },
  {
    name: "an entry that is linked past its neighbour",
    attack: async (hands) => {
      const record = await hands.record(8);
      const { hash } = await hands.record(6);
      const text = record.text.replace(/"prev":"[0-9a-f]{64}"/, `"prev":"${hash}"`);
      await hands.put(8, { ...record, text, hash: leafOf(text) });
    },
    ...{ status: "broken", seq: 8, check: "prev" },
  },
  {
    name: "white space in an entry, re-hashed",
    attack: async (hands) => {
      const record = await hands.record(7);
      const text = record.text.replace('"seq":7', '"seq": 7');
      await hands.put(7, { ...record, text, hash: leafOf(text) });
    },
    ...{ status: "broken", seq: 7, check: "canonical" },
  },
  {
    name: "a second, hidden value for a field, re-hashed",
    attack: async (hands) => {
      const record = await hands.record(7);
      const text = record.text.replace('"tool":', '"tool":"rm","tool":');
      await hands.put(7, { ...record, text, hash: leafOf(text) });
    },
    ...{ status: "broken", seq: 7, check: "canonical" },
  },
  {
    name: "an entry replaced by something else",
    attack: (hands) => hands.raw(["entry", 7], { tool: "read_file" }),
    ...{ status: "broken", seq: 7, check: "record" },
  },
  {
    name: "the stored hash changed",
    attack: async (hands) => hands.put(7, { ...await hands.record(7), hash: "0".repeat(64) }),
    ...{ status: "broken", seq: 7, check: "hash" },
  },
  {
    name: "a head that names more entries than there are",
    attack: async (hands) => hands.putHead({ ...await hands.head(), seq: LAST + 5 }),
    ...{ status: "broken", seq: LAST + 1, check: "head" },
  },
  {
    name: "the head deleted",
    attack: (hands) => hands.putHead(undefined),
    ...{ status: "broken", seq: LAST, check: "head" },
  },
];

/** The second verifier has to find each attack, too. */
const python = await startPython();

/** An intact ledger, made once; each attack gets a copy. */
const original = await makeLedger();
addEventListener("unload", () => Deno.removeSync(original, { recursive: true }));

async function makeLedger(): Promise<string> {
  const folder = await Deno.makeTempDir({ prefix: "countersign-attack-" });
  const ledger = simple(await openLedgerFolder(openRequest({ folder })));
  const calls = await Promise.all(Array.from({ length: 5 }, () => ledger.write(call())));
  for (const { ref } of calls) await ledger.write(outcome(ref.seq));
  for (let i = 0; i < 145; i++) {
    const { ref } = await ledger.write(call());
    await ledger.write(outcome(ref.seq));
  }
  await ledger.close("done");
  return folder;
}

async function copied(): Promise<string> {
  const folder = await Deno.makeTempDir({ prefix: "countersign-attack-" });
  await Deno.mkdir(`${folder}/keys`);
  await Deno.copyFile(`${original}/ledger.db`, `${folder}/ledger.db`);
  await Deno.copyFile(`${original}/keys/signing.pub`, `${folder}/keys/signing.pub`);
  return folder;
}

async function verifyCopy(folder: string): Promise<VerifyReport> {
  const publicKey = await loadPublicKeyFile(folder);
  if (publicKey === undefined) throw new Error("the copy has no public key");
  const reader = await openLedgerReader(folder);
  try {
    return await verifyLedger(reader.rows, { publicKeys: [publicKey] });
  } finally {
    reader.close();
  }
}

Deno.test("the ledger that the attacks begin with is intact", async () => {
  const folder = await copied();
  const report = await verifyCopy(folder);
  assertEquals([report.status, report.entries, report.finding], ["intact", LAST + 1, undefined]);
  const { status, root, finding } = await python.ask({ path: folder });
  assertEquals([status, root, finding], ["intact", report.root, undefined]);
  await Deno.remove(folder, { recursive: true });
});

for (const { name, attack, status, seq, check } of ATTACKS) {
  Deno.test(`attack: ${name} is found, at the right entry`, async () => {
    const folder = await copied();
    await tamper(folder, attack);
    const report = await verifyCopy(folder);
    assertEquals({ status: report.status, seq: report.finding?.seq, check: report.finding?.check }, {
      status,
      seq,
      check,
    });
    const second = await python.ask({ path: folder });
    assertEquals({ status: second.status, ...second.finding, detail: "" }, {
      status,
      seq,
      check,
      detail: "",
    });
    await Deno.remove(folder, { recursive: true });
  });
}
