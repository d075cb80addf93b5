/** Where and how a run serves Streamable HTTP: from the command line and `[listen]`. */
import { Fault } from "../../../base/mod.ts";
import {
  checkMode,
  isLoopback,
  type ListenAddress,
  type ListenConfig,
  readListenAddress,
  systemFiles,
} from "../../../config/mod.ts";

export interface ListenSettings extends Omit<ListenConfig, "address" | "tls"> {
  readonly address: ListenAddress;
  /** Can programs on other machines reach it? */
  readonly isOpen: boolean;
  /** What the files hold, PEM. The key is SECRET. */
  readonly tls?: { readonly cert: string; readonly key: string };
}

/** `undefined`: on stdio. `flag`: of `--listen`. Throws Fault `usage` or `config`. */
export function listenSettings(
  { address: configured, tls, ...rest }: ListenConfig,
  flag: string | undefined,
): ListenSettings | undefined {
  const address = flag === undefined ? configured : addressOf(flag);
  if (address === undefined) return undefined;
  return { ...rest, address, isOpen: !isLoopback(address), ...tls && { tls: readTls(tls) } };
}

function addressOf(flag: string): ListenAddress {
  const address = readListenAddress(flag);
  if (address !== undefined) return address;
  throw new Fault("usage", "Cannot listen: --listen is no address of this machine", {
    hint: "countersign run --listen 127.0.0.1:8080 -- CMD; port 0 takes any that is free",
  });
}

function readTls({ cert, key }: { readonly cert: string; readonly key: string }) {
  const problem = checkMode(key, "secret", systemFiles);
  if (problem !== undefined) {
    throw new Fault("config", `Cannot listen: ${problem.message}`, { hint: problem.hint });
  }
  return { cert: readPem(cert, "tls_cert"), key: readPem(key, "tls_key") };
}

function readPem(path: string, field: string): string {
  try {
    return Deno.readTextFileSync(path);
  } catch (cause) {
    throw new Fault("config", `Cannot listen: the file of ${field} cannot be read`, {
      cause,
      hint: "look at [listen] in the configuration",
    });
  }
}

/** As clients write it. */
export function endpoint({ address: { hostname }, tls }: ListenSettings, port: number): string {
  const host = hostname.includes(":") ? `[${hostname}]` : hostname;
  return `${tls === undefined ? "http" : "https"}://${host}:${port}/mcp`;
}
