/**
 * Labels of the original that are known and not acted on yet.
 */
import { parseBoolean } from "./boolean.ts";
import { type Finding, labelPrefix } from "./family.ts";
import { quoted } from "./quoted.ts";

/** A label that is known, and what it costs that nothing is done about it. */
export interface LaterLabel {
  readonly label: string;
  /** What it would do, as one sentence without full stop. */
  readonly sentence: string;
  /** What the owner should know about this value; `undefined` when it asks for what happens anyway. */
  readonly read: (text: string) => Finding | undefined;
}

/**
 * All of them.
 *
 * Why: a service with one of them is served without what it asks for, with a warning, since the rest of it works. The exception is
 * `ssl_passthrough`: the application speaks TLS itself and its owner asked that nobody else reads the requests. To send them to it in clear text
 * would be an answer to a question nobody asked, so that service is not served (an error, and its previous version stays).
 * `websocket_endpoints` costs nothing: upgrades work on every path without being asked for.
 * Source: reference §3.
 */
export const laterLabels: readonly LaterLabel[] = [
  {
    label: `${labelPrefix}context_root`,
    sentence: "Path below which the service is served",
    read: (text) =>
      ["", "/"].includes(text.trim()) ? undefined : ignored(text, "every path of the host goes to the service"),
  },
  yesNo(
    "context_root_rewrite",
    "Strips the context root before the application sees it",
    "paths reach the application unchanged",
  ),
  text("ssl_cert", "Secret with the certificate of its hosts", "its hosts are served over plain HTTP"),
  text("ssl_key", "Secret with the key of the certificate", "its hosts are served over plain HTTP"),
  {
    label: `${labelPrefix}ssl_passthrough`,
    sentence: "Passes TLS through to the application unread",
    read: passthrough,
  },
  yesNo("ssl_only", "Refuses plain HTTP", "its hosts are served over plain HTTP"),
  yesNo("ssl_backend", "Speaks TLS to the application", "the proxies speak plain HTTP to the application"),
  text(
    "ssl_backend_tls_verify",
    "How the application's certificate is checked",
    "the proxies speak plain HTTP to the application",
  ),
  text("sticky_session_cookie", "Cookie that keeps a client at one task", "each request may reach another task"),
  yesNo("ip_hash", "Keeps a client's address at one task", "each request may reach another task"),
  text("redirects", "Hosts that are redirected elsewhere", "nothing is redirected"),
  text("max_fails", "Failures after which a task gets a pause", "the proxies use their own limits"),
  text("fail_timeout", "How long that pause is", "the proxies use their own limits"),
  { label: `${labelPrefix}websocket_endpoints`, sentence: "Paths with websockets", read: () => undefined },
];

function text(name: string, sentence: string, instead: string): LaterLabel {
  return {
    label: labelPrefix + name,
    sentence,
    read: (value) => (value.trim() === "" ? undefined : ignored(value, instead)),
  };
}

function yesNo(name: string, sentence: string, instead: string): LaterLabel {
  return {
    label: labelPrefix + name,
    sentence,
    read: (value) => (asksNothing(value) ? undefined : ignored(value, instead)),
  };
}

function asksNothing(text: string): boolean {
  return text.trim() === "" || parseBoolean(text).value === false;
}

function ignored(text: string, instead: string): Finding {
  return {
    code: "LABEL_NOT_ACTED_ON",
    sentence: `${quoted(text)} is not acted on yet: ${instead}`,
    remedy: "Remove the label when that is what you want, or wait for a version that acts on it",
  };
}

function passthrough(text: string): Finding | undefined {
  if (asksNothing(text)) return undefined;
  return {
    code: "LABEL_NOT_SERVED",
    sentence: `${quoted(text)} asks to pass TLS through unread, which this version cannot do`,
    remedy:
      "Serve the application over plain HTTP inside the network and remove the label, or wait for a version that passes TLS through",
  };
}
