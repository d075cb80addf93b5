import { within } from "./deadline.ts";
import type { Launch } from "./line_client.ts";

/** What a command that ran to its end left behind. */
export interface Finished {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command to its end, with `input` on stdin. */
export async function runOnce(launch: Launch, input = ""): Promise<Finished> {
  const { command, args, env, cwd } = launch;
  const options = { args: [...args], env: { ...env }, clearEnv: true, ...(cwd === undefined ? {} : { cwd }) };
  const pipes = { stdin: "piped", stdout: "piped", stderr: "piped" } as const;
  await using child = new Deno.Command(command, { ...options, ...pipes }).spawn();
  const writer = child.stdin.getWriter();
  // The command may end before it has read its input.
  const written = writer.write(new TextEncoder().encode(input)).then(() => writer.close()).catch(() =>
    undefined
  );
  const output = await within(child.output(), { what: `${command} ${args.join(" ")} to end` });
  await written;
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code: output.code, stdout: text(output.stdout), stderr: text(output.stderr) };
}
