import { Fault, messageOf } from "../base/mod.ts";

/** Why a program could not be started, and what to do. */
export function spawnFault(command: string, error: unknown): Fault {
  const cannot = `Cannot start the MCP server "${command}"`;
  if (error instanceof Deno.errors.NotFound) {
    const hint = "check the spelling, or give the full path: countersign run -- /path/to/server";
    return new Fault("upstream", `${cannot}: there is no such program`, { hint, cause: error });
  }
  if (error instanceof Deno.errors.PermissionDenied) {
    return new Fault("upstream", `${cannot}: it is not executable`, {
      hint: `chmod +x ${command}`,
      cause: error,
    });
  }
  if (error instanceof Deno.errors.NotCapable) {
    const hint = `add the program to the list: --allow-run=${command},kill`;
    return new Fault("upstream", `${cannot}: Deno was not given the permission`, { hint, cause: error });
  }
  return new Fault("upstream", `${cannot}: ${messageOf(error)}`, {
    cause: error,
  });
}
