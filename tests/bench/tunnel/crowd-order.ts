/** What `crowd.ts` is told. */
export type CrowdOrder = {
  /** The device, and its public key. */
  readonly to: string;
  readonly key: string;
  /** From here. */
  readonly port: number;
  /** Inside. */
  readonly destination: string;
  readonly peers: readonly { readonly privateKey: string; readonly address: string }[];
};
