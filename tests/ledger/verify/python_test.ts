/** The second verifier as a command, and its own arithmetic. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import fc from "fast-check";
import { openLedgerFolder } from "../../../lib/store/mod.ts";
import { runStep } from "../../cli/script.ts";
import { call, openRequest, outcome, simple } from "../support.ts";
import { tamper } from "../tamper.ts";

const SCRIPT = new URL("../../../scripts/verify_ledger.py", import.meta.url).pathname;
const VECTORS = new URL("../../vectors/", import.meta.url).pathname;

async function python(args: readonly string[], { env = {}, stdin = "" } = {}) {
  const child = new Deno.Command("python3", {
    args: [...args],
    env: { PYTHONDONTWRITEBYTECODE: "1", PYTHONUTF8: "1", ...env },
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const writer = child.stdin.getWriter();
  // One that ends without reading has no use for it.
  await writer.write(new TextEncoder().encode(stdin)).then(() => writer.close()).catch(() => {});
  const { code, stdout, stderr } = await child.output();
  const decoder = new TextDecoder();
  return { code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
}

async function withLedger(test: (folder: string, outer: string) => Promise<void>): Promise<void> {
  const outer = await Deno.realPath(await Deno.makeTempDir({ prefix: "countersign-python-" }));
  const folder = `${outer}/ledger`;
  const ledger = simple(await openLedgerFolder(openRequest({ folder })));
  const { ref } = await ledger.write(call());
  await ledger.write(outcome(ref.seq));
  await ledger.write(call({ tool: "write_file" }));
  await ledger.close("done");
  try {
    await test(folder, outer);
  } finally {
    await Deno.remove(outer, { recursive: true });
  }
}

Deno.test("the second verifier prints the same word and the same JSON, and ends with the same code", () =>
  withLedger(async (folder, outer) => {
    const ours = await runStep({ argv: ["verify", "ledger", "--json"] }, outer);
    const json = await python([SCRIPT, folder, "--json"]);
    assertEquals([json.code, JSON.parse(json.stdout)], [0, JSON.parse(ours.stdout.join(""))]);
    assertMatch((await python([SCRIPT, folder])).stdout, /^intact 5 entries\n/);
    await tamper(folder, (hands) => hands.edit(1, (text) => text.replace("read_file", "rm")));
    const found = await python([SCRIPT, folder]);
    assertEquals(found.code, 1);
    assertMatch(found.stdout, /^broken at entry 1\n {2}hash: /);
  }));

Deno.test("the second verifier ends with 2 for what it cannot use, and says what is missing", () =>
  withLedger(async (folder) => {
    for (
      const args of [
        [],
        [folder, folder],
        ["/nowhere/at/all"],
        [folder, "--public-key", "nobody.pub"],
        [folder, "--checkpoint", SCRIPT],
        [folder, "--policy", SCRIPT],
        ["--rumour"],
      ]
    ) {
      const { code, stderr } = await python([SCRIPT, ...args]);
      assertEquals(code, 2, `${args.join(" ")}: ${stderr}`);
    }
    const shadow = await Deno.makeTempDir();
    await Deno.writeTextFile(`${shadow}/cryptography.py`, "raise ImportError('not installed')\n");
    const without = await python([SCRIPT, folder], { env: { PYTHONPATH: shadow } });
    assertEquals(without.code, 2);
    assertMatch(without.stderr, /cryptography is missing\nhint: apt-get install python3-cryptography/);
    await Deno.remove(shadow, { recursive: true });
  }));

Deno.test("the second verifier reads a ledger that is written to as of one moment", async () => {
  const folder = await Deno.makeTempDir({ prefix: "countersign-python-" });
  await Deno.chmod(folder, 0o700);
  const ledger = simple(await openLedgerFolder(openRequest({ folder })));
  let writing = true;
  const writer = (async () => {
    while (writing) {
      const { ref } = await ledger.write(call());
      await ledger.write(outcome(ref.seq));
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
  })();
  for (let i = 0; i < 4; i++) {
    const { code, stdout } = await python([SCRIPT, folder]);
    assertEquals([code, stdout.split(" ")[0]], [0, "intact-open"], stdout);
  }
  writing = false;
  await writer;
  await ledger.close("done");
  assertMatch((await python([SCRIPT, folder])).stdout, /^intact /);
  await Deno.remove(folder, { recursive: true });
});

Deno.test("vectors that are not there, or that expect something else, are a failure", async () => {
  assertEquals((await python([SCRIPT, "--vector"])).code, 1);
  const vector = `${VECTORS}ledger/intact_one_session.txt`;
  assertEquals((await python([SCRIPT, "--vector", vector])).code, 0);
  const path = await Deno.makeTempFile();
  const text = await Deno.readTextFile(vector);
  await Deno.writeTextFile(path, text.replace("expect: intact", "expect: forked"));
  assertEquals((await python([SCRIPT, "--vector", path])).code, 1);
  await Deno.writeTextFile(path, text.replace("-- entries", "-- rumours"));
  assertEquals((await python([SCRIPT, "--vector", path])).code, 2);
  await Deno.remove(path);
});

const WITH_MODULE = [
  "import importlib.util, json, struct, sys, base64",
  `spec = importlib.util.spec_from_file_location("v", ${JSON.stringify(SCRIPT)})`,
  "v = importlib.util.module_from_spec(spec); spec.loader.exec_module(v)",
].join("\n");

Deno.test("the second verifier writes numbers as ECMAScript does", async () => {
  const edges = [
    0,
    -0,
    1,
    -1,
    0.1,
    1e21,
    1e20,
    123456789012345680000,
    1e-6,
    1e-7,
    5e-324,
    1.7976931348623157e308,
    2 ** 53,
    1e22,
  ];
  const random = fc.sample(fc.double({ noNaN: true, noDefaultInfinity: true }), { numRuns: 3000, seed: 7 });
  const numbers = [
    ...edges,
    ...random,
    ...random.map((number) => Math.fround(number)).filter(Number.isFinite),
  ];
  const bytes = new Uint8Array(new Float64Array(numbers).buffer);
  const script = `${WITH_MODULE}\nraw = base64.b64decode(sys.stdin.read())\n` +
    "print(json.dumps([v.es_number(one) for (one,) in struct.iter_unpack('<d', raw)]))";
  const { code, stdout, stderr } = await python(["-c", script], { stdin: bytes.toBase64() });
  assertEquals(code, 0, stderr);
  assertEquals(JSON.parse(stdout), numbers.map((number) => String(number)));
});

Deno.test("the second verifier takes the published inclusion proofs as they are meant", async () => {
  const script = `${WITH_MODULE}
count = wrong = 0
for one in json.load(open(sys.argv[1])):
    case = one["case"]
    if not one["path"].startswith("inclusion"):
        continue
    b = lambda name: base64.b64decode(case.get(name) or "")
    proof = [base64.b64decode(step) for step in case.get("proof") or []]
    sizes = case["leafIdx"], case["treeSize"]
    root = v.root_of_inclusion(*sizes, b("leafHash"), proof)
    holds = root is not None and root == b("root") and len(root) == 32 and all(len(step) == 32 for step in proof)
    count += 1
    wrong += holds == case["wantErr"]
print(count, wrong)`;
  const { code, stdout, stderr } = await python(["-c", script, `${VECTORS}merkle.json`]);
  assertEquals(code, 0, stderr);
  const [count = 0, wrong] = stdout.split(" ").map(Number);
  assert(count > 90, `${count} proofs`);
  assertEquals(wrong, 0);
});
