/**
 * Whatever text stands in an option of the configuration: either it is refused with the option's name, or nginx.conf is the same but for
 * the arguments of that option's own directive. What is nginx text by its meaning (`GlobalOptions`, `HTTPOptions`, `TCPOptions`,
 * `SSLOpts`) is the operator's, and not among these; log formats are, for they are only half of a directive.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { checkConfig } from "../../src/config/load.ts";
import { confOf, hostileText, textOptions, tomlWith } from "./hostile-values.ts";
import { type Statement, statementsOf } from "./nginx-reader.ts";

/** The directive that an option may change, with the blocks around it; options that are not here change none. */
const owned: Readonly<Record<string, RegExp>> = {
  Version: /^http add_header x-server-info /,
  HTTPVersion: /^http proxy_http_version /,
  User: /^ user /,
  PidPath: /^ pid /,
  WorkerProcesses: /^ worker_processes /,
  SSLCiphers: /^http ssl_ciphers /,
  SSLProtocols: /^http ssl_protocols /,
  SSLDefaultDHParamPath: /^http ssl_dhparam /,
  SSLVerify: /^http ssl_verify_client /,
  KeepaliveTimeout: /^http keepalive_timeout /,
  ClientMaxBodySize: /^http client_max_body_size /,
  ClientBodyBufferSize: /^http client_body_buffer_size /,
  ClientHeaderBufferSize: /^http client_header_buffer_size /,
  LargeClientHeaderBuffers: /^http large_client_header_buffers /,
  ClientBodyTimeout: /^http client_body_timeout /,
  AccessLogPath: /^http access_log /,
  ErrorLogPath: /^ error_log /,
  MainLogFormat: /^http log_format main /,
  TraceLogFormat: /^http log_format trace /,
};

/** Several workers have a socket each: the only word elsewhere that follows an option, and it is none of the option's text. */
const followsWorkers = /^(http\/server listen .*) reuseport$/;

function linesOf(statements: readonly Statement[]): readonly string[] {
  return statements.map(({ path, name, args }) => `${path} ${name} ${args.join(" ")}`);
}

const plain = checkConfig("[Extensions.default]\n").config ?? assert.fail("the smallest configuration is refused");
const plainConf = confOf(plain);
const plainLines = linesOf(statementsOf(plainConf));

/** Fails unless the value is refused by name, or changes nothing but the option's own directive. True when it was accepted. */
function judge(table: string, key: string, value: string): boolean {
  const { config, findings } = checkConfig(tomlWith(table, key, value));
  if (config === undefined) {
    const first = findings[0] ?? assert.fail("refused without a word");
    assert.ok(first.key.split(".").includes(key), `${first.key}: ${first.sentence}`);
    assert.doesNotMatch(first.sentence + first.remedy, /\p{Cc}/u);
    return false;
  }
  const conf = confOf(config);
  if (conf === plainConf) return true;
  const lines = linesOf(statementsOf(conf));
  const own = owned[key] ?? /^never$/;
  const foreign = (line: string): boolean => !own.test(line);
  const others = lines.map((line) => (key === "WorkerProcesses" ? line.replace(followsWorkers, "$1") : line));
  assert.deepEqual(others.filter(foreign), plainLines.filter(foreign));
  assert.ok(lines.length <= plainLines.length + 1);
  return true;
}

test("there are texts in every table", () => {
  assert.deepEqual(new Set(textOptions.map(({ table }) => table)).size, 3);
  assert.ok(textOptions.length >= 35, String(textOptions.length));
});

test("no text of any option becomes a directive, and what is refused is refused by name", () => {
  let accepted = 0;
  fc.assert(
    fc.property(fc.constantFrom(...textOptions), hostileText, ({ table, key }, value) => {
      if (judge(table, key, value)) accepted += 1;
    }),
    { numRuns: 60_000 },
  );
  assert.ok(accepted > 1_000, `only ${accepted} were accepted`);
});

test("labels of services and arguments reach no nginx.conf at all", () => {
  const line = (key: string, value: string): string =>
    key === "Args" ? `ProxyArgs = [${JSON.stringify(value)}]` : `ProxyLabels = { a = ${JSON.stringify(value)} }`;
  fc.assert(
    fc.property(fc.constantFrom("Args", "Labels"), hostileText, (key, value) => {
      const { config, findings } = checkConfig(`[Extensions.default]\n${line(key, value)}\n`);
      if (config === undefined) assert.match(findings[0]?.key ?? "", /Proxy(Args|Labels)/);
      else assert.equal(confOf(config), plainConf);
    }),
    { numRuns: 2_000 },
  );
});

test("the reader of these tests sees a directive where there is one", () => {
  const conf = "a; b { c 'x;y' \"}\" z\\;; # d;\n e_by_lua_block { x = '}' } ${f} 1; }";

  assert.deepEqual(linesOf(statementsOf(conf)), [" a ", " b ", "b c x;y } z\\;", "b e_by_lua_block ", "b ${f} 1"]);
  for (const bad of ["a", "a {", "}", "'a", "'a'b;", ";"]) assert.throws(() => statementsOf(bad), bad);
});
