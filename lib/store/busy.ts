import { pause } from "../base/mod.ts";

const PATIENCE_MS = 5000;
const LONGEST_NAP_MS = 25;

/** Does the error say that another process holds the file? Then nothing was read and nothing was written. */
export function saysBusy(thrown: unknown): boolean {
  return thrown instanceof Error && /database (?:table )?is (?:locked|busy)/.test(thrown.message);
}

/** Does `work` again while the file is busy, for up to 5 s; each wait has a random length, so that nobody keeps step. */
export async function patiently<T>(work: () => Promise<T>): Promise<T> {
  const startedMs = performance.now();
  for (;;) {
    try {
      return await work();
    } catch (thrown) {
      if (!saysBusy(thrown)) throw thrown;
      await waitForFile(thrown, startedMs);
    }
  }
}

/** A wait of random length before the next attempt at a busy file; throws `busy` where there were enough of them. */
export async function waitForFile(busy: unknown, startedMs: number): Promise<void> {
  if (performance.now() - startedMs > PATIENCE_MS) throw busy;
  await pause(1 + Math.random() * LONGEST_NAP_MS);
}
