/**
 * Where everything of a cluster answers: found anew only for services whose tasks are others than before.
 */
import { amended, rowsUnlike, sameKeys } from "../model/amended.ts";
import type { ExtensionConfig } from "../model/config.ts";
import type { Backend, Endpoint, EndpointTable } from "../model/desired.ts";
import { differing } from "../model/differing.ts";
import type { UpstreamName } from "../model/names.ts";
import { backendWith } from "./backends.ts";
import { endpointFinder } from "./endpoints.ts";
import type { Layout } from "./layout.ts";
import type { Surroundings } from "./surroundings.ts";
import { changedBetween } from "../model/tasks.ts";
import type { Upstream } from "./upstreams.ts";

/** The endpoints of the upstreams and of the backends of a layout, in its order. */
export interface Answers {
  readonly endpoints: EndpointTable;
  readonly backends: readonly Backend[];
}

interface Known extends Pick<Surroundings, "tasksByService" | "nodeById"> {
  readonly layout: Layout;
  readonly answers: Answers;
}

const known = new WeakMap<ExtensionConfig, Known>();

/** Finds all endpoints of a cluster's layout; the same objects again where they are the same. */
export function answersOf(extension: ExtensionConfig, layout: Layout, around: Surroundings): Answers {
  const { tasksByService, nodeById } = around;
  const before = known.get(extension);
  const changed = before?.nodeById === nodeById ? changedBetween(before.tasksByService, tasksByService) : undefined;
  const answers =
    before === undefined || changed === undefined || !sameKeys(layout.upstreams, before.layout.upstreams)
      ? allAnswers(layout, around)
      : carriedAnswers(layout, before.layout, changedAnswers(before.layout, before.answers, changed, around), around);
  known.set(extension, { layout, tasksByService, nodeById, answers });
  return answers;
}

/** The answers of a layout from those of the one before it, for the same tasks; both have upstreams of the same names. */
function carriedAnswers(layout: Layout, older: Layout, answers: Answers, around: Surroundings): Answers {
  if (layout === older) return answers;
  const endpointsOf = endpointFinder(around);
  const { gone, come } = differing(older.sketches, layout.sketches, ({ rest }) => rest.host);
  const [left, joined] = [new Set<unknown>(gone), new Set(come)];
  const kept = answers.backends.filter((_, at) => !left.has(older.sketches[at])).values();
  const upstreams = [...rowsUnlike(layout.upstreams, older.upstreams)].map(([, upstream]) => upstream);
  return {
    endpoints: endpointsAfter(answers.endpoints, upstreams, endpointsOf),
    backends: layout.sketches.map((sketch) => {
      const before = joined.has(sketch) ? undefined : kept.next().value;
      return before ?? backendWith(sketch, endpointsOf([sketch.served]));
    }),
  };
}

function allAnswers({ upstreams, sketches }: Layout, around: Surroundings): Answers {
  const endpointsOf = endpointFinder(around);
  return {
    endpoints: new Map([...upstreams].map(([name, { members }]) => [name, endpointsOf(members)])),
    backends: sketches.map((sketch) => backendWith(sketch, endpointsOf([sketch.served]))),
  };
}

function changedAnswers(layout: Layout, before: Answers, changed: ReadonlySet<string>, around: Surroundings): Answers {
  const endpointsOf = endpointFinder(around);
  const places = [...changed].flatMap((id) => placesIn(layout).get(id) ?? []);
  if (places.length === 0) return before;
  const backends = [...before.backends];
  for (const at of places.flatMap(({ sketches }) => sketches)) {
    const sketch = layout.sketches[at];
    if (sketch !== undefined) backends[at] = backendWith(sketch, endpointsOf([sketch.served]));
  }
  const upstreams = places.flatMap((place) => place.upstreams);
  return { endpoints: endpointsAfter(before.endpoints, upstreams, endpointsOf), backends };
}

/** The table with what these upstreams have now; the same one where that is what they had. */
function endpointsAfter(
  before: EndpointTable,
  upstreams: readonly Upstream[],
  endpointsOf: ReturnType<typeof endpointFinder>,
): EndpointTable {
  const moved = new Map<UpstreamName, readonly Endpoint[]>();
  for (const { name, members } of upstreams) {
    const now = endpointsOf(members);
    if (!isSame(now, before.get(name))) moved.set(name, now);
  }
  return moved.size === 0 ? before : amended(before, moved);
}

/** A task may become another one without answering elsewhere. */
function isSame(now: readonly Endpoint[], before: readonly Endpoint[] | undefined): boolean {
  return JSON.stringify(now) === JSON.stringify(before);
}

/** The upstreams a service is a member of, and which of the backends are its. */
interface Places {
  readonly upstreams: Upstream[];
  readonly sketches: number[];
}

const indexed = new WeakMap<Layout, ReadonlyMap<string, Places>>();

function placesIn(layout: Layout): ReadonlyMap<string, Places> {
  const before = indexed.get(layout);
  if (before !== undefined) return before;
  const index = new Map<string, Places>();
  const of = (id: string): Places => {
    const places = index.get(id) ?? { upstreams: [], sketches: [] };
    index.set(id, places);
    return places;
  };
  for (const upstream of layout.upstreams.values())
    for (const { service } of upstream.members) of(service.id).upstreams.push(upstream);
  layout.sketches.forEach(({ served }, at) => of(served.service.id).sketches.push(at));
  indexed.set(layout, index);
  return index;
}
