/**
 * `interlock migrate hrm`: the commands that replace the labels of the HTTP routing mesh of UCP 2 by ours. It changes nothing itself.
 */
import { type Migration, migrationOf } from "../labels/hrm_notice.ts";
import type { SwarmService } from "../model/snapshot.ts";
import { printable } from "../terminal/paint.ts";
import { exitCodes } from "./ending.ts";
import { managerEngine } from "./operator.ts";

/** What the command line says. */
export interface MigrateOptions {
  /** The commands also remove the old labels. */
  readonly removeOld: boolean;
  readonly json: boolean;
}

/** What there is to do for one service. */
export interface MigrationStep {
  readonly service: string;
  /** A line for a shell; absent when there is nothing to do but what {@link MigrationStep.because} says. */
  readonly command?: string;
  readonly add: Readonly<Record<string, string>>;
  readonly remove: readonly string[];
  /** Why no command can do it. */
  readonly because?: string;
}

/** Prints a command for each service that has such labels. The exit code is 1 when there is one that no command can change. */
export async function migrateHrm(options: MigrateOptions): Promise<number> {
  await using docker = await managerEngine();
  const steps = migrationSteps(await docker.services(), options.removeOld);
  process.stdout.write(options.json ? `${JSON.stringify(steps, undefined, 2)}\n` : migrationScript(steps));
  return steps.some((step) => step.because !== undefined) ? exitCodes.attention : exitCodes.done;
}

/** The steps, by name of the service. A service whose labels are replaced already is a step only when the old ones are to go. */
export function migrationSteps(
  services: readonly Pick<SwarmService, "name" | "labels" | "ports">[],
  removeOld: boolean,
): readonly MigrationStep[] {
  return services
    .toSorted((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0))
    .flatMap((service) => stepOf(service.name, migrationOf(service), removeOld));
}

function stepOf(service: string, migration: Migration, removeOld: boolean): readonly MigrationStep[] {
  if (migration.kind === "none") return [];
  if (migration.kind === "impossible") return [{ service, add: {}, remove: [], because: migration.because }];
  const { add } = migration;
  const remove = removeOld ? migration.remove : [];
  const flags = [
    ...Object.entries(add).flatMap(([label, value]) => ["--label-add", `${label}=${value}`]),
    ...remove.flatMap((label) => ["--label-rm", label]),
  ];
  if (flags.length === 0) return [];
  return [
    { service, command: ["docker", "service", "update", ...flags, service].map(shellQuoted).join(" "), add, remove },
  ];
}

/** The steps as a shell script: a command or a comment for each, so that it can be read, saved and run. */
export function migrationScript(steps: readonly MigrationStep[]): string {
  if (steps.length === 0) return "# nothing to migrate\n";
  return steps
    .map((step) => `${step.command ?? `# ${printable(`${step.service}: ${step.because ?? ""}`)}`}\n`)
    .join("");
}

/** A word for a POSIX shell. Source: POSIX.1-2024, Shell Command Language §2.2.2. */
function shellQuoted(word: string): string {
  return /^[A-Za-z0-9_.,:/=@%+-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`;
}
