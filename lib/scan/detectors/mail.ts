/** Addresses of people. */
import type { KeywordDetector, Span } from "../detector.ts";

// LINEAR: the keyword is the sign in the middle, and what stands in front of it has an end.
const LOCAL_MAX = 64;
const ADDRESS_REGEXP =
  /(?<=[\w.+%-])@(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.){1,8}[A-Za-z]{2,24}(?![\w-])/y;
/** Hosts of `git@…:` and the like, and names that are kept for examples (RFC 2606). */
const NOBODY_REGEXP =
  /^(?:git|hg|svn|noreply|no-reply|donotreply)@|@(?:[\w.-]+\.)?(?:example\.(?:com|net|org)|example|invalid|test|localhost)$/i;

function wholeAddress(text: string, { start, end }: Span): Span | undefined {
  let from = start;
  while (start - from < LOCAL_MAX && /[\w.+%-]/.test(text.charAt(from - 1))) from--;
  return NOBODY_REGEXP.test(text.slice(from, end)) ? undefined : { start: from, end };
}

export const MAIL_DETECTORS: readonly KeywordDetector[] = [
  {
    kind: "keyword",
    id: "email",
    family: "mail",
    description: "e-mail address of a person; off unless an override asks for it",
    specificity: 1,
    floor: false,
    off: true,
    keywords: ["@"],
    pattern: ADDRESS_REGEXP,
    locate: wholeAddress,
    examples: {
      hits: [
        "alice@corp.io",
        "Alice <alice.b+tag@mail.corp.co.uk>",
        "Author: Bob <bob_2@corp.de>",
        "mailto:alice@corp.io?subject=x",
      ],
      misses: [
        "alice@example.com",
        "git@github.com:a/b.git",
        "@std/assert",
        "alice@localhost",
        "user @corp.io",
        "a@b",
      ],
    },
  },
];
