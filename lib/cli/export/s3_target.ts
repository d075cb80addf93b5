/** Segments in a bucket whose objects are locked: any endpoint that speaks S3. */
import { createHash } from "node:crypto";
import { type Clock, Fault, pause, rfc3339Micros, sha256 } from "../../base/mod.ts";
import type { SegmentTarget } from "../../ledger/evidence/mod.ts";
import { type Credentials, signedHeaders, type UnsignedRequest } from "./sigv4.ts";

const NAME_REGEXP = /^segment-[0-9r-]+\.jsonl?$/;
const TRIES = 4;
const NAP_MS = 200;
const MAX_PAGES = 10_000;
const MAX_LIST_CHARS = 16 * 1024 * 1024;

/** Sends a request as it is, and follows no redirection. */
export type SendRequest = (
  request: {
    readonly method: string;
    readonly url: URL;
    readonly headers: Readonly<Record<string, string>>;
    readonly body?: Uint8Array<ArrayBuffer>;
  },
) => Promise<Response>;

export interface S3Place {
  /** Such as `https://s3.eu-central-1.amazonaws.com`; buckets are the first part of the path. */
  readonly endpoint: URL;
  readonly bucket: string;
  /** Empty, or ends in a slash. */
  readonly prefix: string;
  readonly region: string;
  readonly credentials: Credentials;
  /** How long each object is locked, milliseconds; and whether its owner may shorten that. */
  readonly retainMs: number;
  readonly mode: "COMPLIANCE" | "GOVERNANCE";
}

export interface S3Deps {
  readonly send: SendRequest;
  readonly clock: Clock;
}

/** The bucket as a place for segments. Its functions throw Fault `io`; no message has anything of the credentials. */
export function s3Target(place: S3Place, deps: S3Deps): SegmentTarget {
  const bucket = new Bucket(place, deps);
  return {
    list: () => bucket.list(),
    read: (name) => bucket.read(name),
    create: (name, bytes) => bucket.create(name, bytes),
  };
}

class Bucket {
  readonly #place: S3Place;
  readonly #deps: S3Deps;

  constructor(place: S3Place, deps: S3Deps) {
    this.#place = place;
    this.#deps = deps;
  }

  /** ListObjectsV2, page after page. */
  async list(): Promise<ReadonlyMap<string, number>> {
    const sizes = new Map<string, number>();
    let token: string | undefined;
    for (let page = 0; page < MAX_PAGES; page++) {
      const url = this.#url("");
      url.search = new URLSearchParams({
        "list-type": "2",
        prefix: this.#place.prefix,
        ...token !== undefined && { "continuation-token": token },
      }).toString();
      const response = await this.#ask({ method: "GET", url, headers: {} });
      if (response.status !== 200) throw await refused("list the archive", response);
      const xml = await response.text();
      if (xml.length > MAX_LIST_CHARS) {
        throw new Fault("io", "Cannot list the archive: the answer is too long");
      }
      this.#take(xml, sizes);
      token = textOf(xml, "NextContinuationToken");
      if (token === undefined) return sizes;
    }
    throw new Fault("io", "Cannot list the archive: it has no end");
  }

  async *read(name: string): AsyncGenerator<Uint8Array> {
    const response = await this.#ask({ method: "GET", url: this.#url(name), headers: {} });
    if (response.status !== 200) throw await refused("read the archive", response);
    if (response.body !== null) yield* response.body;
  }

  /** Locked from its first moment; the condition makes sure that nothing is ever written over. */
  async create(name: string, body: Uint8Array): Promise<boolean> {
    const bytes = Uint8Array.from(body);
    const untilMicros = this.#deps.clock.nowMicros() + this.#place.retainMs * 1000;
    const response = await this.#ask({
      method: "PUT",
      url: this.#url(name),
      headers: {
        "content-md5": createHash("md5").update(bytes).digest("base64"), // S3 asks for it where objects are locked
        "content-type": "application/json",
        "if-none-match": "*",
        "x-amz-checksum-sha256": sha256(bytes).toBase64(),
        "x-amz-object-lock-mode": this.#place.mode,
        "x-amz-object-lock-retain-until-date": `${rfc3339Micros(untilMicros).slice(0, 19)}Z`,
      },
      body: bytes,
    });
    if (response.status === 412) {
      await response.body?.cancel();
      return false;
    }
    if (response.status !== 200) throw await refused("write to the archive", response);
    await response.body?.cancel();
    return true;
  }

  #url(name: string): URL {
    const { endpoint, bucket, prefix } = this.#place;
    const path = name === "" ? bucket : `${bucket}/${prefix}${name}`;
    return new URL(`${endpoint.pathname.replace(/\/$/, "")}/${path}`, endpoint);
  }

  #take(xml: string, sizes: Map<string, number>): void {
    const { prefix } = this.#place;
    for (const [, contents = ""] of xml.matchAll(/<Contents>(.*?)<\/Contents>/gs)) {
      const key = textOf(contents, "Key") ?? "", size = Number(textOf(contents, "Size"));
      const name = key.startsWith(prefix) ? key.slice(prefix.length) : "";
      if (NAME_REGEXP.test(name) && Number.isSafeInteger(size)) sizes.set(name, size);
    }
  }

  /** Tries again what failed on the way or on their side. A write that arrived after all is found by its condition. */
  async #ask(request: UnsignedRequest): Promise<Response> {
    const { credentials, region } = this.#place;
    for (let tries = 1;; tries++) {
      const nowMicros = this.#deps.clock.nowMicros();
      const headers = await signedHeaders(request, { credentials, region, nowMicros });
      const response = await this.#deps.send({ ...request, headers }).catch((cause: unknown) => {
        if (tries < TRIES) return undefined;
        throw new Fault("io", `Cannot reach the archive at "${this.#place.endpoint.origin}"`, { cause });
      });
      const again = response === undefined || response.status >= 500 || response.status === 409;
      if (response !== undefined && (!again || tries === TRIES)) return response;
      await response?.body?.cancel();
      await pause(Math.random() * NAP_MS * 2 ** tries);
    }
  }
}

/** The text of the first such element; of what we look for, none has an entity but `&amp;`. */
function textOf(xml: string, element: string): string | undefined {
  const text = new RegExp(`<${element}>([^<]*)</${element}>`).exec(xml)?.[1];
  return text?.replaceAll("&quot;", '"').replaceAll("&amp;", "&");
}

/** The code that S3 gives, a single word; the rest of its answer may quote what we sent. */
async function refused(action: string, response: Response): Promise<Fault> {
  const code = textOf((await response.text()).slice(0, 100_000), "Code") ?? "";
  const said = /^[A-Za-z]{1,60}$/.test(code) ? `${response.status} ${code}` : `${response.status}`;
  return new Fault("io", `Cannot ${action}: the endpoint answers ${said}`, {
    hint:
      "the bucket needs object lock; the key needs s3:PutObject, s3:PutObjectRetention, s3:GetObject, s3:ListBucket",
  });
}
