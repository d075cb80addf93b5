/** Does a URI fit a URI template (RFC 6570)? Only to tell whose it may be: the server itself decides what it has. */

const EXPRESSION_REGEXP = /\{[^{}]{0,200}\}/g;

/**
 * How well `uri` fits `template` (both ATTACKER-CONTROLLED): the number of its characters that the template spells out;
 * `undefined` where it does not fit. Linear: what stands between two expressions is looked for from left to right.
 */
export function templateFit(template: string, uri: string): number | undefined {
  const parts = template.split(EXPRESSION_REGEXP);
  const [head = "", ...rest] = parts, tail = rest.pop();
  if (tail === undefined) return template === uri ? template.length : undefined;
  if (!uri.startsWith(head) || !uri.endsWith(tail) || uri.length < head.length + tail.length) {
    return undefined;
  }
  let at = head.length;
  const end = uri.length - tail.length;
  for (const part of rest) {
    const found = uri.indexOf(part, at);
    if (found === -1 || found + part.length > end) return undefined;
    at = found + part.length;
  }
  return parts.reduce((sum, { length }) => sum + length, 0);
}
