/** The bearer of this install: what a client shows where anybody on the network could call and no tokens are configured. */
import { Fault } from "../../../base/mod.ts";
import { checkMode, systemFiles } from "../../../config/mod.ts";

const FILE = "listen.token";
const FORM_REGEXP = /^cs_[A-Za-z0-9_-]{43}$/;
const OWNER_ONLY = 0o600;

/** `value` is SECRET. */
export interface LocalBearer {
  readonly path: string;
  readonly value: string;
}

/** Reads the bearer in `folder`, the ledger's, which is its owner's alone; makes it where there is none. */
export async function localBearer(folder: string): Promise<LocalBearer> {
  const path = `${folder}/${FILE}`;
  const problem = checkMode(path, "secret", systemFiles);
  if (problem !== undefined) {
    throw new Fault("config", `Cannot listen: ${problem.message}`, { hint: problem.hint });
  }
  const value = await made(path) ?? (await Deno.readTextFile(path)).trim();
  if (FORM_REGEXP.test(value)) return { path, value };
  throw new Fault("config", `Cannot listen: ${path} does not hold a bearer that we made`, {
    hint: "move it away; a new one is made at the next start",
  });
}

/** `undefined`: there was one. Two that start at once: one of them makes it, whole before it has its name. */
async function made(path: string): Promise<string | undefined> {
  const value = `cs_${
    crypto.getRandomValues(new Uint8Array(32)).toBase64({ alphabet: "base64url", omitPadding: true })
  }`;
  const fresh = `${path}.${crypto.randomUUID()}.new`;
  await Deno.writeTextFile(fresh, `${value}\n`, { createNew: true, mode: OWNER_ONLY });
  try {
    await Deno.link(fresh, path);
    return value;
  } catch (thrown) {
    if (thrown instanceof Deno.errors.AlreadyExists) return undefined;
    throw thrown;
  } finally {
    await Deno.remove(fresh);
  }
}
