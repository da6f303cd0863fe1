/**
 * What things may cost: counts, never seconds. A change of one of these numbers is a change of what we promise, and is reviewed as one.
 */

/** One budget. */
export interface Budget {
  /** The most; the least is four fifths of it. */
  readonly most: number;
  readonly unit: string;
  /** What is counted. */
  readonly what: string;
}

/** All of them, by name. `100` and `1000` in a name are services of five tasks each; what has neither is the same for both. */
export const budgets = {
  "look.calls": { most: 6, unit: "calls", what: "one look at everything" },
  "look.bytes.100": { most: 960_000, unit: "bytes", what: "the engine's lists of one look at everything" },
  "look.bytes.1000": { most: 9_400_000, unit: "bytes", what: "the engine's lists of one look at everything" },
  "hot-look.calls": { most: 1, unit: "calls", what: "one hot look at the tasks of converging services" },
  "hot-look.bytes": { most: 8_200, unit: "bytes", what: "the engine's list of a hot look at one service" },
  "event.calls": { most: 2, unit: "calls", what: "from a service's event to the snapshot with its change" },
  "event.bytes": {
    most: 10_000,
    unit: "bytes",
    what: "the engine's answers from a service's event to the snapshot with its change",
  },
  "rest.calls": { most: 6, unit: "calls", what: "a watch at rest, for each whole look" },
  "rest.streams": { most: 1, unit: "streams", what: "event streams of a watch at rest" },
  "rest.structures": { most: 0, unit: "structures", what: "a look that shows nothing new" },
  "rest.offers": { most: 0, unit: "offers", what: "a look that shows nothing new" },

  "first.offers": {
    most: 2,
    unit: "offers",
    what: "to a proxy that has nothing: nginx.conf comes when another has proven it",
  },
  "first.bytes.100": { most: 56_000, unit: "bytes", what: "the whole offer to a proxy that has nothing" },
  "first.bytes.1000": { most: 455_000, unit: "bytes", what: "the whole offer to a proxy that has nothing" },
  "task.bytes": { most: 145, unit: "bytes", what: "to each proxy for one replaced task" },
  "task.rows": { most: 1, unit: "rows", what: "of all tables to each proxy for one replaced task" },
  "task.structures": { most: 0, unit: "structures", what: "to the extension for one replaced task" },
  "label.bytes": { most: 275, unit: "bytes", what: "to each proxy for one more host of a service" },
  "label.rows": { most: 2, unit: "rows", what: "of all tables to each proxy for one more host of a service" },
  "label.structures": { most: 1, unit: "structures", what: "to the extension for one more host of a service" },
  "label.structure-bytes": { most: 1_500, unit: "bytes", what: "to the extension for one more host of a service" },
  "label.bundle-bytes": { most: 12_000, unit: "bytes", what: "from the extension for one more host of a service" },
  "service.bytes": { most: 375, unit: "bytes", what: "to each proxy for one new service" },
  "service.rows": { most: 3, unit: "rows", what: "of all tables to each proxy for one new service" },

  "structure.bytes.100": { most: 8_100, unit: "bytes", what: "the structure as an extension gets it" },
  "structure.bytes.1000": { most: 70_000, unit: "bytes", what: "the structure as an extension gets it" },
  "nginx-conf.bytes": { most: 11_700, unit: "bytes", what: "nginx.conf, however many routes" },
  "printed.bytes.100": { most: 55_000, unit: "bytes", what: "the text of the docker config" },
  "printed.bytes.1000": { most: 445_000, unit: "bytes", what: "the text of the docker config" },

  "changes.reloads": {
    most: 0,
    unit: "reloads",
    what: "50 changes of hosts, paths, endpoints, certificates and services",
  },
  "restart.reloads": { most: 0, unit: "reloads", what: "another core with the same configuration" },
  "option.reloads": { most: 1, unit: "reloads", what: "another core with one other option" },
} as const;

/** A name in {@link budgets}. */
export type BudgetName = keyof typeof budgets;
