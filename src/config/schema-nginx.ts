/**
 * The documented keys of `[Extensions.<name>.Config]`: what nginx is told. Source: reference §2.3; defaults are those of the
 * documentation's table ("built-in"), not of the file UCP wrote, but for `SSLProtocols`.
 */
import type { NginxSettings } from "../model/config.ts";
import { merged, type Table } from "./about.ts";
import { processTable } from "./nginx-process.ts";
import { trafficTable } from "./nginx-traffic.ts";

/** `[Extensions.<name>.Config]`. */
export const nginxTable: Table<NginxSettings> = merged(trafficTable, processTable);
