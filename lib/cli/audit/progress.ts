import type { Io } from "../command.ts";

/** One line on a terminal that counts; nothing elsewhere. */
export interface Progress {
  /** Called for each entry; shows one in some thousands. */
  step(): void;
  /** Takes the line away. */
  end(): void;
}

const EVERY = 8_192;

/** `doing`: such as `reading`. `total`: as far as known. */
export function progressOn(io: Io, doing: string, total: number): Progress {
  let done = 0, shown = false;
  return {
    step: () => {
      if (++done % EVERY !== 0 || !io.terminal.err) return;
      shown = true;
      io.err(`\r\x1b[K${doing} ${done.toLocaleString("en")} of ${total.toLocaleString("en")}`);
    },
    end: () => {
      if (shown) io.err("\r\x1b[K");
    },
  };
}
