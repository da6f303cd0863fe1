/**
 * The reference page of the options, made of what the schemas say about their keys.
 */
import { aboutOf, type About, type Table, type TomlValue } from "./about.ts";
import { bareOrQuoted } from "./finding.ts";
import { coreTable } from "./schema-core.ts";
import { extensionTable } from "./schema-extension.ts";
import { nginxTable } from "./schema-nginx.ts";

/** One table of the document with what the page says above its keys. */
interface Part {
  readonly title: string;
  readonly intro: string;
  readonly fields: Table<unknown>["fields"];
}

const parts: readonly Part[] = [
  {
    title: "The top table",
    intro:
      "What core itself is told. Beside these keys stands the table `Extensions` with at least one `[Extensions.<name>]`; the original's pages call it a list, its files have always had tables.",
    fields: coreTable.fields,
  },
  {
    title: "[Extensions.<name>]",
    intro:
      "One table per service cluster: its extension, its proxies, its ports, its nodes. The name is the operator's; `default` gives the service names of UCP. The keys of type *table of texts* are usually written as tables of their own, `[Extensions.<name>.ProxyLabels]`.",
    fields: extensionTable.fields,
  },
  {
    title: "[Extensions.<name>.Config]",
    intro:
      "What nginx is told. Defaults are those of the original's documentation, which are not always those of the file UCP wrote; both a key that is left out and one that is written mean here what they meant there. Sizes and times are nginx's: `8k`, `32m`, `75s`, `1h30m`.",
    fields: nginxTable.fields,
  },
];

const head = `# Options

Every key of the configuration file. This page is made from the code that reads the file (\`src/config\`); a test keeps it current.

* The file is TOML, a Swarm config mounted into core at \`/config.toml\`. \`interlock config check FILE\` says what core would say, before core has to.
* Keys may be written in any case, names of tables and labels may not. A text that is empty (\`""\`) is as if its key were left out.
* A key nobody knows is ignored with a notice that names the nearest one. A value of the wrong kind, or two that contradict each other, end core before it has touched anything, with the line and the remedy; Swarm then rolls core back.
* Durations are Go's: \`3s\`, \`1m30s\`, \`500ms\`.
* *Since* is the first version of the original that is known to have had the key: *2.0* is the preview of Interlock 2, *UCP 3.x* a release that documented it, *2.x* and *3.x* a generation of Interlock, *ours* a key the original did not have. Ours has had every key since 0.1.0, unless it says otherwise.
* Every change is applied to services that exist already. The original looked at most keys only when it created a service.
`;

const tail = `## Keys of the HAProxy extension

\`ClientTimeout\`, \`ServerTimeout\` and \`DefaultOptions\` were documented for an HAProxy extension that UCP never shipped. They are ignored with a notice that names nginx's key. \`AdminUser\`, \`AdminPass\` and HAProxy's words in \`SSLOpts\` likewise.
`;

/** The whole page, Markdown. */
export function optionsReference(): string {
  return [head, ...parts.map(partText), quietText(), tail].join("\n");
}

/** Every key with what is told about it, in the order of the page. */
export function allOptions(): readonly { readonly table: string; readonly key: string; readonly about: About }[] {
  return parts.flatMap(({ title, fields }) =>
    Object.entries(fields).flatMap(([key, field]) => {
      const about = aboutOf(field);
      return about === undefined ? [] : [{ table: title, key, about }];
    }),
  );
}

function partText({ title, intro }: Part): string {
  const keys = allOptions().filter(({ table }) => table === title);
  return [`## ${title.startsWith("[") ? `\`${title}\`` : title}`, intro, ...keys.map(keyText)].join("\n\n") + "\n";
}

function keyText({ key, about }: { readonly key: string; readonly about: About }): string {
  const facts = [
    ["Type", about.type],
    ["Default", about.absent ?? (about.preset === undefined ? "none" : code(written(about.preset)))],
    ...(about.unit === undefined ? [] : [["Unit", about.unit]]),
    ["Since", about.since],
  ];
  const columns = (cells: readonly (string | undefined)[]): string => `| ${cells.join(" | ")} |`;
  return [
    `### ${key}`,
    plain(sentence(about.says)),
    [
      columns(facts.map(([name]) => name)),
      columns(facts.map(() => "---")),
      columns(facts.map(([, fact]) => fact)),
    ].join("\n"),
    [
      about.type === "list of texts" ? `* Each is ${about.expected}.` : `* Accepts ${about.expected}.`,
      "effect" in about ? `* Effect: ${about.effect}.` : `* No effect to be seen: ${about.noEffect}.`,
      ...(about.differs === undefined ? [] : [`* Ours: ${about.differs}.`]),
    ]
      .map(plain)
      .join("\n"),
  ].join("\n\n");
}

/** The keys of which nothing can be seen, in one list. */
function quietText(): string {
  const lines = allOptions().flatMap(({ key, about }) =>
    "noEffect" in about ? [`* \`${key}\`: ${about.noEffect}.`] : [],
  );
  return ["## Keys without an effect to be seen", lines.join("\n")].join("\n\n") + "\n";
}

/** Markdown takes what looks like a tag for one. */
function plain(text: string): string {
  return text.replaceAll("<", "\\<");
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}

/** A value as TOML has it, on one line. */
function written(value: TomlValue): string {
  if (typeof value === "string") return value.includes('"') ? oneLine(value) : JSON.stringify(value);
  if (typeof value !== "object") return String(value);
  if (Array.isArray(value)) return JSON.stringify(value);
  const entries = Object.entries(value).map(([name, text]) => `${bareOrQuoted(name)} = ${JSON.stringify(text)}`);
  return entries.length === 0 ? "{}" : `{ ${entries.join(", ")} }`;
}

function oneLine(text: string): string {
  return text.replaceAll(/\s*\n\s*/g, " ");
}

function code(text: string): string {
  return `\`${text.replaceAll("|", "\\|")}\``;
}
