/** From the tree of an expression to a function; every problem in it is found in one run. */
import { composed, decimalFromText, type Result } from "../../base/mod.ts";
import type { RegexEngine } from "../regex_engine.ts";
import { negate } from "./arithmetic.ts";
import type { CelNode } from "./cel_engine.ts";
import { isVariable, SHAPES } from "./facts.ts";
import { FUNCTIONS } from "./functions.ts";
import { isTimePart, matches, partOfTime } from "./literal_methods.ts";
import { type Loop, LOOPS } from "./loop.ts";
import { Meter } from "./meter.ts";
import { type CelProblem, TYPE_NAMES, unknownField, unknownFunction, unknownVariable } from "./problems.ts";
import { binary, choice, has, index, logical, not, select, type Step } from "./step.ts";
import { Double, isInt, type Kind, TypeName, Unevaluable, type Value, WRONG_KIND } from "./value.ts";

export interface Compiled {
  readonly step: Step;
  readonly problems: readonly CelProblem[];
  /** Does it look at the call at all? */
  readonly usesVariables: boolean;
}

/** Compiles a parsed expression. With problems the step is of no use. */
export function compileCel(root: CelNode, regex: RegexEngine): Compiled {
  const compiler = new Compiler(regex);
  const step = compiler.step(root);
  return { step, problems: compiler.problems, usesVariables: compiler.usesVariables };
}

/** A loop's variable, and the shape of what it holds where that is known. */
interface Local {
  readonly name: string;
  readonly shape: string | undefined;
}

type Literal = Extract<CelNode, { op: "value" }>;
type Method = Extract<CelNode, { op: "rcall" }>;

class Compiler {
  readonly problems: CelProblem[] = [];
  usesVariables = false;
  readonly #regex: RegexEngine;
  /** From the outermost on. */
  #locals: readonly Local[] = [];

  constructor(regex: RegexEngine) {
    this.#regex = regex;
  }

  step(node: CelNode): Step {
    switch (node.op) {
      case "value":
        return this.#literal(node);
      case "id":
        return this.#variable(node);
      case ".":
        return this.#select(node);
      case "[]":
        return index(this.step(node.args[0]), this.step(node.args[1]));
      case "list":
        return this.#list(node.args.map((part) => this.step(part)));
      case "map":
        return this.#table(node);
      case "call":
        return this.#call(node);
      case "rcall":
        return this.#method(node);
      case "?:":
        return choice(this.step(node.args[0]), this.step(node.args[1]), this.step(node.args[2]));
      case "&&":
      case "||":
        return logical(this.step(node.args[0]), this.step(node.args[1]), node.op === "||");
      case "!_":
        return not(this.step(node.args));
      case "-_":
        return this.#negative(node);
      case ".?":
      case "[?]":
        return this.#problem(node.pos, "optional fields are not part of policies", "ask with has(args.x)");
      default:
        return binary(node.op, this.step(node.args[0]), this.step(node.args[1]));
    }
  }

  #problem(at: number, message: string, hint: string): Step {
    return this.#found({ at, message, hint });
  }

  #found(problem: CelProblem): Step {
    this.problems.push(problem);
    return () => {
      throw WRONG_KIND;
    };
  }

  #stepOr(read: Result<Step, CelProblem>): Step {
    return read.ok ? read.value : this.#found(read.error);
  }

  #literal(node: Literal): Step {
    const value = literalOf(node);
    if (value !== undefined) return constant(value);
    return typeof node.args === "bigint"
      ? this.#problem(node.pos, "a whole number of more than 64 bits", "write it as a decimal: 1.0e20")
      : this.#problem(node.pos, "bytes and unsigned numbers are not part of policies", 'write "text" or 5');
  }

  #negative(node: Extract<CelNode, { op: "-_" }>): Step {
    const { args: inner } = node;
    // The least whole number has no positive twin: its sign belongs to it.
    if (inner.op === "value" && inner.args === 2n ** 63n) return constant(-inner.args);
    const step = this.step(inner);
    return (frame) => negate(step(frame));
  }

  #variable({ args: name, pos }: Extract<CelNode, { op: "id" }>): Step {
    const slot = this.#locals.findLastIndex((local) => local.name === name);
    if (slot >= 0) return ({ locals, meter }) => (meter.spend(1), locals[slot] ?? null);
    if (isVariable(name)) {
      this.usesVariables = true;
      return ({ facts, meter }) => (meter.spend(1), facts.variable(name));
    }
    if ((TYPE_NAMES as readonly string[]).includes(name)) return constant(new TypeName(name as Kind));
    return this.#found(unknownVariable(name, pos, this.#locals.map((local) => local.name)));
  }

  #select(node: Extract<CelNode, { op: "." }>): Step {
    const [from, name] = node.args;
    return this.#hasField(from, name, node.pos) ? select(this.step(from), name) : () => null;
  }

  /** Says it where `from` has a fixed shape that has no such field. */
  #hasField(from: CelNode, name: string, at: number): boolean {
    const shape = this.#shapeOf(from);
    const fields = shape === undefined ? undefined : SHAPES[shape];
    if (shape === undefined || (fields !== undefined && Object.hasOwn(fields, name))) return true;
    this.#found(unknownField(shape, name, at));
    return false;
  }

  #shapeOf(node: CelNode): string | undefined {
    if (node.op === "id") {
      const local = this.#locals.findLast(({ name }) => name === node.args);
      if (local !== undefined) return local.shape;
      return isVariable(node.args) && Object.hasOwn(SHAPES, node.args) ? node.args : undefined;
    }
    if (node.op === "[]") return this.#elementShapeOf(node.args[0]);
    if (node.op !== ".") return undefined;
    const shape = this.#shapeOf(node.args[0]);
    return shape === undefined ? undefined : SHAPES[shape]?.[node.args[1]];
  }

  #elementShapeOf(node: CelNode): string | undefined {
    if (node.op === "rcall" && node.args[0] === "filter") return this.#elementShapeOf(node.args[1]);
    return /^list<(.+)>$/.exec(this.#shapeOf(node) ?? "")?.[1];
  }

  #list(parts: readonly Step[]): Step {
    return (frame) => {
      frame.meter.spend(parts.length);
      return parts.map((part) => part(frame));
    };
  }

  #table({ args: entries }: Extract<CelNode, { op: "map" }>): Step {
    const read = entries.map(([key, value]) => {
      if (key.op === "value" && typeof key.args === "string") return [key.args, this.step(value)] as const;
      this.#problem(key.pos, "a key that is not a text as it stands", 'write {"name": 5}');
      return ["", this.step(value)] as const;
    });
    const twin = entries.find(([key], i) => entries.findIndex(([other]) => other.args === key.args) !== i);
    if (twin !== undefined) this.#problem(twin[0].pos, "a key that stands twice", "take one of the two out");
    return (frame) => {
      frame.meter.spend(read.length);
      return Object.fromEntries(read.map(([key, value]) => [key, value(frame)]));
    };
  }

  #call(node: Extract<CelNode, { op: "call" }>): Step {
    const [name, args] = node.args;
    if (name === "has" && args.length === 1) return this.#has(args[0], node.pos);
    const run = ownOf(FUNCTIONS, `${name}/${args.length}`);
    const [first] = args.map((arg) => this.step(arg));
    if (run === undefined || first === undefined) {
      return this.#found(unknownFunction(name, { at: node.pos, method: false }));
    }
    const literal = args[0]?.op === "value" ? literalOf(args[0]) : undefined;
    if (literal !== undefined) return this.#folded(() => run(literal, [], new Meter(0)), node.pos);
    return (frame) => run(first(frame), [], frame.meter);
  }

  /** `timestamp("…")` and the like: computed once, and wrong once and for all. */
  #folded(compute: () => Value, at: number): Step {
    try {
      return constant(compute());
    } catch (thrown) {
      if (!(thrown instanceof Unevaluable)) throw thrown;
      const hint = 'write timestamp("2026-01-31T12:00:00Z"), duration("1h30m"), int("5")';
      return this.#problem(at, "a conversion that fails", hint);
    }
  }

  #has(node: CelNode | undefined, at: number): Step {
    if (node?.op !== ".") return this.#problem(at, "has() asks for a field", "write has(args.x)");
    const [from, name] = node.args;
    return this.#hasField(from, name, node.pos) ? has(this.step(from), name) : () => false;
  }

  #method(node: Method): Step {
    const [name, receiver, args] = node.args;
    const form = `${name}/${args.length}`;
    const loop = ownOf(LOOPS, form);
    if (loop !== undefined) return this.#loop(node, loop);
    const first = this.step(receiver);
    if (name === "matches" && args.length === 1) return this.#stepOr(matches(first, args[0], this.#regex));
    if (args.length <= 1 && isTimePart(name)) return this.#stepOr(partOfTime(first, name, args[0]));
    const run = ownOf(FUNCTIONS, `.${form}`);
    const rest = args.map((arg) => this.step(arg));
    if (run === undefined) {
      return this.#found(unknownFunction(name, { at: nameAt(node), method: true }));
    }
    return (frame) => run(first(frame), rest.map((step) => step(frame)), frame.meter);
  }

  #loop(node: Method, loop: Loop): Step {
    const [, receiver, [variable, ...bodies]] = node.args;
    const over = this.step(receiver);
    if (variable?.op !== "id") {
      throw new Error("internal error: policy: a loop without a variable was parsed");
    }
    const name = variable.args;
    if (isVariable(name) || this.#locals.some((local) => local.name === name)) {
      this.#problem(
        variable.pos,
        `${JSON.stringify(name)} hides a variable of that name`,
        "take another name",
      );
    }
    const outer = this.#locals;
    this.#locals = [...outer, { name, shape: this.#elementShapeOf(receiver) }];
    const [body, transform] = bodies.map((one) => this.step(one));
    this.#locals = outer;
    if (body === undefined) throw new Error("internal error: policy: a loop without a body was parsed");
    return loop({ over, slot: outer.length, body, ...(transform === undefined ? {} : { transform }) });
  }
}

function constant(value: Value): Step {
  return () => value;
}

/** `undefined` where policies have no such values. Decimals come from their digits: a double has no room for all. */
function literalOf({ args: value, input, start, end }: Literal): Value | undefined {
  if (typeof value === "string") return composed(value);
  if (typeof value === "bigint") return isInt(value) ? value : undefined;
  if (value === null || typeof value === "boolean") return value;
  const decimal = typeof value === "number" ? decimalFromText(input.slice(start, end)) : undefined;
  return decimal === undefined ? undefined : new Double(decimal);
}

function ownOf<T>(table: Readonly<Record<string, T>>, key: string): T | undefined {
  return Object.hasOwn(table, key) ? table[key] : undefined;
}

/** Where the name of a method stands: behind the receiver and its dot. */
function nameAt({ input, args: [name, receiver] }: Method): number {
  return Math.max(input.indexOf(name, receiver.end), receiver.end);
}
