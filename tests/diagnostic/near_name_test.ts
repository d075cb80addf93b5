import { assertEquals } from "@std/assert";
import { nearName, suggestion } from "../../lib/diagnostic/mod.ts";

const NAMES = ["allow", "deny", "ask", "redact", "redact_fields", "eq", "ne"];

const ROWS: readonly (readonly [written: string, near: string | undefined])[] = [
  ["alow", "allow"],
  ["dney", "deny"],
  ["redcat", "redact"],
  ["redact_field", "redact_fields"],
  ["redact_f", "redact"],
  ["re", "ne"],
  ["zzz", undefined],
  ["", undefined],
  ["x".repeat(100_000), undefined],
];

for (const [written, near] of ROWS) {
  Deno.test(`nearName() of ${JSON.stringify(written.slice(0, 20))} is ${near ?? "nothing"}`, () => {
    assertEquals(nearName(written, NAMES), near);
  });
}

Deno.test("suggestion() takes a synonym before a near name, as neq is near to its opposite", () => {
  assertEquals(suggestion("neq", NAMES), 'did you mean "eq"?');
  assertEquals(suggestion("neq", NAMES, { neq: "ne" }), 'that is called "ne" here');
  assertEquals(suggestion("zzz", ["a", "b"]), "use one of: a, b");
  assertEquals(suggestion("constructor", ["a"], {}), "use one of: a");
});
