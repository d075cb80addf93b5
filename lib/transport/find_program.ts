import { type UpstreamCommand } from "./upstream.ts";
import { spawnFault } from "./spawn_fault.ts";

/**
 * Throws what {@link startUpstream} would throw of a program that is not there or cannot be run, without starting it. Where
 * that cannot be told (on Windows, or without permission to look) it throws nothing: the start says it then.
 */
export async function checkProgram({ command, environment }: UpstreamCommand): Promise<void> {
  if (Deno.build.os === "windows") return;
  const path = environment.variables.PATH ?? ownPath();
  // As execvp(3): a name with a slash is a path, from our own working folder on.
  const places = command.includes("/")
    ? [command]
    : path?.split(":").map((folder) => `${folder || "."}/${command}`);
  if (places === undefined) return;
  let isThere = false;
  for (const place of places) {
    const looked = await look(place);
    if (looked === "runs" || looked === "unknown") return;
    isThere ||= looked === "not executable";
  }
  const { NotFound, PermissionDenied } = Deno.errors;
  throw spawnFault(command, isThere ? new PermissionDenied() : new NotFound());
}

type Looked = "runs" | "not executable" | "not there" | "unknown";

const EXECUTABLE = 0o111;

async function look(path: string): Promise<Looked> {
  try {
    const { isFile, mode } = await Deno.stat(path);
    if (!isFile) return "not there";
    return mode === null || (mode & EXECUTABLE) !== 0 ? "runs" : "not executable";
  } catch (thrown) {
    // Only our own missing permission keeps us from knowing what the system would find.
    return thrown instanceof Deno.errors.NotCapable ? "unknown" : "not there";
  }
}

/** `undefined` where we may not read it. */
function ownPath(): string | undefined {
  try {
    return Deno.env.get("PATH");
  } catch {
    return undefined; // not permitted: then nothing is looked for
  }
}
