/**
 * Shell completion, made from the command line itself so that the two cannot part.
 */
import type { Command } from "commander";
import { InterlockError } from "../model/errors.ts";

/** The shells there is completion for. zsh and fish users get theirs from the same words. */
export const shells: readonly string[] = ["bash", "zsh", "fish"];

/**
 * The script for a shell.
 *
 * Fails: USAGE for a shell there is none for.
 */
export function completionScript(program: Command, shell: string): string {
  const words = wordsOf(program, []);
  switch (shell) {
    case "bash":
      return bash(words);
    case "zsh":
      return `autoload -U +X bashcompinit && bashcompinit\n${bash(words)}`;
    case "fish":
      return fish(words);
    default:
      throw new InterlockError("USAGE", `no completion for "${shell}"; there is one for ${shells.join(", ")}`);
  }
}

/** What may follow a command, by the command's path (`""` for none yet). */
type Words = ReadonlyMap<string, readonly string[]>;

function wordsOf(command: Command, path: readonly string[]): Words {
  const flags = command.options.flatMap((option) => option.long ?? option.short ?? []);
  const own = [...command.commands.map((each) => each.name()), ...flags, "--help"];
  const below = command.commands.flatMap((each) => [...wordsOf(each, [...path, each.name()])]);
  return new Map([[path.join(" "), own], ...below]);
}

/** In what bash and zsh's bashcompinit both understand: no `mapfile`, and `$2` for the word at the cursor, whose index they count differently. */
function bash(words: Words): string {
  const cases = [...words].map(([path, next]) => `    "${path}") next="${next.join(" ")}" ;;`).join("\n");
  return `_interlock() {
  local path="" word next=""
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case "$word" in -*) ;; *) path="\${path:+$path }$word" ;; esac
  done
  case "$path" in
${cases}
  esac
  COMPREPLY=($(compgen -W "$next" -- "$2"))
}
complete -o default -F _interlock interlock
`;
}

function fish(words: Words): string {
  const lines = [...words].map(([path, next]) => {
    const last = path.split(" ").at(-1) ?? "";
    const condition = last === "" ? "__fish_use_subcommand" : `__fish_seen_subcommand_from ${last}`;
    return `complete -c interlock -n "${condition}" -a "${next.join(" ")}"`;
  });
  return `${lines.join("\n")}\n`;
}
