/**
 * Text from outside of the agent, nginx's answers and its own files, read into types.
 */
import { hashOf } from "../model/bundle.ts";
import type { Endpoint, HostRoute, TaskName } from "../model/desired.ts";
import { InterlockError } from "../model/errors.ts";
import { wireRevision, type HostName, type Revision, type UpstreamName } from "../model/names.ts";
import type { StoredTables } from "./tables.ts";

/** Who answers on the control socket. */
export interface Identity {
  /** Empty when the worker has none. */
  readonly structure: Revision;
  readonly pid: number;
  /** Counts the table changes; starts again when the tables are lost. */
  readonly generation: number;
}

/**
 * Reads the answer of `GET /identity`.
 *
 * Fails: NGINX_FAILED when it is not what the README promises.
 */
export function identityFrom(json: string): Identity {
  const answer = parsed(json);
  const [structure, pid, generation] = [answer["structure"], answer["pid"], answer["generation"]];
  if (typeof structure !== "string" || typeof pid !== "number") {
    throw new InterlockError("NGINX_FAILED", "the identity of a worker is not readable", { details: { answer: json } });
  }
  return { structure: wireRevision(structure), pid, generation: typeof generation === "number" ? generation : 0 };
}

/** Writes tables for the disk, together with the structure they were proven with and a checksum over both. Certificates are not among them. */
export function tablesToJson(structure: Revision, { routes, endpoints, names }: StoredTables): string {
  const content = JSON.stringify({ structure, routes: [...routes], endpoints: [...endpoints], names: [...names] });
  return `{"checksum":"${hashOf(content)}","content":${content}}\n`;
}

/** Reads what {@link tablesToJson} wrote; `undefined` when it is damaged. With the checksum right, the content is ours. */
export function tablesFromJson(
  json: string,
): { readonly structure: Revision; readonly tables: StoredTables } | undefined {
  const file = parsed(json);
  if (typeof file["content"] !== "object" || hashOf(JSON.stringify(file["content"])) !== file["checksum"])
    return undefined;
  const content = file["content"] as {
    structure: Revision;
    routes: [HostName | "*", HostRoute[]][];
    endpoints: [UpstreamName, Endpoint[]][];
    /** Absent in what versions before 0.1 wrote. */
    names?: [UpstreamName, TaskName[]][];
  };
  return {
    structure: content.structure,
    tables: {
      routes: new Map(content.routes),
      endpoints: new Map(content.endpoints),
      names: new Map(content.names),
    },
  };
}

/** An object; without a field when the text is not one. */
function parsed(json: string): { readonly [field: string]: unknown } {
  try {
    const value: unknown = JSON.parse(json);
    return typeof value === "object" && value !== null ? { ...value } : {};
  } catch {
    return {};
  }
}
