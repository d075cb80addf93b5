/** What goes into an inspection and what comes out of it. */
import type { Clock } from "../base/mod.ts";
import type { Report } from "../verdict/mod.ts";
import type { Detection } from "./detect.ts";
import type { InjectionSettings } from "./injection/extra.ts";
import type { Actions, Where } from "./overrides.ts";

/** What is to be looked at. */
export interface Inspection extends Where {
  /** Strict JSON. ATTACKER-CONTROLLED. */
  readonly text: string;
  readonly method: string;
}

/** What was seen, and what may be handed over in place of the text. */
export interface InspectionResult {
  readonly report: Report;
  /** JSON text of the same value with a marker in place of each finding; absent where nothing is to be masked. */
  readonly clean?: string;
  /** A finding cannot be masked (a key, a number, base64) or must not be handed over: nothing of this may leave. */
  readonly withhold?: boolean;
}

/** How much one inspection may cost. What exceeds it is reported as incomplete, never as clean. */
export interface ScanLimits {
  /** UTF-16 units of JSON text; the default is that of a frame. */
  readonly maxUnits: number;
  /**
   * Findings that stop or change a message. One with more of them is refused or withheld as a whole, and what stands
   * behind them is not looked at: no reader misses the rest of it.
   */
  readonly maxFindings: number;
  /** Milliseconds. A belt: the time is linear in the text, and 16 MiB take a fraction of this. */
  readonly maxMs: number;
  /** What decoding may bring forth: so many units for each unit of the text, and some more. */
  readonly viewFactor: number;
  readonly viewUnits: number;
}

export const DEFAULT_SCAN_LIMITS: ScanLimits = {
  maxUnits: 16 * 1024 * 1024,
  maxFindings: 16 * 1024,
  maxMs: 1000,
  viewFactor: 4,
  viewUnits: 512 * 1024,
};

/** What every inspection of a scanner works with. */
export interface InspectionTools {
  readonly actions: Actions;
  readonly limits: ScanLimits;
  readonly clock: Clock;
  readonly detection: Detection;
  readonly injection: InjectionSettings;
}
