/**
 * The one logger: JSON lines, ISO time, level as a word. It is passed in, never imported by the parts.
 */
import { pino, type Logger } from "pino";

export type { Logger };

/** What may be set about logging. */
export interface LogOptions {
  /** Name of the role, on every line. */
  readonly role: string;
  readonly debug: boolean;
}

/** Makes a role's logger. It writes to standard error, so that standard output stays nginx's access log or the CLI's answer. */
export function makeLogger(options: LogOptions): Logger {
  return pino(
    {
      base: { role: options.role },
      level: options.debug ? "debug" : "info",
      timestamp: () => `,"time":"${new Date().toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
      // The second net: nothing here should ever be logged in the first place.
      redact: ["*.secret", "*.token", "*.password", "*.AdminPass", "*.adminPass", "*.keyPem"],
    },
    // Synchronous: the last line before an exit is the one that matters most.
    process.stderr,
  );
}
