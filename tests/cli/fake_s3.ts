/** A bucket with object lock, in memory, that believes nothing: signature, digests, lock and condition are checked. */
import { createHash, createHmac } from "node:crypto";

export interface FakeS3 {
  readonly endpoint: string;
  /** Objects by key. */
  readonly objects: Map<string, Uint8Array<ArrayBuffer>>;
  /** Lock of each object: mode and date. */
  readonly locks: Map<string, string>;
  /** Answers that come in place of the next ones. */
  readonly instead: Response[];
  /** Why requests were refused, and how many were answered. */
  readonly refused: string[];
  readonly asked: string[];
  close(): Promise<void>;
}

export const ACCESS = { AWS_ACCESS_KEY_ID: "AKIDEXAMPLE", AWS_SECRET_ACCESS_KEY: "secret/EXAMPLE+KEY" };
const PAGE = 2;

/** Listens on a free port of this machine. */
export function fakeS3(bucket: string): FakeS3 {
  const objects: FakeS3["objects"] = new Map(), locks = new Map<string, string>();
  const refused: string[] = [], asked: string[] = [], instead: Response[] = [];
  const refuse = (status: number, code: string) => {
    refused.push(code);
    return new Response(`<Error><Code>${code}</Code></Error>`, { status });
  };
  const server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen: () => {} }, async (request) => {
    const url = new URL(request.url);
    asked.push(`${request.method} ${url.pathname}`);
    const body = new Uint8Array(await request.arrayBuffer());
    const next = instead.shift();
    if (next !== undefined) return next;
    if (!isSigned(request, body)) return refuse(403, "SignatureDoesNotMatch");
    if (url.pathname === `/${bucket}` && request.method === "GET") return list(url, objects);
    const key = decodeURIComponent(url.pathname.slice(`/${bucket}/`.length));
    const there = objects.get(key);
    if (request.method === "GET") return there === undefined ? refuse(404, "NoSuchKey") : new Response(there);
    const { headers } = request;
    const hash = (name: string) => createHash(name).update(body).digest("base64");
    if (headers.get("content-md5") !== hash("md5")) return refuse(400, "BadDigest");
    if (headers.get("x-amz-checksum-sha256") !== hash("sha256")) return refuse(400, "BadChecksum");
    const mode = headers.get("x-amz-object-lock-mode"),
      until = headers.get("x-amz-object-lock-retain-until-date");
    if (mode === null || until === null || !(Date.parse(until) > Date.now())) {
      return refuse(400, "InvalidRequest");
    }
    if (headers.get("if-none-match") !== "*") return refuse(400, "NotConditional");
    if (there !== undefined) return refuse(412, "PreconditionFailed");
    objects.set(key, body);
    locks.set(key, `${mode} ${until}`);
    return new Response(null, { status: 200 });
  });
  const endpoint = `http://127.0.0.1:${server.addr.port}`;
  return { endpoint, objects, locks, instead, refused, asked, close: () => server.shutdown() };
}

function list(url: URL, objects: FakeS3["objects"]): Response {
  const from = Number(url.searchParams.get("continuation-token") ?? 0);
  const keys = [...objects.keys()].filter((key) => key.startsWith(url.searchParams.get("prefix") ?? ""))
    .toSorted();
  const contents = keys.slice(from, from + PAGE).map((key) =>
    `<Contents><Key>${key}</Key><Size>${objects.get(key)?.length}</Size></Contents>`
  );
  const more = from + PAGE < keys.length
    ? `<NextContinuationToken>${from + PAGE}</NextContinuationToken>`
    : "";
  return new Response(
    `<?xml version="1.0"?><ListBucketResult>${contents.join("")}${more}</ListBucketResult>`,
  );
}

/** From the request as it arrived, by the letter of the standard. */
function isSigned(request: Request, body: Uint8Array): boolean {
  const { headers } = request;
  const [, scope = "", names = "", signature] =
    /Credential=AKIDEXAMPLE\/([^,]+), ?SignedHeaders=([^,]+), ?Signature=([0-9a-f]{64})$/.exec(
      headers.get("authorization") ?? "",
    ) ?? [];
  const url = new URL(request.url);
  const sha256 = (data: string | Uint8Array) => createHash("sha256").update(data).digest("hex");
  if (headers.get("x-amz-content-sha256") !== sha256(body)) return false;
  const query = [...url.searchParams].map((pair) => pair.map(encodeURIComponent).join("=")).toSorted().join(
    "&",
  );
  const signed = names.split(";").map((name) =>
    `${name}:${name === "host" ? url.host : headers.get(name)}\n`
  );
  const canonical = `${request.method}\n${url.pathname}\n${query}\n${signed.join("")}\n${names}\n${
    sha256(body)
  }`;
  const time = headers.get("x-amz-date") ?? "";
  const hmac = (key: string | Uint8Array, data: string) => createHmac("sha256", key).update(data).digest();
  const key = scope.split("/").reduce<Uint8Array | string>(hmac, `AWS4${ACCESS.AWS_SECRET_ACCESS_KEY}`);
  const want = hmac(key, `AWS4-HMAC-SHA256\n${time}\n${scope}\n${sha256(canonical)}`).toString("hex");
  return names.split(";").includes("host") && signature === want;
}
