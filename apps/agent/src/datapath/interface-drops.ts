/** How packets are counted that the interface did not take. */
import type { DropReason } from "./drop-reason.ts";
import type { SystemError } from "./ffi/errno.ts";

export const DELIVER_DROPS: Partial<Record<SystemError, DropReason>> = {
  again: "interface-full",
  "no-buffers": "interface-full",
  down: "interface-down",
  "bad-state": "interface-down",
};
