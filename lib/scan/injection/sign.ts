/** What a sign of an injection is. The tables are in the files beside this one. */
import type { Sign } from "../signs.ts";

export interface InjectionSign extends Sign {
  /**
   * A phrase or a marker that people write about. Where it stands alone between quotation marks it is rather mentioned
   * than used: the weight is halved, and it stays a sign.
   */
  readonly quotable?: true;
}

/** What may stand between two words: blanks, and marks of Markdown and JSON. */
export const GAP = "[\\s*_,'\"~>#-]{1,6}";
