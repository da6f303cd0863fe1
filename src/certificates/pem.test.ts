import { deepEqual, ok } from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { pemBlocks } from "./pem.ts";
import { readSecret } from "./secret.ts";

const block = (label: string, body: string): string => `-----BEGIN ${label}-----\n${body}\n-----END ${label}-----`;

test("blocks are found between other text, with any line ends", () => {
  const text = `\uFEFFhello\r\n${block("A", "one\r\n")}\r\nbetween ${block("B", "two")}trailing`;

  deepEqual(
    [...pemBlocks(text)].map(({ label, text: whole }) => [label, whole]),
    [
      ["A", block("A", "one\r\n")],
      ["B", block("B", "two")],
    ],
  );
});

test("a block without its end is none, and nothing after it is read", () => {
  deepEqual([...pemBlocks(`-----BEGIN A-----\nabc\n${block("B", "x")}`)], []);
  deepEqual([...pemBlocks("-----BEGIN A")], []);
});

test("half a megabyte of beginnings is read in one go", () => {
  deepEqual([...pemBlocks("-----BEGIN A-----".repeat(30_000))], []);
  deepEqual([...pemBlocks("-----BEGIN ".repeat(45_000))], []);
});

test("whatever is in a secret, reading it does not fail", () => {
  const words = fc.constantFrom(
    "-----BEGIN ",
    "-----END ",
    "CERTIFICATE",
    "PRIVATE KEY",
    "ENCRYPTED ",
    "-----",
    "\n",
    "AAAA",
    "MIIB",
  );
  const text = fc.array(fc.oneof(words, fc.string()), { maxLength: 40 }).map((parts) => parts.join(""));
  fc.assert(
    fc.property(
      fc.oneof(
        text.map((each) => Buffer.from(each)),
        fc.uint8Array(),
      ),
      (data) => {
        ok(readSecret(data).certificates.length === 0);
      },
    ),
  );
});
