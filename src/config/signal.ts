/**
 * Stop signals as Docker takes them.
 */

const names = [
  "ABRT ALRM BUS CHLD CLD CONT FPE HUP ILL INT IO IOT KILL PIPE POLL PROF PWR QUIT SEGV STKFLT STOP SYS TERM TRAP",
  "TSTP TTIN TTOU URG USR1 USR2 VTALRM WINCH XCPU XFSZ",
]
  .join(" ")
  .split(" ");

/**
 * Reads a signal by name, with or without `SIG`, in any case, or by number; gives `SIGQUIT` or the number.
 *
 * Fails: `undefined` for what Docker refuses. Source: moby/sys/signal, ParseSignal and signal_linux.go.
 */
export function parseSignal(text: string): string | undefined {
  const name = text.trim().toUpperCase();
  if (/^\d{1,2}$/.test(name)) return Number(name) >= 1 && Number(name) <= 64 ? String(Number(name)) : undefined;
  const bare = name.replace(/^SIG/, "");
  const realTime = /^RT(MIN(\+([1-9]|1[0-5]))?|MAX(-([1-9]|1[0-4]))?)$/;
  return names.includes(bare) || realTime.test(bare) ? `SIG${bare}` : undefined;
}
