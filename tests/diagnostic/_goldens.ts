/**
 * Goldens: a file that is put in, and beside it what must come out. A fixture without its text, a text without its
 * fixture and a folder without any are failures. `deno task golden` writes down what really came.
 */
import { assert, assertEquals } from "@std/assert";

/** Declares one test for each fixture of `folder` (below tests/golden). */
export function testGoldens(
  folder: string,
  produce: (file: string, text: string) => string | Promise<string>,
): void {
  const here = new URL(`../golden/${folder}/`, import.meta.url);
  const names = [...Deno.readDirSync(here)].map(({ name }) => name).sort();
  const fixtures = names.filter((name) => !name.endsWith(".txt"));
  Deno.test(`goldens of ${folder}: each fixture has a text, and each text a fixture`, () => {
    assert(fixtures.length > 0, `no fixtures in ${folder}`);
    assertEquals(names.filter((name) => name.endsWith(".txt")), fixtures.map((name) => `${name}.txt`).sort());
  });
  for (const name of fixtures) {
    Deno.test(`golden ${folder}/${name}`, async () => {
      const got = await produce(name, Deno.readTextFileSync(new URL(name, here)));
      const beside = new URL(`${name}.txt`, here);
      if (Deno.env.get("GOLDEN") === "update") Deno.writeTextFileSync(beside, got);
      assertEquals(got, Deno.readTextFileSync(beside));
    });
  }
}
