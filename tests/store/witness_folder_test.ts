import { assertEquals, assertRejects } from "@std/assert";
import { makeWitnessFolder, openWitnessFolder } from "../../lib/store/mod.ts";

const SEEN = { size: 7, root: "ab".repeat(32), note: "x" };

Deno.test("a witness whose memory was emptied or taken away does not begin anew", async () => {
  const folder = await Deno.realPath(await Deno.makeTempDir({ prefix: "countersign-witness-" }));
  await Deno.chmod(folder, 0o700);
  await makeWitnessFolder(folder, "witness.example/w1");
  const { memory } = await openWitnessFolder(folder);
  assertEquals(await memory.latest("log"), undefined);
  assertEquals(await memory.advance("log", undefined, SEEN), true);
  memory.close();
  const again = await openWitnessFolder(folder);
  assertEquals((await again.memory.latest("log"))?.size, 7);
  again.memory.close();
  for await (const { name } of Deno.readDir(folder)) {
    if (/^witness\.db-/.test(name)) await Deno.remove(`${folder}/${name}`);
  }
  await Deno.truncate(`${folder}/witness.db`, 0);
  await assertRejects(() => openWitnessFolder(folder), Error, "is empty");
  await Deno.remove(`${folder}/witness.db`);
  await assertRejects(() => openWitnessFolder(folder), Error, "there is no witness.db");
  await Deno.remove(folder, { recursive: true });
});
