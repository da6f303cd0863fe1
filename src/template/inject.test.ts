import assert from "node:assert/strict";
import { test } from "node:test";
import { shippedSettings } from "../../test/golden/structure.ts";
import { foreignParts } from "../render/nginx/foreign.ts";
import { inject } from "./inject.ts";
import { readNginx } from "./nginx-text.ts";

const parts = foreignParts(shippedSettings);

function injected(text: string): string {
  return inject(text, parts);
}

test("our parts come first in the http block, modules first in the file, and the rest stays as it was", () => {
  const text = "# mine\nevents {}\nhttp { # mine too\n\tserver { listen 80; }\n}\n";

  const made = injected(text);

  assert.match(
    made,
    /^load_module modules\/ndk_http_module\.so;\nload_module modules\/ngx_http_lua_module\.so;\n# mine\n/,
  );
  const [head = "", tail = ""] = made.split("http {\n  # What Interlock needs");
  assert.ok(head.endsWith("# mine\nevents {}\n"));
  assert.ok(tail.endsWith(" # mine too\n\tserver { listen 80; }\n}\n"));
});

test("what is added is the control server and what it needs, in an http block of nginx", () => {
  const http = readNginx(injected("http {}")).find(({ name }) => name === "http");

  assert.deepEqual(
    http?.block?.directives.map(({ name }) => name),
    ["lua_package_path", "lua_shared_dict", "header_filter_by_lua_block", "map", "server"],
  );
});

test("a file without an http block gets one", () => {
  assert.match(
    injected("events {}\nstream { server { listen 1; } }"),
    /\nhttp \{\n {2}# What Interlock needs[^]*\n\}\n$/,
  );
});

test("the stream module is loaded where there is a stream block, and no module twice", () => {
  const count = (text: string): number => injected(text).split("load_module").length - 1;

  assert.equal(count("stream {} http {}"), 3);
  assert.equal(count('load_module "modules/ngx_stream_module.so"; stream {} http {}'), 3);
  assert.equal(count("load_module /usr/lib/nginx/modules/ngx_http_lua_module.so; http {}"), 2);
  assert.equal(count("include /etc/nginx/modules-enabled/*.conf; http {}"), 0);
});

test("an http block in quotes, in a comment or inside of Lua is none", () => {
  const text = `# http {\nenv "http {";\ninit_x_by_lua_block { http { } }\nhttp { server {} }`;

  assert.match(injected(text), /\nhttp \{\n {2}# What Interlock needs/);
});

test("what belongs to whoever starts nginx is taken out", () => {
  const made = injected("daemon on;\nmaster_process off;\nhttp { server { set $daemon on; } }");

  assert.doesNotMatch(made, /daemon on;\n|master_process/);
  assert.match(made, /set \$daemon on;/);
});

test("the old switch of TLS goes where listen says what was meant, and only there", () => {
  const made = injected(
    "http { server { listen 1 ssl; ssl on; ssl_certificate a; } server { listen 2; ssl off; } server { listen 3; ssl on; } }",
  );

  assert.deepEqual(made.match(/server \{ listen[^}]*\}/g), [
    "server { listen 1 ssl;  ssl_certificate a; }",
    "server { listen 2;  }",
    "server { listen 3; ssl on; }",
  ]);
});

test("a directive that nginx takes once and we have used up is refused with its line", () => {
  for (const line of ["lua_package_path /x;", "header_filter_by_lua_block { }", "lua_shared_dict interlock 1m;"])
    assert.throws(
      () => injected(`http {\n${line}\n}`),
      /^InterlockError: line 2 of what the template made, .*Interlock needs this directive/,
    );
  assert.doesNotThrow(() => injected("http { lua_shared_dict mine 1m; server { header_filter_by_lua_block { } } }"));
});

test("a log format may use $reqid, as 3.x formats do, and may make its own", () => {
  assert.match(injected("http {}"), /map \$http_x_request_id \$reqid/);
});
