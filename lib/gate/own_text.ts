/**
 * A copy of a text of a message, for what is kept for longer than the message: its strings are slices of the text of the
 * whole frame, and one of them would keep all of that in memory.
 */
export function ownText(text: string): string {
  return JSON.parse(JSON.stringify(text)) as string;
}
