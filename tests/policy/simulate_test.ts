/** `policy simulate`: recorded traffic of every kind, and what is said about what was not recorded. */
import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { openLedgerFolder } from "../../lib/store/mod.ts";
import { EMPTY_REPORT, type Outcome } from "../../lib/verdict/mod.ts";
import { newBook } from "../../lib/cli/policy/book.ts";
import { type RecordedCall, Simulation, UNKNOWN_ARGUMENTS } from "../../lib/policy/mod.ts";
import { runStep } from "../cli/script.ts";
import { call as recordedCall, decision, heldCall, openRequest } from "../ledger/support.ts";
import { call, type CallOptions, policyOf, RUNS } from "./_policy.ts";

function calls(...list: readonly (CallOptions & { readonly was?: Outcome; readonly nowMs?: number })[]) {
  return list.map(({ was, ...options }, i): RecordedCall => ({
    number: i + 1,
    request: "args" in options ? call(options) : call({ ...options, args: UNKNOWN_ARGUMENTS }),
    report: EMPTY_REPORT,
    form: "request",
    ...(was === undefined ? {} : { then: { outcome: was } }),
  }));
}

/** `from → to by rule`, with how many, of the recorded calls under the policy. */
async function simulate(policy: string | readonly string[], recorded: readonly RecordedCall[]) {
  const simulation = new Simulation(await policyOf(policy), newBook());
  for (const one of recorded) simulation.call(one);
  const { changes, ...counts } = simulation.result;
  return {
    ...counts,
    changes: changes.map(({ subject, from, to, rule, count, first }) =>
      `${count} ${subject} ${from} -> ${to.join("/")} ${rule} from ${first}`
    ),
  };
}

const AMOUNT = `default = "allow"
[[rules]]
id = "large"
effect = "ask"
tools = ["pay"]
when = { amount = { gt = 100 } }
`;

Deno.test("without arguments: a decision that does not depend on them is certain, another one is open", async () => {
  const { changes, ...counts } = await simulate(
    AMOUNT,
    calls({ tool: "read", was: "allow" }, { tool: "pay", was: "allow" }, { tool: "pay", was: "ask" }),
  );
  assertEquals(changes, []);
  assertEquals(counts, {
    calls: 3,
    withoutArguments: 3,
    independent: 1,
    compared: 3,
    changed: 0,
    uncounted: [],
  });
});

Deno.test("without arguments: what was decided then cannot come any more, so it surely changes", async () => {
  assertEquals(
    (await simulate(AMOUNT, calls({ tool: "pay", was: "deny" }, { tool: "read", was: "deny" }))).changes,
    [
      "1 pay deny -> ask/allow  from 1",
      "1 read deny -> allow default from 2",
    ],
  );
});

Deno.test("with arguments everything is judged", async () => {
  const { changes, withoutArguments } = await simulate(
    AMOUNT,
    calls({ tool: "pay", args: { amount: 100 }, was: "allow" }, {
      tool: "pay",
      args: { amount: 101 },
      was: "allow",
    }),
  );
  assertEquals([withoutArguments, changes], [0, ["1 pay allow -> ask layer1/large from 2"]]);
});

const WAYS: readonly (readonly [name: string, layers: readonly string[], outcomes: string])[] = [
  ["a condition under one effect and its default", [AMOUNT], "ask/allow"],
  ["the default is the effect", [AMOUNT.replace('"allow"', '"ask"')], "ask"],
  ["a layer below refuses in any case", [AMOUNT, '[[rules]]\nid = "no"\neffect = "deny"\n'], "deny"],
  [
    "a rule that matches in any case stands below",
    [`${AMOUNT}[[rules]]\nid = "d"\neffect = "deny"\ntools = ["pay"]\n`],
    "deny/ask",
  ],
  ["two layers that may each say something", [
    AMOUNT,
    '[[rules]]\nid = "no"\neffect = "deny"\nwhen = { a = 1 }\n',
  ], "deny/ask/allow"],
  ["masks that may be put on", [
    'default = "allow"\n[[rules]]\nid = "m"\neffect = "redact"\nredact_fields = ["a"]\nwhen = { a = 1 }\n',
  ], "redact/allow"],
  ["masks in any case", [
    `[guardrails]\nredact_fields = ["a"]\n${AMOUNT.replace('default = "allow"', "")}`,
    'default = "allow"',
  ], "ask/redact"],
  ["CEL that does not look at arguments", [
    'default = "allow"\n[[rules]]\nid = "c"\neffect = "deny"\nwhen = \'tool == "pay"\'\n',
  ], "deny"],
  [
    "CEL that does",
    ['default = "allow"\n[[rules]]\nid = "c"\neffect = "deny"\nwhen = \'args.a == 1\'\n'],
    "deny/allow",
  ],
  [
    "a sum of an argument",
    ['default = "deny"\n[[rules]]\nid = "b"\neffect = "allow"\nwithin = { sum = "amount", limit = 5 }\n'],
    "deny/allow",
  ],
  [
    "a number of calls",
    ['default = "deny"\n[[rules]]\nid = "b"\neffect = "allow"\nwithin = { calls = 1 }\n'],
    "allow",
  ],
  [
    "a sequence whose first step looks at arguments",
    ['default = "allow"\n[[rules]]\nid = "s"\neffect = "deny"\nsequence = ["read:*.env*", "pay"]\n'],
    "deny/allow",
  ],
  [
    "a sequence of tools alone",
    ['default = "allow"\n[[rules]]\nid = "s"\neffect = "deny"\nsequence = ["read", "pay"]\n'],
    "allow",
  ],
];
for (const [name, layers, outcomes] of WAYS) {
  Deno.test(`the outcomes that are possible without arguments: ${name}`, async () => {
    // Nothing was recorded, so whatever may come is in the table.
    const { changes } = await simulate(layers, calls({ tool: "pay" }));
    assertEquals(changes.map((line) => line.split(" ")[4]), [outcomes]);
  });
}

Deno.test("whatever the arguments, what comes is among the outcomes that were said to be possible", async () => {
  const value = fc.oneof(
    fc.integer({ min: -2, max: 200 }),
    fc.constantFrom("eu", "7", "x"),
    fc.constant([5]),
  );
  const argument = fc.dictionary(fc.constantFrom("amount", "a", "path", "b"), value, { maxKeys: 3 });
  const policies = await Promise.all(WAYS.map(([, layers]) => policyOf(layers)));
  fc.assert(
    fc.property(fc.nat(WAYS.length - 1), argument, (way, args) => {
      const policy = policies[way];
      if (policy === undefined) throw new Error("no such policy");
      const usage = newBook().usageAt(0);
      const judged = policy.explain(call({ tool: "pay", args }), EMPTY_REPORT, usage).decision.outcome;
      const possible = WAYS[way]?.[2].split("/") ?? [];
      assert(possible.includes(judged), `${judged} is not among ${possible} for ${JSON.stringify(args)}`);
    }),
    { numRuns: RUNS },
  );
});

Deno.test("limits and history go on from call to call, as what was recorded lets them", async () => {
  const policy = `default = "allow"
[[rules]]
id = "rate"
effect = "deny"
tools = ["pay"]
over = { rate = "2/minute" }
[[rules]]
id = "then"
effect = "deny"
tools = ["send"]
after = { event = "tool:read" }
`;
  const at = (seconds: number) => ({ nowMs: seconds * 1000 });
  assertEquals(
    (await simulate(
      policy,
      calls(
        { tool: "pay", was: "allow", ...at(0) },
        { tool: "pay", was: "allow", ...at(1) },
        { tool: "pay", was: "allow", ...at(59) },
        { tool: "pay", was: "allow", ...at(60) },
        { tool: "send", was: "allow", ...at(60) },
        { tool: "read", was: "allow", ...at(60) },
        { tool: "send", was: "allow", ...at(60) },
      ),
    )).changes,
    ["1 pay allow -> deny layer1/rate from 3", "1 send allow -> deny layer1/then from 7"],
  );
});

Deno.test("an envelope counts calls, and says what it cannot count without arguments", async () => {
  const policy = `default = "allow"
[envelope]
max_calls = 2
max_identical_calls = 1
`;
  const { changes, uncounted } = await simulate(
    policy,
    calls({ was: "allow" }, { was: "allow" }, { was: "allow" }, { was: "allow" }),
  );
  assertEquals(uncounted, ["max_identical_calls"]);
  assertEquals(changes, ["2 tool allow -> deny layer1/envelope from 3"]);
});

Deno.test("rows are counted by tool, outcomes and rule, the largest first; names of peers cannot fill the memory", async () => {
  const many = Array.from({ length: 1500 }, (_, i) => ({ tool: `t${i}`, was: "allow" as const }));
  const { changes, changed } = await simulate(
    'default = "deny"',
    calls({ tool: "b", was: "allow" }, { tool: "a", was: "allow" }, { tool: "a", was: "ask" }, {
      tool: "a",
      was: "allow",
    }, ...many),
  );
  assertEquals(changed, 1504);
  assertEquals(changes.slice(0, 3), [
    "503 (more tools) allow -> deny default from 1002",
    "2 a allow -> deny default from 2",
    "1 b allow -> deny default from 1",
  ]);
});

interface Place {
  readonly folder: string;
  run(
    ...argv: readonly string[]
  ): Promise<{ exit: number; stdout: readonly string[]; stderr: readonly string[] }>;
}

const POLICY = `version = 1
default = "allow"
[[rules]]
id = "no-delete"
effect = "deny"
tools = ["delete_*"]
[[rules]]
id = "outside"
effect = "deny"
tools = ["write_file"]
when = { path = { glob = "/etc/*" } }
`;

async function inFolder(test: (place: Place) => Promise<void>): Promise<void> {
  const folder = await Deno.realPath(await Deno.makeTempDir({ prefix: "countersign-simulate-" }));
  try {
    await Deno.writeTextFile(`${folder}/p.toml`, POLICY);
    await test({ folder, run: (...argv) => runStep({ argv: ["policy", "simulate", ...argv] }, folder) });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** A session: a read, two deletions, a write, one held and denied by nobody, one that was refused by a fault. */
async function makeLedger(folder: string): Promise<void> {
  const ledger = await openLedgerFolder(openRequest({ folder: `${folder}/ledger` }));
  await ledger.record(recordedCall());
  await ledger.record(recordedCall({ tool: "delete_file" }));
  await ledger.record(recordedCall({ tool: "delete_file" }));
  await ledger.record(recordedCall({ tool: "write_file" }));
  const held = await ledger.record(heldCall({ tool: "wire_transfer" }));
  await ledger.write({
    type: "unanswered",
    call: "ref" in held ? held.ref.seq : -1,
    reason: "approval-expired",
  });
  await ledger.record(recordedCall({ tool: "search", faults: ["scan"] }));
  await ledger.record(
    recordedCall({
      tool: "drop",
      decision: decision({ outcome: "deny", reason: "dlp:pan" }),
      report: {
        ...EMPTY_REPORT,
        findings: [{ id: "pan", at: "/a", count: 1, action: "block" }],
      },
    }),
  );
  await ledger.close("client-eof");
}

Deno.test("simulate on a ledger: what changes, what cannot be told, exit 1", () =>
  inFolder(async ({ folder, run }) => {
    await makeLedger(folder);
    const { exit, stdout, stderr } = await run("p.toml", "--from", "ledger");
    assertEquals([exit, stderr], [1, []]);
    assertEquals(stdout.map((line) => line.replace(/sha256:\w+/, "DIGEST")), [
      "policy p, DIGEST",
      "6 calls",
      "6 calls: the arguments are not recorded; 5 decisions do not depend on them",
      "1 call besides: refused before any policy was asked",
      "",
      "COUNT\tSERVER\tTOOL\tRECORDED\tNOW\tBY\tFIRST ENTRY",
      "2\tfiles\tdelete_file\tallow\tdeny\tp/no-delete\t2",
      "1\tfiles\twire_transfer\task\tallow\tdefault\t5",
      "",
      "3 decisions change",
    ]);
    const json = JSON.parse((await run("p.toml", "--from", "ledger/ledger.db", "--json")).stdout.join(""));
    assertEquals([json.calls, json.changed, json.without_arguments, json.independent], [6, 3, 6, 5]);
    assertEquals(json.changes[0], {
      server: "files",
      tool: "delete_file",
      from: "allow",
      to: ["deny"],
      rule: "p/no-delete",
      count: 2,
      first: 2,
    });
  }));

Deno.test("simulate on the lines of audit --json, newest first as they are printed, is simulate on the ledger", () =>
  inFolder(async ({ folder, run }) => {
    await makeLedger(folder);
    const audit = await runStep({ argv: ["audit", "--json", "--ledger", "ledger"] }, folder);
    await Deno.writeTextFile(`${folder}/down.jsonl`, audit.stdout.join("\n") + "\n");
    await Deno.writeTextFile(`${folder}/up.jsonl`, audit.stdout.toReversed().join("\n"));
    const wanted = (await run("p.toml", "--from", "ledger")).stdout;
    assertEquals((await run("p.toml", "--from", "down.jsonl")).stdout, wanted);
    assertEquals((await run("p.toml", "--from", "up.jsonl")).stdout, wanted);
  }));

Deno.test("simulate: what a person answered counts, where the call would be held now as well", async () => {
  const policy = `default = "allow"
[[rules]]
id = "gate"
effect = "ask"
tools = ["pay"]
not_after = { event = "approval:gate" }
`;
  const three = calls({ tool: "pay", was: "ask" }, { tool: "pay", was: "ask" }, {
    tool: "pay",
    was: "allow",
  });
  const run = async (approved: boolean) => {
    const simulation = new Simulation(await policyOf(policy), newBook());
    for (const one of three) {
      simulation.call(one);
      simulation.answer({ call: one.number, approved, cleared: [], nowMs: 0 });
    }
    return simulation.result.changes.map(({ from, to, first }) => `${from} -> ${to} from ${first}`);
  };
  assertEquals(await run(true), ["ask -> allow from 2"]);
  assertEquals(await run(false), ["allow -> ask from 3"]);
});

Deno.test("simulate: a session that is over takes its limits along, and others keep theirs", async () => {
  const policy = `default = "allow"
[[rules]]
id = "once"
effect = "deny"
over = { calls = 1 }
[[rules]]
id = "twice"
effect = "ask"
over = { calls = 2, per = "agent" }
`;
  const simulation = new Simulation(await policyOf(policy), newBook());
  const [one, two, three] = calls({ session: "a" }, { session: "a" }, { session: "a" });
  if (one === undefined || two === undefined || three === undefined) throw new Error("three calls");
  simulation.call(one);
  simulation.end("a");
  simulation.call(two);
  simulation.end("a");
  simulation.call(three);
  assertEquals(simulation.result.changes.map(({ to, count }) => [to, count]), [[["allow"], 2], [["ask"], 1]]);
});

Deno.test("simulate on lines of one's own: with arguments, without, and without a decision", () =>
  inFolder(async ({ folder, run }) => {
    const lines = [
      { tool: "write_file", args: { path: "/etc/passwd" }, decision: "allow", at: "2026-11-20T09:00:00Z" },
      { tool: "write_file", args: { path: "notes" }, decision: "allow", server: "files", agent: "a" },
      { tool: "write_file", decision: "allow" },
      { tool: "post", args: { key: "AKIAIOSFODNN7EXAMPLE" } },
    ];
    await Deno.writeTextFile(`${folder}/own.jsonl`, lines.map((line) => JSON.stringify(line)).join("\n"));
    const { exit, stdout } = await run("p.toml", "--from", "own.jsonl");
    assertEquals(exit, 1);
    assertEquals(stdout.slice(1), [
      "4 calls, 1 of them without a recorded decision",
      "1 call: the arguments are not recorded; 0 decisions do not depend on them",
      "",
      "COUNT\tSERVER\tTOOL\tRECORDED\tNOW\tBY\tFIRST LINE",
      "1\tserver\twrite_file\tallow\tdeny\tp/outside\t1",
      "1\tserver\tpost\t-\tdeny\tdlp:aws-access-key\t4",
      "",
      "1 decision changes",
    ]);
    const same = await run("permissive", "--from", "own.jsonl");
    assertEquals([same.exit, same.stdout.at(-1)], [0, "no decision changes"]);
  }));

Deno.test("simulate: what is open is not called unchanged", () =>
  inFolder(async ({ folder, run }) => {
    await Deno.writeTextFile(`${folder}/own.jsonl`, '{"tool": "write_file", "decision": "allow"}\n');
    const { exit, stdout } = await run("p.toml", "--from", "own.jsonl");
    assertEquals([exit, stdout.at(-1)], [0, "as far as can be told, no decision changes"]);
  }));

const BAD: readonly (readonly [name: string, lines: string, says: string])[] = [
  ["no JSON", '{"tool":"a"}\n{"tool"\n', "line 2 of"],
  ["a key that is given twice", '{"tool":"a","tool":"b"}\n', "line 1 of"],
  ["no object", "[1]\n", "it is no object"],
  ["a misspelt key", '{"tool":"a","arg":{}}\n', 'did you mean "args"?'],
  ["no tool", '{"args":{}}\n', '"tool" is missing'],
  ["arguments that are none", '{"tool":"a","args":[]}\n', '"args" is no object'],
  ["a time that is none", '{"tool":"a","at":"today"}\n', '"at" is no instant'],
  ["a decision that is none", '{"tool":"a","decision":"block"}\n', '"decision" is none of'],
  ["roles that are none", '{"tool":"a","roles":"admin"}\n', '"roles" is no list'],
  ["half an entry", '{"kind":"call","seq":1,"time":"2026-11-20T09:00:00Z"}\n', "line 1 of"],
];
for (const [name, lines, says] of BAD) {
  Deno.test(`simulate refuses a line with ${name}: one clear line, exit 2`, () =>
    inFolder(async ({ folder, run }) => {
      await Deno.writeTextFile(`${folder}/bad.jsonl`, lines);
      const { exit, stdout, stderr } = await run("p.toml", "--from", "bad.jsonl");
      assertEquals([exit, stdout], [2, []]);
      assert(stderr[0]?.startsWith("error: cannot simulate: line ") && stderr[0].includes(says), stderr[0]);
    }));
}

Deno.test("simulate says what is missing: the policy, the traffic, the file", () =>
  inFolder(async ({ run }) => {
    assertEquals((await run()).stderr[0], "error: cannot simulate: no policy is named");
    assertEquals((await run("p.toml")).stderr[0], "error: cannot simulate: no recorded traffic is named");
    const gone = await run("p.toml", "--from", "gone");
    assertEquals([gone.exit, gone.stderr[0]], [2, 'error: cannot simulate: there is no "gone"']);
    assertEquals((await run("p.toml", "--from", ".")).exit, 2);
  }));

Deno.test("simulate reads files of many blocks in both directions, line for line", () =>
  inFolder(async ({ folder, run }) => {
    await makeLedger(folder);
    const audit = await runStep({ argv: ["audit", "--json", "--ledger", "ledger"] }, folder);
    const entry = JSON.parse(audit.stdout.find((line) => line.includes("delete_file")) ?? "");
    const count = 1200, pad = "…".repeat(40);
    const line = (seq: number) => JSON.stringify({ ...entry, seq, note: `${pad}${"x".repeat(seq % 97)}` });
    const lines = Array.from({ length: count }, (_, i) => line(i + 1));
    for (const [name, content] of [["up", lines], ["down", lines.toReversed()]] as const) {
      await Deno.writeTextFile(`${folder}/${name}.jsonl`, content.join("\n") + "\n");
      const json = JSON.parse((await run("p.toml", "--from", `${name}.jsonl`, "--json")).stdout.join(""));
      assertEquals([json.calls, json.changed, json.changes[0].first], [count, count, 1], name);
    }
  }));
