/** What a policy document says, once it is read: names, and the grants that use them. */
import * as z from "zod";
import { expirySchema } from "./expiry.ts";
import { policyTestSchema } from "./policy-test.ts";
import { GROUP_PATTERN, HOST_PATTERN, parseBlock, parseSelector, TAG_PATTERN, USER_PATTERN } from "./selector.ts";
import { parseServices } from "./service.ts";
import { transportSchema } from "./transport.ts";

const MAX_NAMES = 1_000;
const MAX_LIST = 1_000;
const MAX_GRANTS = 2_000;
const MAX_RELAY_GRANTS = 100;
const MAX_TESTS = 500;

const bounded = (message: string, accepts: (text: string) => boolean) => z.string().max(256).refine(accepts, message);

const selector = bounded("not a selector", (text) => parseSelector(text) !== undefined);
const userOrGroup = bounded("not a user or a group", (text) => USER_PATTERN.test(text) || GROUP_PATTERN.test(text));

const named = <Value extends z.ZodType>(pattern: RegExp, name: string, value: Value) =>
  z
    .record(
      bounded(`not the name of a ${name}`, (text) => pattern.test(text)),
      value,
    )
    .refine((record) => Object.keys(record).length <= MAX_NAMES, `more than ${MAX_NAMES} names`)
    .default({});

export const grantSchema = z.strictObject({
  src: z.array(selector).min(1).max(MAX_LIST),
  dst: z.array(selector).min(1).max(MAX_LIST),
  ip: z
    .array(
      bounded("not a service: write *, icmp, tcp:22, udp:53-60 or 80,443", (text) => parseServices(text) !== undefined),
    )
    .min(1)
    .max(64),
  /** Of every pair that the grant joins, whatever the service. @default "prefer-direct" */
  transport: transportSchema.optional(),
  /** From then on it says nothing. Absent: it does not end. */
  expires: expirySchema.optional(),
});

/** Who may pass on the sealed packets of whom. Both ends of a pair must be among them, and the pair must be granted. */
export const relayGrantSchema = z.strictObject({
  devices: z.array(selector).min(1).max(MAX_LIST),
  for: z.array(selector).min(1).max(MAX_LIST),
});

export const policySchema = z.strictObject({
  /** Users by name; no groups of groups. */
  groups: named(
    GROUP_PATTERN,
    "group",
    z.array(bounded("not a user", (text) => USER_PATTERN.test(text))).max(MAX_LIST),
  ),
  /** Who may give a device the tag. A tag that a grant speaks of must be here: a slip of the pen denies nobody silently. */
  tagOwners: named(TAG_PATTERN, "tag", z.array(userOrGroup).max(MAX_LIST)),
  hosts: named(
    HOST_PATTERN,
    "host",
    bounded("not an address or a block of them", (text) => parseBlock(text) !== undefined),
  ),
  grants: z.array(grantSchema).max(MAX_GRANTS).default([]),
  /** Nobody relays for anybody unless it is here. */
  relays: z.array(relayGrantSchema).max(MAX_RELAY_GRANTS).default([]),
  tests: z.array(policyTestSchema).max(MAX_TESTS).default([]),
});
export type Policy = z.infer<typeof policySchema>;
export type Grant = z.infer<typeof grantSchema>;
