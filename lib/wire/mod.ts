/**
 * wire: bytes ↔ JSON-RPC messages of both MCP eras. Frames in, messages or their flaws out; refusals and frames back.
 *
 * Input: ATTACKER-CONTROLLED, from the client and from the upstream alike. Every function here is pure and total: it
 * answers for any input, throws for none, and does no I/O. Thread: main. Imports: base.
 */
export { type Challenge, challengeOf } from "./challenge.ts";
export { BatchAnswers, batchPlace } from "./batch_answers.ts";
export type { ClientPlace, FrameTaker } from "./client_place.ts";
export { type Era, eraOf, negotiatedVersionOf, protocolVersionOf, VERSION_WITH_BATCHES } from "./era.ts";
export type { Frame, ReadFrame } from "./frame.ts";
export { FrameReader, type RawFrame } from "./frame_reader.ts";
export {
  decodeHeaderValue,
  encodeHeaderValue,
  headerMismatch,
  type Mirrored,
  mirroredHeaders,
  type ParamHeader,
  paramHeadersOf,
  type ReadHeader,
} from "./mirrored_headers.ts";
export { encodeSse, encodeSseRetry, SSE_KEEP_ALIVE, type SseEvent, type SseItem, SseReader } from "./sse.ts";
export { type Id, idKey, isId } from "./ids.ts";
export { elicitationsOf, type InputRequest, inputRequestsOf } from "./input_requests.ts";
export { DEFAULT_MAX_FRAME_BYTES, MAX_BATCH_ELEMENTS, MAX_DEPTH } from "./limits.ts";
export type {
  Batch,
  Incoming,
  Malformed,
  MalformedReason,
  Message,
  NoticeMessage,
  ReplyMessage,
  RequestMessage,
} from "./message.ts";
export { type MethodDirection, type MethodForm, type MethodInfo, methodInfo, METHODS } from "./methods.ts";
export { ATTESTATION_KEY, attestationOf, withAttestation, withoutOwnMeta } from "./own_meta.ts";
export { readFrame } from "./read_frame.ts";
export { frameOfLine, readLine } from "./read_line.ts";
export { batchRefusal } from "./classify.ts";
export { encodeFrame } from "./encode_frame.ts";
export { ERROR_CODE, errorReply, type Refusal, refusalReply, type RefusalStyle } from "./refuse.ts";
export {
  cancelledIdOf,
  noticeProgressTokenOf,
  type ProgressToken,
  progressTokenOf,
  subscriptionIdOf,
  withCancelledId,
  withId,
  withNoticeProgressToken,
  withProgressToken,
  withSubscriptionId,
} from "./rewrite.ts";
export { readSubject, type Subject, subscribedUrisOf } from "./subject.ts";
export { createdTaskIdOf, taskIdOf } from "./tasks.ts";
