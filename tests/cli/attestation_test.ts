/** `verify --attestation`, as people use it. */
import { assertEquals, assertStringIncludes } from "@std/assert";
import { openLedgerFolder } from "../../lib/store/mod.ts";
import { call, openRequest, outcome, simple } from "../ledger/support.ts";
import { tamper } from "../ledger/tamper.ts";
import { runStep } from "./script.ts";

const FOR = "https://mcp.example.com";

interface Place {
  readonly outer: string;
  readonly key: string;
  run(words: string): Promise<{ exit: number; stdout: readonly string[]; stderr: readonly string[] }>;
  json(words: string): Promise<{ exit: number; status: string; check: string | undefined }>;
}

/** A ledger of one attested call, entry 1; its attestation in `a.jws`, its receipt in `r.json`. */
async function withAttestation(test: (place: Place) => Promise<void>): Promise<void> {
  const outer = await Deno.realPath(await Deno.makeTempDir({ prefix: "countersign-attestation-" }));
  const run = (words: string) => runStep({ argv: words.split(" ") }, outer);
  const json = async (words: string) => {
    const { exit, stdout } = await run(`verify --attestation a.jws --json ${words}`);
    const { status, finding } = JSON.parse(stdout.join("\n"));
    return { exit, status, check: finding?.check };
  };
  try {
    const ledger = simple(await openLedgerFolder(openRequest({ folder: `${outer}/ledger` })));
    const { ref, attestation } = await ledger.write(call({ attestFor: FOR }));
    await ledger.write(outcome(ref.seq));
    await ledger.close("done");
    await Deno.writeTextFile(`${outer}/a.jws`, `${attestation}\n`);
    await run("receipt 1 -o r.json --ledger ledger");
    await test({ outer, run, json, key: `${outer}/ledger/keys/signing.pub` });
  } finally {
    await Deno.remove(outer, { recursive: true });
  }
}

const HOLDS = { exit: 0, status: "intact", check: undefined };

Deno.test("an attestation holds with a key alone, against its ledger, and against its receipt", () =>
  withAttestation(async ({ run, json, key }) => {
    const shown = await run(`verify --attestation a.jws --public-key ${key}`);
    assertEquals([shown.exit, shown.stderr], [0, []]);
    assertEquals(shown.stdout[0], "intact 1 entry");
    assertStringIncludes(
      shown.stdout[1] ?? "",
      `  call  tools/call read_file by my-agent (not verified) for ${FOR}, 20`,
    );
    for (const against of ["ledger", "--ledger ledger", `ledger --public-key ${key}`, "r.json"]) {
      assertEquals([against, await json(against)], [against, HOLDS]);
    }
    const whole = await run(`verify --attestation a.jws --json --public-key ${key} --audience ${FOR}`);
    const { attestation, head, entries } = JSON.parse(whole.stdout.join("\n"));
    assertEquals([attestation.aud, attestation.entry, head.seq, entries], [FOR, 1, 1, 1]);
  }));

Deno.test("an attestation for somebody else, of another ledger or of another entry does not hold", () =>
  withAttestation(async ({ run, json, key, outer }) => {
    assertEquals(await json(`--public-key ${key} --audience https://other.example.com`), {
      exit: 1,
      status: "broken",
      check: "audience",
    });
    await run("receipt 2 -o other.json --ledger ledger");
    assertEquals(await json("other.json"), { exit: 1, status: "broken", check: "attestation" });
    const stranger = simple(await openLedgerFolder(openRequest({ folder: `${outer}/stranger` })));
    await stranger.close("done");
    assertEquals(await json("stranger"), { exit: 1, status: "unsigned", check: "key" });
    assertEquals(await json(`--public-key ${outer}/stranger/keys/signing.pub`), {
      exit: 1,
      status: "unsigned",
      check: "key",
    });
    await Deno.writeTextFile(`${outer}/a.jws`, "nothing");
    assertEquals(await json("ledger"), { exit: 1, status: "unreadable", check: "form" });
  }));

Deno.test("an attestation against a ledger that was changed has that ledger's finding", () =>
  withAttestation(async ({ json, outer }) => {
    await tamper(`${outer}/ledger`, (hands) => hands.edit(1, (text) => text.replace("read_file", "rm")));
    assertEquals(await json("ledger"), { exit: 1, status: "broken", check: "hash" });
  }));

Deno.test("what cannot be used is said, with exit code 2", () =>
  withAttestation(async ({ run }) => {
    for (
      const [words, want] of [
        ["verify --attestation none.jws --ledger ledger", "there is no readable file"],
        ["verify --attestation a.jws a.jws", "it is no ledger and no receipt"],
        ["verify --attestation a.jws --ledger nowhere", "there is no such folder"],
        ["verify --audience x --ledger ledger", "--audience is for --attestation"],
      ] as const
    ) {
      const { exit, stderr } = await run(words);
      assertEquals([words, exit], [words, 2]);
      assertStringIncludes(stderr.join("\n"), want);
    }
  }));
