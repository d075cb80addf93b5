/** AWS Signature Version 4 for S3, in headers, with the hash of the body in the signature. */
import { hmacSha256, sha256Hex, toHex, utf8 } from "../../base/mod.ts";

const ALGORITHM = "AWS4-HMAC-SHA256";

/** What signs. Never shown, never in a message. */
export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

export interface UnsignedRequest {
  readonly method: "GET" | "PUT";
  readonly url: URL;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Uint8Array<ArrayBuffer>;
}

export interface SigningPlace {
  readonly credentials: Credentials;
  readonly region: string;
  /** Microseconds since the epoch. */
  readonly nowMicros: number;
}

/** The headers to send: those of the request, and what the signature needs. All of them are signed. */
export function signedHeaders(
  request: UnsignedRequest,
  { credentials, region, nowMicros }: SigningPlace,
): Readonly<Record<string, string>> {
  const time = new Date(nowMicros / 1000).toISOString().replace(/[:-]|\.\d{3}/g, "");
  const scope = `${time.slice(0, 8)}/${region}/s3/aws4_request`;
  const headers: Record<string, string> = {
    ...request.headers,
    "x-amz-content-sha256": sha256Hex(request.body ?? ""),
    "x-amz-date": time,
    ...credentials.sessionToken !== undefined && { "x-amz-security-token": credentials.sessionToken },
  };
  const all = Object.entries({ ...headers, host: request.url.host }).toSorted(([a], [b]) => a < b ? -1 : 1);
  const names = all.map(([name]) => name).join(";");
  const canonical = [
    request.method,
    request.url.pathname.split("/").map((part) => encoded(decodeURIComponent(part))).join("/"),
    canonicalQuery(request.url.searchParams),
    ...all.map(([name, value]) => `${name}:${value.trim().replace(/ +/g, " ")}`),
    "",
    names,
    headers["x-amz-content-sha256"],
  ].join("\n");
  const key = [region, "s3", "aws4_request"].reduce(
    (key: Uint8Array, part) => hmacSha256(key, part),
    hmacSha256(utf8(`AWS4${credentials.secretAccessKey}`), time.slice(0, 8)),
  );
  const signature = toHex(hmacSha256(key, [ALGORITHM, time, scope, sha256Hex(canonical)].join("\n")));
  const credential = `Credential=${credentials.accessKeyId}/${scope}`;
  return {
    ...headers,
    authorization: `${ALGORITHM} ${credential},SignedHeaders=${names},Signature=${signature}`,
  };
}

function canonicalQuery(params: URLSearchParams): string {
  return [...params].map(([name, value]) => `${encoded(name)}=${encoded(value)}`).toSorted().join("&");
}

/** RFC 3986: everything but the unreserved characters. */
function encoded(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
