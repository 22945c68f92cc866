import { expect, test } from "vitest";
import { eventsCsv, eventWords } from "./event-words.ts";

const names = { a: "laptop", b: "=cmd()" };

test("an event in a line says when, who, what, where and whether it was seen", () => {
  expect(
    eventWords(
      {
        side: "a",
        atMs: 52.2,
        kind: "probe-sent",
        endpoint: "203.0.113.7:40112",
        candidate: "server-reflexive",
        repeated: 2,
        isSeen: false,
      },
      names,
    ),
  ).toBe("+52.2 ms, laptop: probe sent 3 times, 203.0.113.7:40112, server-reflexive, not seen by the other side");
});

test("a spreadsheet gets one row an event, and no formula", () => {
  const csv = eventsCsv(
    [
      { side: "b", atMs: -3, kind: "note-received", note: 'says "hello", and\nmore' },
      { side: "a", atMs: 4.5, kind: "pong-received", rttMs: 12, isSeen: true },
    ],
    names,
  );
  expect(csv.split("\r\n")).toEqual([
    "ms,device,event,times,endpoint,candidate,rtt_ms,seen,note",
    '-3,\'=cmd(),note-received,1,,,,,"says ""hello"", and\nmore"',
    "4.5,laptop,pong-received,1,,,12,yes,",
  ]);
});
