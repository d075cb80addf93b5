/** Where an upstream is: what of a URL may be used, and what of it may be told. */
import { err, ok, type Result } from "../../base/mod.ts";

/** The address of an upstream. Only `origin` may stand in a message: path and query may hold secrets. */
export interface UpstreamAddress {
  readonly href: string;
  /** Scheme, host and port. */
  readonly origin: string;
}

/** Reads the URL of an upstream, as the operator wrote it. The error is a phrase that repeats nothing of it. */
export function upstreamAddress(text: string): Result<UpstreamAddress, string> {
  const url = URL.parse(text);
  if (url === null) return err("it is no URL");
  if (url.protocol !== "http:" && url.protocol !== "https:") {
    return err("it begins neither with https:// nor with http://");
  }
  if (url.username !== "" || url.password !== "") {
    return err("it has a user name or a password: put them into a header");
  }
  url.hash = "";
  return ok({ href: url.href, origin: url.origin });
}

/** Can others read and change what is sent there? Not where it is encrypted, nor where it never leaves this machine. */
export function isInTheClear({ href }: UpstreamAddress): boolean {
  const { protocol, hostname } = new URL(href);
  return protocol === "http:" && !isLoopback(hostname);
}

/** Is the host this very machine, whatever anybody's name server says? */
function isLoopback(hostname: string): boolean {
  const host = hostname.replace(/^\[|\]$/g, "").toLowerCase();
  return host === "localhost" || host === "::1" || /^127(?:\.\d{1,3}){3}$/.test(host);
}
