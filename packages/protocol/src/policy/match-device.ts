/** Which devices the selectors of a policy speak of. Pure. */
import { speaksOf } from "./party.ts";
import type { Policy } from "./policy.ts";
import type { PolicyDevice } from "./policy-device.ts";
import { parseSelector, type Selector } from "./selector.ts";

/** Which of a device's addresses the selectors speak of. */
export function addressesAt(policy: Policy, selectors: readonly Selector[], device: PolicyDevice): readonly string[] {
  return device.addresses.filter((address) =>
    selectors.some((selector) => speaksOf(policy, selector, { address, bearer: device })),
  );
}

export const toSelectors = (texts: readonly string[]): readonly Selector[] =>
  texts.flatMap((text) => {
    const selector = parseSelector(text);
    return selector === undefined ? [] : [selector];
  });
