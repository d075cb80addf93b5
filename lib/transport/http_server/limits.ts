import { DEFAULT_MAX_FRAME_BYTES } from "../../wire/mod.ts";

const KIB = 1024, MIB = 1024 * KIB;

/** How much of everything there is, and for how long. Times in milliseconds. */
export interface ServerLimits {
  /** Longest body of a request; a longer one is answered with 413. */
  readonly maxBodyBytes: number;
  /** A body that takes longer is answered with 408. */
  readonly bodyMs: number;
  /** Bodies that are being read, or wait for room, all together; more are answered with 429. */
  readonly bodyBytesInAll: number;
  readonly sessions: number;
  readonly sessionsPerCaller: number;
  /** A session in which nothing happens, and that no stream is open for, ends after this. */
  readonly idleMs: number;
  /** Requests that wait for their answers. */
  readonly requestsPerSession: number;
  readonly requests: number;
  /** Streams that were opened by GET, per session. */
  readonly streamsPerSession: number;
  /** Messages that wait until there is a stream to send them on, per session. */
  readonly waitingMessages: number;
  readonly waitingBytes: number;
  /** What is kept of a legacy stream for whoever comes back. */
  readonly replayBytesPerStream: number;
  readonly replayBytesInAll: number;
  readonly replayMs: number;
  readonly replayStreamsPerSession: number;
  /** More than this that nobody has read yet stops the upstream; where it lasts for `stallMs`, streams are broken off. */
  readonly unreadBytesPerSession: number;
  readonly unreadBytesInAll: number;
  readonly stallMs: number;
  /** A legacy request that is answered within this, and has nothing else to send before, is answered with plain JSON. */
  readonly graceMs: number;
  /**
   * As `graceMs`, for modern requests: only plain JSON has a status that says what went wrong, and a stream that carries
   * nothing else is good for nothing but to keep the connection.
   */
  readonly modernGraceMs: number;
  readonly keepAliveMs: number;
  /** What a client that is sent away waits before it comes back. */
  readonly retryMs: number;
  /** Legacy streams that are open for so long are closed, and their clients poll from then on. Infinity: never. */
  readonly pollAfterMs: number;
  /** How long replies under way are waited for at the end. */
  readonly drainMs: number;
}

export const DEFAULT_LIMITS: ServerLimits = {
  maxBodyBytes: DEFAULT_MAX_FRAME_BYTES,
  bodyMs: 30_000,
  bodyBytesInAll: 128 * MIB,
  sessions: 2_048,
  sessionsPerCaller: 2_048,
  idleMs: 30 * 60_000,
  requestsPerSession: 1_024,
  requests: 8_192,
  streamsPerSession: 16,
  waitingMessages: 1_000,
  waitingBytes: MIB,
  // One answer of the largest size fits.
  replayBytesPerStream: 20 * MIB,
  replayBytesInAll: 128 * MIB,
  replayMs: 5 * 60_000,
  replayStreamsPerSession: 64,
  unreadBytesPerSession: 32 * MIB,
  unreadBytesInAll: 256 * MIB,
  stallMs: 10_000,
  graceMs: 250,
  modernGraceMs: 5_000,
  keepAliveMs: 15_000,
  retryMs: 1_000,
  pollAfterMs: Infinity,
  drainMs: 30_000,
};
