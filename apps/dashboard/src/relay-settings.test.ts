import { describe, expect, test } from "vitest";
import { parseRelays, parseRelayStun } from "./relay-settings.ts";

describe("the relays of the settings", () => {
  test("are names and addresses, which need no path", () => {
    const problems: string[] = [];
    const text = " fra=wss://fra.example.net , sgp=http://198.51.100.7:3478/,own=https://proxy.example/behind/relay ";
    expect(parseRelays(text, problems)).toEqual([
      { name: "fra", url: "wss://fra.example.net/relay/v1" },
      { name: "sgp", url: "ws://198.51.100.7:3478/relay/v1" },
      { name: "own", url: "wss://proxy.example/behind/relay" },
    ]);
    expect(problems).toEqual([]);
  });

  test("are none where nothing is set", () => {
    const problems: string[] = [];
    expect([parseRelays("", problems), parseRelayStun("", problems), problems]).toEqual([[], [], []]);
  });

  test.each([
    ["wss://fra.example.net"],
    ["fra="],
    ["fra=fra.example.net"],
    ["fra=ftp://fra.example.net"],
    ["fra=wss://ana:secret@fra.example.net"],
    ["main=wss://fra.example.net"],
    ["Fra=wss://fra.example.net"],
    ["fra=ws://a,fra=ws://b"],
    [Array.from({ length: 32 }, (_, n) => `r${n}=ws://a`).join()],
  ])("%s is refused in words that name the setting", (text) => {
    const problems: string[] = [];
    parseRelays(text, problems);
    expect(problems.join()).toContain("PINHOLE_RELAYS");
  });

  test("have STUN at endpoints, a few", () => {
    const problems: string[] = [];
    expect(parseRelayStun("192.0.2.7:3478,[2001:db8::7]:3478", problems)).toEqual([
      { address: "192.0.2.7", port: 3478 },
      { address: "2001:db8::7", port: 3478 },
    ]);
    expect(problems).toEqual([]);
    parseRelayStun("fra.example.net:3478", problems);
    parseRelayStun(Array.from({ length: 7 }, (_, n) => `192.0.2.${n + 1}:3478`).join(), problems);
    expect(problems).toHaveLength(2);
    expect(problems.every((words) => words.includes("PINHOLE_RELAY_STUN"))).toBe(true);
  });
});
