/**
 * How the daemon's Node is started: V8 keeps less in reserve, which an agent that mostly waits never misses. Idle it takes
 * some 80 MB this way and 100 MB otherwise. The packet thread has limits of its own, and asks for collections itself. The
 * service that `install.sh` writes starts Node with the same flags.
 */
export const RUNTIME_FLAGS: readonly string[] = [
  "--v8-pool-size=1",
  "--max-semi-space-size=2",
  "--optimize-for-size",
  "--no-node-snapshot",
  "--expose-gc",
];
