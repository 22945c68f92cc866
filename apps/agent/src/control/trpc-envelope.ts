/**
 * What comes out of the channel → a message that the tRPC client can take apart. That client trusts the shape of what it
 * gets, and whatever it throws over would end the process; so anything else stops here.
 */
import * as z from "zod";

const id = z.union([z.number(), z.string(), z.null()]);

const envelopeSchema = z.union([
  z.looseObject({ id, method: z.literal("reconnect") }),
  z.looseObject({ id, result: z.looseObject({ type: z.enum(["started", "stopped", "data"]).optional() }) }),
  z.looseObject({ id, error: z.looseObject({}) }),
]);

/** Belongs to no request, so the client does nothing about it. */
const NOTHING = { id: null, result: { type: "stopped" } };

export type Encoder = {
  readonly encode: (data: unknown) => string;
  readonly decode: (data: unknown) => unknown;
};

export function newEnvelopeEncoder(onMalformed: () => void): Encoder {
  return {
    encode: (data) => JSON.stringify(data),
    decode: (data) => {
      const envelope = envelopeSchema.safeParse(parseJson(data));
      if (envelope.success) return envelope.data;
      onMalformed();
      return NOTHING;
    },
  };
}

function parseJson(text: unknown): unknown {
  if (typeof text !== "string") return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
