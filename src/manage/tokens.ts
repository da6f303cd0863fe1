/**
 * The tokens by which core knows its roles where it is on no network with them: a Swarm secret for each role of each cluster
 * (record 0011). Core keeps only hashes, and those are labels of the secrets.
 */
import { createHash, randomBytes } from "node:crypto";
import { hashOf } from "../model/bundle.ts";
import type { KnownCallers } from "../model/caller.ts";
import type { SecretRef } from "../model/desired.ts";
import { isInterlockError } from "../model/errors.ts";
import { parseServiceClusterName } from "../model/names.ts";
import type { SwarmObject } from "../model/snapshot.ts";
import type { Logger } from "../telemetry/log.ts";
import type { SecretEngine } from "./engine.ts";
import { labelsOf, ownershipLabels, ownershipOf, type Role } from "./ownership.ts";
import { tokenKey } from "./spec.ts";

/** A token that is there. */
interface TokenSecret {
  readonly secret: SecretRef;
  readonly key: string;
  readonly role: Role;
  readonly cluster: string;
  /** SHA-256 of the token, hex. */
  readonly hash: string;
}

/** Who must have a token. */
export interface TokenHolder {
  readonly role: Role;
  /** Name of the TOML table. */
  readonly extension: string;
  readonly cluster: string;
}

/** The tokens one core made. */
export function tokensIn(secrets: readonly SwarmObject[], owner: string): readonly TokenSecret[] {
  return secrets.flatMap(({ id, name, labels }) => {
    const ownership = ownershipOf({ labels });
    const hash = labels[ownershipLabels.token];
    if (ownership?.owner !== owner || hash === undefined) return [];
    const { role, extension, cluster } = ownership;
    return [{ secret: { id, name }, key: tokenKey(role, extension), role, cluster, hash }];
  });
}

/** Who a caller with a token is, by the token's hash. */
export function callersByToken(secrets: readonly SwarmObject[], owner: string): KnownCallers["byToken"] {
  return new Map(
    tokensIn(secrets, owner).flatMap(({ hash, role, cluster }) => {
      const name = parseServiceClusterName(cluster);
      return name === undefined ? [] : [[hash, { role, cluster: name }]];
    }),
  );
}

/** Keeps the tokens of one core's roles. */
export class Tokens {
  readonly #engine: SecretEngine;
  readonly #owner: string;
  readonly #log: Logger;
  /** Those made here, by key: a look from before does not show them. */
  readonly #made = new Map<string, SecretRef>();

  constructor(engine: SecretEngine, owner: string, log: Logger) {
    this.#engine = engine;
    this.#owner = owner;
    this.#log = log;
  }

  /**
   * The token of every holder, by key; makes those that are missing.
   *
   * Fails: as {@link SecretEngine}.
   */
  async ensure(
    secrets: readonly SwarmObject[],
    holders: readonly TokenHolder[],
    signal: AbortSignal,
  ): Promise<ReadonlyMap<string, SecretRef>> {
    const seen = new Map(tokensIn(secrets, this.#owner).map(({ key, secret }) => [key, secret]));
    const tokens = new Map<string, SecretRef>();
    for (const holder of holders) {
      const key = tokenKey(holder.role, holder.extension);
      const token = seen.get(key) ?? this.#made.get(key) ?? (await this.#make(holder, signal));
      this.#made.set(key, token);
      tokens.set(key, token);
    }
    return tokens;
  }

  /** Removes the tokens that nobody should have any more; one that a service still mounts stays until it does not. */
  async removeOthers(secrets: readonly SwarmObject[], kept: ReadonlySet<string>, signal: AbortSignal): Promise<void> {
    for (const { key, secret } of tokensIn(secrets, this.#owner)) {
      if (kept.has(key)) continue;
      try {
        await this.#engine.removeSecret(secret.id, signal);
        this.#log.info({ secret: secret.name }, "Token removed");
      } catch (error) {
        if (!isInterlockError(error) && !signal.aborted) throw error;
      }
      this.#made.delete(key);
    }
  }

  async #make({ role, extension, cluster }: TokenHolder, signal: AbortSignal): Promise<SecretRef> {
    const token = randomBytes(32).toString("hex");
    // A secret's name has 64 characters at most; what it is for is in its labels.
    const name = `com.docker.interlock.token.${hashOf(`${this.#owner} ${role} ${extension}`)}`;
    const hash = createHash("sha256").update(token).digest("hex");
    const labels = { ...labelsOf(this.#owner, role, { name: extension, cluster }), [ownershipLabels.token]: hash };
    const { id } = await this.#engine.createSecret({ name, labels, content: token }, signal);
    this.#log.info({ secret: name, extension, role }, "Token made");
    return { id, name };
  }
}
