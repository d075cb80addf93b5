/**
 * Ends a whole process group: `npx` starts a shell that starts a server that starts helpers, and all of them must go.
 * Group id = pid of its leader, as the child is started detached.
 */

/** Sends `signal` to every process of the group. Answers whether there was one to send it to. */
export async function signalGroup(pid: number, signal: "SIGTERM" | "SIGKILL"): Promise<boolean> {
  try {
    Deno.kill(-pid, signal);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    if (error instanceof Deno.errors.NotCapable) return await signalByProgram(pid, signal);
    if (error instanceof TypeError) return false; // the system has no process groups: the leader is all there is
    throw error;
  }
}

/**
 * Under `--allow-run=<names>` Deno lets nobody send a signal to a group; the program `kill` does it where that list
 * names it. Where it does not, the caller still has the leader's own handle.
 */
async function signalByProgram(pid: number, signal: "SIGTERM" | "SIGKILL"): Promise<boolean> {
  try {
    const args = ["-s", signal.slice("SIG".length), "--", `-${pid}`];
    const { success } = await new Deno.Command("kill", {
      args,
      stdin: "null",
      stdout: "null",
      stderr: "null",
    }).output();
    return success;
  } catch (error) {
    if (error instanceof Deno.errors.NotCapable || error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
