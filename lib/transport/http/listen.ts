/** The stream that a legacy upstream speaks on without being asked (GET), for as long as the session lasts. */
import { bodyType, readEventStream } from "./answer.ts";
import type { ReadFrame } from "../../wire/mod.ts";
import { discard } from "./requester.ts";

export interface Listening {
  readonly maxFrameBytes: number;
  readonly get: (eventId: string | undefined) => Promise<Response>;
  /** The session was forgotten. */
  readonly renew: () => Promise<void>;
  readonly onFrame: (frame: ReadFrame) => Promise<void>;
  readonly pause: (ms: number) => Promise<void>;
  /** Aborted at our end. */
  readonly signal: AbortSignal;
}

const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 30_000;

/** Resolves where the upstream has no such stream, and at our end. */
export async function listen(listening: Listening): Promise<void> {
  const { get, renew, pause, signal } = listening;
  let eventId: string | undefined;
  let pauseMs = FIRST_PAUSE_MS, asked: number | undefined;
  while (!signal.aborted) {
    try {
      const response = await get(eventId);
      if (response.status === 404) {
        await discard(response);
        await renew();
        eventId = undefined;
      } else if (response.status !== 200 || bodyType(response) !== "text/event-stream") {
        await discard(response);
        if (response.status < 500) return; // 405: there is no such stream
      } else {
        await readEventStream(response, {
          ...listening,
          onEventId: (id) => void (eventId = id),
          onRetry: (ms) => void (asked = Math.min(ms, LONGEST_PAUSE_MS)),
        });
        pauseMs = FIRST_PAUSE_MS;
      }
    } catch {
      // The connection broke, or could not be made: tried again below, less and less often.
      pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS);
    }
    if (!signal.aborted) await pause(asked ?? pauseMs);
  }
}
