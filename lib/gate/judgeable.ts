/** What is judged, and what of it scanner, policy and ledger are shown. */
import {
  canonicalPayload,
  encodeJson,
  isJsonObject,
  type JsonObject,
  type JsonValue,
  parseJson,
} from "../base/mod.ts";
import {
  type CallRecord,
  type Direction,
  type Principal,
  type ReasonCode,
  reasonForFindings,
  type Report,
} from "../verdict/mod.ts";
import type { Subject } from "../wire/mod.ts";
import { METHOD_POINTER } from "./names.ts";
import type { Inspected } from "./ports.ts";

/** What is to be judged: a request, a notice, or a question inside a result. */
export interface Judgeable {
  readonly direction: Direction;
  readonly form: CallRecord["form"];
  readonly method: string;
  readonly subject: Subject;
  readonly params: JsonObject | undefined;
  /** Set where it is refused whatever the policy says, which is not asked: the params have not the right shape. */
  readonly invalid?: ReasonCode;
}

/**
 * Where only verified agents may call, others get no further than the handshake and the lists: everything that rules are
 * about is refused, and so is what nobody knows, and what belongs to a task.
 */
export function refuseUnverified(item: Judgeable, { verified }: Principal): Judgeable {
  const { judged, known, name } = item.subject;
  // A task that this session did not see begin has no tool's name, and its result is a tool's all the same.
  const isLight = !judged && known && name === "" && !item.method.startsWith("tasks/");
  if (verified || item.invalid !== undefined || isLight) return item;
  return { ...item, invalid: "unverified-agent" };
}

/** The name of a method cannot be masked in place: a message that has a secret there is refused. */
export function refuseSecretMethod(item: Judgeable, report: Report): Judgeable {
  const ids = report.findings.filter(({ at }) => at === METHOD_POINTER).map(({ id }) => id);
  return ids.length === 0 || item.invalid !== undefined ? item : { ...item, invalid: reasonForFindings(ids) };
}

/** What the scanner could not mask must not be handed over as it came, whatever is done about each finding. */
export function refuseUnmaskable(item: Judgeable, { report, withhold }: Inspected): Judgeable {
  if (withhold !== true || item.invalid !== undefined) return item;
  return { ...item, invalid: reasonForFindings(report.findings.map(({ id }) => id)) };
}

/** What the scanner is shown. Towards the client the text may be rewritten, so it keeps the order that it came in. */
export function paramsText({ params, direction, method, subject }: Judgeable): string | undefined {
  // The name of a method that nobody knows can be anything, a secret too.
  if (!subject.known) return encodeJson({ method, params: params ?? null });
  if (params === undefined) return undefined;
  return direction === "to-client" ? encodeJson(params) : canonicalPayload(params);
}

export function cleanParams({ params, subject }: Judgeable, inspected: Inspected): JsonObject | undefined {
  if (inspected.clean === undefined || params === undefined) return params;
  const shown = parsed(inspected.clean);
  const clean = subject.known || !isJsonObject(shown) ? shown : shown.params;
  // INVARIANT: the scanner masks strings inside of a value and keeps its shape. Anything else would leave unseen.
  if (!isJsonObject(clean)) {
    throw new Error("internal error: gate: the scanner changed the shape of the params");
  }
  return clean;
}

/** The value of a text that the scanner encoded. */
export function parsed(text: string): JsonValue {
  const result = parseJson(text);
  if (!result.ok) throw new Error("internal error: gate: the scanner answered with broken JSON");
  return result.value;
}
