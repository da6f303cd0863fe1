/**
 * What is asked of each proxy.
 */
import type { bodies } from "./image-nginx.ts";

/** How many routes a proxy has. */
export type RouteCount = 1 | 100 | 5_000;

/** Requests as fast as they are answered, over connections that stay open. */
export interface RequestCase {
  readonly kind: "requests";
  readonly path: keyof typeof bodies | "/upload";
  /** HTTP/2 over TLS 1.3, with {@link streamsPerConnection}, instead of plain HTTP/1.1. */
  readonly h2?: true;
}

/** New TLS 1.3 connections, none resumed, one request over each. */
export interface HandshakeCase {
  readonly kind: "handshakes";
}

/** Messages over WebSockets, each sent when the answer to the last one has come. */
export interface WebSocketCase {
  readonly kind: "websockets";
}

/** Requests at times that do not depend on answers, at half of what the proxy can do. */
export interface LatencyCase {
  readonly kind: "latency";
}

/** One row of the tables. */
export type Case = (RequestCase | HandshakeCase | WebSocketCase | LatencyCase) & {
  /** A word for options. */
  readonly name: string;
  readonly title: string;
  readonly routes: RouteCount;
  readonly connections: number;
  /** Also of a quick run. */
  readonly quick: boolean;
};

/** Requests at once over one connection of HTTP/2. */
export const streamsPerConnection = 8;

/** Bytes of an uploaded body. */
export const uploadBytes: number = 102_400;

const requests = { kind: "requests", path: "/small", routes: 100, connections: 64, quick: false } as const;

/** All of them, in the order they run in each round. */
export const cases: readonly Case[] = [
  { ...requests, name: "small-1", title: "100 B, 1 connection", connections: 1 },
  { ...requests, name: "small", title: "100 B, 64 connections", quick: true },
  { ...requests, name: "small-512", title: "100 B, 512 connections", connections: 512 },
  { ...requests, name: "small-1-route", title: "100 B, 64 connections, 1 route", routes: 1 },
  { ...requests, name: "small-5000-routes", title: "100 B, 64 connections, 5,000 routes", routes: 5_000 },
  { ...requests, name: "10k", title: "10 KB, 64 connections", path: "/10k", quick: true },
  { ...requests, name: "1m", title: "1 MB, 64 connections", path: "/1m", quick: true },
  { ...requests, name: "upload", title: "upload of 100 KB, 64 connections", path: "/upload", quick: true },
  { ...requests, name: "h2", title: "100 B, h2 over TLS 1.3, 64 connections", h2: true, quick: true },
  { ...requests, name: "h2-10k", title: "10 KB, h2 over TLS 1.3, 64 connections", path: "/10k", h2: true },
  {
    name: "handshakes",
    title: "TLS 1.3 handshakes, 256 at once",
    kind: "handshakes",
    routes: 100,
    connections: 256,
    quick: true,
  },
  {
    name: "websockets",
    title: "WebSocket messages of 64 B, 64 connections",
    kind: "websockets",
    routes: 100,
    connections: 64,
    quick: true,
  },
  {
    name: "latency",
    title: "100 B at half saturation",
    kind: "latency",
    routes: 100,
    connections: 256,
    quick: true,
  },
];
