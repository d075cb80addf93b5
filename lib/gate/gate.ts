import { messageOf } from "../base/mod.ts";
import type { Direction } from "../verdict/mod.ts";
import {
  type Batch,
  batchRefusal,
  type Challenge,
  type ClientPlace,
  encodeFrame,
  errorReply,
  type Frame,
  type Id,
  type Malformed,
  type Message,
  readFrame,
} from "../wire/mod.ts";
import { Afterwards } from "./afterwards.ts";
import { BatchReply } from "./batch.ts";
import type { ReplyPlace } from "./call.ts";
import { ClientState } from "./client_state.ts";
import { Holds } from "./holds.ts";
import { recordIncident } from "./incidents.ts";
import { Judge } from "./judge.ts";
import { inLane, Lane, type Outlet } from "./lane.ts";
import { Load } from "./load.ts";
import { takeNotice } from "./notices.ts";
import { ConnectionPlace, ExchangePlace } from "./places.ts";
import type { GatePorts, GateSettings } from "./ports.ts";
import { closeMalformed, closeUnanswered, takeReply, waitsForUpstream } from "./replies.ts";
import { type UpstreamEnd, upstreamExitReply } from "./refusals.ts";
import { takeRequest } from "./requests.ts";
import { Reserved } from "./reserved.ts";
import { Session } from "./session.ts";
import { type Desk, makeWay, type Way } from "./way.ts";

export interface GateOptions {
  readonly ports: GatePorts;
  readonly settings: GateSettings;
  /** Of the client, where several gates share it; absent: this gate is its only one. */
  readonly client?: ClientState;
}

/**
 * Takes frames of both sides, in the order that they came, and sends lines to both. What it is given it answers for: each
 * message is forwarded, answered or refused, exactly once, with an entry wherever something leaves or is stopped.
 */
export class Gate {
  readonly #desk: Desk;
  readonly #lanes: Readonly<Record<"client" | "upstream", Lane>>;
  readonly #toUpstream: Way;
  readonly #toClient: Way;
  /** What is about a request that has ended. */
  readonly #late: Outlet;
  readonly #load = new Load();
  readonly #reserved: Reserved;
  readonly #isOneOfSeveral: boolean;
  /** How the upstream left, once it is gone. */
  #ended: UpstreamEnd | undefined;

  constructor({ ports, settings, client }: GateOptions) {
    const session = new Session(client ?? new ClientState(), settings.server);
    this.#isOneOfSeveral = client !== undefined;
    this.#reserved = new Reserved(ports.log);
    session.pins.isKnown = ports.pins?.isKnown ?? false;
    this.#lanes = { client: new Lane(ports.client), upstream: new Lane(ports.upstream) };
    this.#late = inLane(this.#lanes.client, ports.late ?? ports.client);
    this.#toUpstream = makeWay("to-upstream", this.#lanes);
    this.#toClient = makeWay("to-client", this.#lanes);
    this.#desk = {
      ports,
      settings,
      session,
      judge: new Judge(ports, settings, session, () => this.#tellOfOutage()),
      afterwards: new Afterwards(ports, settings.server),
      holds: new Holds(ports, settings, session),
      detach: (work) => this.#load.addPatient(work, (error) => this.#logMistake(error)),
    };
  }

  /**
   * A frame from the client. ATTACKER-CONTROLLED. `place`: where it belongs when not everything travels over one
   * connection. A client that cancels by going away is spoken for by its transport, with a cancellation in its scope.
   */
  fromClient(frame: Frame, place?: ClientPlace): void {
    // There is nobody left to forward to. What waited in front of us while the upstream left is answered like the rest.
    if (this.#ended !== undefined) return this.#answerLate(leftLine(frame, this.#ended), place);
    this.#take("to-upstream", frame, {
      way: this.#toUpstream,
      reply: place === undefined ? this.#toUpstream.asker : this.#placeOf(place),
      isAttributed: false,
    });
  }

  #placeOf(place: ClientPlace): ReplyPlace {
    return place.isConnection === true
      ? new ConnectionPlace(place, this.#lanes.client)
      : new ExchangePlace(place);
  }

  /**
   * A frame from the upstream. ATTACKER-CONTROLLED. `about`: the request of ours on whose stream it came, where the
   * upstream's transport knows; what it asks or says goes to whoever made that request, and is about no other.
   */
  fromUpstream(frame: Frame, about?: Id): void {
    if (this.#ended !== undefined) return;
    const call = about === undefined ? undefined : this.#toUpstream.inFlight.answered(about);
    const isLate = about !== undefined && call === undefined;
    const answerer = isLate ? this.#late : call?.reply.beside;
    const way = answerer === undefined ? this.#toClient : { ...this.#toClient, answerer };
    const challenge = frame.kind === "read" ? frame.challenge : undefined;
    const isAttributed = about !== undefined, reply = this.#toClient.asker;
    this.#take("to-client", frame, { way, reply, isAttributed, ...challenge && { challenge } });
  }

  #answerLate(line: string | undefined, place: ClientPlace | undefined): void {
    if (place !== undefined) place.reply(line);
    else if (line !== undefined) this.#lanes.client.push(line);
  }

  /** Resolves when the gate can take more without piling up work. Whoever feeds it waits for this. */
  room(): Promise<void> {
    return this.#load.room();
  }

  /** Resolves when every request has its reply and every entry is written. */
  async idle(): Promise<void> {
    while (this.#load.busy || this.#toUpstream.inFlight.size > 0) {
      await this.#load.changed();
      // What was still being judged when the upstream left was sent to nobody.
      if (this.#ended !== undefined && this.#toUpstream.inFlight.size > 0) {
        this.#closeUnanswered(this.#ended);
      }
    }
  }

  /**
   * The upstream is gone: tells everybody who waits for it, and writes it down where it was not asked to go. `exitCode`:
   * `undefined` where it is no process of ours.
   */
  upstreamExited(exitCode: number | undefined, expected: boolean): void {
    this.#ended = { exitCode, ...this.#isOneOfSeveral && { server: this.#desk.settings.server } };
    this.#closeUnanswered(this.#ended);
    if (expected) return;
    const incident = { kind: "fault", direction: "to-client", reason: "upstream-exit", bytes: 0 } as const;
    this.#track(0, recordIncident(this.#desk, incident));
  }

  /** Not waited for by anybody, and yet somebody's business: the gate is not idle before it is told. */
  #tellOfOutage(): void {
    this.#load.addPatient(this.#desk.afterwards.tellOfOutage(), (error) => this.#logMistake(error));
  }

  /** Without a call to close nothing is tracked: `idle` would wake itself for ever, and keep the workers' answers out. */
  #closeUnanswered(ended: UpstreamEnd): void {
    if (!this.#toUpstream.inFlight.all().some(waitsForUpstream)) return;
    this.#track(0, closeUnanswered(this.#desk, this.#toUpstream, ended));
  }

  #take(direction: Direction, frame: Frame, from: From): void {
    const incoming = frame.kind === "read" ? frame.incoming : readFrame(frame);
    const bytes = bytesOf(frame);
    if (incoming.kind === "batch") this.#takeBatch(direction, incoming, { bytes, from });
    else this.#takeOne(direction, incoming, { bytes, from });
  }

  #takeOne(direction: Direction, message: Message | Malformed, { bytes, from }: Coming): void {
    const honest = message.kind === "malformed" ? message : this.#reserved.without(direction, message);
    this.#track(bytes, this.#carry(direction, honest, from));
  }

  #carry(direction: Direction, message: Message | Malformed, from: From): Promise<void> {
    const { way, reply, isAttributed, challenge } = from;
    const back = this.#way(opposite(direction));
    switch (message.kind) {
      case "request":
        return takeRequest(this.#desk, way, message, reply);
      case "notice":
        return takeNotice(this.#desk, way, message, { back, scope: reply.scope, isAttributed });
      case "reply":
        return takeReply(this.#desk, back, message, challenge);
      case "malformed":
        return this.#refuseMalformed(direction, message, reply);
    }
  }

  #takeBatch(direction: Direction, batch: Batch, coming: Coming): void {
    if (!this.#desk.session.batchesAllowed) return this.#takeOne(direction, batchRefusal(batch), coming);
    const { bytes, from } = coming;
    const answers = batch.elements.filter((element) => owesAnswer(direction, element)).length;
    const reply = new BatchReply(from.reply, answers);
    for (const element of batch.elements) {
      this.#takeOne(direction, element, { bytes, from: { ...from, reply } });
    }
  }

  /** Nothing of a malformed frame is forwarded; a client is told, an upstream is only talked about. */
  async #refuseMalformed(direction: Direction, malformed: Malformed, reply: ReplyPlace): Promise<void> {
    const { id, code, message, reason, bytes } = malformed;
    // A broken reply is not answered: two peers would answer each other's errors for ever.
    if (owesAnswer(direction, malformed)) {
      // Under the id of a request in flight the error would be taken for that one's answer.
      const inFlight = id !== null && this.#way(direction).inFlight.asked(id, reply.scope) !== undefined;
      reply.reserve().fill(encodeFrame(errorReply(inFlight ? null : id, code, message)));
    } else {
      const sender = direction === "to-client" ? "MCP server" : "client";
      this.#desk.ports.log(
        `dropped a malformed line of the ${sender}: ${message} (${reason}, ${bytes} bytes)`,
      );
    }
    if (malformed.reply) await closeMalformed(this.#desk, this.#way(opposite(direction)), id);
    await recordIncident(this.#desk, { kind: "malformed", direction, reason, bytes });
  }

  #way(direction: Direction): Way {
    return direction === "to-upstream" ? this.#toUpstream : this.#toClient;
  }

  #track(bytes: number, work: Promise<void>): void {
    this.#load.add(bytes, work, (error) => this.#logMistake(error));
  }

  /** Nothing here throws for anything that a peer can send; where it does all the same, nothing was forwarded. */
  #logMistake(error: unknown): void {
    this.#desk.ports.log(`internal error: ${messageOf(error)}`);
  }
}

/** Where a frame came from. */
interface From {
  /** With the lane that what it says goes to. */
  readonly way: Way;
  readonly reply: ReplyPlace;
  /** Did its transport say which request it is about? */
  readonly isAttributed: boolean;
  /** What came with it. */
  readonly challenge?: Challenge;
}

interface Coming {
  readonly from: From;
  readonly bytes: number;
}

/** The answer to a request, or to a batch of them, that came when the upstream was gone. Nothing is judged, for nothing can leave. */
function leftLine(frame: Frame, ended: UpstreamEnd): string | undefined {
  const incoming = frame.kind === "read" ? frame.incoming : readFrame(frame);
  if (incoming.kind === "request") return encodeFrame(upstreamExitReply(incoming.id, ended));
  const replies = incoming.kind !== "batch"
    ? []
    : incoming.elements.flatMap((element) =>
      element.kind === "request" ? [upstreamExitReply(element.id, ended)] : []
    );
  return replies.length === 0 ? undefined : encodeFrame(replies);
}

function bytesOf(frame: Frame): number {
  if (frame.kind === "line") return frame.bytes.length;
  return frame.kind === "read" ? frame.bytes : 0;
}

/** Is it answered? Broken replies are not, and neither is anything broken that the upstream sends. */
function owesAnswer(direction: Direction, message: Message | Malformed): boolean {
  if (message.kind === "malformed") return direction === "to-upstream" && !message.reply;
  return message.kind === "request";
}

function opposite(direction: Direction): Direction {
  return direction === "to-upstream" ? "to-client" : "to-upstream";
}
