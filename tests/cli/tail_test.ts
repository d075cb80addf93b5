/** `tail`: what is committed is shown, by whatever process; it ends when nobody wants it any more. */
import { assert, assertEquals, assertRejects } from "@std/assert";
import { Fault } from "../../lib/base/mod.ts";
import { follow } from "../../lib/cli/tail/follow.ts";
import { tailLine } from "../../lib/cli/tail/line.ts";
import { ledgerReader, type LedgerStore } from "../../lib/ledger/mod.ts";
import { memoryStore, openLedgerFolder } from "../../lib/store/mod.ts";
import { entryAt } from "../report/entries.ts";
import {
  call,
  decision,
  openIn,
  openRequest,
  outcome,
  simple,
  type World,
  world,
} from "../ledger/support.ts";
import { runStep } from "./script.ts";

/** Follows `store`, and does `steps` one after the other, each when all that is there was shown. */
async function followed(
  store: LedgerStore,
  from: number,
  steps: readonly (() => Promise<unknown>)[],
): Promise<number[]> {
  const seqs: number[] = [];
  const left = [...steps];
  const rest = async () => {
    const step = left.shift();
    await step?.();
    return step === undefined;
  };
  const isBusy = (thrown: unknown) => thrown instanceof Error && thrown.message === "busy";
  for await (const { seq } of follow(ledgerReader(store), { from, rest, isBusy })) seqs.push(seq);
  return seqs;
}

async function written(here: World): Promise<void> {
  const ledger = await openIn(here);
  const { ref } = await ledger.write(call());
  await ledger.write(outcome(ref.seq));
  await ledger.close("done");
}

Deno.test("follow(): each entry once, in order, from the first that is wanted; an empty ledger is waited for", async () => {
  const here = world();
  const steps = [() => written(here), () => Promise.resolve(), () => written(here)];
  assertEquals(await followed(memoryStore(here.rows), 0, steps), [0, 1, 2, 3, 4, 5, 6, 7]);
  assertEquals(await followed(memoryStore(here.rows), 5, [() => written(here)]), [5, 6, 7, 8, 9, 10, 11]);
});

Deno.test("follow(): a busy store is waited for, even in the middle of a scan, and nothing comes twice", async () => {
  const here = world(), store = memoryStore(here.rows);
  await written(here);
  let failures = 3;
  const busy: LedgerStore = {
    ...store,
    read: (table, key) => failures-- > 2 ? Promise.reject(new Error("busy")) : store.read(table, key),
    scan: async function* (table, scan) {
      for await (const row of store.scan(table, scan)) {
        yield row;
        if (failures-- > 0) throw new Error("busy");
      }
    },
  };
  const none = () => Promise.resolve();
  assertEquals(await followed(busy, 0, [none, none, none, none]), [0, 1, 2, 3]);
});

Deno.test("follow(): a ledger that goes back is said so; what is no waiting is thrown on", async () => {
  const here = world(), store = memoryStore(here.rows);
  await written(here);
  const head = await store.read("head", "newest");
  await written(here);
  const back = () =>
    store.commit({
      checks: [],
      changes: [{ table: "head", key: "newest", value: head?.value ?? new Uint8Array() }],
    });
  const fault = await assertRejects(
    () => followed(store, 0, [back]),
    Fault,
    "it had 8 entries, and its head names 4 now",
  );
  assertEquals(fault.code, "ledger");
  const broken: LedgerStore = { ...store, read: () => Promise.reject(new Error("disk")) };
  await assertRejects(() => followed(broken, 0, []), Error, "disk");
});

Deno.test("tailLine(): aligned and coloured on a terminal, tabs elsewhere, JSON where asked; never what a terminal obeys", () => {
  const entry = entryAt(7, {
    verdict: "refuse",
    method: "tools/call",
    tool: "\u001b[2Jx\u202e",
    reason: "rule:no",
  });
  const read = { seq: 7, stored: { entry, hash: "aa", sig: "bb", key: "cc" } };
  const shown = tailLine(read, { json: false, terminal: true }) ?? "";
  assert(
    shown.startsWith("\u001b[31m      7 00:00:07.000 call") && shown.endsWith("rule:no\u001b[0m\n"),
    shown,
  );
  assert(shown.includes("\\u{1b}[2Jx\\u{202e}"));
  assertEquals(tailLine(read, { json: false, terminal: false })?.split("\t").length, 7);
  assertEquals(JSON.parse(tailLine(read, { json: true, terminal: true }) ?? "").hash, "aa");
  const stub = { seq: 3, stored: undefined, pruned: { hash: "aa", sig: "bb", key: "cc" } };
  assert(tailLine(stub, { json: false, terminal: false })?.includes("pruned"));
  assertEquals(tailLine({ seq: 3, stored: undefined }, { json: true, terminal: true }), undefined);
});

Deno.test("tail of what is no ledger, or with what is no number: an error that says so", async () => {
  const folder = await Deno.makeTempDir({ prefix: "countersign-tail-" });
  try {
    const none = await runStep({ argv: ["tail", "--ledger", "nowhere"] }, folder);
    assertEquals([none.exit, none.stderr[0]], [
      2,
      'error: cannot read the ledger: there is no ledger.db in "$FOLDER/nowhere"',
    ]);
    assertEquals((await runStep({ argv: ["tail", "-n", "1.5", "--ledger", "x"] }, folder)).exit, 2);
    assertEquals((await runStep({ argv: ["tail", "--verdict", "no", "--ledger", "x"] }, folder)).exit, 2);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

const MAIN = new URL("../../main.ts", import.meta.url).pathname;

/** `tail` as a process of its own, line by line. */
class Tail {
  readonly #child: Deno.ChildProcess;
  readonly #lines: ReadableStreamDefaultReader<string>;
  #rest = "";

  constructor(folder: string, words: readonly string[]) {
    this.#child = new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "--no-check", MAIN, "tail", "--ledger", folder, ...words],
      stdin: "null",
      stdout: "piped",
      stderr: "null",
    }).spawn();
    this.#lines = this.#child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  }

  async line(): Promise<string> {
    for (;;) {
      const end = this.#rest.indexOf("\n");
      if (end >= 0) {
        const line = this.#rest.slice(0, end);
        this.#rest = this.#rest.slice(end + 1);
        return line;
      }
      const { value, done } = await this.#lines.read();
      if (done) throw new Error("tail ended");
      this.#rest += value;
    }
  }

  /** Nobody reads any more. */
  async hangUp(): Promise<void> {
    await this.#lines.cancel();
  }

  async end(signal?: Deno.Signal): Promise<number> {
    if (signal !== undefined) {
      this.#child.kill(signal);
      await this.#lines.cancel();
    }
    return (await this.#child.status).code;
  }
}

async function withLedger(test: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.realPath(await Deno.makeTempDir({ prefix: "countersign-tail-" }));
  try {
    await test(`${folder}/ledger`);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("tail: the newest first, then what another process writes, as far as it is asked for; ends by a signal", () =>
  withLedger(async (folder) => {
    const ledger = simple(await openLedgerFolder(openRequest({ folder })));
    await ledger.write(call());
    const tail = new Tail(folder, ["-n", "1", "--kind", "call", "--json"]);
    assertEquals(JSON.parse(await tail.line()).seq, 1);
    const { ref } = await ledger.write(call({ tool: "later" }));
    assertEquals(JSON.parse(await tail.line()).tool, "later");
    await ledger.write(outcome(ref.seq));
    await ledger.write(call({ tool: "no", decision: decision({ outcome: "deny", reason: "rule:no" }) }));
    assertEquals(JSON.parse(await tail.line()).verdict, "refuse");
    assertEquals(await tail.end(Deno.build.os === "windows" ? "SIGINT" : "SIGTERM"), 0);
    await ledger.close("done");
  }));

Deno.test("tail: ends when nobody reads it any more", () =>
  withLedger(async (folder) => {
    const ledger = simple(await openLedgerFolder(openRequest({ folder })));
    const tail = new Tail(folder, ["-n", "1"]);
    await tail.line();
    await tail.hangUp();
    let ended = false;
    const end = tail.end().then((code) => {
      ended = true;
      return code;
    });
    // It sees that with the next line that it writes, or with the one after that.
    while (!ended) await Promise.race([end, ledger.write(call({ form: "notice" }))]);
    assertEquals(await end, 0);
    await ledger.close("done");
  }));
