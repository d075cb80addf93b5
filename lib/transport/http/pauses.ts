import { within } from "../../base/mod.ts";

/** Resolves after `ms` milliseconds, or at once when `signal` is aborted. */
export async function pauseUnless(signal: AbortSignal, ms: number): Promise<void> {
  if (signal.aborted) return;
  const over = Promise.withResolvers<void>();
  const end = () => over.resolve();
  signal.addEventListener("abort", end);
  await within(over.promise, ms);
  signal.removeEventListener("abort", end);
}
