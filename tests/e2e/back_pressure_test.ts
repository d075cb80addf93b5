/** Back-pressure instead of buffers without end: a client that does not read makes the upstream wait, not us grow. */
import { assert, assertEquals } from "@std/assert";
import { assertVerifies, fixture, openBox, poll, processesWith } from "./harness.ts";

const RESULTS = 200;
const RESULT_BYTES = 2_000_000;
/** Far below the 400 MB of results, far above what a product at rest takes. */
const LIMIT_MB = 300;

/** Resident megabytes of a process, from Linux' own books. */
function residentMb(pid: number): number {
  const [, kilobytes = "0"] = /^VmHWM:\s+(\d+) kB$/m.exec(Deno.readTextFileSync(`/proc/${pid}/status`)) ?? [];
  return Number(kilobytes) / 1000;
}

Deno.test({
  name: `a client that does not read for a while loses nothing, and the product stays under ${LIMIT_MB} MB`,
  ignore: Deno.build.os !== "linux",
  fn: async () => {
    await using box = await openBox();
    const { command, args, env } = box.proxied(fixture("echo_upstream.ts"));
    const pipes = { stdin: "piped", stdout: "piped", stderr: "null" } as const;
    const child = new Deno.Command(command, {
      args: [...args],
      env,
      clearEnv: true,
      cwd: box.folder,
      ...pipes,
    }).spawn();
    const writer = child.stdin.getWriter();
    const calls = Array.from({ length: RESULTS }, (_, id) => ({
      jsonrpc: "2.0",
      id,
      method: "tools/call",
      params: { name: "big", arguments: { bytes: RESULT_BYTES } },
    }));
    await writer.write(new TextEncoder().encode(calls.map((call) => `${JSON.stringify(call)}\n`).join("")));
    const reader = child.stdout.getReader();
    // The first bytes show that results flow; from here on nobody reads until the upstream has stopped working.
    const first = await reader.read();
    await untilIdle(() => cpuOf(upstreamPid(box.mark)));
    const atRest = residentMb(child.pid);
    assert(atRest < LIMIT_MB, `${atRest} MB resident while nobody reads`);

    let lines = countLines(first.value ?? new Uint8Array());
    while (lines < RESULTS) {
      const { value, done } = await reader.read();
      if (done) break;
      lines += countLines(value);
    }
    assertEquals(lines, RESULTS);
    await writer.close();
    assertEquals(await reader.read(), { value: undefined, done: true });
    assertEquals((await child.status).code, 0);
    await assertVerifies(box);
  },
});

Deno.test({
  name: `an upstream that does not read makes the client wait, and the product stays under ${LIMIT_MB} MB`,
  ignore: Deno.build.os !== "linux",
  fn: async () => {
    await using box = await openBox();
    const { command, args, env } = box.proxied({ command: "sleep", args: ["3600"] });
    const pipes = { stdin: "piped", stdout: "null", stderr: "null" } as const;
    await using child = new Deno.Command(command, {
      args: [...args],
      env,
      clearEnv: true,
      cwd: box.folder,
      ...pipes,
    }).spawn();
    const writer = child.stdin.getWriter();
    let written = 0;
    const writing = (async () => {
      const params = { name: "take", arguments: { text: "lorem ipsum dolor ".repeat(5_600) } };
      for (let id = 0; written < 600_000_000; id++) {
        const line = new TextEncoder().encode(
          `${JSON.stringify({ jsonrpc: "2.0", id, method: "tools/call", params })}\n`,
        );
        await writer.write(line);
        written += line.length;
      }
    })();
    // It ends with an error when the product is killed below, which is the only way for it to end.
    writing.catch(() => undefined);
    await poll(() => written > 100_000 || undefined, { what: "the first calls to be taken in" });
    await untilIdle(() => written);
    assert(
      residentMb(child.pid) < LIMIT_MB,
      `${residentMb(child.pid)} MB resident, ${written} bytes taken in`,
    );
    child.kill("SIGKILL");
    await writer.abort().catch(() => undefined);
  },
});

function countLines(bytes: Uint8Array): number {
  let lines = 0;
  for (let at = bytes.indexOf(0x0a); at >= 0; at = bytes.indexOf(0x0a, at + 1)) lines++;
  return lines;
}

function upstreamPid(mark: string): number {
  const upstream = processesWith(mark).find(({ command }) =>
    !command.includes("main.ts") && !command.includes(" run --config")
  );
  if (upstream === undefined) throw new Error("The upstream is not running");
  return upstream.pid;
}

/** Processor time of a process so far, in clock ticks. */
function cpuOf(pid: number): number {
  const fields = Deno.readTextFileSync(`/proc/${pid}/stat`).split(") ")[1]?.split(" ") ?? [];
  return Number(fields[11]) + Number(fields[12]);
}

/** Resolves when a counter has stood still for half a second: a process that waits for a pipe uses no time. */
async function untilIdle(read: () => number): Promise<void> {
  let last = -1, still = 0;
  for (let round = 0; still < 5; round++) {
    assert(round < 300, "the upstream did not come to rest");
    await new Promise((resolve) => setTimeout(resolve, 100));
    const now = read();
    still = now === last ? still + 1 : 0;
    last = now;
  }
}
