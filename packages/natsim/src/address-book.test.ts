import { describe, expect, test } from "vitest";
import { AddressBook, addressOf, keyOf, portOf } from "./address-book.ts";

describe("an address", () => {
  test("has one number, and its text and family back", () => {
    const book = new AddressBook();
    const [v4, v6] = [book.id("203.0.113.1"), book.id("2001:db8::1")];
    expect([book.id("203.0.113.1"), book.text(v4), book.text(v6)]).toEqual([v4, "203.0.113.1", "2001:db8::1"]);
    expect([book.family(v4), book.family(v6)]).toEqual([4, 6]);
  });

  test.each(["203.0.113.01", "2001:DB8::1", "::ffff:203.0.113.1", "home"])("%s is not canonical", (text) => {
    expect(() => new AddressBook().id(text)).toThrow("no canonical address");
  });
});

test("an endpoint's key holds both parts, and is never the number of an address", () => {
  const book = new AddressBook();
  const endpoint = { address: "203.0.113.1", port: 65_535 };
  const key = book.key(endpoint);
  expect([book.endpoint(key), addressOf(key), portOf(key)]).toEqual([endpoint, book.id(endpoint.address), 65_535]);
  expect(keyOf(book.id("198.51.100.1"), 0)).toBeGreaterThan(0xffff);
  const last = keyOf(0xffff, 0xffff);
  expect([addressOf(last), portOf(last)]).toEqual([0xffff, 0xffff]);
});
