/** Which endpoints of the STUN servers the main socket asks: two addresses with two ports each, where they are known. Pure. */
import { type Endpoint, endpointsEqual } from "@pinhole/protocol";

const MAX_TARGETS = 4;

/** `other`: what the first server calls its other address, which differs in both address and port. */
export function serverTargets(servers: readonly Endpoint[], other: Endpoint | undefined): readonly Endpoint[] {
  const [first, ...rest] = servers;
  if (first === undefined) return [];
  const derived =
    other === undefined
      ? []
      : [other, { address: first.address, port: other.port }, { address: other.address, port: first.port }];
  return [first, ...derived, ...rest].filter(isFirstOfItsKind).slice(0, MAX_TARGETS);
}

function isFirstOfItsKind(endpoint: Endpoint, index: number, all: readonly Endpoint[]): boolean {
  return all.findIndex((other) => endpointsEqual(endpoint, other)) === index;
}
