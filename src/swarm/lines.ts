/**
 * The two ways the engine streams: JSON values in lines, and two outputs in one connection.
 */
import { decodeEvent, type EngineEvent } from "./decode.ts";
import { malformed } from "./failures.ts";
import type { EngineStream } from "./transport.ts";

/** The events in a stream of `GET /events`. Closes the stream when the reader leaves. Fails: DOCKER_MALFORMED for a line that is no event. */
export async function* eventsIn(stream: EngineStream): AsyncGenerator<EngineEvent> {
  await using open = stream;
  for await (const line of linesIn(open)) {
    let payload: unknown;
    try {
      payload = JSON.parse(line);
    } catch (error) {
      throw malformed("GET /events", "a line is not JSON", error);
    }
    const event = decodeEvent(payload);
    if (event !== undefined) yield event;
  }
}

/** The lines of a stream that are not empty; characters cut between two chunks are put together again. */
export async function* linesIn(stream: AsyncIterable<Buffer>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of stream) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) if (line.trim() !== "") yield line;
  }
  if (rest.trim() !== "") yield rest;
}

/** A piece of what a container said. */
export interface ContainerOutput {
  readonly from: "stdout" | "stderr";
  readonly bytes: Buffer;
}

/** Takes the two outputs of a container apart. Source: Engine API v1.41, POST /containers/{id}/attach, "Stream format". */
export async function* outputsIn(stream: AsyncIterable<Buffer>): AsyncGenerator<ContainerOutput> {
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of stream) {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    while (rest.length >= 8) {
      const end = 8 + rest.readUInt32BE(4);
      if (rest.length < end) break;
      yield { from: rest[0] === 2 ? "stderr" : "stdout", bytes: rest.subarray(8, end) };
      rest = rest.subarray(end);
    }
  }
}
