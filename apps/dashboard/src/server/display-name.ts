import { isVisible, toVisible } from "@pinhole/protocol";
import { TAG_PATTERN } from "@pinhole/protocol/policy";
import * as z from "zod";

/**
 * A name for people to read. Control characters would forge lines of logs and files, bidirectional and invisible ones
 * would make one name look like another.
 */
export const displayNameSchema = z
  .string()
  .trim()
  .normalize("NFC")
  .min(1)
  .max(63)
  .refine(isVisible, "holds characters that cannot be seen");

/** What somebody wrote about what they did: shown, and never a reason to refuse it. */
export const remarkSchema = z.string().trim().max(500).transform(toVisible);

/** What a device answers to in names: a DNS label. */
export const dnsLabelSchema = z
  .string()
  .max(63)
  .regex(/^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$/, "small letters, digits and dashes only");

export const tagSchema = z.string().regex(TAG_PATTERN, "such as tag:server");
