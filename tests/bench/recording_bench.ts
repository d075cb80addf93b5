/** `deno bench -A --unstable-kv tests/bench/recording_bench.ts`: what full recording and the mirror cost a call. */
import { openLedgerFolder } from "../../lib/store/mod.ts";
import type { OpenRequest } from "../../lib/verdict/mod.ts";
import { call, openRequest, outcome, simple } from "../ledger/support.ts";

const LANES = 64;
const CALLS_A_ROUND = 640;

const folder = await Deno.makeTempDir({ prefix: "countersign-bench-" });
addEventListener("unload", () => Deno.removeSync(folder, { recursive: true }));

/** Params and results like those of a tool that reads files. */
function payload(chars: number): string {
  let text = "";
  for (let at = 1; text.length < chars; at++) {
    text += `line ${at} of a file, ${Math.imul(at, 2654435761).toString(36)}\\n`;
  }
  return `{"content":[{"text":"${text.slice(0, chars)}","type":"text"}]}`;
}

const WAYS: readonly {
  readonly name: string;
  readonly over: Partial<OpenRequest>;
  readonly chars: number;
}[] = [
  { name: "metadata, 300 bytes", over: {}, chars: 300 },
  { name: "metadata and mirror, 300 bytes", over: { jsonl: `${folder}/a.jsonl` }, chars: 300 },
  { name: "full, 300 bytes", over: { record: "full" }, chars: 300 },
  { name: "metadata, 4 KiB", over: {}, chars: 4096 },
  { name: "full, 4 KiB", over: { record: "full" }, chars: 4096 },
  { name: "metadata, 100 KiB", over: {}, chars: 100 * 1024 },
  { name: "full, 100 KiB", over: { record: "full" }, chars: 100 * 1024 },
  { name: "metadata, 2 MiB", over: {}, chars: 2 * 1024 * 1024 },
  { name: "full, 2 MiB", over: { record: "full" }, chars: 2 * 1024 * 1024 },
];

for (const { name, over, chars } of WAYS) {
  const path = `${folder}/${name.replaceAll(/\W+/g, "-")}`;
  const ledger = simple(await openLedgerFolder(openRequest({ folder: path, ...over })));
  const input = payload(chars), output = input;
  Deno.bench(`one call, written and durable: ${name}`, async (b) => {
    b.start();
    const { ref } = await ledger.write(call({ input }));
    b.end();
    await ledger.write(outcome(ref.seq, { output }));
  });
  if (chars > 10_000) continue;
  Deno.bench(`${CALLS_A_ROUND} calls and outcomes, ${LANES} at a time: ${name}`, async () => {
    let left = CALLS_A_ROUND;
    const lane = async () => {
      while (left-- > 0) {
        const { ref } = await ledger.write(call({ input }));
        await ledger.write(outcome(ref.seq, { output }));
      }
    };
    await Promise.all(Array.from({ length: LANES }, lane));
  });
}
