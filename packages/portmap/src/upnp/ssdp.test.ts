import { expect, test } from "vitest";
import { decodeSearchAnswer, encodeSearch } from "./ssdp.ts";

const text = (value: string): Uint8Array => new TextEncoder().encode(value);

test("the bytes of a search", () => {
  const search = new TextDecoder().decode(encodeSearch("ssdp:all", 4));
  expect(search).toBe(
    'M-SEARCH * HTTP/1.1\r\nHOST: 239.255.255.250:1900\r\nMAN: "ssdp:discover"\r\nMX: 2\r\nST: ssdp:all\r\n\r\n',
  );
  expect(new TextDecoder().decode(encodeSearch("ssdp:all", 6))).toContain("HOST: [ff02::c]:1900\r\n");
});

test.each([
  "HTTP/1.1 200 OK\r\nCACHE-CONTROL: max-age=120\r\nLOCATION: http://192.168.1.1:5000/rootDesc.xml\r\n\r\n",
  "HTTP/1.1 200 OK\r\nlocation:http://192.168.1.1:5000/rootDesc.xml\r\n\r\n",
  "HTTP/1.0 200\nST: x\nLocation :  http://192.168.1.1:5000/rootDesc.xml \n\n",
])("finds the location in %j", (answer) => {
  expect(decodeSearchAnswer(text(answer))).toEqual({ ok: true, value: "http://192.168.1.1:5000/rootDesc.xml" });
});

test.each([
  ["a search", "M-SEARCH * HTTP/1.1\r\nLOCATION: http://a/\r\n\r\n", "not-ssdp"],
  ["a notification", "NOTIFY * HTTP/1.1\r\nLOCATION: http://a/\r\n\r\n", "not-ssdp"],
  ["another status", "HTTP/1.1 2000 OK\r\nLOCATION: http://a/\r\n\r\n", "not-ssdp"],
  ["no location", "HTTP/1.1 200 OK\r\nST: x\r\n\r\n", "no-location"],
  ["a location with a space", "HTTP/1.1 200 OK\r\nLOCATION: http://a/ b\r\n\r\n", "no-location"],
  ["a location that is endless", `HTTP/1.1 200 OK\r\nLOCATION: http://a/${"x".repeat(300)}\r\n\r\n`, "no-location"],
  ["a datagram that is endless", `HTTP/1.1 200 OK\r\nX: ${"x".repeat(3_000)}\r\nLOCATION: http://a/\r\n`, "not-ssdp"],
])("refuses %s", (_, answer, error) => {
  expect(decodeSearchAnswer(text(answer))).toEqual({ ok: false, error });
});
