/** A process that serves over HTTP and says where: a fixture on stdout, the product on stderr. */
import { poll, within } from "./deadline.ts";
import type { Launch } from "./line_client.ts";

export interface HttpPeer {
  readonly url: URL;
  readonly pid: number;
  /** What it has said so far, where it tells its address. */
  said(): string;
  /** Ends it at once, and waits until it is gone. */
  stop(): Promise<void>;
  /** Sends a signal, and resolves with the exit code once it is gone. */
  end(signal: Deno.Signal): Promise<number>;
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
  const end = async (signal: Deno.Signal) => {
    child.kill(signal);
    const { code } = await within(child.status, { what: "a server to end", detail: () => said });
    await reading;
    return code;
  };
  const url = await within(told.promise, { what: "a server to listen", detail: () => said });
  return { url, pid: child.pid, stop, end, said: () => said };
}

/** As {@link startHttpPeer}, for a server that is told its port and does not say when it listens. */
export async function startAtPort({ command, args, env }: Launch): Promise<HttpPeer> {
  const port = freePort();
  const url = new URL(`http://127.0.0.1:${port}/mcp`);
  const child = new Deno.Command(command, {
    args: [...args],
    env: { ...env, PORT: String(port) },
    clearEnv: true,
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).spawn();
  await poll(() => answers(port), { what: "a server to listen" });
  const stop = async () => {
    child.kill("SIGKILL");
    await child.status;
  };
  const end = async (signal: Deno.Signal) => {
    child.kill(signal);
    return (await child.status).code;
  };
  return { url, pid: child.pid, stop, end, said: () => "" };
}

/** Free a moment ago; the system hands the same one out again only much later. */
export function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return (listener.addr as Deno.NetAddr).port;
}

async function answers(port: number): Promise<true | undefined> {
  try {
    (await Deno.connect({ hostname: "127.0.0.1", port })).close();
    return true;
  } catch {
    return undefined; // not yet
  }
}
