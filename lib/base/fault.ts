/**
 * Our own failures. Expected outcomes are values; a {@link Fault} is thrown, has a code that never changes its meaning,
 * says what the person can do, and never holds a secret.
 */
export type FaultCode =
  | "usage" // the command line is off
  | "config" // a file that the operator wrote is off
  | "io" // the system refused: a file, a pipe, a process
  | "ledger" // the ledger cannot be opened, read or written
  | "key" // a signing key is missing, locked or wrong
  | "worker" // a worker hangs, died or broke its contract
  | "upstream" // the MCP server cannot be started or reached
  | "internal"; // an invariant of ours does not hold

/** A failure of our own. `message`: "cannot <action>: <cause>", no period. `hint`: the exact command or line. */
export class Fault extends Error {
  override readonly name = "Fault";
  readonly code: FaultCode;
  readonly hint: string | undefined;

  constructor(code: FaultCode, message: string, options: { hint?: string; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.hint = options.hint;
  }
}

/** A fault as it crosses a channel: `postMessage` drops the class and the fields of an Error. */
export interface PlainFault {
  readonly fault: FaultCode;
  readonly message: string;
  readonly hint?: string;
}

/** What anything thrown says of itself. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}

/** Anything thrown, as plain data. An error that is not a Fault is a mistake of ours: `internal`. */
export function toPlainFault(thrown: unknown): PlainFault {
  if (thrown instanceof Fault) {
    const plain = { fault: thrown.code, message: thrown.message };
    return thrown.hint === undefined ? plain : { ...plain, hint: thrown.hint };
  }
  return { fault: "internal", message: messageOf(thrown) };
}

/** The Fault that {@link toPlainFault} flattened. */
export function faultFromPlain(plain: PlainFault): Fault {
  return new Fault(plain.fault, plain.message, plain.hint === undefined ? {} : { hint: plain.hint });
}
