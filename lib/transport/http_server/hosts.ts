/**
 * Which names we answer to, and which pages may call us. A page of evil.com whose name was pointed at 127.0.0.1 (DNS
 * rebinding) reaches us with `Host: evil.com`: only the name gives it away.
 */

export interface HostRules {
  /** Names of ours that count with the port that we listen on. */
  readonly own: ReadonlySet<string>;
  /** Names that the operator listed: without a port they count with any. */
  readonly listed: ReadonlySet<string>;
  /** Listening on all addresses: any of them may be meant, and an address cannot be rebound. */
  readonly anyAddress: boolean;
  readonly origins: ReadonlySet<string>;
  readonly port: number;
  readonly scheme: "http" | "https";
}

export interface HostOptions {
  readonly hostname: string;
  readonly port: number;
  readonly tls: boolean;
  readonly hosts: readonly string[];
  readonly origins: readonly string[];
}

const LOOPBACK = ["localhost", "127.0.0.1", "[::1]"] as const;
const ALL = ["0.0.0.0", "[::]"];

export function hostRules({ hostname, port, tls, hosts, origins }: HostOptions): HostRules {
  const name = literal(hostname.toLowerCase());
  const anyAddress = ALL.includes(name);
  const isLoopback = anyAddress || LOOPBACK.some((own) => own === name);
  return {
    own: new Set(isLoopback ? [name, ...LOOPBACK] : [name]),
    listed: new Set(hosts.map((host) => host.toLowerCase())),
    anyAddress,
    origins: new Set(origins.map((origin) => origin.toLowerCase())),
    port,
    scheme: tls ? "https" : "http",
  };
}

function literal(hostname: string): string {
  return hostname.includes(":") && !hostname.startsWith("[") ? `[${hostname}]` : hostname;
}

const HOST_REGEXP = /^(\[[0-9a-f:.]+\]|[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?)(?::(\d{1,5}))?$/;
const ADDRESS_REGEXP = /^(?:\[.*\]|\d{1,3}(?:\.\d{1,3}){3})$/;

/** May we be called by this name? ATTACKER-CONTROLLED. */
export function hostAllowed(host: string, rules: HostRules): boolean {
  const [, name, port] = HOST_REGEXP.exec(host.toLowerCase()) ?? [];
  if (name === undefined) return false;
  if (rules.listed.has(name) || (port !== undefined && rules.listed.has(`${name}:${port}`))) return true;
  if (Number(port ?? defaultPort(rules.scheme)) !== rules.port) return false;
  return rules.own.has(name) || (rules.anyAddress && ADDRESS_REGEXP.test(name));
}

export type OriginKind = "own" | "listed" | "refused";

/** May this page call us? `null`, which any sandboxed page can send, may not. ATTACKER-CONTROLLED. */
export function originKind(origin: string, rules: HostRules): OriginKind {
  const lower = origin.toLowerCase();
  if (rules.origins.has(lower)) return "listed";
  const prefix = `${rules.scheme}://`;
  return lower.startsWith(prefix) && hostAllowed(lower.slice(prefix.length), rules) ? "own" : "refused";
}

function defaultPort(scheme: HostRules["scheme"]): number {
  return scheme === "https" ? 443 : 80;
}
