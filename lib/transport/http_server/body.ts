/** Bodies of requests, read up to a cap and a deadline. ATTACKER-CONTROLLED in content, length and speed. */
import { concatBytes, within } from "../../base/mod.ts";
import type { Budget } from "./budget.ts";
import { type Denial, flood } from "./denial.ts";
import { tooLong } from "./guards.ts";
import type { ServerLimits } from "./limits.ts";

export type Body =
  | { readonly kind: "whole"; readonly bytes: Uint8Array }
  | { readonly kind: "denied"; readonly denial: Denial };

type Limits = Pick<ServerLimits, "maxBodyBytes" | "bodyMs">;

// Taken at once, and not piece by piece, which costs three times as much. What is only announced counts as held: it is so
// little that all the requests that may come at a time do not use up what there is for bodies.
const SHORT_BYTES = 8 * 1024;
const NOTHING = new Uint8Array(0);
const BROKEN: Denial = { status: 400, reason: "body-broken", message: "The body broke off" };
const SLOW: Denial = {
  status: 408,
  reason: "body-too-slow",
  message: "The body did not come in time",
  headers: { connection: "close" },
};

/** `held`: what this request may have in memory; it grows with the body, and the caller gives it back. */
export async function readBody(request: Request, limits: Limits, held: Budget): Promise<Body> {
  const told = toldLength(request.headers);
  if (told !== undefined && told <= SHORT_BYTES) return await readShort(request, told, { limits, held });
  if (request.body === null) return { kind: "whole", bytes: NOTHING };
  const reader = request.body.getReader();
  let read: Body | undefined;
  const reading = collect(reader, limits.maxBodyBytes, held).then((body) => read = body);
  await within(reading, limits.bodyMs);
  const body: Body = read ?? denied(SLOW);
  // A peer that sends on after it was refused is not read on; it may be gone already.
  if (body.kind === "denied") reader.cancel().catch(() => {});
  return body;
}

/** What the sender says, and the server under us sees to: not where the body comes in chunks, which outdo it (RFC 9112, 6.3). */
function toldLength(headers: Headers): number | undefined {
  const length = headers.get("content-length");
  return length === null || headers.has("transfer-encoding") ? undefined : Number(length);
}

interface Reading {
  readonly limits: Limits;
  readonly held: Budget;
}

async function readShort(request: Request, length: number, { limits, held }: Reading): Promise<Body> {
  if (!held.take(length)) return denied(flood("Too much is being sent at once", 1));
  let read: Body = denied(SLOW);
  const reading = request.bytes().then(
    (bytes) => read = { kind: "whole", bytes },
    () => read = denied(BROKEN),
  );
  await within(reading, limits.bodyMs);
  return read;
}

async function collect(
  reader: ReadableStreamDefaultReader<Uint8Array>,
  most: number,
  held: Budget,
): Promise<Body> {
  const parts: Uint8Array[] = [];
  try {
    for (let length = 0;;) {
      const { done, value } = await reader.read();
      if (done) {
        return { kind: "whole", bytes: parts.length === 1 ? parts[0] ?? NOTHING : concatBytes(...parts) };
      }
      length += value.length;
      if (length > most) return denied(tooLong(most));
      if (!held.take(value.length)) return denied(flood("Too much is being sent at once", 1));
      parts.push(value);
    }
  } catch {
    return denied(BROKEN); // the client went away, or the chunks of its body do not fit
  }
}

function denied(denial: Denial): Body {
  return { kind: "denied", denial };
}
