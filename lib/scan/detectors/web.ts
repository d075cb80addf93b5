/** Credentials as they travel over the web: tokens, headers, addresses. */
import type { KeywordDetector, Span, ValueReader } from "../detector.ts";
import { assignmentOf, endOf } from "./assigned.ts";
import { withoutMarkers } from "../ids.ts";
import { isDatabaseScheme } from "./database.ts";
import { isCodeOrProse, isLocation, isPlaceholder } from "./placeholder.ts";
import { mixed } from "./fillers.ts";

/**
 * RFC 7515 and 7516: parts in base64url with dots between. LINEAR: a part begins where no other can go on, so that every
 * part is walked once as the first one (which has an end) and once as another.
 */
const JWT_REGEXP =
  /(?:(?<![\w-])|(?<=\\[nrt])|(?<=%[0-9A-Fa-f]{2}))eyJ[\w-]{8,1024}\.[\w-]*\.[\w-]{8,}(?:\.[\w-]+){0,2}/y;
/** `"alg"` in base64, as it falls. */
const ALG_REGEXP = /ImFsZyI|JhbGci|iYWxnI/;
/** The header of RFC 7515, section 4: an object with the member that it must have. */
const HEADER_REGEXP = /^\s*\{[^]*"alg"\s*:\s*"[\w+-]{1,64}"[^]*\}\s*$/;

function wholeJwt(text: string, match: Span): Span | undefined {
  const header = text.slice(match.start, text.indexOf(".", match.start));
  // COST: an error is fifty times as dear as a look, so nothing here can throw: base64 never has that length.
  if (!ALG_REGEXP.test(header) || header.length % 4 === 1) return undefined;
  const decoded = atob(header.replaceAll("-", "+").replaceAll("_", "/"));
  return HEADER_REGEXP.test(decoded) ? match : undefined;
}

/** `Bearer …`; behind the name of the header other schemes and a bare key, too. */
const SCHEME_REGEXP =
  /(?:(basic)|bearer|token|bot|apikey|api-key|oauth|dpop|ssws|digest)[ \t]{1,4}(?:token=)?\\{0,3}["']?/iy;
const HEAD_REGEXP = /[\w.~+/:=-]{8,64}/y;
const REST_REGEXP = /[\w.~+/:=-]*/y;
/** `my-api-token`: words, that is the name of a token. */
const WORDS_REGEXP = /^[A-Za-z]+(?:[._:/-][A-Za-z]+)*$/;
const BARE_MIN = 20;
/** `authentication-with-oauth2` has one digit. */
const BARE_REGEXP = new RegExp(`^(?=.{${BARE_MIN}})(?:\\D*\\d){2}`);

/** The credentials that begin at `at`, of an `Authorization` header; without a scheme they have to be longer. */
function credentialsAt(text: string, at: number, bare = false): Span | undefined {
  SCHEME_REGEXP.lastIndex = at;
  const scheme = SCHEME_REGEXP.exec(text);
  const start = scheme === null ? at : SCHEME_REGEXP.lastIndex;
  const headEnd = endOf(HEAD_REGEXP, text, start);
  const head = text.slice(start, headEnd);
  const needed = scheme === null || bare ? BARE_REGEXP : /\d/;
  if (!needed.test(head) || isPlaceholder(head) || isCodeOrProse(head) || isLocation(head)) return undefined;
  if (scheme?.[1] !== undefined && !isBasic(text.slice(start, start + 512))) return undefined;
  // LINEAR: only what is accepted is walked to its end.
  return WORDS_REGEXP.test(head) ? undefined : { start, end: endOf(REST_REGEXP, text, headEnd) };
}

/** RFC 7617: a name, a colon and a password, in base64. */
function isBasic(text: string): boolean {
  const encoded = /^[A-Za-z0-9+/]+/.exec(text)?.[0] ?? "";
  if (encoded.length % 4 === 1) return false;
  const pair = atob(encoded);
  const password = pair.slice(pair.indexOf(":") + 1);
  return pair.includes(":") && password !== "" && !isPlaceholder(password) && !NAME_REGEXP.test(password);
}

function authorizationAt(text: string, { start, end }: Span): Span | undefined {
  // "bearer " is a keyword of its own: a scheme without the header has to be clearer.
  return /^bearer/i.test(text.slice(start, start + 6))
    ? credentialsAt(text, start, true)
    : credentialsAt(text, end);
}

function authorizationMember(key: string): ValueReader | undefined {
  if (!/(?:^|[-_.])authorization$/i.test(key)) return undefined;
  return (value) => credentialsAt(value, value.length - value.trimStart().length);
}

/** Scheme, user (may be empty), password, `@`, the first character of a host. */
const URL_REGEXP =
  /(?<=[A-Za-z][A-Za-z0-9+.-]{1,20}):\/\/[^\s:@/?#"'<>`\\]{0,128}:[^\s@/"'<>`\\]{1,256}@(?=[\w[%])/y;
/** What guides write: `https://user:password@host`. */
const NAME_REGEXP = /^(?:pass(?:word|wd|phrase|code)?|pw|pwd|token|\.{3,}|…)$/i;

/** Name and password, without the rest of the address. */
function userInfo(text: string, { start, end }: Span): Span | undefined {
  // Those of databases are masked as a whole, by the detector that is there for them.
  if (isDatabaseScheme(text, start)) return undefined;
  const span = { start: start + "://".length, end: end - 1 };
  const pair = withoutMarkers(text.slice(span.start, span.end));
  const password = pair.includes(":") ? pair.slice(pair.indexOf(":") + 1) : "";
  return password === "" || isPlaceholder(password) || NAME_REGEXP.test(password) ? undefined : span;
}

/** `{"alg":"HS256","typ":"JWT"}` */
const JWT_HEADER = ["eyJhbGciOiJIUzI1NiIs", "InR5cCI6IkpXVCJ9"].join("");
const CLAIMS = "eyJzdWIiOiIxMjM0NTY3ODkwIn0";

export const WEB_DETECTORS: readonly KeywordDetector[] = [
  {
    kind: "keyword",
    id: "jwt",
    family: "web",
    description: "JSON web token (JWS or JWE): the first part decodes to JSON with an algorithm",
    specificity: 3,
    floor: false,
    keywords: ["eyj"],
    pattern: JWT_REGEXP,
    locate: wholeJwt,
    examples: {
      hits: [
        `${JWT_HEADER}.${CLAIMS}.${mixed(43)}`,
        `token=${JWT_HEADER}.${CLAIMS}.${mixed(43)}&x=1`,
        `{"t":"${JWT_HEADER}..${mixed(43)}"}`,
        `${btoa('{"enc":"A256GCM","alg":"dir"}').replace(/=+$/, "")}..${mixed(16)}.${mixed(60)}.${mixed(22)}`,
      ],
      misses: [
        JWT_HEADER,
        `${JWT_HEADER}.${CLAIMS}.`,
        `${btoa('{"typ":"JWT","x":1}')}.${CLAIMS}.${mixed(43)}`,
        `x${JWT_HEADER}.${CLAIMS}.${mixed(43)}`,
        "com.example.service.ImplementationFactory",
        `eyJhbGci${mixed(20)}.${CLAIMS}.${mixed(43)}`,
      ],
    },
  },
  {
    kind: "keyword",
    id: "authorization-header",
    family: "web",
    description:
      "credentials of an Authorization header: Bearer, Basic, Token, a bare key; Bearer also without the name",
    specificity: 2,
    floor: false,
    keywords: ["authorization", "bearer "],
    pattern: new RegExp(
      `${assignmentOf("authorization").source}|(?<![A-Za-z])bearer (?=[^\\s]{${BARE_MIN}})`,
      "iy",
    ),
    locate: authorizationAt,
    member: authorizationMember,
    examples: {
      hits: [
        `Authorization: Bearer ${mixed(32)}`,
        `curl -H "Authorization: token ${mixed(40)}" https://example.com`,
        `{"Authorization": "Bearer ${mixed(24)}"}`,
        `Proxy-Authorization: Basic ${btoa("alice:s3cr3tpw")}`,
        `headers={'Authorization': 'Bot ${mixed(50)}'}`,
        `Authorization=${mixed(32)}`,
        `sent with bearer ${mixed(32)}`,
        `Authorization: Token token="${mixed(20)}"`,
      ],
      misses: [
        "Authorization: Bearer <token>",
        "Authorization: Bearer $TOKEN",
        "Authorization: Bearer ${TOKEN_2}",
        "Authorization: Bearer YOUR_API_KEY",
        "authorization: required",
        "Authorization: `Bearer ${token}`",
        `Authorization: Basic ${btoa("user:password")}`,
        "'Authorization': 'Bearer ' + token",
        "the bearer of this letter",
        "see Bearer https://tools.ietf.org/html/rfc6750",
        "Authorization: Bearer my-access-token",
        "bearer authentication-with-oauth2-tokens",
      ],
    },
  },
  {
    kind: "keyword",
    id: "url-credentials",
    family: "web",
    description: "name and password in an address: https://name:password@host; only these two are masked",
    specificity: 2,
    floor: false,
    keywords: ["://"],
    pattern: URL_REGEXP,
    locate: userInfo,
    examples: {
      hits: [
        "https://alice:s3cr3tpw@example.com/path",
        "git clone https://deploy:s3cr3tpw@git.example.com/a/b.git",
        "rtsp://admin:12345@192.168.1.10:554/stream",
        "ftp://:s3cr3tpw@files.example.com",
        "http_proxy=http://user:p%40ss@proxy:8080",
      ],
      misses: [
        "https://example.com:8080/path@x",
        "https://user:password@example.com",
        "https://${USER}:${PASSWORD}@example.com",
        "https://user:<token>@example.com",
        "https://alice@example.com",
        "ssh://git@example.com:22/a/b",
        "https://example.com/a:b@c",
        "https://user:****@example.com",
      ],
    },
  },
];
