/** Replies: matched to the request that they answer, or to nothing; and calls that end without one. */
import type { ReasonCode } from "../verdict/mod.ts";
import { type Challenge, encodeFrame, type Id, type ReplyMessage } from "../wire/mod.ts";
import type { Call } from "./call.ts";
import { recordIncident } from "./incidents.ts";
import { fillAfter } from "./lane.ts";
import { NO_REPLY, recordOutcomeLater } from "./outcomes.ts";
import { malformedReply, type UpstreamEnd, upstreamExitReply } from "./refusals.ts";
import { release } from "./release.ts";
import type { Desk, Way } from "./way.ts";

/** Takes one reply that travels back along `way`. It answers exactly one request of that way, or nothing at all. */
export function takeReply(
  desk: Desk,
  way: Way,
  message: ReplyMessage,
  challenge?: Challenge,
): Promise<void> {
  const call = way.inFlight.answered(message.id);
  // A call that was not forwarded cannot have been answered: ids are small numbers, and a peer may guess.
  if (call === undefined || call.state !== "forwarded") return dropUnknown(desk, way, message);
  end(way, call);
  const place = call.reply.reserve();
  const repliedMs = desk.ports.clock.monotonicMs();
  return fillAfter(place, release(desk, way, { call, message, place, repliedMs, challenge }));
}

/** From here on nobody else answers this call, and a cancellation comes too late. */
function end(way: Way, call: Call): void {
  call.state = "ended";
  way.inFlight.remove(call);
}

/** The asker cancelled a forwarded call: no reply is due, and one that still comes is not its business any more. */
export async function closeCancelled(desk: Desk, way: Way, call: Call): Promise<void> {
  // A batch counts on an answer for each of its requests, even on none.
  await closeUnsent(desk, way, call, { reason: "cancelled", line: undefined });
}

/** The call ends without a reply of the other side; `line`: what its asker reads. */
export async function closeUnsent(
  desk: Desk,
  way: Way,
  call: Call,
  { reason, line }: { readonly reason: ReasonCode; readonly line: string | undefined },
): Promise<void> {
  end(way, call);
  call.reply.reserve().fill(line);
  await recordEnd(desk, call, reason);
}

/** The answer to request `id` came and was none. There will be no better one, so the asker is not left waiting. */
export async function closeMalformed(desk: Desk, way: Way, id: Id | null): Promise<void> {
  const call = way.inFlight.answered(id);
  if (call === undefined || call.state !== "forwarded") return;
  end(way, call);
  call.reply.reserve().fill(encodeFrame(malformedReply(call)));
  await recordEnd(desk, call, "malformed-reply");
}

/** Is the upstream what this call waits for, now or once a person has let it go? One that is judged waits for us. */
export function waitsForUpstream({ state }: Call): boolean {
  return state === "forwarded" || state === "held";
}

/** The upstream is gone: everybody who still waits for it is told so. */
export async function closeUnanswered(desk: Desk, way: Way, ended: UpstreamEnd): Promise<void> {
  const waiting = way.inFlight.all().filter(waitsForUpstream);
  await Promise.all(waiting.map(async (call) => {
    const held = call.state === "held" ? call.seq : undefined;
    end(way, call);
    call.reply.reserve().fill(encodeFrame(upstreamExitReply(call.theirId, ended)));
    // A held call was never sent: it is its hold that ends, with an entry of its own.
    if (held !== undefined) return desk.holds.cancel(held);
    await recordEnd(desk, call, "upstream-exit");
  }));
}

/** Writes that no reply was handed over, and why. */
function recordEnd(desk: Desk, call: Call, reason: ReasonCode): Promise<void> {
  const reply = { ...NO_REPLY, repliedMs: desk.ports.clock.monotonicMs() };
  return recordOutcomeLater(desk, call, reply, { verdict: "withhold", reason });
}

function dropUnknown(desk: Desk, way: Way, message: ReplyMessage): Promise<void> {
  const direction = way.direction === "to-upstream" ? "to-client" : "to-upstream";
  return recordIncident(desk, { kind: "malformed", direction, reason: "unknown-id", bytes: message.bytes });
}
