import type { Result } from "../../lib/base/mod.ts";

/** The value of a result that must be good; the test fails where it is not. */
export function valueOf<T, E>(result: Result<T, E>): T {
  if (!result.ok) throw new Error(`refused, and should not have been: ${JSON.stringify(result.error)}`);
  return result.value;
}

/** The error of a result that must not be good. */
export function errorOf<T, E>(result: Result<T, E>): E {
  if (result.ok) throw new Error("taken, and should have been refused");
  return result.error;
}
