import { assertEquals, assertRejects } from "@std/assert";
import { Fault } from "../../lib/base/mod.ts";
import { checkProgram, startUpstream, type UpstreamCommand } from "../../lib/transport/mod.ts";

function commandOf(command: string, PATH: string): UpstreamCommand {
  return { command, args: [], graceMs: 1_000, environment: { variables: { PATH }, complete: true } };
}

async function withPrograms(test: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.realPath(await Deno.makeTempDir({ prefix: "countersign-program-" }));
  try {
    await Deno.mkdir(`${folder}/bin`);
    await Deno.mkdir(`${folder}/bin/folder`);
    await Deno.writeTextFile(`${folder}/bin/runs`, "#!/bin/sh\n", { mode: 0o755 });
    await Deno.writeTextFile(`${folder}/bin/text`, "#!/bin/sh\n", { mode: 0o644 });
    await Deno.symlink(`${folder}/bin/runs`, `${folder}/bin/link`);
    await Deno.symlink(`${folder}/bin/nowhere`, `${folder}/bin/dangling`);
    await test(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const ROWS: readonly (readonly [name: string, path: (bin: string) => string, want: string | undefined])[] = [
  ["runs", (bin) => `/nonexistent:${bin}`, undefined],
  ["link", (bin) => bin, undefined],
  ["BIN/runs", () => "", undefined],
  ["runs", () => "/nonexistent", "there is no such program"],
  ["missing", (bin) => bin, "there is no such program"],
  ["dangling", (bin) => bin, "there is no such program"],
  ["BIN/missing", (bin) => bin, "there is no such program"],
  ["BIN/runs/below", (bin) => bin, "there is no such program"],
  ["folder", (bin) => bin, "there is no such program"],
  ["text", (bin) => bin, "it is not executable"],
  ["BIN/text", (bin) => bin, "it is not executable"],
];

for (const [name, path, want] of ROWS) {
  Deno.test({
    name: `checkProgram() of ${name}: ${want ?? "it can be started"}, as the start itself says`,
    ignore: Deno.build.os === "windows",
    fn: () =>
      withPrograms(async (folder) => {
        const bin = `${folder}/bin`;
        const command = commandOf(name.replace("BIN", bin), path(bin));
        if (want === undefined) {
          await checkProgram(command);
          await startUpstream(command).end();
          return;
        }
        const checked = await assertRejects(() => checkProgram(command), Fault, want);
        assertEquals(checked.code, "upstream");
        const started = await assertRejects(async () => void await startUpstream(command).end(), Fault);
        assertEquals(started.code, "upstream");
      }),
  });
}
