/** `WWW-Authenticate` (RFC 9110, section 11.6.1): what a server asks for that does not know who calls. */

/** A challenge that may be handed on as it is: the server's own words, in the form that the RFC gives them. */
export interface Challenge {
  /** 401: who calls is not known. 403: it is, and may not. */
  readonly status: 401 | 403;
  /** Visible ASCII, spaces and tabs. */
  readonly value: string;
}

// Longer ones, no client reads. Characters.
const MAX_CHARS = 2048;

/** `undefined` for another status, and for a header that is none, is too long or breaks the grammar. ATTACKER-CONTROLLED. */
export function challengeOf(status: number, header: string | null): Challenge | undefined {
  if (status !== 401 && status !== 403) return undefined;
  if (header === null || header.length > MAX_CHARS || !isChallenges(header)) return undefined;
  return { status, value: header };
}

// Each matches where the one before ended, and no part of a text is looked at twice.
const TOKEN = "[!#$%&'*+.^_`|~0-9A-Za-z-]+", OWS = "[\\t ]*";
const QUOTED = '"(?:[\\t \\x21\\x23-\\x5b\\x5d-\\x7e]|\\\\[\\t \\x21-\\x7e])*"';
const SCHEME_REGEXP = new RegExp(TOKEN, "y");
const SPACES_REGEXP = / +/y;
const PARAM_REGEXP = new RegExp(`${TOKEN}${OWS}=${OWS}(?:${TOKEN}|${QUOTED})(?=${OWS}(?:,|$))`, "y");
const TOKEN68_REGEXP = new RegExp(`[A-Za-z0-9._~+/-]+=*(?=${OWS}(?:,|$))`, "y");
const COMMA_REGEXP = new RegExp(`${OWS},${OWS}`, "y");

/** Is it one challenge, or several behind commas? A scheme, and behind it parameters or one token68. */
function isChallenges(text: string): boolean {
  let at: number | undefined = 0;
  for (;;) {
    at = challengeEnd(text, at);
    if (at === text.length) return true;
    at = at && past(COMMA_REGEXP, text, at);
    if (at === undefined) return false;
  }
}

function challengeEnd(text: string, from: number): number | undefined {
  const scheme = past(SCHEME_REGEXP, text, from);
  const spaces = scheme && past(SPACES_REGEXP, text, scheme);
  if (spaces === undefined) return scheme;
  let end = past(PARAM_REGEXP, text, spaces);
  if (end === undefined) return past(TOKEN68_REGEXP, text, spaces);
  for (;;) {
    const comma = past(COMMA_REGEXP, text, end);
    // Behind a comma either the next parameter stands, or the next challenge.
    const next = comma && past(PARAM_REGEXP, text, comma);
    if (next === undefined) return end;
    end = next;
  }
}

/** Where what matches at `from` ends. */
function past(regexp: RegExp, text: string, from: number): number | undefined {
  regexp.lastIndex = from;
  return regexp.test(text) ? regexp.lastIndex : undefined;
}
