/**
 * The server's end: what `getWSConnectionHandler` of @trpc/server uses of a `ws` socket, over a raw one on which
 * the handshake is done.
 *
 * The other side is anyone who can reach the port, until it has signed the handshake hash. So the handshake
 * has little time, messages are bounded, and whatever is odd drops the connection without a word.
 */
import { EventEmitter } from "node:events";
import type { ChannelFailure } from "./failure.ts";
import { NoiseResponder } from "./noise-nx.ts";
import { bytesOf, type RawSocket, READY_STATE, type ReadyState } from "./raw-socket.ts";
import { TextStream } from "./text-stream.ts";
import type { KeyPair } from "./x25519.ts";

const HANDSHAKE_TIMEOUT_MS = 5_000;

export type SocketLimits = {
  /** Of one message from the other side. */
  readonly messageBytes: number;
  /** Of what waits for the other side to read it: who asks and never reads would have the answers kept for it. */
  readonly unsentBytes: number;
};

/** Far more than an agent's largest report, and than the netmap of a large team. */
const DEFAULT_LIMITS: SocketLimits = { messageBytes: 256 * 1024, unsentBytes: 8 * 1024 * 1024 };

export type AcceptOptions = {
  /** The server's static key pair. */
  readonly keys: KeyPair;
  /**
   * Called once the handshake is done. Listeners must be attached before it returns: the device's first message may follow at once.
   */
  readonly onSession: (socket: SecureServerSocket) => void;
  /** Called when the channel ends by its own judgement, before or after the handshake; to be counted, not logged one by one. */
  readonly onFailure?: (failure: ChannelFailure) => void;
  /** @default 5 s */
  readonly handshakeTimeoutMs?: number;
  /** To begin with; see {@link SecureServerSocket.setLimits}. @default 256 KiB, 8 MiB */
  readonly limits?: SocketLimits;
};

/**
 * Runs the handshake on a raw socket that has just been upgraded. Its WebSocketServer should have
 * `maxPayload: MAX_FRAME_BYTES` and no compression: sealed bytes do not shrink.
 */
export function acceptSecureSocket(raw: RawSocket, options: AcceptOptions): void {
  const { keys, onSession, onFailure, handshakeTimeoutMs = HANDSHAKE_TIMEOUT_MS, limits = DEFAULT_LIMITS } = options;
  const responder = new NoiseResponder(keys);
  let socket: SecureServerSocket | undefined;
  let isOver = false;

  const fail = (failure: ChannelFailure) => {
    if (isOver) return;
    isOver = true;
    clearTimeout(timer);
    raw.terminate();
    onFailure?.(failure);
  };
  const timer = setTimeout(() => fail("handshake-timeout"), handshakeTimeoutMs);

  raw.on("message", (data, isBinary) => {
    if (isOver) return;
    const frame = bytesOf(data, isBinary);
    if (socket !== undefined) {
      const opened = frame === undefined ? undefined : socket.receive(frame);
      if (opened?.ok !== true) fail(opened?.error ?? "bad-message");
      return;
    }
    const responded = frame === undefined ? undefined : responder.onMessage(frame);
    if (responded?.ok !== true) {
      fail("bad-handshake");
      return;
    }
    clearTimeout(timer);
    raw.send(responded.value.reply);
    const stream = new TextStream(responded.value.channel, { maxMessageBytes: limits.messageBytes });
    socket = new SecureServerSocket(raw, stream, limits);
    onSession(socket);
  });
  raw.on("close", (code, reason) => {
    isOver = true;
    clearTimeout(timer);
    socket?.end(code, reason);
  });
  raw.on("error", (error) => socket?.report(error));
}

type Events = {
  /** Text, but as a Buffer with `isBinary` false: this is how `ws` hands it out, and @trpc/server expects it. */
  message: [data: Buffer, isBinary: boolean];
  close: [code: number, reason: Uint8Array];
  error: [error: Error];
};

export class SecureServerSocket extends EventEmitter<Events> {
  readonly #raw: RawSocket;
  readonly #stream: TextStream;
  #readyState: ReadyState = READY_STATE.OPEN;
  #maxUnsentBytes: number;

  /** For {@link acceptSecureSocket} alone. */
  constructor(raw: RawSocket, stream: TextStream, { unsentBytes }: SocketLimits) {
    super();
    this.#raw = raw;
    this.#stream = stream;
    this.#maxUnsentBytes = unsentBytes;
  }

  /** From here on, as when it has become known whose socket this is. */
  setLimits({ messageBytes, unsentBytes }: SocketLimits = DEFAULT_LIMITS): void {
    this.#stream.maxMessageBytes = messageBytes;
    this.#maxUnsentBytes = unsentBytes;
  }

  /** What a device signs to say who it is. */
  get handshakeHash(): Uint8Array {
    return this.#stream.handshakeHash;
  }

  get readyState(): ReadyState {
    return this.#readyState;
  }

  /** Bytes accepted by {@link send} that the network has not: who sends to a slow device looks here first. */
  get bufferedAmount(): number {
    return this.#raw.bufferedAmount;
  }

  send(text: string): void {
    if (this.#readyState !== READY_STATE.OPEN) return;
    if (this.#raw.bufferedAmount > this.#maxUnsentBytes) {
      this.#readyState = READY_STATE.CLOSING;
      this.#raw.terminate();
      return;
    }
    for (const frame of this.#stream.seal(text)) this.#raw.send(frame);
  }

  /** The code and the reason travel in clear, and the device does not believe them. */
  close(code?: number, reason?: string): void {
    if (this.#readyState !== READY_STATE.OPEN) return;
    this.#readyState = READY_STATE.CLOSING;
    this.#raw.close(code, reason);
  }

  terminate(): void {
    this.#raw.terminate();
  }

  /** For {@link acceptSecureSocket} alone: takes one frame off the network. */
  receive(frame: Uint8Array): ReturnType<TextStream["open"]> {
    const opened = this.#stream.open(frame);
    // A caller that has closed hears nothing more, as with a plain socket.
    if (opened.ok && opened.value !== undefined && this.#readyState === READY_STATE.OPEN) {
      this.emit("message", Buffer.from(opened.value, "utf8"), false);
    }
    return opened;
  }

  /** For {@link acceptSecureSocket} alone. */
  end(code: number, reason: Uint8Array): void {
    this.#readyState = READY_STATE.CLOSED;
    this.emit("close", code, reason);
  }

  /** For {@link acceptSecureSocket} alone. An emitter throws an error that nobody listens for. */
  report(error: Error): void {
    if (this.listenerCount("error") > 0) this.emit("error", error);
  }
}
