/** What a person at the demo's terminal can do to the network. */
import { createInterface } from "node:readline";
import type { Lab } from "../natlab/lab.ts";
import type { DeviceName } from "./devices.ts";

type Action = { readonly words: string; readonly run: (lab: Lab<DeviceName>) => Promise<void> };

const ACTIONS: Readonly<Record<string, Action>> = {
  c: {
    words: "cut the direct path between laptop and nas: packets go on over the relay",
    run: (lab) => lab.setPath("laptop", "nas", { block: "udp" }),
  },
  h: {
    words: "heal it: they find the direct path again",
    run: (lab) => lab.setPath("laptop", "nas", { block: "nothing" }),
  },
  l: {
    words: "lose one packet in ten at the phone",
    run: (lab) => lab.setLink("phone", { loss: 0.1 }),
  },
  n: {
    words: "lose none at the phone",
    run: (lab) => lab.setLink("phone", { loss: 0 }),
  },
};

export const KEYBOARD_HELP = Object.entries(ACTIONS).map(([key, { words }]) => `  ${key} + Enter   ${words}`);

export function listenToKeyboard(lab: Lab<DeviceName>): void {
  createInterface({ input: process.stdin }).on("line", (line) => {
    const action = ACTIONS[line.trim().toLowerCase()];
    if (!action) return;
    action.run(lab).then(
      () => console.log(`Done: ${action.words}.`),
      (error: Error) => console.error(error.message),
    );
  });
}
