/** Finds out which era an upstream speaks, by asking it: through the gate, as everything is asked. */
import type { JsonObject } from "../base/mod.ts";
import type { ReplyMessage } from "../wire/mod.ts";
import { discoveredFacts, initializedFacts, initializeParams, type ServerFacts } from "./handshake.ts";
import type { BridgeOptions } from "./options.ts";
import { codeOf } from "./results.ts";
import { type ClientFacts, CODE } from "./revisions.ts";
import type { Asked, Upstream } from "./upstream.ts";

export type Finding =
  /** It speaks the era that it was asked in, or the policy does not let us ask: nothing is translated. */
  | { readonly kind: "same"; readonly reply: ReplyMessage | undefined }
  | { readonly kind: "other"; readonly server: ServerFacts }
  /** It cannot be said: it is not there, or answers nothing. */
  | { readonly kind: "unknown"; readonly reply: ReplyMessage | undefined };

// A legacy server may say nothing at all to a method that it does not know. One that has only just been started may be
// silent for much longer: so it is asked the other way as well, and what is answered first decides.
const SILENCE_MS = 2_000;
const PATIENCE_MS = 60_000;
// One that has refused the other handshake is there, and has nothing else to offer: it may be slow, or far away.
const REFUSED_SILENCE_MS = 10_000;

/** Errors that only a server of the modern era has. */
const MODERN_CODES: ReadonlySet<number> = new Set([
  CODE.headerMismatch,
  CODE.missingCapability,
  CODE.unsupportedVersion,
]);

interface Finder {
  readonly upstream: Upstream;
  readonly options: Pick<BridgeOptions, "pause">;
  readonly onBeside: (line: string) => void;
}

/**
 * Does an upstream that a modern client speaks to speak that era itself? `probe`: a `server/discover` under way. Where it
 * does not, hands are shaken with it in the client's name.
 */
export async function findLegacy(finder: Finder, probe: Asked, facts: ClientFacts): Promise<Finding> {
  const { upstream, options: { pause }, onBeside } = finder;
  const silence = pause(SILENCE_MS).then(() => "silent" as const);
  const first = await Promise.race([probe.reply.then((reply) => ({ reply })), silence]);
  if (first !== "silent") {
    const verdict = verdictOf(first.reply);
    if (verdict !== undefined) return verdict;
  }
  const handshake = upstream.reply({ method: "initialize", params: initializeParams(facts) }, onBeside);
  const answered = handshake.reply.then((reply) => settleHandshake(upstream, reply));
  const late = pause(PATIENCE_MS).then((): Finding => ({ kind: "unknown", reply: undefined }));
  const found = await firstOf([
    answered,
    probe.reply.then((reply) => verdictOf(reply) ?? { kind: "unknown", reply } as const),
    late.then((none) => ({ ...none, isLate: true })),
  ]);
  // Asked, and not answered in time: nobody waits for it any more.
  probe.giveUp("the server speaks another era");
  handshake.giveUp("the server speaks another era");
  return found;
}

/** Does an upstream that does not shake hands speak the modern era? */
export async function findModern(
  finder: Finder,
  sign: (params: JsonObject) => JsonObject,
): Promise<ServerFacts | undefined> {
  const { upstream, options: { pause }, onBeside } = finder;
  const probe = upstream.reply({ method: "server/discover", params: sign({}) }, onBeside);
  const silence = pause(REFUSED_SILENCE_MS).then(() => "silent" as const);
  const reply = await Promise.race([probe.reply, silence]);
  if (reply === "silent") probe.giveUp("no answer came in time");
  return reply === "silent" ? undefined : discoveredFacts(reply?.result);
}

/** The first that finds out something; else the last. */
function firstOf(findings: readonly Promise<Finding & { readonly isLate?: true }>[]): Promise<Finding> {
  const { promise, resolve } = Promise.withResolvers<Finding>();
  let open = findings.length - 1;
  let last: Finding = { kind: "unknown", reply: undefined };
  for (const finding of findings) {
    finding.then((found) => {
      if (found.kind !== "unknown" || found.isLate === true) return resolve(found);
      if (found.reply !== undefined) last = found;
      if (--open === 0) resolve(last);
    });
  }
  return promise;
}

/** What the reply to a probe says of the era; `undefined`: it is not the modern one. */
function verdictOf(reply: ReplyMessage | undefined): Finding | undefined {
  if (reply === undefined) return undefined;
  const code = codeOf(reply.error);
  // Whatever a server makes of `server/discover`, one that knows it needs no translation.
  const isSame = reply.error === undefined || code === CODE.refused || MODERN_CODES.has(code ?? 0);
  return isSame ? { kind: "same", reply } : undefined;
}

function settleHandshake(upstream: Upstream, reply: ReplyMessage | undefined): Finding {
  const server = initializedFacts(reply?.result);
  if (server === undefined) return { kind: "unknown", reply: undefined };
  upstream.tell("notifications/initialized");
  return { kind: "other", server };
}
