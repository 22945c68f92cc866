import type { DeviceId } from "../ids.ts";

/** A device as a policy can speak of it. */
export type PolicyDevice = {
  readonly id: DeviceId;
  readonly addresses: readonly string[];
  readonly tags: readonly string[];
  /** E-mail of the person whose device it is; a device with tags is nobody's. */
  readonly user: string | null;
};
