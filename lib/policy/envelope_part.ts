import type { EnvelopePart } from "../verdict/mod.ts";
import type { CallView } from "./call_view.ts";

/** What a call of a tool counts as; `undefined` where this part has nothing to do with it. */
export type PartMaker = (view: CallView) => EnvelopePart | undefined;
