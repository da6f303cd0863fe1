/**
 * `npm run check`: everything that needs no running. Each check is one line; exits 1 when one fails.
 */
import { checks, runCheck } from "./checks.ts";

let failed = 0;
for (const check of checks) {
  const outcome = await runCheck(check);
  if (outcome.ok) console.log(`ok    ${check.name} (${outcome.seconds.toFixed(1)} s)`);
  else {
    failed += 1;
    console.log(`FAIL  ${check.name}\n${outcome.output}`);
  }
}
process.exitCode = failed === 0 ? 0 : 1;
