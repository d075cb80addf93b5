import { checkSignatures } from "../signatures.ts";
import type { CheckSignatures } from "./signature_queue.ts";

/**
 * Checks batches of signatures `elsewhere`, such as in a worker, as long as fewer than `most` wait there, and the others
 * here: two cores are busy then, and neither waits for the other.
 */
export function shareSignatures(elsewhere: CheckSignatures, most = 3): CheckSignatures {
  let waiting = 0;
  return async (batch) => {
    if (waiting >= most) return checkSignatures(batch);
    waiting++;
    try {
      return await elsewhere(batch);
    } finally {
      waiting--;
    }
  };
}
