import { DEFAULT_MAX_DEPTH } from "../base/mod.ts";

/** Longest line that is read, without its newline, in bytes; `[limits] max_frame_bytes` changes it. */
export const DEFAULT_MAX_FRAME_BYTES = 16 * 1024 * 1024;

/** How many arrays and objects of one message may be open at once. */
export const MAX_DEPTH: number = DEFAULT_MAX_DEPTH;

/**
 * Most elements of one batch. A frame of the default size could hold eight million `1,`, each of which would become an
 * object and an error reply of ours.
 */
export const MAX_BATCH_ELEMENTS = 10_000;
