/**
 * How much a template may do. A wrong one must not hold up the extension.
 */

/** Longest text a template may make, in UTF-16 units: four times what a docker config holds. */
export const longestText = 4_000_000;

/** Steps: a command is one, and so are eight characters of text that is made. Ten thousand hosts take about a million. */
const mostSteps = 10_000_000;

/** How deep blocks, parentheses and templates may call each other. */
const deepest = 800;

/** Counts what one evaluation has done. */
export class Budget {
  #steps = 0;
  #depth = 0;
  #written = 0;

  /** Notes one command; a sentence when it was one too many. */
  step(): string | undefined {
    this.#steps += 1;
    return this.#steps > mostSteps ? `it does more than ${mostSteps / 1_000_000} million steps` : undefined;
  }

  /** Notes text that was made, though not yet written. */
  made(text: string): string | undefined {
    this.#steps += Math.ceil(text.length / 8);
    return text.length > longestText ? tooLong : undefined;
  }

  /** Notes text that was written. */
  wrote(text: string): string | undefined {
    this.#written += text.length;
    return this.#written > longestText ? tooLong : undefined;
  }

  /** Notes a level; give it back with {@link Budget.leave}. */
  enter(): string | undefined {
    this.#depth += 1;
    return this.#depth > deepest ? `more than ${deepest} levels call each other` : undefined;
  }

  leave(): void {
    this.#depth -= 1;
  }
}

const tooLong = `it makes more than ${longestText / 1_000_000} million characters`;
