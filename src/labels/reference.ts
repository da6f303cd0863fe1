/**
 * The catalogue as a page for people: `docs/reference/labels.md`.
 */
import { catalogue } from "./catalogue.ts";
import { type LabelFamily, labelPrefix } from "./family.ts";

/** The whole page, as Markdown. Made by `make golden`; a test compares it with the file. */
export function labelsReference(): string {
  const sections = [intro, ...catalogue.map(section), hrm];
  return `${sections.map((lines) => lines.join("\n")).join("\n\n")}\n`;
}

const intro: readonly string[] = [
  "# Labels",
  "",
  "<!-- Made from src/labels by `make golden`. Edit the label's own file there, not this one. -->",
  "",
  "Labels go on the **service** (`deploy.labels` in a compose file, `docker service create --label`), not on its containers. A service is served when it has `hosts` or `default_backend`, and `port`. Changing labels restarts no proxy, unless the service brings a network the proxies are not on.",
  "",
  'Every name begins with `com.docker.lb.`. A name that is not listed here is ignored with a warning that proposes the nearest one. Empty text counts as leaving the label out, except for yes and no, numbers, times and `backend_mode`. In compose files, write values in quotes (`"true"`, `"8080"`).',
  "",
  "A mistake costs its own service only. *Keeps the previous version*: the last good version of all labels of the service serves on, and without one the service is not served. *Served without it*: the rest of the labels counts. Either way `interlock status` says what is wrong and what to write (`docs/problems.md`). What is asked for and can have no effect beside other labels is a warning, never silence.",
  "",
  "| Label | What it does | Absent |",
  "|---|---|---|",
  ...catalogue.map((family) => row([link(family), family.sentence, family.absent])),
];

function section(family: LabelFamily<unknown>): readonly string[] {
  return [
    `## ${shortName(family)}`,
    "",
    `${family.sentence}.`,
    "",
    "| | |",
    "|---|---|",
    row(["Label", `\`${family.label}\``]),
    row(["Values", family.values]),
    row(["Default", family.absent]),
    row(["Example", `\`${family.label}=${family.example}\``]),
    row([
      "A wrong value",
      family.wrong === "refused"
        ? "keeps the previous version of the service"
        : "is left out, the service is served without it",
    ]),
    row(["Other services", family.risk.otherServices]),
    row(["Since", family.since]),
    ...list("Beside other labels:", family.interactions),
    ...list("Different from the original:", family.different),
  ];
}

const hrm: readonly string[] = [
  "## com.docker.ucp.mesh.http",
  "",
  "Labels of the HTTP routing mesh of UCP 2 go on working: `com.docker.ucp.mesh.http`, and the same with a dot and anything behind it, one for each route. They are read as the labels above, and every service that has them gets a notice with the labels they stand for. `interlock migrate hrm` prints the commands that write those.",
  "",
  "| Key | Read as |",
  "|---|---|",
  row(["`external_route=http://host`", "`hosts`"]),
  row(["`external_route=sni://host`", "`hosts` and `ssl_passthrough`"]),
  row(["`external_route=http://` or `sni://`, without a host", "`default_backend`"]),
  row(["`internal_port=8080`", "`port`; without it, the one port the service publishes"]),
  row(["`sticky_sessions=cookie`", "`sticky_session_cookie`; for `http://` routes only"]),
  row([
    "`redirect=https://other`",
    "`redirects` from the route, which answers 302 (301 in UCP 2); for `http://` routes only",
  ]),
  row(["`include_forwarded_for=true`", "nothing: applications always get `X-Forwarded-For`"]),
  row(["`80=http://host` (UCP 2.0)", "`port` and `hosts`"]),
  "",
  "Routes of one service with different ports, cookies, or with `http://` and `sni://`, are all served, though no one set of the new labels can say them. A redirect joins the other routes of its service. `com.docker.lb.network` and `com.docker.lb.service_cluster` count for such services too; with `com.docker.lb.hosts`, `default_backend` or `port` beside them, the old labels are not looked at, with a notice.",
];

function list(heading: string, sentences: readonly string[]): readonly string[] {
  return sentences.length === 0 ? [] : ["", heading, "", ...sentences.map((sentence) => `* ${sentence}.`)];
}

function shortName(family: LabelFamily<unknown>): string {
  return family.label.slice(labelPrefix.length);
}

function link(family: LabelFamily<unknown>): string {
  return `[\`${shortName(family)}\`](#${shortName(family)})`;
}

/** A row of a table: a bar inside a cell would end it. */
function row(cells: readonly string[]): string {
  return `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
}
