/** Ways past the detectors that somebody found, each closed. */
import { assert, assertEquals } from "@std/assert";
import type { JsonValue } from "../../lib/base/mod.ts";
import { createScanner, type Scanner } from "../../lib/scan/mod.ts";

function scanner(): Scanner {
  const created = createScanner({ overrides: [] });
  assert(created.ok);
  return (created as { readonly value: Scanner }).value;
}

function found(value: JsonValue): readonly string[] {
  const text = JSON.stringify(value);
  const inspection = {
    text,
    direction: "to-upstream",
    server: "s",
    tool: "t",
    method: "tools/call",
  } as const;
  return scanner().inspect(inspection).report.findings.map(({ id }) => id);
}

const CARD = "4111 1111 1111 1111";
const AWS = "AKIAIOSFODNN7EXAMPLE";
const IN_LINES = btoa(`a note in front of the key, ${AWS}, and so much behind it that the lines are broken`)
  .replace(/(.{76})/g, "$1\n");

const ROWS: readonly (readonly [name: string, value: JsonValue, expected: readonly string[]])[] = [
  ["a card with separators under a key that ends in id", { customerId: CARD }, ["pan"]],
  ["a card in a list of ids", { ids: [CARD] }, ["pan"]],
  ["thirteen digits under a word that ends in id", { prepaid: "4222222222222" }, ["pan"]],
  ["thirteen digits that are an id", { id: "4222222222222" }, []],
  ["base64 with line ends", { blob: IN_LINES }, ["aws-access-key"]],
  ["prose under a key of base64", { data: `pay with ${CARD} today` }, ["pan"]],
  ...[
    AWS,
    `ghp_${"a".repeat(36)}`,
    "4111111111111111",
    "078-05-1120",
    "415-555-2671",
    "postgres://a:s3cr3tpw@h/d",
  ].map((secret) =>
    [
      "the first of a line in a text in a text",
      { text: JSON.stringify({ t: `a\n${secret}` }) },
      found({ text: secret }),
    ] as const
  ),
];

for (const [name, value, expected] of ROWS) {
  Deno.test(`${name}: ${expected.join() || "nothing"} is found`, () => assertEquals(found(value), expected));
}
