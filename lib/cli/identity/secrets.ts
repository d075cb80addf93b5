/** Keys and secrets of the command line: read from files and variables, never from a flag's value. */
import { Fault } from "../../base/mod.ts";
import { checkMode, systemFiles } from "../../config/mod.ts";
import { secretFromText } from "../../identity/mod.ts";
import type { Args, Io } from "../command.ts";
import { absolutePath } from "../setup.ts";

export const SECRET_FLAGS = ["secret-env", "secret-file"] as const;

/** The shared secret that `--secret-env` or `--secret-file` names. Throws Fault `usage`. */
export async function readSharedSecret(args: Args, io: Io): Promise<Uint8Array> {
  const variable = args.text("secret-env"), file = args.text("secret-file");
  if (variable !== undefined && file !== undefined) {
    throw new Fault("usage", "Cannot read the shared secret: --secret-env and --secret-file are both given");
  }
  const text = file === undefined ? fromVariable(variable ?? "", io) : await readSecretFile(file, io);
  const secret = secretFromText(text);
  if (secret.ok) return secret.value;
  const where = file === undefined ? "the value of that variable" : `"${file}"`;
  throw new Fault("usage", `Cannot use the shared secret: ${where} ${secret.error}`, {
    hint: "make one with: openssl rand -base64 48",
  });
}

/** Neither name nor value is shown: a person may have written the secret where its variable belongs. */
function fromVariable(name: string, io: Io): string {
  const text = /^\w+$/.test(name) ? io.env(name) : undefined;
  if (text !== undefined) return text;
  throw new Fault("usage", "Cannot read the shared secret: the variable that --secret-env names is not set", {
    hint: "write the name of a variable, such as --secret-env AGENT_SECRET, and set it",
  });
}

/** The text of a file that nobody else may read. Throws Fault `usage`. */
export async function readSecretFile(path: string, io: Io): Promise<string> {
  const absolute = absolutePath(path, io);
  const problem = checkMode(absolute, "secret", systemFiles);
  if (problem !== undefined) {
    throw new Fault("usage", `Cannot use the key: ${problem.message}`, { hint: problem.hint });
  }
  return await readFile(path, io);
}

/** The text of a file that a flag names. Throws Fault `usage`. */
export async function readFile(path: string, io: Io): Promise<string> {
  try {
    return await Deno.readTextFile(absolutePath(path, io));
  } catch (thrown) {
    const cause = thrown instanceof Deno.errors.NotFound
      ? `there is no file "${path}"`
      : `"${path}" cannot be read`;
    throw new Fault("usage", `Cannot read a file: ${cause}`, { cause: thrown });
  }
}

/** A key that a flag names and that is none is the command line's fault and not ours. */
export async function askedForKey<T>(read: () => T | Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (thrown) {
    if (!(thrown instanceof Fault) || thrown.code !== "key") throw thrown;
    throw new Fault("usage", thrown.message, thrown.hint === undefined ? {} : { hint: thrown.hint });
  }
}
