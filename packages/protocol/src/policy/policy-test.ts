/**
 * What a policy must keep saying, written in the policy itself: `{ "src": "ann@example.com", "accept": ["tag:web:443"] }`.
 * They are run before a version is saved, and one that fails refuses the save.
 */
import * as z from "zod";
import { PROTOCOL } from "./protocol-number.ts";
import { parseSelector } from "./selector.ts";

const MAX_TARGETS = 200;
const MAX_PORT = 65_535;

const PROTOS = ["tcp", "udp", "icmp"] as const;
export type Proto = (typeof PROTOS)[number];

export const protoSchema = z.enum(PROTOS);

/** Of an IPv6 pair, ICMP has another number. */
export function protocolOf(proto: Proto, family: 4 | 6): number {
  return proto === "icmp" && family === 6 ? PROTOCOL.icmpv6 : PROTOCOL[proto];
}

export type Target = { readonly name: string; readonly port: number };

/** `tag:web:443`, `100.64.0.7:22`, `[fd00::7]:22`; for icmp the name alone, since it has no ports. */
export function parseTarget(text: string, proto: Proto): Target | undefined {
  if (proto === "icmp") return parseSelector(text) === undefined ? undefined : { name: text, port: 0 };
  const colon = text.lastIndexOf(":");
  const name = text.slice(0, Math.max(0, colon)).replace(/^\[(.*)\]$/, "$1");
  const digits = text.slice(colon + 1);
  const port = /^[1-9][0-9]{0,4}$/.test(digits) ? Number(digits) : 0;
  if (parseSelector(name) === undefined || port < 1 || port > MAX_PORT) return undefined;
  return { name, port };
}

export function formatTarget({ name, port }: Target, proto: Proto): string {
  if (proto === "icmp") return name;
  const isV6 = name.includes(":") && /^[0-9a-f:.]+(?:\/\d+)?$/i.test(name);
  return `${isV6 ? `[${name}]` : name}:${port}`;
}

const targets = z.array(z.string().max(256)).max(MAX_TARGETS).default([]);

export const policyTestSchema = z
  .strictObject({
    src: z
      .string()
      .max(256)
      .refine((text) => parseSelector(text) !== undefined, "not a selector"),
    /** @default "tcp" */
    proto: protoSchema.default("tcp"),
    accept: targets,
    deny: targets,
  })
  .superRefine((test, context) => {
    for (const side of ["accept", "deny"] as const) {
      for (const [at, text] of test[side].entries()) {
        if (parseTarget(text, test.proto) !== undefined) continue;
        const wanted =
          test.proto === "icmp" ? "a selector without a port" : "a selector and a port, such as tag:web:443";
        context.addIssue({ code: "custom", path: [side, at], message: `not ${wanted}` });
      }
    }
  });
export type PolicyTest = z.infer<typeof policyTestSchema>;
