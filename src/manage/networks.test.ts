import { deepEqual, equal } from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { configOf, context, networkOf, serviceOf, snapshotOf } from "./fixtures.ts";
import { decideNetworks, viewNetworks } from "./networks.ts";
import { labelsOf } from "./ownership.ts";

const networks = [networkOf("app"), networkOf("old"), networkOf("shop_default", "shop")];
const nobody = viewNetworks(snapshotOf([], networks));

void test("a network its routes need is joined at once", () => {
  const decision = decideNetworks(["net-control"], ["net-app", "net-control"], nobody);

  deepEqual(decision, {
    networks: ["net-app", "net-control"],
    urgent: true,
    reasons: ["joins app, which its routes need"],
  });
});

void test("an external network nobody needs any more stays until something else forces an update", () => {
  const waiting = decideNetworks(["net-control", "net-old"], ["net-control"], nobody);
  const forced = decideNetworks(["net-control", "net-old"], ["net-app", "net-control"], nobody);

  deepEqual([waiting.urgent, waiting.networks], [false, ["net-control", "net-old"]]);
  deepEqual([forced.urgent, forced.networks], [true, ["net-app", "net-control"]]);
});

void test("a stack's network is left when nobody else is on it, so that docker stack rm succeeds", () => {
  const current = ["net-control", "net-shop_default"];
  const alone = decideNetworks(current, ["net-control"], nobody);
  const busy = viewNetworks(snapshotOf([serviceOf("shop_db", { networks: ["net-shop_default"] })], networks));

  deepEqual([alone.urgent, alone.networks], [true, ["net-control"]]);
  equal(decideNetworks(current, ["net-control"], busy).urgent, false);
});

void test("services of another core do not keep us on a stack's network", () => {
  const labels = labelsOf("other-core", "proxy", configOf("x"));
  const view = viewNetworks(snapshotOf([serviceOf("p", { networks: ["net-shop_default"], labels })], networks));

  equal(decideNetworks(["net-shop_default"], [], view).urgent, true);
});

void test("a network that no longer exists is left, and one that does not exist yet is not joined", () => {
  const decision = decideNetworks(["net-control", "net-gone"], ["net-control", "net-later"], nobody);

  deepEqual([decision.urgent, decision.networks], [true, ["net-control"]]);
});

void test("what was decided stands when it is asked again", () => {
  const ids = fc.subarray([...networks.map(({ id }) => id), context.controlNetworkId ?? "", "net-gone"]);
  const used = fc.subarray(networks.map(({ id }) => id));
  fc.assert(
    fc.property(ids, ids, used, (current, wanted, usedByOthers) => {
      const view = viewNetworks(snapshotOf([serviceOf("x", { networks: usedByOthers })], networks));
      const decision = decideNetworks(current, wanted, view);
      const again = decideNetworks(decision.networks, wanted, view);

      equal(again.urgent, false);
      deepEqual(again.networks, decision.networks);
      equal(decision.urgent, decision.reasons.length > 0);
      equal(
        wanted.every((id) => !view.byId.has(id) || decision.networks.includes(id)),
        true,
      );
    }),
  );
});
