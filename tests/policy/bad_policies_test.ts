import { assert, assertEquals } from "@std/assert";
import { renderDiagnostics } from "../../lib/diagnostic/mod.ts";
import { loadPolicy } from "../../lib/policy/mod.ts";
import { BAD_POLICIES, type BadPolicy } from "./_bad_policies.ts";
import { PLACES } from "./_policy.ts";

const MARK = "⟦";

Deno.test("there are at least sixty bad policies, each with a name of its own", () => {
  const names = new Set(BAD_POLICIES.map(({ name }) => name));
  assertEquals(names.size, BAD_POLICIES.length);
  assert(names.size >= 60, `${names.size}`);
});

for (const bad of BAD_POLICIES) {
  Deno.test(`a bad policy: ${bad.name}`, async () => {
    const places = placesOf(bad.text);
    assertEquals(bad.says.length, places.length, "one row for each place");
    const found = await diagnosticsOf(bad);
    const shown = renderDiagnostics(found, { sources: new Map([["p", bad.text.replaceAll(MARK, "")]]) });
    assertEquals(found.map(({ line, column }) => [line, column]), places, shown);
    for (const [i, [message, hint]] of bad.says.entries()) {
      const one = found[i];
      assert(one?.severity === "error" && one.message.includes(message) && one.hint.includes(hint), shown);
    }
  });
}

async function diagnosticsOf({ format = "toml", text }: BadPolicy) {
  const source = { name: "p", file: "p", format, text: text.replaceAll(MARK, "") };
  const policy = await loadPolicy([source], PLACES);
  return policy.ok ? policy.value.warnings : policy.error;
}

/** Line and column of each mark, as if no mark were there. */
function placesOf(marked: string): readonly (readonly [line: number, column: number])[] {
  return marked.split("\n").flatMap((line, i) =>
    line.split(MARK).slice(0, -1).reduce<[number, number][]>((places, part) => {
      const column = (places.at(-1)?.[1] ?? 1) + Array.from(part).length;
      return [...places, [i + 1, column]];
    }, [])
  );
}

Deno.test("messages about policies are phrases: no period, no contraction, nothing twice", async () => {
  for (const bad of BAD_POLICIES) {
    const found = await diagnosticsOf(bad);
    for (const { message, hint } of found) {
      assert(!/[.!]$/.test(message), message);
      assert(hint !== "" && !/\.$/.test(hint), hint);
      assert(!/\b(?:can't|don't|isn't|won't|doesn't|cannot be be)\b/.test(`${message} ${hint}`), message);
    }
    const said = found.map(({ line, column, message }) => `${line}:${column} ${message}`);
    assertEquals(new Set(said).size, said.length, bad.name);
  }
});
