import type { Field, Fields } from "../diagnostic/mod.ts";
import type { ListenConfig } from "./config.ts";
import type { ConfigContext } from "./context.ts";
import { readListenAddress } from "./listen_address.ts";
import { resolvePath } from "./paths.ts";

export const LISTEN_FIELDS: readonly Field[] = [
  {
    key: "address",
    type: { kind: "text" },
    doc:
      "Where `run` serves Streamable HTTP, such as `127.0.0.1:8080`; without it, or `--listen`, it serves stdio.",
  },
  {
    key: "allowed_hosts",
    type: { kind: "texts" },
    doc: "Names, beside the address, that clients may call us by: `mcp.example.com`, or with a port.",
  },
  {
    key: "allowed_origins",
    type: { kind: "texts" },
    doc: "Web pages that may call us: `https://app.example.com`. Others are refused.",
  },
  {
    key: "max_sessions",
    type: { kind: "integer", min: 1, max: 100_000 },
    standard: "2048",
    doc: "How many sessions there may be at once.",
  },
  {
    key: "idle_timeout",
    type: { kind: "duration" },
    standard: '"30m"',
    doc: "A session in which nothing happens for so long ends.",
  },
  {
    key: "tls_cert",
    type: { kind: "text" },
    doc: "A file with our certificate and those behind it, PEM, relative to this file.",
  },
  { key: "tls_key", type: { kind: "text" }, doc: "The file with its private key. Nobody else may read it." },
  {
    key: "legacy_sse",
    type: { kind: "boolean" },
    standard: "false",
    doc: "Is the pair of 2024-11-05 served as well (`/sse` and `/messages`)?",
  },
];

/** The `[listen]` table; what is left out is as the transport has it. */
export function readListen(fields: Fields | undefined, { sink, folder }: ConfigContext): ListenConfig {
  const path = (key: string) => {
    const text = fields?.text(key);
    return text === undefined ? undefined : resolvePath(folder, text);
  };
  const address = fields?.node("address"), cert = path("tls_cert"), key = path("tls_key");
  const place = address?.kind === "text" ? readListenAddress(address.value) : undefined;
  if (address?.kind === "text" && place === undefined) {
    sink.error(address.at, '"address" is no address of this machine', 'write address = "127.0.0.1:8080"');
  }
  const oneOfTwo = fields?.node(cert === undefined ? "tls_key" : "tls_cert");
  if ((cert === undefined) !== (key === undefined) && oneOfTwo !== undefined) {
    sink.error(oneOfTwo.at, "a certificate and its key go together", "name both tls_cert and tls_key");
  }
  const maxSessions = fields?.integer("max_sessions"), idleTimeoutMs = fields?.durationMs("idle_timeout");
  return {
    ...place !== undefined && { address: place },
    allowedHosts: textsOf(fields, "allowed_hosts"),
    allowedOrigins: textsOf(fields, "allowed_origins"),
    ...maxSessions !== undefined && { maxSessions },
    ...idleTimeoutMs !== undefined && { idleTimeoutMs },
    ...cert !== undefined && key !== undefined && { tls: { cert, key } },
    legacySse: fields?.boolean("legacy_sse") ?? false,
  };
}

function textsOf(fields: Fields | undefined, key: string): readonly string[] {
  return (fields?.texts(key) ?? []).map(({ value }) => value);
}
