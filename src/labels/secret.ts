/**
 * Labels that name a Swarm secret.
 */
import { type Reading, bad, good } from "./family.ts";
import { quoted } from "./quoted.ts";

/** What {@link parseSecret} takes, for the documents. */
export const secretValues =
  "the name of a Swarm secret, with the stack's name before it where a stack made it; at most 64 letters, digits, dots, hyphens and underscores";

// Source: swarmkit, names of configs and secrets.
const secretName = /^[A-Za-z0-9](?:[A-Za-z0-9._-]{0,62}[A-Za-z0-9])?$/;

/** Reads the name of a secret; whether there is one is decided with the Swarm at hand. Empty text reads as absent. */
export function parseSecret(text: string): Reading<string> {
  const name = text.trim();
  if (name === "") return { findings: [] };
  if (secretName.test(name)) return good(name);
  return bad({
    code: "LABEL_SECRET_INVALID",
    sentence: `${quoted(text)} cannot be the name of a secret`,
    remedy: name.includes("-----BEGIN")
      ? "Put the text into a secret (docker secret create), and write the secret's name here; consider the key as known to others"
      : "Write the name of a Swarm secret, as 'docker secret ls' shows it",
  });
}
