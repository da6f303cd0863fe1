/**
 * The configuration that `interlock enable` writes: every key that matters, with a word on each.
 */
/** What can be chosen when Interlock is enabled. */
export interface DefaultConfigOptions {
  readonly httpPort: number;
  readonly httpsPort: number;
  readonly publishMode: "ingress" | "host";
  /** Two when left out, as in the original. */
  readonly proxyReplicas?: number;
}

/** The ports and mode of a plain `interlock enable`. Source: reference §2.2, the defaults of UCP 3.2. */
export const defaultOptions: DefaultConfigOptions = { httpPort: 8080, httpsPort: 8443, publishMode: "ingress" };

/**
 * The documented default configuration.
 *
 * Shape: one `[Extensions.default]` with the sub-tables of the original; duplicating the section and renaming `default`, as
 * the article does, gives a second service cluster. Names and images are left to their defaults for that reason, and
 * `ServiceCluster` is commented out so that it can be added.
 */
export function defaultConfigToml(options: DefaultConfigOptions): string {
  return `# Configuration of Interlock. A Swarm config cannot be changed: edit a copy and apply it under the next number.
#
#   interlock config check FILE
#   docker config create com.docker.ucp.interlock.conf-2 FILE
#   docker service update --update-failure-action rollback --config-rm com.docker.ucp.interlock.conf-1 \\
#     --config-add source=com.docker.ucp.interlock.conf-2,target=/config.toml ucp-interlock
#
# Keys may be written in any case. Durations are like "3s", "1m30s", "500ms".

ListenAddr = ":8080"                          # where core answers extensions, proxies and the CLI
DockerURL = "unix:///var/run/docker.sock"
AllowInsecure = false                         # true: do not verify the certificate of a DockerURL with TLS
PollInterval = "3s"                           # between two looks at the Swarm, where they are quick; at least 2s

[Extensions]

  # One [Extensions.<name>] per service cluster: its own extension, its own proxies, its own ports.
  # For another one, duplicate everything from here to the end, rename "default" in the headers of the
  # copy, and give it its own ServiceCluster and ports.
  [Extensions.default]
    # ServiceCluster = ""                     # serves services with this com.docker.lb.service_cluster label; "" = those without

    # ServiceName = "ucp-interlock-extension" # left out: this name, with "-<name>" behind it in [Extensions.<name>]
    # Image = ""                              # left out: core's own image
    Args = []                                 # ["-D"] = log everything
    Constraints = ["node.platform.os==linux"] # where the extension may run
    PlacementPreferences = []                 # e.g. ["spread=node.labels.zone"]

    # ProxyServiceName = "ucp-interlock-proxy"
    # ProxyImage = ""
    ProxyReplicas = ${options.proxyReplicas ?? 2}
    ProxyConstraints = ["node.platform.os==linux"]
    ProxyPlacementPreferences = []
    ProxyStopSignal = "SIGQUIT"               # lets running requests finish ...
    ProxyStopGracePeriod = "5s"               # ... for this long
    # ProxyDrainTime = "2s"                   # of which it serves on for this long; left out: two fifths, at most 10s
    ProxyUpdateDelay = "0s"                   # pause between two proxies of an update

    PublishMode = "${options.publishMode}"${" ".repeat(26 - options.publishMode.length)}# "ingress": the ports on every node; "host": only where a proxy runs
    PublishedPort = ${options.httpPort}
    TargetPort = 80
    PublishedSSLPort = ${options.httpsPort}
    TargetSSLPort = 443

    # Networks = ["apps"]                     # proxies join these only; left out: those of the services they serve

    [Extensions.default.Config]               # what nginx is told
      MaxConnections = 8192                   # per worker
      WorkerProcesses = 1                     # "auto" = one per processor
      RLimitNoFile = 65535
      HTTPVersion = "1.1"                     # towards applications
      ConnectTimeout = 5                      # seconds
      SendTimeout = 600
      ReadTimeout = 600
      KeepaliveTimeout = "75s"
      ClientMaxBodySize = "32m"
      ClientBodyBufferSize = "128k"
      ClientBodyTimeout = "60s"
      ClientHeaderBufferSize = "1k"
      LargeClientHeaderBuffers = "4 8k"
      UnderscoresInHeaders = false
      HideInfoHeaders = false                 # true: no x-* headers that tell where an answer came from
      SSLProtocols = "TLSv1.2 TLSv1.3"
      SSLCiphers = "HIGH:!aNULL:!MD5"
      AccessLogPath = "/dev/stdout"           # "off" = none
      ErrorLogPath = "/dev/stdout"
      GlobalOptions = []                      # raw nginx lines in the main context
      HTTPOptions = []                        # ... in http
      TCPOptions = []                         # ... in stream

    [Extensions.default.Labels]               # labels on the extension service
    [Extensions.default.ContainerLabels]      # ... on its containers
    [Extensions.default.ProxyLabels]          # ... on the proxy service
    [Extensions.default.ProxyContainerLabels] # ... on the proxies' containers
`;
}
