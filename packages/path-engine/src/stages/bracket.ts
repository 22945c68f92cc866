/**
 * Shots from fresh sockets, each between two questions to a STUN server: where a NAT counts, what the two answers enclose
 * is the port that the shot left from.
 *
 *     question   shot   question   shot   question
 *       40001    40002    40003    40004    40006        the second shot left from 40004, or from 40005
 *
 * Everything leaves in one go, so that flows of others seldom come between. An enclosure too wide to guess in tells nothing.
 */
import type { Endpoint } from "@pinhole/protocol";
import type { SocketId } from "../contract.ts";
import type { StageHands } from "./stage-run.ts";

/** Foreign flows between two questions that are still worth guessing around. */
const MAX_FOREIGN = 3;

export type BracketShot = { readonly socket: SocketId; readonly to: Endpoint };

/** A shot and the public endpoints that it may have left from, as a NAT that counts by `step` gives them out. */
export type Observed = BracketShot & { readonly from: readonly Endpoint[] };

export type BracketOptions = {
  readonly hands: StageHands;
  readonly step: number;
  readonly shots: readonly BracketShot[];
  /** Called once, when everything is answered or given up. */
  readonly done: (observed: readonly Observed[], now: number) => void;
};

/** False when there were no sockets to ask from. */
export function shootInBrackets({ hands, step, shots, done }: BracketOptions): boolean {
  const questions: (Endpoint | undefined)[] = [];
  let open = shots.length + 1;
  const finish = (now: number): void => {
    const observed = shots.map((shot, at) => ({ ...shot, from: enclosed(questions[at], questions[at + 1], step) }));
    done(observed, now);
  };
  const ask = (at: number): boolean => {
    const socket = hands.openSocket();
    if (socket === undefined) return false;
    hands.observe(socket, (mapped, now) => {
      questions[at] = mapped;
      open--;
      if (open === 0) finish(now);
    });
    return true;
  };
  if (!ask(0)) return false;
  for (const [at, shot] of shots.entries()) {
    hands.probe(shot);
    if (!ask(at + 1)) open--;
  }
  return true;
}

/** What lies between two answers, in steps of the counter; nothing when they do not enclose a few. */
export function enclosed(before: Endpoint | undefined, after: Endpoint | undefined, step: number): Endpoint[] {
  if (before === undefined || after === undefined || before.address !== after.address || step === 0) return [];
  const between = (after.port - before.port) / step - 1;
  if (!Number.isInteger(between) || between < 1 || between > 1 + MAX_FOREIGN) return [];
  return Array.from({ length: between }, (_, at) => ({
    address: before.address,
    port: before.port + step * (at + 1),
  }));
}
