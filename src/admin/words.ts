/**
 * The bodies of the API. Source: reference §5.2 (as the original's clients send them).
 */
import * as z from "zod";

/** What `POST /api/interlock` asks for. */
export interface Wish {
  /** False asks for what `DELETE` does; some clients send it so. */
  readonly enabled: boolean;
  /** Absent: as it is, or the default. */
  readonly httpPort?: number;
  readonly httpsPort?: number;
}

/** What `GET /api/interlock` tells; the first four as in the body of `POST`. */
export interface State {
  readonly InterlockEnabled: boolean;
  readonly HTTPPort?: number;
  readonly HTTPSPort?: number;
  readonly Arch: string;
  /** Name of the docker config core runs with, or would start with. */
  readonly Config?: string;
  /** True when that config is not the default: then `POST` changes nothing in it. */
  readonly CustomConfig: boolean;
}

/** A wish, or what is wrong with the body as one sentence. */
export type WishRead = { readonly wish: Wish } | { readonly wrong: string };

const port = z.int().min(1).max(65_535);
// Unknown fields are let pass: the original's clients send more than it documents.
const body = z.object({
  InterlockEnabled: z.boolean().optional(),
  HTTPPort: port.optional(),
  HTTPSPort: port.optional(),
  Arch: z.string().optional(),
});

/** Reads a body; an empty one asks for what is there already, or for the defaults. */
export function readWish(text: string): WishRead {
  const parsed = jsonOf(text.trim() === "" ? "{}" : text);
  if (parsed === undefined) return { wrong: "the body is not JSON" };
  const read = body.safeParse(parsed.value);
  if (!read.success) {
    const [issue] = read.error.issues;
    return { wrong: `${issue?.path.join(".") || "the body"}: ${issue?.message ?? "not understood"}` };
  }
  const { InterlockEnabled, HTTPPort, HTTPSPort } = read.data;
  return {
    wish: {
      enabled: InterlockEnabled ?? true,
      ...(HTTPPort === undefined ? {} : { httpPort: HTTPPort }),
      ...(HTTPSPort === undefined ? {} : { httpsPort: HTTPSPort }),
    },
  };
}

const login = z.object({ password: z.string() });

/** The password of `POST /auth/login`; absent when the body is another one. */
export function passwordIn(text: string): string | undefined {
  return login.safeParse(jsonOf(text)?.value).data?.password;
}

function jsonOf(text: string): { readonly value: unknown } | undefined {
  try {
    return { value: JSON.parse(text) };
  } catch {
    return undefined;
  }
}
