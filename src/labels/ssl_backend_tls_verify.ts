/**
 * `com.docker.lb.ssl_backend_tls_verify`: whether the application's certificate is checked.
 */
import { type OptionalLabel, type Reading, bad, good, labelPrefix } from "./family.ts";
import { quoted } from "./quoted.ts";

/** `none`: any certificate is good. `required`: a trusted one for the name of the host. */
export type TlsVerify = "none" | "required";

const words: ReadonlyMap<string, TlsVerify> = new Map([
  ["none", "none"],
  ["off", "none"],
  ["false", "none"],
  ["0", "none"],
  ["required", "required"],
  ["on", "required"],
  ["true", "required"],
  ["1", "required"],
]);

/**
 * How the certificate of an application that speaks TLS is checked.
 *
 * Why: `optional`, which some balancers have, is refused: a check that lets everything through is no check, and the owner should say which
 * of the two is meant.
 * Source: reference §3 (`ssl_backend_tls_verify`, which the original documented and never had).
 */
export const sslBackendTlsVerify: OptionalLabel<TlsVerify> = {
  label: `${labelPrefix}ssl_backend_tls_verify`,
  parse,
  default: "none",
  absent: "`none`: any certificate is good",
  wrong: "refused",
  risk: { otherServices: "services with the same host and path share it, as the oldest asks", nginxText: false },
  sentence: "Whether the application's certificate must be a trusted one",
  values: "`none` or `required`; also `off`, `false`, `0` and `on`, `true`, `1`",
  example: "required",
  interactions: ["Only with `ssl_backend`; otherwise it has no effect"],
  different: ["The original documented it once and never did anything with it"],
  since: "0.1.0",
};

function parse(text: string): Reading<TlsVerify> {
  const word = text.trim().toLowerCase();
  if (word === "") return { findings: [] };
  const verify = words.get(word);
  if (verify !== undefined) return good(verify);
  return bad({
    code: "LABEL_VERIFY_INVALID",
    sentence: `${quoted(text)} does not say whether certificates are checked`,
    remedy: "Write none or required",
  });
}
