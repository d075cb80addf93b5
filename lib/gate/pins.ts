/** What a listing says about its server's tools, held against what was pinned. */
import { isJsonObject, type JsonValue, messageOf } from "../base/mod.ts";
import type { PinAnswer, PinObservation, RefusedPin, SeenDefinition } from "../verdict/mod.ts";
import type { Call } from "./call.ts";
import { definitionsIn, instructionsIn, type Seen } from "./definitions.ts";
import { shown } from "./log.ts";
import type { PinPort } from "./ports.ts";
import type { Desk } from "./way.ts";

/** What of a result is not to be handed over. */
export interface Pinned {
  /** Names of tools, as the upstream wrote them. */
  readonly refused: ReadonlySet<string>;
  /** Are the server's instructions other ones than were pinned? */
  readonly instructions: boolean;
}

export const NOTHING_PINNED: Pinned = { refused: new Set(), instructions: false };

export interface Listed extends Seen {
  /** The params of the request. */
  readonly cursor: JsonValue | undefined;
  /** The result does not reach the client. */
  readonly withheld: boolean;
}

/** Does this method's result say what a server offers? */
export function isListing({ method, direction }: Call): boolean {
  return direction === "to-upstream" &&
    (method === "tools/list" || method === "initialize" || method === "server/discover");
}

/** Compares and records; `undefined` where the ledger gave no answer: then nothing of it is to be handed over. */
export async function checkPins(desk: Desk, call: Call, listed: Listed): Promise<Pinned | undefined> {
  const { pins } = desk.ports;
  if (pins === undefined || !isListing(call) || !isJsonObject(listed.original)) return NOTHING_PINNED;
  const observation = observationOf(desk, call, listed);
  if (observation === undefined) return NOTHING_PINNED;
  // Before the answer: a call that follows at once is of the tool as it is now.
  for (const tool of observation.tools) desk.session.pins.learn(tool);
  const answer = await ask(desk, pins, observation);
  if (answer === undefined) return undefined;
  desk.session.pins.isKnown = true;
  followPages(desk, listed, { answer, observation });
  tell(desk, observation, answer);
  return {
    refused: new Set(answer.refused.map(({ name }) => name)),
    instructions: answer.instructions !== undefined,
  };
}

function observationOf(desk: Desk, { method }: Call, listed: Listed): PinObservation | undefined {
  const tools = definitionsIn(listed);
  const { session } = desk;
  const introduces = method !== "tools/list";
  const said = introduces ? instructionsIn(listed) : undefined;
  if (said !== undefined) session.pins.isSilent = said.fields.length === 0;
  // That it gives none is worth an entry only together with its tools.
  const instructions = session.pins.isSilent && tools.length > 0 ? instructionsIn(NOTHING_SAID) : said;
  if (tools.length === 0 && (instructions === undefined || instructions.fields.length === 0)) {
    return undefined;
  }
  return {
    type: "pins",
    tools,
    ...instructions !== undefined && { instructions },
    continues: session.pins.continues(listed.cursor),
    withheld: listed.withheld,
  };
}

const NOTHING_SAID: Seen = { original: {}, shown: {} };

async function ask(
  { ports }: Desk,
  pins: PinPort,
  observation: PinObservation,
): Promise<PinAnswer | undefined> {
  try {
    return await pins.observe(observation);
  } catch (fault) {
    ports.log(`fault:ledger: ${messageOf(fault)}`);
    return undefined;
  }
}

interface Asked {
  readonly answer: PinAnswer;
  readonly observation: PinObservation;
}

function followPages({ session }: Desk, { original }: Listed, { answer, observation }: Asked): void {
  if (!isJsonObject(original) || observation.tools.length === 0) return;
  if (answer.first || observation.continues) session.pins.expectPage(original.nextCursor);
}

/** One line for each definition that nobody has accepted, once a session. */
function tell(desk: Desk, { tools }: PinObservation, { refused, instructions }: PinAnswer): void {
  const byName = new Map(tools.map((tool) => [tool.name, tool]));
  for (const pin of refused) {
    const tool = byName.get(pin.name);
    if (tool === undefined || pin.entry === undefined) continue;
    if (desk.session.pins.tells(`${pin.state} ${tool.digest} ${tool.name}`)) {
      desk.ports.log(lineOf(tool, pin));
    }
  }
  if (instructions !== undefined && desk.session.pins.tells(`instructions ${instructions.entry}`)) {
    desk.ports.log(
      `drift: the server's instructions have changed and are withheld (entry ${instructions.entry}): ` +
        "countersign pins diff --instructions",
    );
  }
}

const WHAT: Readonly<Record<RefusedPin["state"], string>> = {
  drifted: "has changed",
  new: "is new",
  rejected: "was rejected",
};

function lineOf(tool: SeenDefinition, { state, fields, entry }: RefusedPin): string {
  const changed = state === "drifted" ? ` (${fields.join(", ")})` : "";
  return `drift: tool ${shown(tool.shown)} ${
    WHAT[state]
  }${changed}: it is hidden and its calls are refused ` +
    `(entry ${entry}): countersign pins diff ${shown(tool.shown)}`;
}
