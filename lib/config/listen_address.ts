/** An address of this machine: numbers, so that no name server decides who can reach us. */
export interface ListenAddress {
  /** An IP address, without brackets. */
  readonly hostname: string;
  /** 0: any that is free. */
  readonly port: number;
}

const ADDRESS_REGEXP = /^(?:(\d{1,3}(?:\.\d{1,3}){3}|localhost)|\[([0-9a-fA-F:.]{2,45})\]):(\d{1,5})$/;
const LOOPBACK_REGEXP = /^127\.|^::1$/;

/** `127.0.0.1:8080`, `[::1]:8080`, `localhost:8080`; `undefined` where it is none of these. */
export function readListenAddress(text: string): ListenAddress | undefined {
  const [, v4, v6, digits] = ADDRESS_REGEXP.exec(text) ?? [];
  const port = Number(digits);
  if (digits === undefined || port > 65_535) return undefined;
  if (v4 === "localhost") return { hostname: "127.0.0.1", port };
  const url = v4 === undefined ? `http://[${v6}]/` : `http://${v4}/`;
  if (!URL.canParse(url)) return undefined;
  // As the standard writes it: `::0:1` is the loopback as well.
  return { hostname: new URL(url).hostname.replace(/^\[|\]$/g, ""), port };
}

/** Can only programs on this machine reach it? */
export function isLoopback({ hostname }: Pick<ListenAddress, "hostname">): boolean {
  return LOOPBACK_REGEXP.test(hostname);
}
