/**
 * The command line: what can be asked, with help. Each command's module is loaded only when it runs.
 */
import { Command, InvalidArgumentError, Option } from "commander";
import { usualDrainMs } from "../model/config.ts";
import { version } from "../model/version.ts";
import type { AdminOptions } from "./admin.ts";
import type { EnableOptions } from "./enable.ts";
import { completionScript, shells } from "./completion.ts";
import type { ProxyRoleOptions } from "./proxy.ts";

/** The flags of `enable` as commander gives them. */
type EnableFlags = Omit<EnableOptions, "keepConfig" | "detach"> & {
  readonly keepConfig?: boolean;
  readonly detach?: boolean;
};

/** The flags of `proxy`. */
type ProxyFlags = Omit<ProxyRoleOptions, "classic" | "debug"> & {
  readonly classic?: boolean;
  readonly debug?: boolean;
};

/** Builds the command line. Parsing runs the command; errors are thrown. */
export function cli(): Command {
  const program = new Command("interlock")
    .description("Layer-7 ingress for Docker Swarm")
    .version(version, "-v, --version")
    .option("-D, --debug", "say more in the log")
    .exitOverride()
    .showHelpAfterError("(interlock --help shows the commands)");
  const debug = (local: { debug?: boolean }): boolean =>
    program.opts<{ debug?: boolean }>().debug ?? local.debug ?? false;
  const core = new Option("--core <host:port>", "where core listens").env("INTERLOCK_CORE");

  program
    .command("run")
    .description("run core: watch the Swarm, decide, deliver (a Swarm service on a manager)")
    .option("-c, --config <file>", "the TOML configuration", "/config.toml")
    .option("-D, --debug", "say more in the log")
    .action(async (options: { config: string; debug?: boolean }) => {
      const { runCore } = await import("./run.ts");
      await runCore({ config: options.config, debug: debug(options) });
    });

  program
    .command("extension")
    .description("run the extension of a service cluster (core creates the service)")
    .addOption(core.makeOptionMandatory())
    .option("-D, --debug", "say more in the log")
    // Args and ProxyArgs of a configuration made for the original: what means nothing here must not end the role.
    .allowUnknownOption()
    .allowExcessArguments()
    .action(async (options: { core: string; debug?: boolean }) => {
      const { runExtension } = await import("./extension.ts");
      await runExtension({ core: options.core, debug: debug(options) });
    });

  program
    .command("proxy")
    .description("run a proxy: nginx and the agent beside it (core creates the service)")
    .addOption(core.makeOptionMandatory())
    .option("-D, --debug", "say more in the log")
    .option("--config-path <path>", "where the configuration in use can be read as well (ProxyConfigPath)")
    .addOption(
      new Option("--drain-ms <ms>", "how long it serves on after it was told to stop (ProxyDrainTime)")
        .argParser(milliseconds)
        .default(usualDrainMs),
    )
    .option("--classic", "serve what the file at --config-path says (HitlessServiceUpdate = false)")
    // Args and ProxyArgs of a configuration made for the original: what means nothing here must not end the role.
    .allowUnknownOption()
    .allowExcessArguments()
    .action(async (options: ProxyFlags) => {
      const { runProxyRole } = await import("./proxy.ts");
      await runProxyRole({ ...options, classic: options.classic ?? false, debug: debug(options) });
    });

  program
    .command("config-service")
    .description("hand the certificates of a service cluster to core (core creates the service)")
    .addOption(core.makeOptionMandatory())
    .option("-D, --debug", "say more in the log")
    .action(async (options: { core: string; debug?: boolean }) => {
      const { runConfigService } = await import("./config-service.ts");
      await runConfigService({ core: options.core, debug: debug(options) });
    });

  program
    .command("enable")
    .description("create the control network, the first configuration and the core service")
    .option("--http-port <port>", "port published for HTTP", "8080")
    .option("--https-port <port>", "port published for HTTPS", "8443")
    .addOption(
      new Option("--publish-mode <mode>", "how proxy ports are published")
        .choices(["ingress", "host"])
        .default("ingress"),
    )
    .option("--replicas <count>", "proxies of the default service cluster", "2")
    .option("--image <name>", "image of all roles (default: the one this command runs from)")
    .option("--keep-config", "start with the newest configuration that is there, whatever it says")
    .option("--detach", "do not wait until it serves")
    .action(async (options: EnableFlags) => {
      const { enable } = await import("./enable.ts");
      await enable({ ...options, keepConfig: options.keepConfig ?? false, detach: options.detach ?? false });
    });

  program
    .command("disable")
    .description("remove core and every service it made; configurations stay unless --purge")
    .option("--purge", "remove the configurations too")
    .action(async (options: { purge?: boolean }) => {
      const { disable } = await import("./disable.ts");
      await disable({ purge: options.purge ?? false });
    });

  program
    .command("status")
    .description(
      "clusters, proxies and what each serves, routes, problems and their remedies; exits 1 when something needs attention",
    )
    .option("--json", "the whole status as JSON")
    .addOption(new Option("--core <host:port>", "ask core there instead of through Docker").env("INTERLOCK_CORE"))
    .action(async (options: { json?: boolean; core?: string }) => {
      const { status } = await import("./status.ts");
      process.exitCode = await status({ json: options.json ?? false, core: options.core });
    });

  program
    .command("approve")
    .description("say that what core holds back of its last look at the Swarm is right ('interlock status' shows what)")
    .option("--json", "what was approved as JSON")
    .addOption(new Option("--core <host:port>", "ask core there instead of through Docker").env("INTERLOCK_CORE"))
    .action(async (options: { json?: boolean; core?: string }) => {
      const { approve } = await import("./approve.ts");
      await approve({ json: options.json ?? false, core: options.core });
    });

  program
    .command("admin")
    .description("run the HTTP API that enables and disables Interlock: POST, DELETE and GET /api/interlock")
    .option("--listen <address>", "host:port or :port", "127.0.0.1:8088")
    .requiredOption("--token-file <file>", "file with the token clients must send (a Swarm secret)")
    .option("--tls-cert <file>", "certificate (PEM), to speak HTTPS")
    .option("--tls-key <file>", "its key (PEM)")
    .option("-D, --debug", "say more in the log")
    .action(async (options: Omit<AdminOptions, "debug"> & { debug?: boolean }) => {
      const { admin } = await import("./admin.ts");
      await admin({ ...options, debug: debug(options) });
    });

  const config = program.command("config").description("work on the configuration");
  config
    .command("check <file>")
    .description("read a configuration as core would, and say everything that is wrong with it (- for standard input)")
    .option("--json", "findings as JSON")
    .action(async (file: string, options: { json?: boolean }) => {
      const { configCheck } = await import("./config-check.ts");
      process.exitCode = await configCheck(file, options.json ?? false);
    });

  const migrate = program.command("migrate").description("move from what came before Interlock");
  migrate
    .command("hrm")
    .description(
      "print the commands that replace the labels of UCP 2's HTTP routing mesh (com.docker.ucp.mesh.http); changes nothing, exits 1 when a service needs a person",
    )
    .option("--remove-old", "the commands also remove the old labels")
    .option("--json", "the steps as JSON")
    .action(async (options: { removeOld?: boolean; json?: boolean }) => {
      const { migrateHrm } = await import("./migrate.ts");
      process.exitCode = await migrateHrm({ removeOld: options.removeOld ?? false, json: options.json ?? false });
    });

  program
    .command("completion")
    .description("print shell completion, e.g. source <(interlock completion bash)")
    .argument("<shell>", shells.join(", "))
    .action((shell: string) => {
      process.stdout.write(completionScript(program, shell));
    });

  return program;
}

function milliseconds(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError("expected whole milliseconds");
  return Number(text);
}
