import { assertEquals, assertStringIncludes } from "@std/assert";
import { checkDocuments } from "../../scripts/docs.ts";
import { readMarkdown } from "../../scripts/docs/markdown.ts";

const CONFIG = new URL("../../deno.json", import.meta.url);

Deno.test("readMarkdown(): finds links, headings and fences, and nothing inside fences and code", () => {
  const document = readMarkdown(
    "# A `b`\n[x](y.md#z) `[no](no.md)`\n[r]: other.md\n```sh run\n[no](no.md)\n# no\n```\n# A b\n",
  );
  assertEquals(document.links, [{ line: 2, target: "y.md#z" }, { line: 3, target: "other.md" }]);
  assertEquals([...document.anchors], ["a-b", "a-b-1"]);
  assertEquals(document.fences, [{ line: 4, info: "sh run", text: "[no](no.md)\n# no\n" }]);
  assertEquals(document.spans.map(({ target }) => target), ["b", "[no](no.md)"]);
});

const FINE = "# A\n[a](#a) [b](docs/b.md#b) [web](https://example.com/x)\n";
const ROWS: Readonly<Record<string, { readonly text: string; readonly says: string }>> = {
  "a link to a missing file": { text: "[x](missing.md)", says: "README.md:1: " },
  "a link to a missing heading": { text: "[x](docs/b.md#c)", says: "no heading #c" },
  "an unknown task in a line": { text: "run `deno task nope`", says: '"deno task nope" is no task' },
  "an unknown task in a block": { text: "```sh\nnpx -y deno@2.9.6 task nope\n```", says: "README.md:2: " },
  "an unknown command": { text: "```sh\ncountersign verfy\n```", says: '"countersign verfy" is no command' },
  "TOML that cannot be read": { text: "```toml\na = \n```", says: "this toml cannot be read" },
  "JSON that cannot be read": { text: "```json\n{\n```", says: "this json cannot be read" },
  "a fence that is never closed": { text: "```sh\n", says: "never closed" },
  "a marked block that fails": { text: "```sh run\ncountersign version --nope\n```", says: "ends with 2" },
  "a marked block without a command": { text: "```sh run\nls\n```", says: "no line of it" },
};
for (const [name, { text, says }] of Object.entries(ROWS)) {
  Deno.test(`docs: ${name} is an error that says where`, async () => {
    const { code, stderr } = await check({ "README.md": text, "docs/b.md": "# B\n" });
    assertEquals(code, 1);
    assertStringIncludes(stderr, says);
  });
}

Deno.test("docs: good links, tasks and commands pass", async () => {
  const text =
    `${FINE}\`deno task ok\` and \`countersign verify\`\n\`\`\`sh run\ncountersign version\n\`\`\`\n`;
  assertEquals((await check({ "README.md": text, "docs/b.md": "# B\n" })).code, 0);
});

Deno.test("docs: no document at all is an error", async () => {
  const { code, stderr } = await check({});
  assertEquals(code, 1);
  assertStringIncludes(stderr, "there are none");
});

/** Runs the check on a folder of its own, within this process, and catches what it prints. */
async function check(files: Readonly<Record<string, string>>): Promise<{ code: number; stderr: string }> {
  const root = await Deno.makeTempDir({ prefix: "countersign-docs-test-" });
  const { error, log } = console;
  let stderr = "";
  try {
    await Deno.mkdir(`${root}/docs`);
    await Deno.copyFile(CONFIG, `${root}/deno.json`);
    for (const [path, text] of Object.entries(files)) await Deno.writeTextFile(`${root}/${path}`, text);
    console.error = (line: string) => void (stderr += `${line}\n`);
    console.log = () => {};
    return { code: await checkDocuments(new URL(`file://${root}/`)), stderr };
  } finally {
    Object.assign(console, { error, log });
    await Deno.remove(root, { recursive: true });
  }
}
