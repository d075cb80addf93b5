/** `export --append-to`: an archive that takes nothing back, in a folder or a bucket. */
import { Fault, parseDuration, systemClock } from "../../base/mod.ts";
import { appendSegments, type SegmentTarget } from "../../ledger/evidence/mod.ts";
import type { LedgerDeps } from "../../ledger/mod.ts";
import { type Args, EXIT, type Io } from "../command.ts";
import { absolutePath } from "../setup.ts";
import { checkpointNow } from "./covering.ts";
import { folderTarget } from "./folder_target.ts";
import { type S3Place, s3Target, type SendRequest } from "./s3_target.ts";

const ONLY_S3: readonly string[] = ["endpoint", "region", "retain", "mode"];
const S3_REGEXP = /^s3:\/\/([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:\/([A-Za-z0-9!_.\-/]*))?$/;
const REQUEST_TIMEOUT_MS = 120_000;

/** Where the archive is, from the flags. Throws Fault `usage`. */
export async function archiveFrom(
  args: Args,
  io: Io,
  send: SendRequest = sendByFetch,
): Promise<SegmentTarget> {
  const place = args.text("append-to") ?? "";
  if (place.startsWith("s3:")) return s3Target(s3Place(place, args, io), { send, clock: systemClock });
  const foreign = ONLY_S3.find((flag) => args.has(flag));
  if (foreign !== undefined) {
    throw usage(`--${foreign} is for archives in a bucket`, "--append-to s3://BUCKET/PREFIX");
  }
  return await folderTarget(absolutePath(place, io));
}

/** Appends what the archive has not, and says so. */
export async function appendTo(
  deps: LedgerDeps,
  target: SegmentTarget,
  { args, io }: { readonly args: Args; readonly io: Io },
): Promise<number> {
  const isFolder = !(args.text("append-to") ?? "").startsWith("s3:");
  const appended = await appendSegments(deps, target, {
    checkpoint: await checkpointNow(deps),
    // A bucket keeps what it has; a folder is as good as whoever may write to it.
    thorough: isFolder || args.has("thorough"),
    onProgress: (done, total) => {
      if (io.terminal.err) {
        io.err(`\r\x1b[Kreading ${done.toLocaleString("en")} of ${total.toLocaleString("en")}`);
      }
    },
  });
  if (io.terminal.err) io.err("\r\x1b[K");
  const { segments, entries, total } = appended;
  io.out(
    args.has("json")
      ? `${JSON.stringify({ archive: args.text("append-to"), segments, entries, total })}\n`
      : segments === 0
      ? `nothing new: the archive has all ${total} entries\n`
      : `appended ${entries} entries in ${segments} ${segments === 1 ? "segment" : "segments"}; ` +
        `the archive has ${total}\n`,
  );
  return EXIT.done;
}

function s3Place(text: string, args: Args, io: Io): S3Place {
  const [, bucket, path = ""] = S3_REGEXP.exec(text) ?? [];
  if (bucket === undefined || /(?:^|\/)\.{1,2}(?:\/|$)|\/\//.test(path)) {
    throw usage(`"${text}" names no bucket with a plain prefix`, "--append-to s3://BUCKET/PREFIX");
  }
  const region = args.text("region") ?? io.env("AWS_REGION") ?? io.env("AWS_DEFAULT_REGION") ?? "us-east-1";
  if (!/^[a-z0-9-]{1,40}$/.test(region)) throw usage(`"${region}" is no region`, "--region eu-central-1");
  return {
    endpoint: endpointFrom(args.text("endpoint") ?? `https://s3.${region}.amazonaws.com`),
    bucket,
    prefix: path === "" || path.endsWith("/") ? path : `${path}/`,
    region,
    credentials: credentialsFrom(io),
    retainMs: retainFrom(args.text("retain")),
    mode: modeFrom(args.text("mode") ?? "COMPLIANCE"),
  };
}

/** Entries name people and tools: they do not cross a network in the clear. */
function endpointFrom(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const isLocal = url !== undefined && ["localhost", "127.0.0.1", "[::1]"].includes(url.hostname);
  if (url?.protocol === "https:" || url?.protocol === "http:" && isLocal) return url;
  throw usage("--endpoint is no https URL", "--endpoint https://s3.example.com");
}

/** From the environment alone: flags are seen by everybody on the machine. */
function credentialsFrom(io: Io): S3Place["credentials"] {
  const accessKeyId = io.env("AWS_ACCESS_KEY_ID") ?? "",
    secretAccessKey = io.env("AWS_SECRET_ACCESS_KEY") ?? "";
  const sessionToken = io.env("AWS_SESSION_TOKEN") ?? "";
  if (accessKeyId === "" || secretAccessKey === "") {
    throw usage("AWS_ACCESS_KEY_ID or AWS_SECRET_ACCESS_KEY is not set", "set both in the environment");
  }
  return { accessKeyId, secretAccessKey, ...sessionToken !== "" && { sessionToken } };
}

const DAY_MS = 86_400_000;
const LONGEST_DAYS = 36_500;

function retainFrom(text: string | undefined): number {
  if (text === undefined) {
    throw usage("--retain is missing: for how long objects are locked", "--retain 365d");
  }
  const duration = parseDuration(text);
  if (duration.ok && duration.value >= DAY_MS && duration.value <= LONGEST_DAYS * DAY_MS) {
    return duration.value;
  }
  throw usage(`--retain is "${text}", want 1d to ${LONGEST_DAYS}d`, "--retain 365d");
}

function modeFrom(text: string): S3Place["mode"] {
  if (text === "COMPLIANCE" || text === "GOVERNANCE") return text;
  throw usage(`--mode is "${text}", want COMPLIANCE or GOVERNANCE`, "--mode COMPLIANCE");
}

/** A redirection would send the signature somewhere else. */
async function sendByFetch({ method, url, headers, body }: Parameters<SendRequest>[0]): Promise<Response> {
  return await fetch(url, {
    method,
    headers: { ...headers },
    redirect: "error",
    signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
    ...body !== undefined && { body },
  });
}

function usage(cause: string, hint: string): Fault {
  return new Fault("usage", `Cannot append to the archive: ${cause}`, { hint });
}
