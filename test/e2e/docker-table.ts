/**
 * `docker service ls` as people read it.
 */

/** One line of the table. */
export interface ServiceLine {
  readonly replicas: string;
  readonly image: string;
  readonly ports: string;
}

/** The lines by service name, from the table as printed. */
export function parseStatusTable(printed: string): ReadonlyMap<string, ServiceLine> {
  const lines = printed.trim().split("\n").slice(1);
  return new Map(
    lines.map((line) => {
      const [, name = "", , replicas = "", image = "", ports = ""] = line.split(/\s{2,}/);
      return [name, { replicas, image, ports }];
    }),
  );
}
