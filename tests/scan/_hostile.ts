/** Texts that make careless scanners slow, by name: JSON of about `units` characters. */
export const HOSTILE: Readonly<Record<string, (units: number) => string>> = {
  "prose": (units) => inText("The quick brown fox jumps over the lazy dog. Asia, redis and begin. ", units),
  "source code": (units) => inText("const apiPath = '/v1/users';\n\tif (x) return 12345;\n", units),
  "headers with three dashes": (units) => inText("--- BEGIN PRIVATE KEY-----x", units),
  "headers with four dashes": (units) => inText("---- BEGIN PRIVATE KEY ----x", units),
  "digits": (units) => inText("4539578763621486", units),
  "groups of four digits": (units) => inText("4123 ", units),
  "groups that are nearly cards": (units) => inText("4111 1111 1111 1112 ", units),
  "cards": (units) => inText("4111 1111 1111 1111 ", units),
  "digits and hyphens": (units) => inText("4-", units),
  "social-security numbers": (units) => inText("078-05-1120 ", units),
  "a list of social-security numbers": (units) =>
    JSON.stringify(Array(Math.ceil(units / 14)).fill("078-05-1120")),
  "phone numbers": (units) => inText("(555) 123-4567 ", units),
  "headers of private keys": (units) => inText("-----BEGIN RSA PRIVATE KEY-----\n", units),
  "headers with dashes between": (units) => inText("-----BEGIN RSA PRIVATE KEY-----a----b-----c", units),
  "a private key without an end": (units) =>
    JSON.stringify({
      t: `-----BEGIN PRIVATE KEY-----\n${fill("MIIEvQIBADANBgkqhkiG9w0BAQEFAASC\n", units)}`,
    }),
  "headers of PuTTY keys": (units) => inText("PuTTY-User-Key-File-3: ssh-rsa\n", units),
  "keys of PuTTY, cut": (units) => inText("PuTTY-User-Key-File-3: ssh-rsa\nPrivate-Lines: 1\n", units),
  "dashes": (units) => inText("-", units),
  "password=": (units) => inText("password=", units),
  "passwords": (units) => inText("password=hunter22 ", units),
  "passwords in quotes": (units) => inText("password='", units),
  "passwords in other quotes": (units) => inText("password=\"a'b`c", units),
  "calls for passwords": (units) => inText("password=foo(", units),
  "placeholders for passwords": (units) => inText("password=<", units),
  "defaults for passwords": (units) => inText("password=${password:-", units),
  "paths for passwords": (units) => inText("password=/a/", units),
  "rows of x for passwords": (units) => inText("password=xxxxxxxx", units),
  "markers for passwords": (units) => inText("password=[REDACTED:pan]", units),
  "backslashes before passwords": (units) => inText('password=\\\\\\"        :       ', units),
  "api_key=": (units) => inText("api_key=", units),
  "words for API keys": (units) => inText("api_key=abcdefghijklmnopqrstuvwx_", units),
  "API keys": (units) => inText("api_key=abcd1234efgh5678ijkl ", units),
  "AKIA": (units) => inText("AKIA", units),
  "addresses": (units) => inText("postgres://a:", units),
  "addresses with credentials": (units) => inText("redis://a:b@c ", units),
  "keys in addresses": (units) => inText("redis://a:b@AKIAIOSFODNN7EXAMPLE/", units),
  "jdbc:": (units) => inText("jdbc:ab:", units),
  "jdbc:oracle": (units) => inText("jdbc:oracle:thin:a", units),
  "ghp_": (units) => inText("ghp_", units),
  "one long token": (units) => JSON.stringify({ t: `ghp_${fill("a", units)}` }),
  "beginnings of tokens": (units) => inText("sk-ant-xoxb-glpat-npm_hf_AIza", units),
  "beginnings of Discord tokens": (units) => inText("MTIzNDU2Nzg5MDEyMzQ1Njc4.", units),
  "beginnings of Twilio keys": (units) => inText("SK00ACaa", units),
  "beginnings of web tokens": (units) => inText("eyJ.eyJhbGciOi", units),
  "heads of web tokens": (units) => inText("eyJhbGciOiJIUzI1NiJ9.", units),
  "heads of no web tokens": (units) => inText("eyJhbGciOiJIUzI1NiJ.a.bbbbbbbb ", units),
  "a long head of a web token": (units) => JSON.stringify({ t: `eyJ${fill("_eyJ", units)}` }),
  "authorization headers": (units) => inText("Authorization: Bearer ", units),
  "authorization headers with credentials": (units) =>
    inText("Authorization: Basic YWxpY2U6czNjcjN0 ", units),
  "addresses of the web": (units) => inText("https://a:", units),
  "addresses of the web with credentials": (units) => inText("https://a:b1c2d3e4@f ", units),
  "slashes in passwords of addresses": (units) => inText("redis://a:b/c/", units),
  "words of the wallet list": (units) => inText("abandon zoo ", units),
  "nearly seed phrases": (units) => inText(`${"zoo ".repeat(12)}, the `, units),
  "words of the wallet list, cut": (units) =>
    inText("zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo the ", units),
  "letters": (units) => inText("a", units),
  "bank accounts": (units) => inText("DE89370400440532013000 ", units),
  "beginnings of bank accounts": (units) => inText("DE89 MT84 ", units),
  "mail addresses": (units) => inText("a@b.cc ", units),
  "signs of mail": (units) => inText("a@", units),
  "names before numbers": (units) => inText("ssn: 123456789 ", units),
  "quotes with backslashes": (units) => inText("password='\\\\'", units),
  "passwords with blanks": (units) => inText('password="a b c d e f ', units),
  "elements": (units) => inText("<password>ab", units),
  "numbers": (units) => `[${fill("1,", units)}12345]`,
  "empty lists": (units) => `[${fill("[],", units)}12345]`,
  "keys": (units) => `{${list(units / 14, (i) => `"k${i}":"12345"`)}}`,
  "keys of passwords": (units) => `{${list(units / 36, (i) => `"k${i}_password":"hunter2hunter2"`)}}`,
  "keys that are findings": (units) => `{${list(units / 34, (i) => `"${i} AKIAIOSFODNN7EXAMPLE":1`)}}`,
  "escapes": (units) => `{"t":"${fill("\\u0041", units)}"}`,
  "strings of escapes": (units) => `[${fill('"\\u0041",', units)}1]`,
  "a long key over many findings": (units) =>
    JSON.stringify({ [fill("k", units / 2)]: Array(Math.ceil(units / 28)).fill("078-05-1120") }),
  "letters beyond Latin": (units) => JSON.stringify({ t: `${fill("ünïcödé 12345 ", units)}漢` }),
  "base64": (units) =>
    JSON.stringify({ data: fill("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJ12345", units) }),
  "base64 of card numbers": (units) =>
    JSON.stringify({ blob: btoa(fill("4111 1111 1111 1111 ", units * 0.75)) }),
  "keys of base64": (units) => `[${fill('{"data":"aGVsbG8gd29ybGQgaGVsbG8="},', units)}1]`,
};

function fill(unit: string, units: number): string {
  return unit.repeat(Math.ceil(units / unit.length));
}

function inText(unit: string, units: number): string {
  return JSON.stringify({ content: [{ type: "text", text: fill(unit, units) }] });
}

function list(count: number, item: (index: number) => string): string {
  return Array.from({ length: Math.ceil(count) }, (_, index) => item(index)).join(",");
}
