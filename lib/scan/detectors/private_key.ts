/** Private keys as text: PEM (RFC 7468), OpenSSH, SSH2 (RFC 4716 style) and OpenPGP (RFC 9580) blocks. */
import type { KeywordDetector, Span } from "../detector.ts";
import { endOf } from "./assigned.ts";

const DASHES = "-----";
const END_REGEXP = /-{4,5} ?END [A-Z0-9 ]{0,32}PRIVATE KEY(?: BLOCK)? ?-{4,5}/y;
/** Line ends, also as the two characters `\n` of a text in a text. */
const HEADER_LINE_REGEXP = /(?:\s|\\[nr]){1,4}[A-Z][A-Za-z-]{2,24}: [^\n\\"']{0,120}/y;
const BODY_LINE_REGEXP = /(?:\s|\\[nr]){0,8}[A-Za-z0-9+/=]{16,}/y;
const LAST_LINE_REGEXP = /(?:\s|\\[nr]){1,4}[A-Za-z0-9+/]{1,15}={0,2}(?![A-Za-z0-9+/=])/y;

/** The whole block, from the first dash of BEGIN to the last of END, or as far as key material reaches. */
function wholeBlock(text: string, header: Span): Span {
  let start = header.start;
  while (text[start - 1] === "-" && header.start - start < DASHES.length) start--;
  return { start, end: endOfBlock(text, header.end) };
}

/**
 * LINEAR: the search for END gives up at the next BEGIN, so between two headers every character is looked at once. A
 * search to the end of the text for each of a thousand headers without END would grow with the square.
 */
function endOfBlock(text: string, bodyStart: number): number {
  for (let at = text.indexOf("----", bodyStart); at >= 0; at = text.indexOf("----", at)) {
    END_REGEXP.lastIndex = at;
    if (END_REGEXP.test(text)) return END_REGEXP.lastIndex;
    while (text[at] === "-") at++;
    if (text.startsWith("BEGIN", at) || text.startsWith(" BEGIN", at)) break;
  }
  return endOfMaterial(text, bodyStart);
}

/** A block without END was cut off: what looks like its lines belongs to it, the prose behind it does not. */
function endOfMaterial(text: string, bodyStart: number): number {
  let end = bodyStart;
  for (let line = 0; line < 8 && endOf(HEADER_LINE_REGEXP, text, end) > end; line++) {
    end = endOf(HEADER_LINE_REGEXP, text, end);
  }
  const body = end;
  for (let next = endOf(BODY_LINE_REGEXP, text, end); next > end;) {
    end = next;
    next = endOf(BODY_LINE_REGEXP, text, end);
  }
  return end > body ? endOf(LAST_LINE_REGEXP, text, end) : end;
}

/** A quote closes the header, as `"-----BEGIN PRIVATE KEY-----"` in a program that makes or reads keys. */
const QUOTED_REGEXP = /(?:\\{1,2}[nr]){0,2}\\{0,3}["'`]/y;
const QUOTED_REACH = 256;
const MATERIAL_REGEXP = /[A-Za-z0-9+/=]{20,}/;

/** FALSE HITS: is it the header alone, in source, with no key in sight? */
function isQuotedHeader(text: string, { end }: Span): boolean {
  const closed = endOf(QUOTED_REGEXP, text, end);
  return closed > end && !MATERIAL_REGEXP.test(text.slice(closed, end + QUOTED_REACH));
}

/** PuTTY keeps keys in a format of its own, with the public half in front. */
const PUTTY_REGEXP = /PuTTY-User-Key-File-|Private-MAC: [0-9a-f]{40,64}/g;
const PUTTY_SECRET = "Private-Lines:";

/** From the header to the check sum, or to the end where it was cut off. LINEAR: a search ends at the next header. */
function puttyBlock(text: string, header: Span): Span | undefined {
  PUTTY_REGEXP.lastIndex = header.end;
  const next = PUTTY_REGEXP.exec(text);
  const end = next === null
    ? text.length
    : next[0].startsWith("Private")
    ? PUTTY_REGEXP.lastIndex
    : next.index;
  return text.slice(header.end, end).includes(PUTTY_SECRET) ? { start: header.start, end } : undefined;
}

const BODY = "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7VJTUt9Us8cKj";

export const PRIVATE_KEY_DETECTORS: readonly KeywordDetector[] = [
  {
    kind: "keyword",
    id: "private-key-pem",
    family: "private-key",
    description:
      "private key block of any kind (PKCS, OpenSSH, encrypted, PGP, PuTTY), whole; also one that is cut off",
    specificity: 3,
    floor: true,
    keywords: ["--begin", "- begin", "putty-user-key-file-"],
    // Four dashes, as in the search for END: a header that the search does not see would be searched past, each anew.
    pattern:
      /(?:(?<=--)--|(?<=---)- )BEGIN [A-Z0-9 ]{0,32}PRIVATE KEY(?: BLOCK)? ?-{4,5}|PuTTY-User-Key-File-\d: [\w-]{3,40}/y,
    locate: (text, match) => {
      if (text[match.start] !== "-") return puttyBlock(text, match);
      return isQuotedHeader(text, match) ? undefined : wholeBlock(text, match);
    },
    examples: {
      hits: [
        `["-----BEGIN PRIVATE KEY-----", "${BODY}"]`,
        `-----BEGIN PRIVATE KEY-----\n${BODY}\n-----END PRIVATE KEY-----`,
        `-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n\n${BODY}\n-----END RSA PRIVATE KEY-----`,
        `-----BEGIN EC PRIVATE KEY-----\\n${BODY}\\n-----END EC PRIVATE KEY-----\\n`,
        "-----BEGIN DSA PRIVATE KEY-----",
        `-----BEGIN OPENSSH PRIVATE KEY-----\n${BODY}\n`,
        `-----BEGIN ENCRYPTED PRIVATE KEY-----\n${BODY}\n-----END ENCRYPTED PRIVATE KEY-----`,
        `-----BEGIN PGP PRIVATE KEY BLOCK-----\nVersion: 1\n\n${BODY}\n=aBcD\n-----END PGP PRIVATE KEY BLOCK-----`,
        `---- BEGIN SSH2 ENCRYPTED PRIVATE KEY ----\n${BODY}\n---- END SSH2 ENCRYPTED PRIVATE KEY ----`,
        `PuTTY-User-Key-File-3: ssh-ed25519\nEncryption: none\nPrivate-Lines: 1\n${BODY}\nPrivate-MAC: ${
          "0a".repeat(32)
        }`,
        `PuTTY-User-Key-File-2: ssh-rsa\nPrivate-Lines: 2\n${BODY}`,
      ],
      misses: [
        'if (pem.indexOf("-----BEGIN PRIVATE KEY-----") !== 0) throw new TypeError("not a key");',
        "'-----BEGIN PRIVATE KEY-----\\n' + lines.join('\\n') + '\\n-----END PRIVATE KEY-----'",
        `-----BEGIN PUBLIC KEY-----\n${BODY}\n-----END PUBLIC KEY-----`,
        `-----BEGIN CERTIFICATE-----\n${BODY}\n-----END CERTIFICATE-----`,
        "-----BEGIN PGP PUBLIC KEY BLOCK-----",
        "BEGIN PRIVATE KEY",
        "PuTTY-User-Key-File-3: ssh-ed25519",
        "-----begin private key-----",
        "the private key begins with five dashes",
      ],
    },
  },
];
