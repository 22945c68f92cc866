import type { DeviceId } from "@pinhole/protocol";

/** Two devices in the order of their ids: a pair has one name, whoever asks. */
export type Pair = { readonly a: DeviceId; readonly b: DeviceId };

export type Side = keyof Pair;

export function newPair(one: DeviceId, other: DeviceId): Pair {
  return one < other ? { a: one, b: other } : { a: other, b: one };
}

/** Also the last part of the connection's address: `/t/acme/connections/dev_1..dev_2`. */
export const pairId = ({ a, b }: Pair): `${DeviceId}..${DeviceId}` => `${a}..${b}`;
