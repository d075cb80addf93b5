/** How long a test waits for something that should come at once; a slow machine is no failure. */
export const DEADLINE_MS = 20_000;

/**
 * `promise`, or an error that says what did not come after `ms` milliseconds. `what` and `detail` are asked only then,
 * so that the message shows the state at the end of the wait.
 */
export async function within<T>(
  promise: Promise<T>,
  options: { readonly what: string; readonly ms?: number; readonly detail?: () => string },
): Promise<T> {
  const { what, ms = DEADLINE_MS, detail } = options;
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    late.reject(
      new Error(`Waited ${ms} ms in vain for ${what}${detail === undefined ? "" : `\n${detail()}`}`),
    );
  }, ms);
  try {
    return await Promise.race([promise, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}

/** Asks `test` again and again until it answers with something other than `undefined`. For the world outside of us. */
export async function poll<T>(
  test: () => T | undefined | Promise<T | undefined>,
  options: { readonly what: string; readonly ms?: number; readonly detail?: () => string },
): Promise<T> {
  const end = performance.now() + (options.ms ?? DEADLINE_MS);
  for (;;) {
    const found = await test();
    if (found !== undefined) return found;
    if (performance.now() > end) {
      throw new Error(
        `Waited ${options.ms ?? DEADLINE_MS} ms in vain for ${options.what}\n${options.detail?.() ?? ""}`,
      );
    }
    await new Promise((resolve) => setTimeout(resolve, 15));
  }
}
