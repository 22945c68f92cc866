/** One of several that act on one database at the same moment, each in a thread and on a connection of its own: see `races.test.ts`. */
import { parentPort, workerData } from "node:worker_threads";
import { openDb } from "@pinhole/drizzle";
import { outcomeOf, type RaceAct } from "./race-act.ts";

export type RaceData = {
  /** Becomes 1 when all may begin. */
  readonly gate: Int32Array;
  readonly now: Date;
  readonly act: RaceAct;
};

const db = openDb(String(workerData));
parentPort?.on("message", ({ gate, now, act }: RaceData) => {
  parentPort?.postMessage("ready");
  Atomics.wait(gate, 0, 0);
  parentPort?.postMessage(outcomeOf(db, act, now));
});
