/**
 * Texts that somebody could write into an option and that nobody should.
 */
import assert from "node:assert/strict";
import * as fc from "fast-check";
import { allOptions } from "../../src/config/reference.ts";
import type { Config } from "../../src/model/config.ts";
import { render } from "../../src/render/render.ts";
import { structureOf } from "./structure.ts";

/** Pieces that mean something to nginx, TOML, a shell, a terminal or a reader of any of them. */
const pieces: readonly string[] = [
  "' \" ; { } $ # \\ ` 1 - -- = @ ( ) [ ] * % é 💥 x off a=b ../ %s \\' \\\" \\n ${ ~^(.*)$ escape=json".split(" "),
  ["\n", "\r\n", "\t", " ", "\0", "\u0007", "\u007f", "\u2028", "\u202e"],
  ["server {", "} server {", "; include /etc/passwd;", "load_module x.so;", "'; user root; '", "# "],
  ["/dev/stdout", "75s", "8k", "nginx", "$host", "${host}", "'$status'", '"$request"'],
].flat();

/** Mostly short mixtures of such pieces, at times any text, at times a very long one. */
export const hostileText: fc.Arbitrary<string> = fc.oneof(
  { weight: 8, arbitrary: fc.array(fc.constantFrom(...pieces), { maxLength: 6 }).map((parts) => parts.join("")) },
  { weight: 2, arbitrary: fc.string({ unit: "binary", maxLength: 12 }) },
  { weight: 1, arbitrary: fc.constantFrom("a", "'", "é", "/x", "$").map((one) => one.repeat(5_000)) },
);

/** Every option that takes text, but for the one that is nginx text as a whole. */
export const textOptions: ReturnType<typeof allOptions> = allOptions().filter(
  ({ key, about }) => about.type.endsWith("text") && key !== "SSLOpts",
);

/** The nginx.conf of a configuration's only cluster. */
export function confOf({ extensions: [extension] }: Config): string {
  assert.ok(extension);
  const { cluster, proxy, settings } = extension;
  const { targetPort: httpPort, targetSslPort: httpsPort } = proxy;
  return render(structureOf({ cluster, settings, httpPort, httpsPort })).nginxConf;
}

/** The smallest configuration in which one option has this text. */
export function tomlWith(table: string, key: string, value: string): string {
  const line = `${key} = ${JSON.stringify(value)}\n`;
  if (table.endsWith(".Config]")) return `[Extensions.default]\n[Extensions.default.Config]\n${line}`;
  return table.startsWith("[") ? `[Extensions.default]\n${line}` : `${line}[Extensions.default]\n`;
}
