/** `deno bench -A --unstable-kv tests/bench/ledger_bench.ts`: what the ledger costs, by parts and as a whole. */
import { generateKeys, loadPublicKeyFile } from "../../lib/identity/mod.ts";
import { checkSignatures, type Entry, makeDigester, verifyLedger } from "../../lib/ledger/mod.ts";
import { openLedgerFolder, openLedgerReader } from "../../lib/store/mod.ts";
import { makeSealer } from "../../lib/ledger/record.ts";
import { Book, memoryBook } from "../../lib/meter/mod.ts";
import { nameOf, NO_MARKS } from "../../lib/verdict/mod.ts";
import { call, charge, limited, openRequest, outcome, simple } from "../ledger/support.ts";

const LANES = 64;
const CALLS_A_ROUND = 640;

const keys = generateKeys();
const seal = makeSealer(keys);
const digester = makeDigester(keys.blinding);
const id = "01a0c450-6c00-732e-97b2-9dc2b7eee311";
const payload = "x".repeat(300);
const entry: Entry = {
  v: 1,
  seq: 1,
  id,
  time: "2026-11-20T09:07:46.123456Z",
  prev: "ab".repeat(32),
  kind: "call",
  session: id,
  agent: { id: "my-agent", roles: [], verified: false },
  server: "files",
  method: "tools/call",
  tool: "read_file",
  decision: "allow",
  verdict: "forward",
  enforced: true,
  findings: [],
  rules: ["standard/allow-read"],
  reason: "rule:allow-read",
  threat: 0,
  policy: `sha256:${"ab".repeat(32)}`,
  input: digester.payload(id, payload),
};

Deno.bench("part: keyed digest of 300 bytes", () => void digester.payload(id, payload));
Deno.bench("part: entry to canonical bytes, hash, signature, record", () => void seal(entry));

const sixty = charge({ limit: "60" });
const over = { kind: "limit", holds: "over", charge: sixty } as const;
const used = memoryBook();
for (let i = 0; i < 59; i++) used.settle({ charges: [sixty], marks: [] }, 1_790_000_000_000_000 + i * 1000);
const rows = used.changes();
Deno.bench("part: a limit of 60, read, asked, charged, written", () => {
  const book = new Book();
  for (const { table, key, value } of rows) book.put({ table, key }, value);
  if (book.at(1_790_000_001_000_000).match(over) === "no") {
    book.settle({ charges: [sixty], marks: [] }, 1_790_000_001_000_000);
  }
  book.changes();
});

const folder = await Deno.makeTempDir({ prefix: "countersign-bench-" });
addEventListener("unload", () => Deno.removeSync(folder, { recursive: true }));
const ledger = simple(await openLedgerFolder(openRequest({ folder })));

Deno.bench("whole: one call, written and durable", async (b) => {
  b.start();
  const { ref } = await ledger.write(call());
  b.end();
  await ledger.write(outcome(ref.seq));
});

Deno.bench(`whole: ${CALLS_A_ROUND} calls and outcomes, ${LANES} at a time`, async () => {
  let left = CALLS_A_ROUND;
  const lane = async () => {
    while (left-- > 0) {
      const { ref } = await ledger.write(call());
      await ledger.write(outcome(ref.seq));
    }
  };
  await Promise.all(Array.from({ length: LANES }, lane));
});

const scope = nameOf("session", ledger.opened.session);
const event = { kind: "event", scope, track: "t", step: 0, keepMs: 60_000 } as const;
const looking = limited(charge({ limit: "1000000000" }));
const open = { ...looking, marks: { ...NO_MARKS, forwarded: [event, { kind: "call", scope } as const] } };

Deno.bench("whole: one call under a limit, with history, written and durable", async (b) => {
  b.start();
  const { ref } = await ledger.write(call({ decision: open }));
  b.end();
  await ledger.write(outcome(ref.seq));
});

Deno.bench(`whole: ${CALLS_A_ROUND} calls under a limit, with history, ${LANES} at a time`, async () => {
  let left = CALLS_A_ROUND;
  const lane = async () => {
    while (left-- > 0) {
      const { ref } = await ledger.write(call({ decision: open }));
      await ledger.write(outcome(ref.seq));
    }
  };
  await Promise.all(Array.from({ length: LANES }, lane));
});

const verified = await makeVerified(5000);
const publicKey = await loadPublicKeyFile(verified) ?? new Uint8Array();
const reader = await openLedgerReader(verified);

Deno.bench("verify: 10,000 entries, everything in this thread", async () => {
  await verifyLedger(reader.rows, {
    publicKeys: [publicKey],
    checkSignatures: (batch) => Promise.resolve(checkSignatures(batch)),
  });
});
Deno.bench("verify: 10,000 entries, signatures elsewhere", async () => {
  await verifyLedger(reader.rows, { publicKeys: [publicKey], checkSignatures: () => Promise.resolve([]) });
});

async function makeVerified(calls: number): Promise<string> {
  const path = `${folder}/verified`;
  const writer = simple(await openLedgerFolder(openRequest({ folder: path })));
  const written = await Promise.all(Array.from({ length: calls }, () => writer.write(call())));
  await Promise.all(written.map(({ ref }) => writer.write(outcome(ref.seq))));
  await writer.close("done");
  return path;
}
