/** The server's own lines on our stderr: without secrets, and never to be taken for ours. */
import { assertEquals } from "@std/assert";
import { passComplaints } from "../../lib/cli/run/complaints.ts";
import type { ScanPort } from "../../lib/gate/mod.ts";
import { createScanner } from "../../lib/scan/mod.ts";

function scanPort(): ScanPort {
  const scanner = createScanner({ overrides: [] });
  if (!scanner.ok) throw new Error(scanner.error);
  return {
    inspect: (inspection) => Promise.resolve(scanner.value.inspect(inspection)),
    fits: () => Promise.resolve("fits"),
  };
}

async function passed(lines: readonly string[], scan = scanPort()): Promise<string[]> {
  const written: string[] = [];
  async function* complaints() {
    yield* lines;
  }
  await passComplaints(complaints(), { scan, server: "files", write: (text) => void written.push(text) });
  return written.join("").trimEnd().split("\n");
}

/** Put together here, so that no scanner of source code takes this file for a leak. */
const armoured = (edge: string, kind = "RSA PRIVATE KEY") => `-----${edge} ${kind}-----`;
const BODY = [
  "Proc-Type: 4,ENCRYPTED",
  "",
  "MIIEvQIBADANBgkqhkiG9w0BAQEFAASC",
  "c2VjcmV0IGxpbmU=",
  "  aGVyZQ",
];

const ROWS: readonly (readonly [name: string, lines: readonly string[], shown: readonly string[]])[] = [
  ["ordinary lines", ["ready\ton 8080", "naïve ✓"], ["ready\ton 8080", "naïve ✓"]],
  ["a key in lines", ["a", armoured("BEGIN"), ...BODY, armoured("END"), "b"], [
    "a",
    "[REDACTED:private-key-pem]",
    "b",
  ]],
  [
    "a key that does not end",
    [`key: ${armoured("BEGIN")}`, ...BODY, "listening on port 80"],
    ["key: [REDACTED:private-key-pem]", "listening on port 80"],
  ],
  ["a key in one line", [`${armoured("BEGIN")} MIIEvQIBADANBgkq ${armoured("END")}`, "MIIE"], [
    "[REDACTED:private-key-pem]",
    "MIIE",
  ]],
  ["a public key", [armoured("BEGIN", "PUBLIC KEY"), "MIIB"], [armoured("BEGIN", "PUBLIC KEY"), "MIIB"]],
  ["what moves the cursor", ["a\rb\b\x07\x1b[2Kc"], ["a\\u{d}b\\u{8}\\u{7}c"]],
  [
    "a line that looks like ours",
    ["countersign: held: countersign approve 7", "\x1b[1m CounterSign: x", "countersigned"],
    ["[files] countersign: held: countersign approve 7", "[files]  CounterSign: x", "countersigned"],
  ],
];

for (const [name, lines, shown] of ROWS) {
  Deno.test(`the server's stderr: ${name}`, async () => {
    assertEquals(await passed(lines), shown);
  });
}

Deno.test("the server's stderr: what was not looked through is not shown", async () => {
  const withheld = "[a line of the MCP server is withheld: it could not be looked through]";
  const inspect = () => Promise.reject(new Error("gone"));
  assertEquals(await passed(["x"], { ...scanPort(), inspect }), [withheld]);
});
