/** An agent asks whether strangers reach an endpoint of its own, and the server sends one datagram there as a stranger would. */
import * as z from "zod";
import { bytesSchema } from "../base64.ts";
import { TRANSACTION_ID_BYTES } from "../stun/index.ts";
import { endpointProofSchema, endpointSchema } from "./candidate.ts";

export const reachabilityRequestSchema = z.object({
  endpoint: endpointSchema,
  /** The transaction ID of the Binding indication that will come: drawn by the agent, which thereby knows it again. */
  token: bytesSchema(TRANSACTION_ID_BYTES),
  /** That a server saw us at that address, on whatever port: for one that has not been reported with the candidates. */
  seen: endpointProofSchema.optional(),
});
export type ReachabilityRequest = z.infer<typeof reachabilityRequestSchema>;

/** The message of the tRPC error that it is refused with. */
export type ReachabilityRefusal =
  | "bad-endpoint"
  /** The server has not seen this device at that address. */
  | "address-not-yours"
  /** The server has no way to that address, such as IPv6. */
  | "not-sendable"
  | "too-many-requests";
