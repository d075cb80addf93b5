/** Commands whose first word says what to do, each action with flags of its own. */
import { Fault } from "../base/mod.ts";
import { nearName } from "../diagnostic/mod.ts";
import type { Args } from "./command.ts";

/** An action that the command has not; `name` is empty where none was given. */
export function noSuchAction(command: string, name: string, names: readonly string[]): Fault {
  const near = nearName(name, names);
  const cause = name === "" ? "say what to do" : `there is no "${name}"`;
  return new Fault("usage", `Cannot run ${command}: ${cause}`, {
    hint: near === undefined
      ? `countersign ${command} --help`
      : `did you mean: countersign ${command} ${near}`,
  });
}

/** What an action takes of the flags of its command. */
export interface ActionFlags {
  readonly command: string;
  readonly action: string;
  /** All that the command has. */
  readonly all: readonly { readonly name: string }[];
  /** Names of those that the action reads. */
  readonly own: readonly string[];
}

/** A flag that does nothing would let a person believe that it did. */
export function refuseForeignFlags(args: Args, { command, action, all, own }: ActionFlags): void {
  const foreign = all.find((flag) => args.has(flag.name) && !own.includes(flag.name));
  if (foreign === undefined) return;
  throw new Fault("usage", `Cannot run ${command} ${action}: --${foreign.name} is not for it`, {
    hint: `countersign ${command} --help`,
  });
}
