import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { sprintf } from "./printf.ts";
import { dict, list, struct, type Value } from "./values.ts";

class Refused extends Error {}

function format(form: string, ...args: readonly Value[]): string {
  return sprintf(form, args, (sentence) => new Refused(sentence));
}

test("what Go prints of memory or in hexadecimal floats is refused by name", () => {
  for (const [form, value, sentence] of [
    ["%#v", list([1n]), /%#v prints text, numbers and bools only/],
    ["%#v", dict([]), /%#v prints/],
    ["%T", struct("a backend", {}), /%T names the types of text, numbers and bools only/],
    ["%p", 1n, /%p is not supported/],
    ["%x", 1.5, /%x prints no float64 here/],
    ["%#g", 1.5, /%#g prints no float64 here/],
    ["%.101f", 1.5, /a float64 has at most 100 digits here/],
    ["%20000d", 1n, /a width of 20000 is more than 10000/],
    ["%.20000d", 1n, /a precision of 20000 is more than 10000/],
  ] as const)
    assert.throws(() => format(form, value), sentence, form);
});

test("floats are rounded exactly, halves to the even neighbour", () => {
  assert.equal(format("%.0f %.0f %.2f %.1f", 0.5, 1.5, 2.675, 0.25), "0 2 2.67 0.2");
  assert.equal(format("%f", 1e22), "10000000000000000000000.000000");
  assert.equal(format("%v %v %v", 1e6, 123456.0, 5e-324), "1e+06 123456 5e-324");
});

test("any float prints as something that reads back as the same number", () => {
  fc.assert(
    fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
      assert.equal(Number(format("%v", value)), value);
    }),
  );
});

test("any integer prints as itself in every base", () => {
  fc.assert(
    fc.property(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), (value) => {
      const [ten, two, eight, sixteen] = format("%d %b %o %x", value, value, value, value).split(" ");
      assert.deepEqual(
        [ten, two, eight, sixteen],
        [10, 2, 8, 16].map((base) => value.toString(base)),
      );
    }),
  );
});
