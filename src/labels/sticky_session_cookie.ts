/**
 * `com.docker.lb.sticky_session_cookie`: which cookie keeps a client at one task.
 */
import { type LabelFamily, type Reading, bad, good, labelPrefix } from "./family.ts";
import { quoted } from "./quoted.ts";

// A token of RFC 6265 §4.1.1 without # $ ' and `, which mean something to nginx or a shell where a template writes them.
const cookieName = /^[A-Za-z0-9!%&*+.^_|~-]{1,128}$/;

/**
 * Name of the cookie whose value decides which task a client's requests go to. The application sets it.
 *
 * Source: reference §3 (`sticky_session_cookie`), §4.12; RFC 6265 §4.1.1.
 */
export const stickySessionCookie: LabelFamily<string> = {
  label: `${labelPrefix}sticky_session_cookie`,
  parse,
  absent: "none: each request may reach another task",
  wrong: "left_out",
  risk: { otherServices: "services with the same host share it, as its oldest service asks", nginxText: false },
  sentence: "Cookie, set by the application, that keeps a client at one task",
  values: "a cookie's name: letters, digits and ! % & * + . ^ _ | ~ -, at most 128",
  example: "session",
  interactions: [
    "A request without the cookie goes to the tasks in turn (round robin), as does one with an empty cookie",
    "Counts before `ip_hash`",
    "With `backend_mode=vip` and with `ssl_passthrough` it has no effect",
  ],
  different: ["Any cookie's name works, where the original took letters, digits and underscores"],
  since: "0.1.0",
};

function parse(text: string): Reading<string> {
  const name = text.trim();
  if (name === "") return { findings: [] };
  if (cookieName.test(name)) return good(name);
  return bad({
    code: "LABEL_COOKIE_INVALID",
    sentence: `${quoted(text)} is not the name of a cookie`,
    remedy: name.includes("=")
      ? "Write the cookie's name alone, without a value"
      : "Write one name of letters, digits, hyphens and underscores, as the application sets it",
  });
}
