/** A process that serves over HTTP and says where: a fixture on stdout, the product on stderr. */
import { within } from "./deadline.ts";
import type { Launch } from "./line_client.ts";

export interface HttpPeer {
  readonly url: URL;
  readonly pid: number;
  /** Ends it at once, and waits until it is gone. */
  stop(): Promise<void>;
}

const LISTENING_REGEXP = /listening on (http:\/\/\S+)/;

/** Resolves once the process has said where it listens. `on`: where it says so. */
export async function startHttpPeer(
  { command, args, env, cwd }: Launch,
  on: "stdout" | "stderr" = "stdout",
): Promise<HttpPeer> {
  const child = new Deno.Command(command, {
    args: [...args],
    env: { ...env },
    clearEnv: true,
    ...cwd !== undefined && { cwd },
    stdin: "null",
    stdout: on === "stdout" ? "piped" : "null",
    stderr: on === "stderr" ? "piped" : "null",
  }).spawn();
  let said = "";
  const told = Promise.withResolvers<URL>();
  const reading = (async () => {
    for await (const text of child[on].pipeThrough(new TextDecoderStream())) {
      said += text;
      const url = LISTENING_REGEXP.exec(said)?.[1];
      if (url !== undefined) told.resolve(new URL(url));
    }
    told.reject(new Error(`The server ended before it listened:\n${said}`));
  })();
  const stop = async () => {
    child.kill("SIGKILL");
    await child.status;
    await reading;
  };
  const url = await within(told.promise, { what: "a server to listen", detail: () => said });
  return { url, pid: child.pid, stop };
}
