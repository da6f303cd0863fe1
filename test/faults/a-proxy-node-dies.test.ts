import { proxyNodeDies } from "./mischiefs/proxies.ts";
import { row } from "./row.ts";

row("a proxy's node dies", [proxyNodeDies]);
