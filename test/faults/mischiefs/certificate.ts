/**
 * A certificate is renewed, as operators do: new secrets, a changed label.
 */
import { X509Certificate } from "node:crypto";
import { connect } from "node:tls";
import { sh, until } from "../../e2e/swarm.ts";
import { secretsOf, web } from "../applications.ts";
import { type Frame, makeSecrets } from "../frame.ts";
import type { Door } from "../load/plan.ts";
import type { Mischief } from "../mischief.ts";

/** Generous: what is measured is said and stands in the report. */
const limitMs = 30_000;

/** Every round a new certificate, and at the end the first again. */
export const certificateRotated: Mischief = {
  name: "the secret of a certificate is rotated",
  allowed: "0; new certificate served by all within 2 s",
  most: 20,
  run: async ({ frame, rounds, say }) => {
    const took: number[] = [];
    let version = 1;
    for (let round = 0; round < Math.max(rounds, 2); round += 1) {
      const { cert } = secretsOf(web.host, version);
      version += 1;
      const wanted = new X509Certificate(await makeSecrets(frame, web.host, version)).fingerprint256;
      took.push(await rotate(frame, version, wanted));
      await removeSecrets(frame, cert, cert.replace(/cert$/, "key"));
    }
    // The name the frame knows, with yet another certificate.
    const last = secretsOf(web.host, version);
    const wanted = new X509Certificate(await makeSecrets(frame, web.host, 1)).fingerprint256;
    took.push(await rotate(frame, 1, wanted));
    await removeSecrets(frame, last.cert, last.key);
    say(`the new certificate was served by all after ${took.map((ms) => `${(ms / 1_000).toFixed(2)} s`).join(", ")}`);
    return undefined;
  },
};

/** Milliseconds from the command to the last proxy that shows the wanted certificate. */
async function rotate(frame: Frame, version: number, wanted: string): Promise<number> {
  const { cert, key } = secretsOf(web.host, version);
  const start = performance.now();
  await sh(
    frame.lab,
    `docker service update --quiet --detach --label-add com.docker.lb.ssl_cert=${cert} --label-add com.docker.lb.ssl_key=${key} ${web.name}`,
  );
  await until("the new certificate", limitMs, async () => {
    const shown = await Promise.all(frame.doors.map((door) => shownBy(door, web.host, frame.authority.cert)));
    return shown.every((fingerprint) => fingerprint === wanted);
  });
  return performance.now() - start;
}

/** Fingerprint of the certificate a door shows for a host. */
async function shownBy(door: Door, host: string, ca: string): Promise<string> {
  return await new Promise((resolve, reject) => {
    const socket = connect({ host: door.address, port: door.tlsPort, servername: host, ca, timeout: 5_000 }, () => {
      resolve(socket.getPeerCertificate().fingerprint256);
      socket.end();
    });
    socket.on("timeout", () => socket.destroy(new Error("no handshake")));
    socket.on("error", reject);
  });
}

async function removeSecrets({ lab }: Frame, ...names: readonly string[]): Promise<void> {
  await until("the old secrets to be free", 60_000, async () => {
    await sh(lab, `docker secret rm ${names.join(" ")}`);
    return true;
  });
}
