import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { parseArgs } from "../../../lib/cli/args.ts";
import type { Flag, Io } from "../../../lib/cli/command.ts";
import { importCommand } from "../../../lib/cli/policy/import.ts";
import { Fault } from "../../../lib/base/mod.ts";

const FLAGS: readonly Flag[] = [
  { name: "from", kind: "string", help: "" },
  { name: "out", kind: "string", help: "" },
  { name: "force", kind: "boolean", help: "" },
  { name: "json", kind: "boolean", help: "" },
];

interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
  /** The files that were there in the end. */
  readonly files: Readonly<Record<string, string>>;
}

/** Runs `countersign policy import ARGV` in a folder with `files`. */
async function run(
  argv: readonly string[],
  files: Readonly<Record<string, string | Uint8Array>>,
): Promise<Ran> {
  const folder = Deno.makeTempDirSync({ prefix: "countersign-import-" });
  try {
    for (const [name, content] of Object.entries(files)) {
      if (typeof content === "string") Deno.writeTextFileSync(`${folder}/${name}`, content);
      else Deno.writeFileSync(`${folder}/${name}`, content);
    }
    let out = "", err = "";
    const io: Io = {
      out: (text) => void (out += text),
      err: (text) => void (err += text),
      terminal: { out: false, err: false },
      env: () => undefined,
      cwd: () => folder,
    };
    const args = await parseArgs(["import", ...argv], { name: "policy", flags: FLAGS });
    const code = await importCommand(args, io);
    const names = [...Deno.readDirSync(folder)].map(({ name }) => name);
    const left = names.map((name) => [name, Deno.readTextFileSync(`${folder}/${name}`)]);
    return { code, out, err, files: Object.fromEntries(left) };
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}

async function faultOf(
  argv: readonly string[],
  files: Readonly<Record<string, string | Uint8Array>>,
): Promise<Fault> {
  try {
    await run(argv, files);
  } catch (thrown) {
    if (thrown instanceof Fault) return thrown;
    throw thrown;
  }
  throw new Error("no Fault");
}

const WHOLE = '[rules]\nblock_tools = ["delete_*"]\n';
const PART = '[rules]\nblock_tools = ["x.*"]\ncolour = 5\nfail_mode = "open"\n';
const NATIVE = `# Imported by countersign policy import; the file was one of estoppl.
# What no list and no rule is about passes, as it did there.
version = 1
name = "e"
default = "allow"

[guardrails]
block_tools = ["delete_*"]
`;

Deno.test("policy import prints the native form, and ends with 0 where all was carried over", async () => {
  const { code, out, err } = await run(["e.toml"], { "e.toml": WHOLE });
  assertEquals([code, out, err], [0, NATIVE, "from estoppl: 0 stricter, 0 changed, 0 not carried over\n"]);
});

Deno.test("policy import lists what is stricter and what could not be carried over, and ends with 1", async () => {
  const { code, err } = await run(["e.toml"], { "e.toml": PART });
  assertEquals(code, 1);
  assertEquals(
    err,
    `e.toml:3: not carried over: rules.colour: no key that this import knows: nothing stands for it
e.toml:4: stricter: rules.fail_mode: a call that needs a person always waits for one; there it passed where nobody could be asked
from estoppl: 1 stricter, 0 changed, 1 not carried over
`,
  );
});

Deno.test("policy import --json gives the policy, the configuration and the notes", async () => {
  const { code, out, err } = await run(["e.toml", "--json"], { "e.toml": `[agent]\nid = "a"\n${PART}` });
  assertEquals([code, err], [1, ""]);
  const { from, policy, config, notes } = JSON.parse(out);
  assertEquals(from, "estoppl");
  assertStringIncludes(policy, 'block_tools = ["x*"]');
  assertEquals(config, '[agent]\nid = "a"\n');
  assertEquals(notes.map(({ line, kind }: { line: number; kind: string }) => [line, kind]), [
    [5, "not-carried"],
    [6, "stricter"],
  ]);
});

Deno.test("policy import --out writes a file, and writes over none without --force", async () => {
  const { code, out, files } = await run(["e.toml", "--out", "p.toml"], { "e.toml": WHOLE });
  assertEquals([code, out, files["p.toml"]], [0, "", NATIVE]);
  const fault = await faultOf(["e.toml", "--out", "p.toml"], { "e.toml": WHOLE, "p.toml": "mine" });
  assertEquals([fault.code, fault.message], ["usage", 'Cannot write "p.toml": it is there already']);
  const forced = await run(["e.toml", "--out", "p.toml", "--force"], { "e.toml": WHOLE, "p.toml": "mine" });
  assertEquals(forced.files["p.toml"], NATIVE);
});

Deno.test("policy import says whose files it reads where it cannot tell, and takes --from", async () => {
  const text = "rules:\n  - {effect: allow, tools: [a]}\npolicy: {default: deny}\n";
  const { code, out, err } = await run(["p.yaml"], { "p.yaml": text });
  assertEquals([code, out], [2, ""]);
  assertStringIncludes(err, "--from estoppl|mcp-gate|mcpfw|mcpfw-envelope|tollbooth");
  const told = await run(["p.yaml", "--from", "mcp-gate"], { "p.yaml": text });
  assertStringIncludes(told.out, 'effect = "allow"');
  assertEquals(told.code, 1); // the key of the other system is listed
  const fault = await faultOf(["p.yaml", "--from", "cedar"], { "p.yaml": text });
  assertStringIncludes(fault.message, '--from is "cedar", want one of estoppl, mcp-gate,');
});

Deno.test("policy import shows nothing of a line that may hold a secret", async () => {
  const { code, out, err } = await run(["e.toml"], {
    "e.toml": '[rules]\nblock_tools = "hunter2"\n[ledger]\ncloud_api_key = "hunter2"\n',
  });
  assertEquals(code, 2);
  assert(!`${out}${err}`.includes("hunter2"), err);
});

Deno.test("policy import: a file that is not there, not UTF-8 or has no format is told", async () => {
  assertEquals((await faultOf(["p.yaml"], {})).message, 'Cannot read "p.yaml": there is no such file');
  const bytes = new Uint8Array([0xff, 0xfe]);
  assertEquals(
    (await faultOf(["p.yaml"], { "p.yaml": bytes })).message,
    'Cannot read "p.yaml": it is not UTF-8',
  );
  assertEquals((await faultOf([], {})).code, "usage");
  const { code, err } = await run(["p.txt"], { "p.txt": WHOLE });
  assertEquals(code, 2);
  assertStringIncludes(err, "the file's ending names no format");
});
