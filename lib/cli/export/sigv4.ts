/** AWS Signature Version 4 for S3, in headers, with the hash of the body in the signature. */
import { AwsV4Signer } from "aws4fetch";
import { sha256Hex } from "../../base/mod.ts";

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
export async function signedHeaders(
  { method, url, headers, body }: UnsignedRequest,
  { credentials, region, nowMicros }: SigningPlace,
): Promise<Readonly<Record<string, string>>> {
  const signer = new AwsV4Signer({
    ...credentials,
    service: "s3",
    region,
    method,
    url: url.href,
    // Without this header the library would sign that the body is not signed.
    headers: { ...headers, "x-amz-content-sha256": sha256Hex(body ?? "") },
    allHeaders: true,
    datetime: new Date(nowMicros / 1000).toISOString().replace(/[:-]|\.\d{3}/g, ""),
  });
  const signed = await signer.sign();
  return Object.fromEntries([...signed.headers].filter(([name]) => name !== "host"));
}
