type DeviceId = `dev_${string}`;

export type PairIds = { readonly a: DeviceId; readonly b: DeviceId };

/** `dev_1..dev_2`: the last part of a connection's address. */
export function parsePair(segment: string): PairIds | undefined {
  const [a, b, ...rest] = segment.split("..");
  return rest.length === 0 && isDeviceId(a) && isDeviceId(b) && a !== b ? { a, b } : undefined;
}

export function parseAttemptId(value: unknown): `att_${string}` | undefined {
  return isAttemptId(value) ? value : undefined;
}

function isDeviceId(value: string | undefined): value is DeviceId {
  return value !== undefined && /^dev_[0-9a-f]{32}$/.test(value);
}

function isAttemptId(value: unknown): value is `att_${string}` {
  return typeof value === "string" && /^att_[0-9a-f]{32}$/.test(value);
}
