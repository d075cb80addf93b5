import { Fault } from "../base/mod.ts";
import type { Io } from "./command.ts";

/** The io of this process: its stdout, stderr, environment and working folder. */
export function processIo(): Io {
  const colour = !Deno.noColor;
  const out = writerTo(Deno.stdout);
  return {
    out: out.write,
    isOutGone: out.isGone,
    err: writerTo(Deno.stderr).write,
    terminal: { out: colour && Deno.stdout.isTerminal(), err: colour && Deno.stderr.isTerminal() },
    env: readEnv,
    cwd: () => Deno.cwd(),
    giveUpNetwork: async () => void await Deno.permissions.revoke({ name: "net" }),
  };
}

interface Writer {
  readonly write: (text: string) => void;
  readonly isGone: () => boolean;
}

/**
 * Writes all of a text, synchronously, so that it is out before the process ends. Once the reader has gone (`| head`)
 * the rest is dropped: the exit code is still the answer of the command and not the fate of its output.
 */
function writerTo(stream: { writeSync(bytes: Uint8Array): number }): Writer {
  const encoder = new TextEncoder();
  let gone = false;
  const write = (text: string) => {
    let bytes = encoder.encode(text);
    while (!gone && bytes.length > 0) {
      try {
        bytes = bytes.subarray(stream.writeSync(bytes));
      } catch (thrown) {
        if (!(thrown instanceof Deno.errors.BrokenPipe)) throw thrown;
        gone = true;
      }
    }
  };
  return { write, isGone: () => gone };
}

/** A variable that this process may not read (locked down by `--allow-env=…`) is not set, as far as it can tell. */
function readEnv(name: string): string | undefined {
  try {
    return Deno.env.get(name);
  } catch (thrown) {
    if (thrown instanceof Deno.errors.NotCapable) return undefined;
    // Without its cause: the system's own words quote the value, and it may be a token.
    throw new Fault("usage", `Cannot read the variable ${name}: its value is not UTF-8 text`, {
      hint: `unset ${name}, or set it anew`,
    });
  }
}
