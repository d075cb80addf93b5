/** The GET stream of a legacy upstream: when it is opened again, how soon, from where, and when not. No clock is involved. */
import { assertEquals } from "@std/assert";
import { listen } from "../../lib/transport/http/listen.ts";
import { NoAnswer } from "../../lib/transport/http/requester.ts";
import { event } from "./http_upstream_kit.ts";

const NOTICE = event({ jsonrpc: "2.0", method: "notifications/x" }, "e-1");

/** What happened, in order: `get <event id>`, `frame`, `pause <ms>`, `renew <session id>`. */
type Log = readonly string[];

/**
 * Answers the GETs one after the other, an error for `undefined`; behind the last one comes our own end. A session that is
 * begun again has another id.
 */
async function play(answers: readonly (Response | undefined)[]): Promise<Log> {
  const log: string[] = [], end = new AbortController(), left = [...answers];
  let session = 1;
  await listen({
    maxFrameBytes: 4096,
    get: (eventId) => {
      log.push(`get ${eventId ?? "-"}`);
      const answer = left.shift();
      if (left.length === 0) end.abort();
      return answer === undefined ? Promise.reject(new NoAnswer("gone")) : Promise.resolve(answer);
    },
    sessionId: () => `s-${session}`,
    renew: (staleId) => {
      session++;
      return Promise.resolve(void log.push(`renew ${staleId}`));
    },
    onFrame: () => Promise.resolve(void log.push("frame")),
    pause: (ms) => Promise.resolve(void log.push(`pause ${ms}`)),
    signal: end.signal,
  });
  return log;
}

const stream = (text: string) => new Response(text, { headers: { "content-type": "text/event-stream" } });
const status = (code: number) => new Response(null, { status: code });

const CASES: readonly (readonly [name: string, answers: readonly (Response | undefined)[], log: Log])[] = [
  ["an upstream without such a stream is asked once", [status(405), stream(NOTICE)], ["get -"]],
  ["an upstream that knows no such place is asked once", [status(404), stream(NOTICE)], ["get -"]],
  [
    "a stream that ends is taken up behind its last event",
    [stream(NOTICE), stream("")],
    ["get -", "frame", "pause 1000", "get e-1"],
  ],
  [
    "the upstream says how soon",
    [stream(`retry: 70\n\n${NOTICE}`), stream("")],
    ["get -", "frame", "pause 70", "get e-1"],
  ],
  [
    "but not at once, and not in a year",
    [
      stream(`retry: 0\n\n${NOTICE}`),
      stream(`retry: 90000\n\n${NOTICE}`),
      stream(`retry: 999999999\n\n${NOTICE}`),
      stream(""),
    ],
    [
      "get -",
      "frame",
      "pause 50",
      "get e-1",
      "frame",
      "pause 90000",
      "get e-1",
      "frame",
      "pause 3600000",
      "get e-1",
    ],
  ],
  [
    "where nothing comes it is asked less and less often",
    [stream(""), status(409), status(503), undefined, stream("")],
    ["get -", "pause 1000", "get -", "pause 2000", "get -", "pause 4000", "get -", "pause 8000", "get -"],
  ],
  [
    "something that came makes it often again",
    [undefined, undefined, stream(NOTICE), stream("")],
    ["get -", "pause 1000", "get -", "pause 2000", "get -", "frame", "pause 1000", "get e-1"],
  ],
  [
    "a session whose stream was there is begun again when it is forgotten, and its events mean nothing to the next",
    [stream(NOTICE), status(404), stream("")],
    ["get -", "frame", "pause 1000", "get e-1", "renew s-1", "pause 1000", "get -"],
  ],
  [
    "a session whose stream was never there is not",
    [stream(NOTICE), status(404), status(404), stream("")],
    ["get -", "frame", "pause 1000", "get e-1", "renew s-1", "pause 1000", "get -"],
  ],
];

for (const [name, answers, log] of CASES) {
  Deno.test(`listen(): ${name}`, async () => assertEquals(await play(answers), log));
}
