/**
 * Puts what the agent needs into an nginx.conf that a template made, and takes out what would stand in its way.
 */
import type { ForeignParts } from "../render/nginx/foreign.ts";
import { print } from "../render/nginx/print.ts";
import { type NginxDirective, readNginx } from "./nginx-text.ts";
import { refusedOutput } from "./refusal.ts";

/** A change of a text: what is taken out between two offsets, and what is put there. */
interface Edit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/**
 * The file with our parts.
 *
 * Shape: `load_module` lines at the top, where the file has not got them; our nodes at the beginning of the http block, which is added
 * where there is none; `daemon` and `master_process` go, because the agent starts nginx and watches its workers; `ssl on` goes from servers that say
 * `ssl` in `listen`, because nginx does not know it any more. Everything else stays, byte for byte.
 * Fails: TEMPLATE_INVALID, when the file's braces or quotes do not match, or its http block has a directive that we need for ourselves.
 */
export function inject(text: string, parts: ForeignParts): string {
  const main = readNginx(text);
  const http = main.find(({ name, block }) => name === "http" && block !== undefined);
  const ours = print(parts.http)
    .trimEnd()
    .replace(/^(?=.)/gm, "  ");
  const added: Edit =
    http?.block === undefined
      ? { start: text.length, end: text.length, text: `\nhttp {\n${ours}\n}\n` }
      : { start: http.block.start, end: http.block.start, text: `\n${ours}\n` };
  for (const directive of http?.block?.directives ?? []) refuseOurs(directive);
  const edits = [
    { start: 0, end: 0, text: modules(main, parts) },
    added,
    ...main.filter(({ name }) => notTheirs.has(name)).map(removal),
    ...(http?.block?.directives ?? [])
      .filter(({ name }) => name === "server")
      .flatMap(sslSwitches)
      .map(removal),
  ];
  return applied(text, edits);
}

/** Directives of the main block that belong to whoever starts nginx. */
const notTheirs: ReadonlySet<string> = new Set(["daemon", "master_process"]);

/** nginx takes these once in an http block, and we have used them up. */
const once = /^(?:lua_package_path|header_filter_by_lua(?:_block|_file)?)$/;

function refuseOurs(directive: NginxDirective): void {
  const { name, args, line } = directive;
  if (once.test(name) || (name === "lua_shared_dict" && args[0] === "interlock"))
    throw refusedOutput({ line, text: name }, "Interlock needs this directive of the http block for itself");
}

function modules(main: readonly NginxDirective[], parts: ForeignParts): string {
  const includesAll = main.some(({ name, args }) => name === "include" && (args[0] ?? "").includes("modules-enabled"));
  if (includesAll) return "";
  const loaded = new Set(
    main.filter(({ name }) => name === "load_module").map(({ args }) => moduleName(args[0] ?? "")),
  );
  const needed = [...parts.modules, ...(main.some(({ name }) => name === "stream") ? parts.streamModules : [])];
  return needed
    .filter((name) => !loaded.has(name))
    .map((name) => `load_module modules/${name}.so;\n`)
    .join("");
}

function moduleName(path: string): string {
  return path.replace(/^.*\//s, "").replace(/\.so$/, "");
}

/** `ssl on;` and `ssl off;` of one server, where `listen` says what was meant. Source: nginx 1.25.1 removed the directive. */
function sslSwitches(server: NginxDirective): readonly NginxDirective[] {
  const directives = server.block?.directives ?? [];
  const listens = directives.some(({ name, args }) => name === "listen" && args.includes("ssl"));
  return directives.filter(
    ({ name, args }) => name === "ssl" && args.length === 1 && (args[0] === "off" || (args[0] === "on" && listens)),
  );
}

function removal({ start, end }: NginxDirective): Edit {
  return { start, end, text: "" };
}

function applied(text: string, edits: readonly Edit[]): string {
  let result = "";
  let at = 0;
  for (const edit of edits.toSorted((a, b) => a.start - b.start)) {
    result += text.slice(at, edit.start) + edit.text;
    at = edit.end;
  }
  return result + text.slice(at);
}
