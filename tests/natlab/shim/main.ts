/**
 * The lab's delay and loss, as a process in the internet's namespace: takes packets from a
 * TUN device, holds them, and puts them back.
 *
 *     node main.ts <device> <seed>
 *
 * One blocking loop and no event loop, because a timer of Node's comes up to a millisecond
 * late. Commands are lines of JSON on standard input; each is answered with its `id` once
 * it is in force. It ends with its input, so it cannot outlive the lab.
 */
import { writeSync } from "node:fs";
import { setPriority } from "node:os";
import { restoreHop } from "./ipv4.ts";
import { openTun, Poller, read, writePacket } from "./kernel.ts";
import { Shaper, type Shapes } from "./shaper.ts";

export type ShimCommand = Shapes & { readonly id: number };

const STDIN = 0;
const STDOUT = 1;
/** Packets taken in one go, so that those due in the meantime do not wait for a flood. */
const BATCH = 64;
const MAX_PACKET = 65_535;

const [device = "", seed = "0"] = process.argv.slice(2);
// Late packets look like jitter to whatever is being measured.
setPriority(-15);
const tun = openTun(device);
const shaper = new Shaper(Number(seed));
const poller = new Poller([tun, STDIN]);
const buffer = new Uint8Array(MAX_PACKET);
const decoder = new TextDecoder();
let input = "";

writeSync(STDOUT, "ready\n");
for (;;) {
  const due = shaper.nextDue;
  poller.wait(due === undefined ? undefined : due - performance.now());
  if (poller.isReady(1) && !obey()) break;
  if (poller.isReady(0)) takeIn();
  letOut();
}

function takeIn(): void {
  for (let i = 0; i < BATCH; i++) {
    const length = read(tun, buffer);
    if (length <= 0) return;
    shaper.admit(buffer.slice(0, length), performance.now());
  }
}

function letOut(): void {
  for (;;) {
    const packet = shaper.release(performance.now());
    if (!packet) return;
    restoreHop(packet);
    writePacket(tun, packet);
  }
}

/** Returns false at the end of input. */
function obey(): boolean {
  const length = read(STDIN, buffer);
  if (length === 0) return false;
  if (length < 0) return true;
  input += decoder.decode(buffer.subarray(0, length), { stream: true });
  const lines = input.split("\n");
  input = lines.pop() ?? "";
  for (const line of lines) {
    const command = JSON.parse(line) as ShimCommand;
    shaper.configure(command);
    writeSync(STDOUT, `${command.id}\n`);
  }
  return true;
}
