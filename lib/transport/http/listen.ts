/** The stream that a legacy upstream speaks on without being asked (GET), for as long as the session lasts. */
import type { ReadFrame } from "../../wire/mod.ts";
import { bodyType, readEventStream } from "./answer.ts";
import { discard, isWorthAnotherTry } from "./requester.ts";

export interface Listening {
  readonly maxFrameBytes: number;
  readonly get: (eventId: string | undefined) => Promise<Response>;
  /** The session of now; `undefined` where the upstream gave none. */
  readonly sessionId: () => string | undefined;
  /** The upstream has forgotten the session `staleId`. */
  readonly renew: (staleId: string) => Promise<void>;
  readonly onFrame: (frame: ReadFrame) => Promise<void>;
  readonly pause: (ms: number) => Promise<void>;
  /** Aborted at our end. */
  readonly signal: AbortSignal;
}

const SHORTEST_PAUSE_MS = 50;
const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 30_000;
/** Where the upstream asks for it: a client must wait for as long as that, within reason. */
const LONGEST_ASKED_MS = 3_600_000;

/** What is known between two connections. */
interface Cursor {
  /** Events are counted per session: an id of one means nothing to the next. */
  sessionId: string | undefined;
  eventId: string | undefined;
  /** Milliseconds that the upstream asked for, if it did. */
  askedMs: number | undefined;
  /** Did a stream open in this session? An upstream without one may answer 404 to every GET. */
  opened: boolean;
}

/** Resolves where the upstream has no such stream, and at our end. */
export async function listen(listening: Listening): Promise<void> {
  const { pause, signal, sessionId } = listening;
  let cursor = newCursor(sessionId()), pauseMs = FIRST_PAUSE_MS;
  while (!signal.aborted) {
    if (cursor.sessionId !== sessionId()) cursor = newCursor(sessionId());
    const came = await listenOnce(listening, cursor);
    if (came === "none" || signal.aborted) return;
    const { askedMs } = cursor;
    if (came === "frames") {
      pauseMs = FIRST_PAUSE_MS;
      await pause(Math.max(askedMs ?? FIRST_PAUSE_MS, SHORTEST_PAUSE_MS));
    } else {
      await pause(Math.max(askedMs ?? 0, pauseMs));
      // Nothing came: asked for again less and less often.
      pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS);
    }
  }
}

function newCursor(sessionId: string | undefined): Cursor {
  return { sessionId, eventId: undefined, askedMs: undefined, opened: false };
}

/** `none`: there is no such stream, and there will be none. */
async function listenOnce(listening: Listening, cursor: Cursor): Promise<"frames" | "nothing" | "none"> {
  let came = false;
  try {
    const response = await listening.get(cursor.eventId);
    if (response.status === 404) return await forgotten(listening, cursor, response);
    if (response.status !== 200 || bodyType(response) !== "text/event-stream") {
      await discard(response);
      return isWorthAnotherTry(response) ? "nothing" : "none"; // 405: there is no such stream
    }
    cursor.opened = true;
    await readEventStream(response, {
      maxFrameBytes: listening.maxFrameBytes,
      onFrame: (frame) => {
        came = true;
        return listening.onFrame(frame);
      },
      onEventId: (id) => void (cursor.eventId = id),
      onRetry: (ms) => void (cursor.askedMs = Math.min(ms, LONGEST_ASKED_MS)),
    });
  } catch {
    // The connection broke, or could not be made: the caller tries again.
  }
  return came ? "frames" : "nothing";
}

/** Only a session whose stream was there is begun again for its sake: else each GET would begin another one. */
async function forgotten(
  { renew }: Listening,
  { sessionId, opened }: Cursor,
  response: Response,
): Promise<"nothing" | "none"> {
  await discard(response);
  if (!opened || sessionId === undefined) return "none";
  await renew(sessionId);
  return "nothing";
}
