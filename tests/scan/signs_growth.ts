/** Texts that are written to make the signs slow: full of what they begin with. */
import { assert } from "@std/assert";
import { cpuMs } from "../alone.ts";
import { ALL_INJECTION_SIGNS } from "../../lib/scan/injection/all.ts";
import { cleanControls } from "../../lib/scan/injection/controls.ts";
import { injectionIn } from "../../lib/scan/injection/injection.ts";
import { ALL_THREAT_SIGNS } from "../../lib/scan/threats/all.ts";
import { threatsIn } from "../../lib/scan/threats/threats.ts";

const UNITS = 8 * 1024, TIMES = 8, MAX_RATIO = 2.6, ATTEMPTS = 12;
/** 64 Ki units in less than this are no slow text, whatever the clock makes of it. */
const MEASURABLE_MS = 0.5;

const CONTROLS = [
  "\x1b[",
  "\x1b]0;",
  "\x9d",
  "\x90a",
  "\u{e0041}",
  "\u200b",
  "م\u200c",
  "\u{1f3f4}\u{e0067}",
  "\ufe0f",
  "\u202ea",
];
const PHRASES = [
  "ignore all the previous ",
  "do not tell the ",
  "send the all your ",
  "http://127.1 ",
  "http://a.example/?d=",
  "curl a |",
  "![a](http://a",
  "<system ",
  "игнорируй все ",
  "忽略之前的",
  "append a a a a ",
];

const SEARCHES = { threatsIn, injectionIn, cleanControls };

/** Every keyword of every sign, over and over, and what is worse. */
function hostileUnits(): readonly string[] {
  const keywords = [...ALL_THREAT_SIGNS, ...ALL_INJECTION_SIGNS]
    .flatMap(({ keywords, wideKeywords = [] }) => [...keywords, ...wideKeywords]);
  return [...new Set([...keywords, ...CONTROLS, ...PHRASES])];
}

function fill(unit: string, units: number): string {
  return unit.repeat(Math.ceil(units / unit.length));
}

function timeOf(run: () => void): number {
  const start = cpuMs();
  run();
  return cpuMs() - start;
}

/** Does one long text cost more than as much of short ones? The best of several runs of each: others use the machine. */
function isSlow(search: (text: string) => unknown, unit: string): boolean {
  const short = fill(unit, UNITS), long = fill(unit, TIMES * UNITS);
  let shortest = Infinity, longest = Infinity;
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    shortest = Math.min(
      shortest,
      timeOf(() => {
        for (let i = 0; i < TIMES; i++) search(short);
      }),
    );
    longest = Math.min(longest, timeOf(() => search(long)));
    if (longest < MEASURABLE_MS || longest <= MAX_RATIO * shortest) return false;
  }
  return true;
}

for (const [name, search] of Object.entries(SEARCHES)) {
  Deno.test(`${name}: the time for a text full of keywords grows with its length and no faster`, () => {
    const units = hostileUnits();
    assert(units.length > 300, `${units.length} texts`);
    const slow = units.filter((unit) => isSlow(search, unit));
    assert(slow.length === 0, JSON.stringify(slow));
  });
}
