/**
 * Who may ask: whoever has the token of a file, a Swarm secret mostly.
 */
import { createHash, timingSafeEqual } from "node:crypto";
import { readFile } from "node:fs/promises";
import { InterlockError, sentenceOf } from "../model/errors.ts";

/** Shorter ones can be guessed. */
const leastLength = 16;

/** Knows the token; keeps it to itself. */
export class Token {
  readonly #digest: Buffer;

  private constructor(text: string) {
    this.#digest = digestOf(text);
  }

  /**
   * Reads the token: the file's text without spaces around it.
   *
   * Fails: USAGE when the file cannot be read or its token is too short.
   */
  static async fromFile(path: string): Promise<Token> {
    let text: string;
    try {
      text = (await readFile(path, "utf8")).trim();
    } catch (cause) {
      throw new InterlockError("USAGE", `--token-file: ${sentenceOf(cause)}`, { cause });
    }
    if (text.length < leastLength)
      throw new InterlockError(
        "USAGE",
        `--token-file: the token in ${path} has ${text.length} characters; use at least ${leastLength}, e.g. of 'openssl rand -hex 32'`,
      );
    return new Token(text);
  }

  /** True for the token itself. Takes as long for a wrong one. */
  is(text: string): boolean {
    return timingSafeEqual(this.#digest, digestOf(text));
  }

  /** True for a header `Authorization: Bearer <token>`. Source: RFC 6750 §2.1. */
  isIn(authorization: string | undefined): boolean {
    const [, given] = /^Bearer +(\S+)$/i.exec(authorization ?? "") ?? [];
    return given !== undefined && this.is(given);
  }
}

function digestOf(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
