/** Bank accounts (ISO 13616). */
import type { KeywordDetector, Span } from "../detector.ts";
import { isDigit } from "../digits.ts";

/** Length by country, as the registry of SWIFT has them; a `+`: letters occur behind the check digits. */
// deno-fmt-ignore
const COUNTRIES =
  "AD24+ AE23 AL28+ AT20 AZ28+ BA20 BE16 BG22+ BH22+ BI27 BR29+ BY28+ CH21+ CR22 CY28+ CZ24 DE22 DJ27 DK18 DO28+ EE20 " +
  "EG29 ES24 FI18 FK18+ FO18 FR27+ GB22+ GE22+ GI23+ GL18 GR27+ GT28+ HN28+ HR21 HU28 IE22+ IL23 IQ23+ IS26 IT27+ " +
  "JO30+ KW30+ KZ20+ LB28+ LC32+ LI21+ LT20 LU20+ LV21+ LY25 MC27+ MD24+ ME22 MK19+ MN20 MR27 MT31+ MU30+ NI28+ NL18+ " +
  "NO15 OM23+ PK24+ PL28 PS29+ PT25 QA29+ RO24+ RS22 RU33+ SA24+ SC31+ SD18 SE24 SI19 SK24 SM27+ SO23 ST25 SV28+ TL23 " +
  "TN24 TR26+ UA29+ VA22 VG24+ XK20 YE30+";

interface Country {
  readonly length: number;
  readonly letters: boolean;
}

const BY_CODE: ReadonlyMap<string, Country> = new Map(
  COUNTRIES.split(" ").map((entry) => [
    entry.slice(0, 2),
    { length: Number.parseInt(entry.slice(2), 10), letters: entry.endsWith("+") },
  ]),
);
const GROUP = 4;

/** Upper case only: `de12…` begins one in a few hundred hexadecimal ids. */
const HEAD_REGEXP = /(?:(?<![A-Za-z0-9])|(?<=\\[nrt])|(?<=IBAN))[A-Z]{2}\d{2}(?=[ -]?[A-Z0-9])/y;

/**
 * As many characters as the country has, in one piece or in groups of four; then nothing that would go on. The check of
 * ISO 7064, MOD 97-10, is over the characters behind the first four, and then those: letters count as two digits.
 */
function account(text: string, { start }: Span): Span | undefined {
  const country = BY_CODE.get(text.slice(start, start + 2));
  if (country === undefined) return undefined;
  let count = GROUP, rest = 0, at = start + GROUP;
  for (let gap = false; count < country.length; at++) {
    const unit = text.charCodeAt(at);
    if (isDigit(unit) || (country.letters && isUpper(unit))) {
      rest = withUnit(rest, unit);
      count++;
      gap = false;
    } else if (!gap && count % GROUP === 0 && (unit === SPACE || unit === HYPHEN)) gap = true;
    else return undefined;
  }
  for (let i = start; i < start + GROUP; i++) rest = withUnit(rest, text.charCodeAt(i));
  const after = text.charCodeAt(at);
  return rest !== 1 || isDigit(after) || isUpper(after & ~0x20) ? undefined : { start, end: at };
}

const SPACE = 0x20, HYPHEN = 0x2d;

function isUpper(unit: number): boolean {
  return unit >= 0x41 && unit <= 0x5a;
}

function withUnit(rest: number, unit: number): number {
  return isDigit(unit) ? (rest * 10 + unit - 0x30) % 97 : (rest * 100 + unit - 0x41 + 10) % 97;
}

export const BANK_DETECTORS: readonly KeywordDetector[] = [
  {
    kind: "keyword",
    id: "iban",
    family: "bank",
    description: "international bank account number with the length of its country and right check digits",
    specificity: 2,
    floor: false,
    keywords: [...BY_CODE.keys()].map((code) => `${code.toLowerCase()}00`),
    pattern: HEAD_REGEXP,
    locate: account,
    examples: {
      hits: [
        "DE89 3704 0044 0532 0130 00",
        "DE89370400440532013000",
        "IBAN: GB29 NWBK 6016 1331 9268 19.",
        "FR14-2004-1010-0505-0001-3M02-606",
        "NL91ABNA0417164300,",
        "NO9386011117947",
        "MT84MALT011000012345MTLCAST001S",
      ],
      misses: [
        "DE89 3704 0044 0532 0130 01",
        "DE8937040044053201300",
        "DE893704004405320130000",
        "XX89370400440532013000",
        "ADE89370400440532013000",
        "de89370400440532013000",
        "DE89  3704 0044 0532 0130 00",
        "DE12 is a model, and SE24 another",
      ],
    },
  },
];
