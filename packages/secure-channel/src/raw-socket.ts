/**
 * The part of a `ws` WebSocket that the channel runs over, on either side. Taken as an
 * interface, so that this package needs no WebSocket implementation of its own.
 */
export interface RawSocket {
  readonly bufferedAmount: number;
  send(data: Uint8Array, onSent?: (error?: Error) => void): void;
  close(code?: number, reason?: string): void;
  /** Drops the connection without the closing handshake, which a hostile or dead peer would let us wait for. */
  terminate(): void;
  on(event: "open", listener: () => void): unknown;
  on(event: "message", listener: (data: unknown, isBinary: boolean) => void): unknown;
  on(event: "close", listener: (code: number, reason: Uint8Array) => void): unknown;
  on(event: "error", listener: (error: Error) => void): unknown;
}

/** The states of a WebSocket, as every implementation numbers them. */
export const READY_STATE = { CONNECTING: 0, OPEN: 1, CLOSING: 2, CLOSED: 3 } as const;

export type ReadyState = (typeof READY_STATE)[keyof typeof READY_STATE];

/** The bytes of a binary message, whichever way the implementation hands them out. */
export function bytesOf(data: unknown, isBinary: boolean): Uint8Array | undefined {
  if (!isBinary) return undefined;
  if (data instanceof Uint8Array) return data;
  return data instanceof ArrayBuffer ? new Uint8Array(data) : undefined;
}
