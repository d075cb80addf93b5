/**
 * meter: how much of a limit is used up, as pure arithmetic.
 *
 * Input: charges from a policy that was checked; states from the store, which are read strictly.
 * Thread: ledger worker, cli. Imports: base.
 */
export { decodeMeter, encodeMeter } from "./codec.ts";
export {
  charge,
  checkCharge,
  EMPTY_METER,
  fits,
  fitsAt,
  MAX_LIMIT,
  type MeterCharge,
  type MeterState,
} from "./sliding_log.ts";
