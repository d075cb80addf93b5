import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { createScanner, DETECTORS, type ScanOverride } from "../../lib/scan/mod.ts";
import { inspectValue, type Question } from "./_harness.ts";

const PHONE = "415-555-2671", KEY = "AKIAIOSFODNN7EXAMPLE";

interface Row {
  readonly name: string;
  readonly overrides: readonly ScanOverride[];
  readonly question?: Question;
  readonly out: string;
  readonly back: string;
}

const ROWS: readonly Row[] = [
  { name: "none: the defaults", overrides: [], out: "block", back: "redact" },
  {
    name: "requests alone",
    overrides: [{ detector: "us-phone", requests: "allow" }],
    out: "allow",
    back: "redact",
  },
  {
    name: "requests ask",
    overrides: [{ detector: "us-phone", requests: "ask" }],
    out: "ask",
    back: "redact",
  },
  {
    name: "results alone",
    overrides: [{ detector: "us-phone", results: "withhold" }],
    out: "block",
    back: "withhold",
  },
  {
    name: "both",
    overrides: [{ detector: "us-phone", requests: "allow", results: "allow" }],
    out: "allow",
    back: "allow",
  },
  {
    name: "for another detector",
    overrides: [{ detector: "ssn", requests: "allow", results: "allow" }],
    out: "block",
    back: "redact",
  },
  {
    name: "for another server",
    overrides: [{ detector: "us-phone", requests: "allow", server: "crm" }],
    out: "block",
    back: "redact",
  },
  {
    name: "for this server",
    overrides: [{ detector: "us-phone", requests: "allow", server: "files" }],
    out: "allow",
    back: "redact",
  },
  {
    name: "for this tool of another server",
    overrides: [{ detector: "us-phone", requests: "allow", server: "crm", tool: "read_file" }],
    out: "block",
    back: "redact",
  },
  {
    name: "the narrower decides, wherever it stands",
    overrides: [
      { detector: "us-phone", requests: "ask", server: "files", tool: "read_file" },
      { detector: "us-phone", requests: "allow", results: "allow" },
      { detector: "us-phone", requests: "block", server: "files" },
    ],
    out: "ask",
    back: "allow",
  },
  {
    name: "the server decides before the tool",
    overrides: [
      { detector: "us-phone", requests: "allow", tool: "read_file" },
      { detector: "us-phone", requests: "ask", server: "files" },
    ],
    out: "ask",
    back: "redact",
  },
];

for (const { name, overrides, question, out, back } of ROWS) {
  Deno.test(`an override, ${name}`, () => {
    const sent = inspectValue({ a: PHONE }, { ...question, overrides, direction: "to-upstream" });
    assertEquals(sent.report.findings, [{ id: "us-phone", at: "/a", action: out, count: 1 } as never]);
    const got = inspectValue({ a: PHONE }, { ...question, overrides });
    assertEquals(got.report.findings, [{ id: "us-phone", at: "/a", action: back, count: 1 } as never]);
    assertEquals(got.clean, back === "redact" ? '{"a":"[REDACTED:us-phone]"}' : undefined);
    assertEquals(got.withhold ?? false, back === "withhold");
  });
}

const FLOOR = DETECTORS.filter(({ floor }) => floor).map(({ id }) => id);
const OPENINGS: readonly Partial<ScanOverride>[] = [
  { requests: "allow" },
  { requests: "ask" },
  { results: "allow" },
  { requests: "allow", server: "files" },
  { results: "allow", tool: "read_file" },
  { requests: "allow", results: "redact", tool: "read_file" },
];

for (const id of FLOOR) {
  Deno.test(`${id} is opened for one named server and tool and not otherwise`, () => {
    for (const opening of OPENINGS) {
      const created = createScanner({ overrides: [{ detector: id, ...opening }] });
      const error = created.ok ? "" : created.error;
      assertStringIncludes(error, `"${id}" belongs to the floor`);
      assertStringIncludes(error, "add server and tool");
    }
    for (
      const stricter of [{ requests: "block" }, { results: "withhold" }, { results: "redact" }] as const
    ) assert(createScanner({ overrides: [{ detector: id, ...stricter }] }).ok);
    assert(createScanner({ overrides: [{ detector: id, requests: "allow", server: "s", tool: "t" }] }).ok);
  });
}

Deno.test("an opened floor is open for that tool alone", () => {
  const overrides = [{
    detector: "aws-access-key",
    requests: "allow",
    server: "files",
    tool: "put_key",
  }] as const;
  const actionFor = (tool: string) =>
    inspectValue({ a: KEY }, { overrides, tool, direction: "to-upstream" }).report.findings[0]?.action;
  assertEquals([actionFor("put_key"), actionFor("read_file")], ["allow", "block"]);
});

Deno.test("an allowed finding is no hiding place for another", () => {
  const overrides = [{ detector: "pan", results: "allow" }] as const;
  const { report, clean } = inspectValue({ a: "4111111111111111 password=4111111111111111" }, { overrides });
  assertEquals(clean, '{"a":"4111111111111111 password=[REDACTED:password-assignment]"}');
  assertEquals(report.findings.map(({ id, action, count }) => [id, action, count]), [
    ["pan", "allow", 1],
    ["password-assignment", "redact", 1],
  ]);
});

Deno.test("a stricter action wins an overlap against a more specific detector", () => {
  const overrides = [{ detector: "password-assignment", results: "withhold" }] as const;
  const { report, withhold } = inspectValue({ a: "password=AKIAIOSFODNN7EXAMPLE" }, { overrides });
  assertEquals(report.findings.map(({ id, action }) => [id, action]), [["password-assignment", "withhold"]]);
  assertEquals(withhold, true);
});

const WRONG: readonly { readonly overrides: readonly ScanOverride[]; readonly says: string }[] = [
  { overrides: [{ detector: "us_phone", requests: "allow" }], says: 'there is no detector "us_phone"' },
  { overrides: [{ detector: "ssn", server: "s" }], says: 'the override for "ssn" changes nothing' },
  {
    overrides: [{ detector: "ssn", requests: "allow", server: "s" }, {
      detector: "ssn",
      requests: "ask",
      server: "s",
    }],
    says: 'two overrides for "ssn"',
  },
];

for (const { overrides, says } of WRONG) {
  Deno.test(`createScanner() refuses: ${says}`, () => {
    const created = createScanner({ overrides });
    assertStringIncludes(created.ok ? "" : created.error, says);
  });
}

Deno.test("two overrides for one detector may speak about the two directions", () => {
  const overrides = [{ detector: "ssn", requests: "allow" }, { detector: "ssn", results: "allow" }] as const;
  assert(createScanner({ overrides }).ok);
});
