/** What became of the calls: every one must be answered exactly once, with what its own session sent. */
export interface Sums {
  sent: number;
  answered: number;
  /** Answered with an error, as it was to be. */
  failed: number;
  /** Given up by the client itself. */
  left: number;
  /** Answered more than once. */
  doubled: number;
  /** Answered with what another session sent. */
  crossed: number;
}

// deno-lint-ignore no-explicit-any -- what a server sends is looked into by a test that knows it
export type Message = any;

export class Tally {
  readonly sums: Sums = { sent: 0, answered: 0, failed: 0, left: 0, doubled: 0, crossed: 0 };

  /** Sent, and nothing came of it. */
  get lost(): number {
    const { sent, answered, failed, left } = this.sums;
    return sent - answered - failed - left;
  }

  /** Counts what came for the call `id` that carried `token`. */
  count(id: number, token: string, messages: readonly Message[]): Message | undefined {
    const replies = messages.filter((message) => message.id === id && !("method" in message));
    const foreign = messages.filter((message) => "id" in message && message.id !== id);
    this.sums.crossed += foreign.length;
    this.sums.doubled += Math.max(0, replies.length - 1);
    const [reply] = replies;
    if (reply === undefined) return undefined;
    if (reply.error !== undefined) {
      this.sums.failed++;
      return reply;
    }
    this.sums.answered++;
    const text: string = reply.result?.content?.[0]?.text ?? "";
    if (!text.includes(token)) this.sums.crossed++;
    return reply;
  }
}
