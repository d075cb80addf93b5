/** Every tool of `@modelcontextprotocol/server-filesystem`, in and out of the allowed folder, with roots that change. */
import type { Launch } from "../harness/line_client.ts";
import { LegacySession } from "../harness/legacy_session.ts";

const PNG_BASE64 =
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNkYAAAAAYAAjCB0C8AAAAASUVORK5CYII=";

/** Fills `folder` with the files that the session works on. */
export function prepareFolder(folder: string): void {
  Deno.mkdirSync(`${folder}/sub/deeper`, { recursive: true });
  Deno.mkdirSync(`${folder}/other`);
  Deno.writeTextFileSync(`${folder}/a.txt`, "first line\nsecond line\nthird line\n");
  Deno.writeTextFileSync(
    `${folder}/sub/b.md`,
    "# Ünïcödé — \u{1F510}\n\u2028 a line separator that ends no line\n",
  );
  Deno.writeTextFileSync(`${folder}/sub/deeper/c.json`, '{"n": 9007199254740993}\n');
  Deno.writeFileSync(`${folder}/dot.png`, Uint8Array.fromBase64(PNG_BASE64));
  Deno.writeFileSync(`${folder}/raw.bin`, Uint8Array.of(0, 1, 2, 253, 254, 255));
}

export async function filesystemSession(launch: Launch, folder: string): Promise<LegacySession> {
  const root = { uri: `file://${folder}`, name: "the folder" };
  const varying = [{ pattern: new RegExp(folder, "g"), name: "<folder>" }];
  const session = await LegacySession.connect(launch, { roots: [root], varying });
  await session.until(["roots/list"]);
  await session.step("capabilities", (client) => Promise.resolve(client.getServerCapabilities()));
  await session.step("version", (client) => Promise.resolve(client.getServerVersion()));
  await session.step("ping", (client) => client.ping());
  await session.listTools();
  await reads(session, folder);
  await writes(session, folder);
  await refusals(session, folder);
  await session.until(["roots/list"], () => session.changeRoots([{ uri: `file://${folder}/sub` }]));
  await session.step("prompts, which it has none of", (client) => client.listPrompts());
  return session;
}

async function reads(session: LegacySession, folder: string): Promise<void> {
  await session.tool("list_allowed_directories");
  await session.tool("read_file", { path: `${folder}/a.txt` });
  await session.tool("read_text_file", { path: `${folder}/sub/b.md` });
  await session.tool("read_text_file", { path: `${folder}/a.txt`, head: 1 });
  await session.tool("read_text_file", { path: `${folder}/a.txt`, tail: 2 });
  await session.tool("read_media_file", { path: `${folder}/dot.png` });
  await session.tool("read_media_file", { path: `${folder}/raw.bin` });
  await session.tool("read_multiple_files", { paths: [`${folder}/a.txt`, `${folder}/missing.txt`] });
  await session.tool("list_directory", { path: folder });
  await session.tool("list_directory_with_sizes", { path: folder, sortBy: "size" });
  await session.tool("directory_tree", { path: folder, excludePatterns: ["deeper"] });
  await session.tool("search_files", { path: folder, pattern: "**/*.json" });
  await session.tool("get_file_info", { path: `${folder}/a.txt` });
}

async function writes(session: LegacySession, folder: string): Promise<void> {
  await session.tool("write_file", { path: `${folder}/new.txt`, content: "héllo \u{1F44B}\nwörld\n" });
  const edits = [{ oldText: "wörld", newText: "everyone" }];
  await session.tool("edit_file", { path: `${folder}/new.txt`, edits, dryRun: true });
  await session.tool("edit_file", { path: `${folder}/new.txt`, edits });
  await session.tool("read_text_file", { path: `${folder}/new.txt` });
  await session.tool("create_directory", { path: `${folder}/made/here` });
  await session.tool("move_file", { source: `${folder}/new.txt`, destination: `${folder}/made/moved.txt` });
  await session.tool("write_file", { path: `${folder}/long.txt`, content: "lorem ipsum ".repeat(20_000) });
  await session.tool("read_text_file", { path: `${folder}/long.txt` });
}

async function refusals(session: LegacySession, folder: string): Promise<void> {
  await session.tool("read_text_file", { path: "/etc/hostname" });
  await session.tool("read_text_file", { path: `${folder}/../escape.txt` });
  await session.tool("read_text_file", { path: 7 });
  await session.tool("write_file", { path: `${folder}/x` });
  await session.tool("no_such_tool", {});
}
