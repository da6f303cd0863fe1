/**
 * The four functions of Interlock's templates. Source: reference §6.1; the forms of their arguments are those of the published example.
 */
import { builtins, type Functions, type TemplateFunction, textArg } from "./functions.ts";
import { kindOf, type List, type Value, type Refuse } from "./values.ts";

/**
 * The functions a template of ours may call: Go's and
 *
 * - `backendName $host`: the name of the host's upstream, `up-` and the host, as in 3.x.
 * - `isRedirectHost $host $backend.Redirects`: whether one of the redirects is for the host.
 * - `isRedirectMatch $redirect.Source $host`: whether this one is.
 * - `isWebsocketRoot $backend.WebsocketEndpoints`: whether `/` is one of them.
 */
export const functions: Functions = new Map<string, TemplateFunction>([
  ...builtins,
  ["backendName", { least: 1, most: 1, call: ([host], refuse) => backendName(textArg(host, refuse)) }],
  [
    "isRedirectHost",
    {
      least: 2,
      most: 2,
      call: ([host, redirects], refuse) =>
        itemsOf(redirects, refuse).some((one) => hostOf(sourceOf(one, refuse)) === textArg(host, refuse)),
    },
  ],
  [
    "isRedirectMatch",
    {
      least: 2,
      most: 2,
      call: ([source, host], refuse) => hostOf(textArg(source, refuse)) === textArg(host, refuse),
    },
  ],
  ["isWebsocketRoot", { least: 1, most: 1, call: ([endpoints], refuse) => itemsOf(endpoints, refuse).includes("/") }],
]);

/** Anything but letters, digits, `.`, `_` and `-` becomes `_`: hosts have nothing else. */
function backendName(host: string): string {
  return `up-${host.replace(/[^A-Za-z0-9._-]/g, "_")}`;
}

/** The host in the source of a redirect, whatever its scheme, port and path. */
function hostOf(source: string): string {
  return source.replace(/^[a-z]+:\/\//i, "").replace(/[:/].*$/s, "");
}

function sourceOf(redirect: Value, refuse: Refuse): string {
  if (typeof redirect === "object" && redirect?.kind === "struct")
    return textArg(redirect.fields.get("Source"), refuse);
  throw refuse(`${kindOf(redirect)} where a redirect is needed`);
}

function itemsOf(value: Value, refuse: Refuse): List["items"] {
  if (value === undefined || value === null) return [];
  if (typeof value === "object" && value.kind === "list") return value.items;
  throw refuse(`${kindOf(value)} where a list is needed`);
}
