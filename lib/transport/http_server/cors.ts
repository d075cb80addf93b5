/** What a page of a listed origin needs to read our answers (Fetch standard, "CORS protocol"). Our own needs nothing. */
import { emptyAnswer, type HttpAnswer } from "./answer.ts";
import { type HostRules, originKind } from "./hosts.ts";

/** The answer to a browser that asks whether a page may ask. */
export function preflightAnswer({ headers }: Request): HttpAnswer {
  return emptyAnswer(204, {
    "access-control-allow-methods": "POST, GET, DELETE",
    "access-control-allow-headers": headerNames(headers.get("access-control-request-headers") ?? ""),
    "access-control-max-age": "600",
  });
}

/** `Mcp-Param-*` can be any; names are all that is let through. ATTACKER-CONTROLLED. */
function headerNames(asked: string): string {
  const names = asked.split(",").map((name) => name.trim().toLowerCase());
  return names.filter((name) =>
    /^(?:content-type|accept|authorization|last-event-id|mcp-[a-z0-9-]{1,64})$/.test(name)
  )
    .slice(0, 64).join(", ");
}

export function crossOriginHeaders(
  { headers }: Request,
  rules: HostRules,
): HttpAnswer["headers"] | undefined {
  const origin = headers.get("origin");
  if (origin === null || originKind(origin, rules) !== "listed") return undefined;
  return {
    "access-control-allow-origin": origin,
    "access-control-expose-headers": "Mcp-Session-Id, WWW-Authenticate, Retry-After",
    "vary": "Origin",
  };
}
