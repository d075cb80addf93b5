/** Media types in headers (RFC 9110, sections 8.3.1 and 12.5.1). All of it is ATTACKER-CONTROLLED. */

/** Does an Accept header take `type`? A range with `q=0` takes nothing. */
export function accepts(header: string | null, type: string): boolean {
  const [kind = ""] = type.split("/");
  const ranges = new Set([type, `${kind}/*`, "*/*"]);
  return (header ?? "").split(",").some((item) => {
    const [range = "", ...parameters] = item.split(";");
    const refused = parameters.some((parameter) => /^\s*q\s*=\s*0(?:\.0{0,3})?\s*$/i.test(parameter));
    return !refused && ranges.has(range.trim().toLowerCase());
  });
}

/** Would the client rather have `first` than `second`? Equal wishes are told apart by which of the two it names first. */
export function prefers(header: string | null, first: string, second: string): boolean {
  const ranges = (header ?? "").split(",").map((item) => {
    const [range = "", ...parameters] = item.split(";");
    const quality = parameters.map((one) => /^\s*q\s*=\s*([01](?:\.\d{0,3})?)\s*$/i.exec(one)?.[1]);
    return {
      range: range.trim().toLowerCase(),
      quality: Number(quality.find((one) => one !== undefined) ?? 1),
    };
  });
  const at = (type: string) => ranges.findIndex(({ range }) => range === type);
  const [one, other] = [at(first), at(second)];
  const more = (ranges[one]?.quality ?? 0) - (ranges[other]?.quality ?? 0);
  return one !== -1 && other !== -1 && (more > 0 || (more === 0 && one < other));
}

/** Is it JSON in UTF-8, and nothing that a page may send elsewhere without asking? */
export function isJson(contentType: string | null): boolean {
  return /^application\/json\s*(?:;\s*charset\s*=\s*"?utf-8"?\s*)?$/i.test((contentType ?? "").trim());
}
