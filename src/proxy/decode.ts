/**
 * Text from outside of the agent, nginx's answers and its own files, read into types.
 */
import { hashOf } from "../model/bundle.ts";
import type { Endpoint, HostRoute, Place, TaskName } from "../model/desired.ts";
import { InterlockError } from "../model/errors.ts";
import { wireRevision, type HostName, type Revision, type UpstreamName } from "../model/names.ts";
import type { KeptMemories } from "./memories.ts";
import type { StoredTables } from "./tables.ts";

/** Who answers on the control socket. */
export interface Identity {
  /** Empty when the worker has none. */
  readonly structure: Revision;
  readonly pid: number;
  /** Counts the table changes; starts again when the tables are lost. */
  readonly generation: number;
  /** Connections of clients, at all workers, that are open and have nothing under way. Source: ngx_http_stub_status_module, `$connections_waiting`. */
  readonly waiting: number;
}

/**
 * Reads the answer of `GET /identity`.
 *
 * Fails: NGINX_FAILED when it is not what the README promises.
 */
export function identityFrom(json: string): Identity {
  const answer = parsed(json);
  const { structure, pid, generation, waiting } = answer;
  if (typeof structure !== "string" || typeof pid !== "number") {
    throw new InterlockError("NGINX_FAILED", "the identity of a worker is not readable", { details: { answer: json } });
  }
  return { structure: wireRevision(structure), pid, generation: counted(generation), waiting: counted(waiting) };
}

function counted(value: unknown): number {
  return typeof value === "number" ? value : 0;
}

/**
 * Reads the answer of `GET /unreachable`.
 *
 * Fails: NGINX_FAILED when it is not what the README promises.
 */
export function unreachableFrom(json: string): readonly Place[] {
  const list: unknown = fromJson(json);
  const pairs: readonly unknown[] = Array.isArray(list) ? list : [undefined];
  return pairs.map((pair) => {
    const [address, port]: readonly unknown[] = Array.isArray(pair) ? pair : [];
    if (typeof address === "string" && typeof port === "number") return { address, port };
    throw new InterlockError("NGINX_FAILED", "what could not be reached is not readable", {
      details: { answer: json },
    });
  });
}

/** What stands in a file beside nginx.conf: tables, the structure they were proven with, and what is kept for core. */
export interface TablesFile {
  readonly structure: Revision;
  readonly tables: StoredTables;
  readonly memories: KeptMemories;
}

/** Reads what `tables-text.ts` wrote; `undefined` when it is damaged. With the checksum right, the content is ours. */
export function tablesFromJson(json: string): TablesFile | undefined {
  const file = parsed(json);
  if (typeof file["content"] !== "object" || hashOf(JSON.stringify(file["content"])) !== file["checksum"])
    return undefined;
  const content = file["content"] as {
    structure: Revision;
    routes: [HostName | "*", HostRoute[]][];
    endpoints: [UpstreamName, Endpoint[]][];
    /** Absent in files of the first versions. */
    names?: [UpstreamName, TaskName[]][];
    memories?: [string, string][];
  };
  return {
    structure: content.structure,
    tables: {
      routes: new Map(content.routes),
      endpoints: new Map(content.endpoints),
      names: new Map(content.names),
    },
    memories: new Map(content.memories),
  };
}

/** An object; without a field when the text is not one. */
function parsed(json: string): { readonly [field: string]: unknown } {
  const value = fromJson(json);
  return typeof value === "object" && value !== null ? { ...value } : {};
}

function fromJson(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}
