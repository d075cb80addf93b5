import { assert, assertEquals } from "@std/assert";
import plugin from "../../scripts/lint_plugin.ts";
import { ROOMS, WORKERS } from "../../scripts/lint/rooms.ts";

/** One piece of source, where it stands, and the rules that must object (none: it is fine). */
interface Row {
  readonly name: string;
  readonly file: string;
  readonly source: string;
  readonly objects: readonly string[];
}

const IMPORTS: readonly Row[] = [
  arrow("base imports nothing", "lib/base/a.ts", "../wire/mod.ts", false),
  arrow("base imports no package", "lib/base/a.ts", "smol-toml", false),
  arrow("base may import node:crypto", "lib/base/a.ts", "node:crypto", true),
  arrow("wire may import base", "lib/wire/a.ts", "../base/mod.ts", true),
  arrow("wire must not import verdict", "lib/wire/a.ts", "../verdict/mod.ts", false),
  arrow("scan must not import policy", "lib/scan/a.ts", "../policy/mod.ts", false),
  arrow("scan must not import ledger", "lib/scan/a.ts", "../ledger/mod.ts", false),
  arrow("policy must not import scan", "lib/policy/a.ts", "../scan/mod.ts", false),
  arrow("policy must not import ledger", "lib/policy/a.ts", "../ledger/mod.ts", false),
  arrow("ledger must not import policy", "lib/ledger/a.ts", "../policy/mod.ts", false),
  arrow("ledger must not import its implementation", "lib/ledger/a.ts", "../store/mod.ts", false),
  arrow("ledger may import meter", "lib/ledger/a.ts", "../meter/mod.ts", true),
  arrow("gate gets ports, never the channel", "lib/gate/a.ts", "../channel/mod.ts", false),
  arrow("gate must not import transport", "lib/gate/a.ts", "../transport/mod.ts", false),
  arrow("transport may import wire", "lib/transport/a.ts", "../wire/mod.ts", true),
  arrow("channel must not import verdict's values", "lib/channel/a.ts", "../verdict/mod.ts", false),
  arrow("cli may import any door", "lib/cli/a.ts", "../ledger/mod.ts", true),
  arrow("cli uses the door", "lib/cli/a.ts", "../ledger/entry.ts", false),
  arrow("gate uses the door", "lib/gate/a.ts", "../wire/classify.ts", false),
  arrow("a side door of the table", "lib/cli/a.ts", "../scan/ids.ts", true),
  arrow("a side door is no way round the arrows", "lib/gate/a.ts", "../scan/ids.ts", false),
  arrow("inside the room, the file", "lib/scan/a.ts", "./b.ts", true),
  arrow("inside the room, not by its own door", "lib/scan/a.ts", "./mod.ts", false),
  arrow("no room imports cli", "lib/gate/a.ts", "../cli/mod.ts", false),
  arrow("no arrow up to main", "lib/cli/a.ts", "../../main.ts", false),
  arrow("no arrow up to the workers", "lib/cli/a.ts", "../../workers/scan.ts", false),
  arrow("no arrow up to scripts", "lib/cli/a.ts", "../../scripts/build.ts", false),
  arrow(
    "policy may import a bundled policy as text",
    "lib/policy/a.ts",
    "../../policies/standard.toml",
    true,
  ),
  arrow("scan must not import a bundled policy", "lib/scan/a.ts", "../../policies/standard.toml", false),
  arrow("main enters cli", "main.ts", "./lib/cli/mod.ts", true),
  arrow("main enters nothing else", "main.ts", "./lib/ledger/mod.ts", false),
  arrow("a worker enters its own room", "workers/scan.ts", "../lib/scan/mod.ts", true),
  arrow("a worker enters no other room", "workers/scan.ts", "../lib/ledger/mod.ts", false),
  arrow("a worker without a row", "workers/new.ts", "../lib/base/mod.ts", false),
  arrow("a room without a row", "lib/new/a.ts", "../base/mod.ts", false),
  arrow("scripts may enter any door", "scripts/a.ts", "../lib/ledger/mod.ts", true),
  arrow("scripts use the door", "scripts/a.ts", "../lib/ledger/entry.ts", false),
  arrow("tests look behind doors", "tests/scan/a_test.ts", "../../lib/ledger/entry.ts", true),
  row("a type-only arrow, as a type", "lib/report/a.ts", 'import type { Port } from "../ledger/mod.ts";', []),
  row(
    "a type-only arrow, name by name",
    "lib/report/a.ts",
    'import { type Port } from "../ledger/mod.ts";',
    [],
  ),
  row(
    "a type-only arrow, re-exported",
    "lib/report/a.ts",
    'export type { Port } from "../ledger/mod.ts";',
    [],
  ),
  row("a type-only arrow, in place", "lib/report/a.ts", 'type P = import("../ledger/mod.ts").Port;', []),
  row(
    "a type-only arrow, with one value",
    "lib/report/a.ts",
    'import { type Port, open } from "../ledger/mod.ts";',
    [
      "import-table",
    ],
  ),
  row("a type-only arrow, for its effect", "lib/report/a.ts", 'import "../ledger/mod.ts";', ["import-table"]),
  row("a wrong arrow by re-export", "lib/scan/a.ts", 'export { x } from "../policy/mod.ts";', [
    "import-table",
  ]),
  row("a wrong arrow by export of all", "lib/scan/a.ts", 'export * from "../policy/mod.ts";', [
    "import-table",
  ]),
  row("a wrong arrow at run time", "lib/scan/a.ts", 'await import("../policy/mod.ts");', ["import-table"]),
  row("a wrong arrow in a type", "lib/scan/a.ts", 'type P = import("../policy/mod.ts").P;', ["import-table"]),
  row("an import whose target is computed", "lib/cli/a.ts", "await import(`./${name}.ts`);", [
    "import-table",
  ]),
];

const NAMES: readonly Row[] = [
  row("only the store opens KV", "lib/identity/a.ts", "await Deno.openKv(path);", ["named-where-allowed"]),
  row("the store opens KV", "lib/store/a.ts", "await Deno.openKv(path);", []),
  row("KV in brackets", "lib/identity/a.ts", 'await Deno["openKv"](path);', ["named-where-allowed"]),
  row("Deno taken apart", "lib/ledger/a.ts", "const { openKv } = Deno;", ["named-where-allowed"]),
  row("only the channel makes workers", "lib/cli/run.ts", "new Worker(url);", ["named-where-allowed"]),
  row("a worker by way of globalThis", "lib/cli/run.ts", "new globalThis.Worker(url);", [
    "named-where-allowed",
  ]),
  row("the channel makes workers", "lib/channel/a.ts", "new Worker(url).postMessage(1);", []),
  row("a worker's type", "lib/cli/a.ts", "function f(w: Worker) { return w; }", ["named-where-allowed"]),
  row("only the channel posts", "lib/gate/a.ts", "port.postMessage(1);", ["named-where-allowed"]),
  row("self posts", "workers/scan.ts", "self.postMessage(1);", ["named-where-allowed"]),
  row("post without self", "workers/scan.ts", "postMessage(1);", ["named-where-allowed"]),
  row("only the transport starts processes", "lib/config/a.ts", "new Deno.Command(x);", [
    "named-where-allowed",
  ]),
  row("cli starts plain processes", "lib/cli/bench.ts", "new Deno.Command(x);", []),
  row("run goes through the transport", "lib/cli/run.ts", "new Deno.Command(x);", ["named-where-allowed"]),
  row("run leaves stdout to the protocol", "lib/cli/run.ts", "Deno.stdout.writeSync(x);", [
    "named-where-allowed",
  ]),
  row("so do the parts of run", "lib/cli/run/a.ts", "Deno.stdin.readable;", ["named-where-allowed"]),
  row("only the transport listens", "lib/cli/a.ts", "Deno.serve(() => new Response());", [
    "named-where-allowed",
  ]),
  row("no console in a room", "lib/ledger/a.ts", "console.log(1);", ["named-where-allowed"]),
  row("console in a script", "scripts/a.ts", "console.log(1);", []),
  row("only main ends the process", "lib/cli/a.ts", "Deno.exit(1);", ["named-where-allowed"]),
  row("main ends the process", "main.ts", "Deno.exit(1);", []),
  row("a powerless room names no Deno", "lib/scan/a.ts", "Deno.env.get(x);", ["powerless-room"]),
];

const SHAPES: readonly Row[] = [
  row("a file of 300 lines", "lib/scan/a.ts", "//\n".repeat(300), []),
  row("a file of 301 lines", "lib/scan/a.ts", "//\n".repeat(301), ["file-length"]),
  row("a long test", "tests/a_test.ts", "//\n".repeat(400), []),
  row("a worker of 40 lines", "workers/scan.ts", "//\n".repeat(40), ["file-length"]),
  row("a worker of 39 lines", "workers/scan.ts", "//\n".repeat(39), []),
  row("a function of 60 lines", "lib/scan/a.ts", longFunction(60), []),
  row("a function of 61 lines", "lib/scan/a.ts", longFunction(61), ["function-length"]),
  row(
    "a long function with its reason",
    "lib/scan/a.ts",
    `// one piece because: it is a loop\n${longFunction(61)}`,
    [],
  ),
  row(
    "a long method with its reason",
    "lib/scan/a.ts",
    `class A {\n  // one piece because: it is\n  m() {${"\n".repeat(61)}}\n}`,
    [],
  ),
  row("a long method", "lib/scan/a.ts", `class A {\n  m() {${"\n".repeat(61)}}\n}`, ["function-length"]),
  row(
    "a reason that stands elsewhere",
    "lib/scan/a.ts",
    `// one piece because: x\nconst a = 1;\n${longFunction(61)}`,
    [
      "function-length",
    ],
  ),
  row("a door", "lib/scan/mod.ts", '/** x */\nexport { a } from "./a.ts";\nexport * from "./b.ts";', []),
  row("a door without header", "lib/scan/mod.ts", 'export { a } from "./a.ts";', ["door-only"]),
  row("a door with code", "lib/scan/mod.ts", "/** x */\nexport function a() {}", ["door-only"]),
  row("the keyword private", "lib/scan/a.ts", "class A { private x = 1; private m() {} }", [
    "no-private-keyword",
    "no-private-keyword",
  ]),
  row("private in a constructor", "lib/scan/a.ts", "class A { constructor(private x: number) {} }", [
    "no-private-keyword",
  ]),
  row("#private", "lib/scan/a.ts", "class A { #x = 1; }", []),
  row("a top-level arrow function", "lib/scan/a.ts", "const f = () => 1;", ["top-level-function"]),
  row("an exported arrow function", "lib/scan/a.ts", "export const f = () => 1;", ["top-level-function"]),
  row("an arrow function inside", "lib/scan/a.ts", "function g() { const f = () => 1; return f; }", []),
  row("a table of functions", "lib/scan/a.ts", "const T = { f: () => 1 };", []),
  row("a default export", "lib/scan/a.ts", "export default 1;", ["one-way"]),
  row("an enum", "lib/scan/a.ts", "enum A { B }", ["one-way"]),
  row("the time in an engine", "lib/ledger/a.ts", "new Date(); Date.now();", [
    "clock-handed-in",
    "clock-handed-in",
  ]),
  row("a snake_case variable", "lib/ledger/a.ts", "let a_b = 1;", ["camel-case"]),
  row("a snake_case function and parameter", "lib/ledger/a.ts", "function a_b(c_d: 1) {}", [
    "camel-case",
    "camel-case",
  ]),
  row("a snake_case key, as on the wire", "lib/ledger/a.ts", "f({ p50_us: 1 }); g.p50_us;", []),
  row("a constant", "lib/ledger/a.ts", "const MAX_A = 1;", []),
  row("a date from a number", "lib/ledger/a.ts", "new Date(0);", []),
];

for (const { name, file, source, objects } of [...IMPORTS, ...NAMES, ...SHAPES]) {
  Deno.test(`lint plugin: ${name}`, () => {
    const found = Deno.lint.runPlugin(plugin, file, source);
    assertEquals(found.map(({ id }) => id.replace("countersign/", "")), [...objects]);
    for (const { message, hint } of found) {
      assert(message.length > 0 && (hint ?? "").length > 0, "says what to do");
    }
  });
}

Deno.test("lint plugin: an absolute path of this repository is placed like a relative one", () => {
  const file = new URL("../../lib/scan/a.ts", import.meta.url).pathname;
  const found = Deno.lint.runPlugin(plugin, file, 'import "../policy/mod.ts";');
  assertEquals(found.map(({ id }) => id), ["countersign/import-table"]);
});

Deno.test("lint plugin: every folder under lib and every worker has a row in the table", () => {
  const rooms = namesIn("../../lib/", (entry) => entry.isDirectory);
  assert(rooms.length > 10, "the rooms were not found");
  assertEquals(rooms.filter((room) => ROOMS[room] === undefined), []);
  const workers = namesIn("../../workers/", (entry) => entry.name.endsWith(".ts"));
  assertEquals(workers.filter((file) => WORKERS[file.replace(/\.ts$/, "")] === undefined), []);
});

Deno.test("lint plugin: every arrow of the table names a room of the table", () => {
  const arrows = [
    ...Object.values(ROOMS).flatMap(({ imports }) => imports),
    ...Object.values(WORKERS).flat(),
  ];
  const named = arrows.map((arrow) => arrow.replace(/^type:/, "")).filter((arrow) => arrow !== "*");
  assertEquals(named.filter((arrow) => ROOMS[arrow] === undefined), []);
});

function arrow(name: string, file: string, specifier: string, fine: boolean): Row {
  return row(name, file, `import { x } from "${specifier}";`, fine ? [] : ["import-table"]);
}

function row(name: string, file: string, source: string, objects: readonly string[]): Row {
  return { name, file, source, objects };
}

function longFunction(lines: number): string {
  return `function f() {${"\n".repeat(lines - 1)}}`;
}

function namesIn(folder: string, keep: (entry: Deno.DirEntry) => boolean): readonly string[] {
  return [...Deno.readDirSync(new URL(folder, import.meta.url))].filter(keep).map(({ name }) => name);
}
