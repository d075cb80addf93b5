/** `witness serve`: listens until a signal ends it. */
import { Fault, messageOf, printable, systemClock, utf8Decode } from "../../base/mod.ts";
import { parseTlogPolicy, parseVerifierKey, type VerifierKey } from "../../ledger/mod.ts";
import { openWitnessFolder } from "../../store/mod.ts";
import { type HttpReply, type HttpRequest, listenHttp } from "../../transport/mod.ts";
import { addCheckpoint, type WitnessDeps } from "../../witness/mod.ts";
import { type Args, EXIT, type Io } from "../command.ts";
import { listenForEnd } from "../run/signals.ts";
import { absolutePath } from "../setup.ts";

const DEFAULT_ADDRESS = "127.0.0.1:7380";
const PATH = "/add-checkpoint";
// 63 hashes and a checkpoint with a few dozen signatures are below 20 KB.
const MAX_BODY_BYTES = 64 * 1024;
const BODY_TIMEOUT_MS = 10_000;

export async function serveWitness(folder: string, args: Args, io: Io): Promise<number> {
  const logs = await witnessedLogs(args, io);
  const address = addressFrom(args.text("listen") ?? DEFAULT_ADDRESS);
  const { cosigner, memory } = await openWitnessFolder(folder);
  const log = (line: string) => io.err(`${printable(line)}\n`);
  const deps: WitnessDeps = { cosigner, memory, logs, clock: systemClock, log };
  const signal = listenForEnd();
  try {
    const server = listenHttp({
      ...address,
      maxBodyBytes: MAX_BODY_BYTES,
      bodyTimeoutMs: BODY_TIMEOUT_MS,
      handle: (request) => answer(deps, request),
      onError: (error) => log(`error: cannot answer: ${messageOf(error)}`),
    });
    io.err(`listening on http://${address.shown}:${server.port}${PATH}\n`);
    await signal.came;
    await server.close();
    return EXIT.done;
  } finally {
    memory.close();
  }
}

async function answer(deps: WitnessDeps, { method, path, body }: HttpRequest): Promise<HttpReply> {
  if (path !== PATH) return { status: 404, headers: {}, body: `there is only ${PATH}\n` };
  if (method !== "POST") return { status: 405, headers: { allow: "POST" }, body: "POST a checkpoint\n" };
  const reply = await addCheckpoint(deps, utf8Decode(body) ?? "");
  return { status: reply.status, headers: { "content-type": reply.contentType }, body: reply.body };
}

/** The keys of `--log` and of the `log` lines of `--logs`. Throws Fault `usage` where there is none, or one is no key. */
async function witnessedLogs(args: Args, io: Io): Promise<readonly VerifierKey[]> {
  const logs = [...args.list("log").map(logKey), ...await logsOfFile(args.text("logs"), io)];
  if (logs.length > 0) return logs;
  throw new Fault("usage", "Cannot witness: no ledger is named", {
    hint: "countersign witness serve --log VKEY, as `countersign key show` prints it for the ledger",
  });
}

function logKey(text: string): VerifierKey {
  const key = parseVerifierKey(text);
  if (key.ok && key.value.type === 1) return key.value;
  throw new Fault(
    "usage",
    `Cannot witness: --log takes a verifier key of a log: ${key.ok ? "its type is not 1" : key.error}`,
    {
      hint: "name+hash+base64, as `countersign key show` prints it for the ledger",
    },
  );
}

async function logsOfFile(file: string | undefined, io: Io): Promise<readonly VerifierKey[]> {
  if (file === undefined) return [];
  const path = absolutePath(file, io);
  const text = await Deno.readTextFile(path).catch((cause) => {
    throw new Fault("usage", `Cannot witness: "${path}" cannot be read`, {
      cause,
      hint: "--logs takes a tlog-policy file",
    });
  });
  const policy = parseTlogPolicy(text);
  if (!policy.ok) throw new Fault("usage", `Cannot witness: "${path}": ${policy.error}`);
  return policy.value.logs.map(({ key }) => key);
}

interface Address {
  readonly hostname: string;
  readonly port: number;
  /** The host as it stands in a URL. */
  readonly shown: string;
}

function addressFrom(text: string): Address {
  const [, host = "", digits = ""] = /^(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9.-]*):(\d{1,5})$/.exec(text) ?? [];
  const port = Number(digits);
  if (digits === "" || port > 65_535) {
    throw new Fault("usage", `Cannot listen on "${text}": want host:port`, {
      hint: `--listen ${DEFAULT_ADDRESS}`,
    });
  }
  const shown = host === "" ? "127.0.0.1" : host;
  return { hostname: shown.replace(/^\[|\]$/g, ""), port, shown };
}
