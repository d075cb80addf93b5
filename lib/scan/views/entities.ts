/** HTML entities that can stand for a character of a secret; letters and digits have none but numbers. */
// deno-fmt-ignore
const NAMED: Readonly<Record<string, string>> = {
  amp: "&", lt: "<", gt: ">", quot: '"', apos: "'", nbsp: " ", sol: "/", bsol: "\\", colon: ":", semi: ";",
  equals: "=", plus: "+", hyphen: "-", dash: "-", minus: "-", lowbar: "_", period: ".", comma: ",", commat: "@",
  num: "#", dollar: "$", percnt: "%", excl: "!", quest: "?", ast: "*", lpar: "(", rpar: ")", lsqb: "[", lbrack: "[",
  rsqb: "]", rbrack: "]", lcub: "{", lbrace: "{", rcub: "}", rbrace: "}", verbar: "|", vert: "|", tab: "\t",
  newline: "\n", shy: "", zwj: "", zwnj: "", grave: "`", hat: "^", tilde: "~", ndash: "-", mdash: "-",
};
const MAX_POINT = 0x10ffff;

/** What the entity `body` (between `&` and `;`) stands for; `undefined` for none, or one that no secret has. */
export function entityOf(body: string): string | undefined {
  if (!body.startsWith("#")) return NAMED[body] ?? NAMED[body.toLowerCase()];
  const hex = body[1] === "x" || body[1] === "X";
  const point = Number.parseInt(body.slice(hex ? 2 : 1), hex ? 16 : 10);
  return point <= MAX_POINT && !(point >= 0xd800 && point <= 0xdfff)
    ? String.fromCodePoint(point)
    : undefined;
}
