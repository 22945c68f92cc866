/**
 * The program's entry, for each of its threads. Each loads its own half alone: the packet thread without the command line
 * and the control session is some 15 MB smaller.
 */
import { isMainThread } from "node:worker_threads";

if (isMainThread) {
  const { main } = await import("./cli/main.ts");
  await main();
} else {
  await import("./datapath/worker.ts");
}
