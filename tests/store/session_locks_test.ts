import { assertEquals } from "@std/assert";
import { fileLocks, SESSION_FOLDER } from "../../lib/store/mod.ts";

const DOOR = new URL("../../lib/store/mod.ts", import.meta.url).href;

async function lockFolder(): Promise<string> {
  const folder = await Deno.makeTempDir({ prefix: "countersign-locks-" });
  await Deno.mkdir(`${folder}/${SESSION_FOLDER}`);
  return folder;
}

/** Another process that holds the lock of `session` until it is killed. */
async function holderProcess(folder: string, session: string) {
  const code = `
    import { fileLocks } from "${DOOR}";
    console.log(await fileLocks(${JSON.stringify(folder)}).hold("${session}"));
    setInterval(() => {}, 1000);`;
  const process = new Deno.Command(Deno.execPath(), {
    args: ["eval", "--no-check", code],
    stdin: "null",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const reader = process.stdout.getReader();
  const { value } = await reader.read();
  return { process, reader, said: new TextDecoder().decode(value).trim() };
}

Deno.test("a lock that is held cannot be claimed; released, it can, and its file is gone", async () => {
  const folder = await lockFolder();
  const ours = fileLocks(folder), theirs = fileLocks(folder);
  assertEquals(await ours.hold("s"), true);
  assertEquals(await theirs.claim("s"), false);
  await ours.release("s");
  assertEquals([...Deno.readDirSync(`${folder}/${SESSION_FOLDER}`)], []);
  assertEquals(await theirs.claim("s"), true);
  await theirs.release("s");
  await Deno.remove(folder, { recursive: true });
});

Deno.test("hold() takes a lock over that its owner lets go while it waits", async () => {
  const folder = await lockFolder();
  const dying = fileLocks(folder), next = fileLocks(folder);
  await dying.hold("s");
  const waiting = next.hold("s");
  await dying.release("s");
  assertEquals(await waiting, true);
  await next.release("s");
  await Deno.remove(folder, { recursive: true });
});

Deno.test("a lock file that was removed under its owner does not stop the next one", async () => {
  const folder = await lockFolder();
  const ours = fileLocks(folder), theirs = fileLocks(folder);
  await ours.hold("s");
  await Deno.remove(`${folder}/${SESSION_FOLDER}/s.lock`);
  assertEquals(await theirs.claim("s"), true);
  await theirs.release("s");
  await ours.release("s");
  await Deno.remove(folder, { recursive: true });
});

Deno.test("a process that is killed lets go of its lock", async () => {
  const folder = await lockFolder();
  const { process, reader, said } = await holderProcess(folder, "s");
  assertEquals(said, "true");
  const ours = fileLocks(folder);
  assertEquals(await ours.claim("s"), false);
  process.kill("SIGKILL");
  await process.status;
  await reader.cancel();
  assertEquals(await ours.claim("s"), true);
  await ours.release("s");
  await Deno.remove(folder, { recursive: true });
});
