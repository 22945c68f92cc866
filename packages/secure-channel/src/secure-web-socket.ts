/**
 * The client's end: a browser-style WebSocket, as `createWSClient` of @trpc/client wants one, that runs the
 * handshake on a raw socket before it says `open`, and seals every text.
 *
 *     connecting ──raw open, handshake──▶ open ──▶ closing ──▶ closed
 *          └──────── any failure ──────────────────▲
 *
 * A failure of the channel's own drops the connection at once and is named by {@link SecureWebSocket.failure}. Before
 * `open` it is announced as `error` and `close`, as browsers do it, and afterwards as `close` alone.
 */
import { type ChannelFailure, FAILURE_CLOSE_CODE, foreignCloseCode } from "./failure.ts";
import { type ExpectedServer, NoiseInitiator } from "./noise-nx.ts";
import { bytesOf, type RawSocket, READY_STATE, type ReadyState } from "./raw-socket.ts";
import { TextStream } from "./text-stream.ts";

/** From the first packet to `open`: longer than any path that a session could live on. */
const OPEN_TIMEOUT_MS = 10_000;

/** How long to wait for the other side's close frame: the caller has a new connection to make, and this one may be dead. */
const CLOSE_TIMEOUT_MS = 1_000;

/** The server is believed, to a bound: the netmap of a large team fits many times over. */
const MAX_MESSAGE_BYTES = 4 * 1024 * 1024;

export type Session = { readonly handshakeHash: Uint8Array; readonly serverKey: Uint8Array };

export type SecureWebSocketOptions = {
  /** Begins a connection to the URL. */
  readonly connect: (url: string) => RawSocket;
  readonly expected: ExpectedServer;
  /** Called just before `open`: what connection parameters are signed with is known from here on. */
  readonly onSession?: (session: Session) => void;
  /** Called when the channel ends by its own judgement. */
  readonly onFailure?: (failure: ChannelFailure) => void;
  /** @default 10 s */
  readonly openTimeoutMs?: number;
  /** @default 4 MiB */
  readonly maxMessageBytes?: number;
};

export class SecureWebSocket extends EventTarget {
  static readonly CONNECTING = READY_STATE.CONNECTING;
  static readonly OPEN = READY_STATE.OPEN;
  static readonly CLOSING = READY_STATE.CLOSING;
  static readonly CLOSED = READY_STATE.CLOSED;

  readonly url: string;
  /** Part of the browser's interface. What comes out here is text, so it makes no difference. */
  binaryType: "arraybuffer" | "blob" = "arraybuffer";

  readonly #options: SecureWebSocketOptions;
  readonly #raw: RawSocket;
  readonly #initiator: NoiseInitiator;
  readonly #openTimer: NodeJS.Timeout;
  #closeTimer: NodeJS.Timeout | undefined;
  #readyState: ReadyState = READY_STATE.CONNECTING;
  #stream: TextStream | undefined;
  #serverKey: Uint8Array | undefined;
  #failure: ChannelFailure | undefined;
  #error: Error | undefined;

  constructor(url: string | URL, options: SecureWebSocketOptions) {
    super();
    this.url = String(url);
    this.#options = options;
    this.#initiator = new NoiseInitiator({ expected: options.expected });
    // Who connects may refuse to, by throwing: then there is nothing that a timer could end.
    this.#raw = options.connect(this.url);
    this.#openTimer = setTimeout(() => this.#fail("handshake-timeout"), options.openTimeoutMs ?? OPEN_TIMEOUT_MS);
    this.#raw.on("open", () => this.#raw.send(this.#initiator.start()));
    this.#raw.on("message", (data, isBinary) => this.#onFrame(bytesOf(data, isBinary)));
    this.#raw.on("error", (error) => (this.#error = error));
    this.#raw.on("close", (code, reason) => this.#onClose(code, Buffer.from(reason).toString("utf8")));
  }

  get readyState(): ReadyState {
    return this.#readyState;
  }

  get bufferedAmount(): number {
    return this.#raw.bufferedAmount;
  }

  /** Known once open. */
  get handshakeHash(): Uint8Array | undefined {
    return this.#stream?.handshakeHash;
  }

  /** The server's static key, for a device that knew its fingerprint only. Known once open. */
  get serverKey(): Uint8Array | undefined {
    return this.#serverKey;
  }

  /** Why the channel ended, if by its own judgement; undefined for an error of the network. */
  get failure(): ChannelFailure | undefined {
    return this.#failure;
  }

  send(text: string): void {
    if (this.#readyState === READY_STATE.CONNECTING)
      throw new DOMException("the socket is not open", "InvalidStateError");
    if (this.#readyState !== READY_STATE.OPEN || this.#stream === undefined) return;
    for (const frame of this.#stream.seal(text)) this.#raw.send(frame);
  }

  close(code?: number, reason?: string): void {
    if (this.#readyState >= READY_STATE.CLOSING) return;
    this.#readyState = READY_STATE.CLOSING;
    this.#closeTimer = setTimeout(() => this.#raw.terminate(), CLOSE_TIMEOUT_MS);
    this.#raw.close(code, reason);
  }

  #onFrame(frame: Uint8Array | undefined): void {
    if (this.#readyState >= READY_STATE.CLOSING) return;
    if (this.#stream === undefined) this.#onHandshake(frame);
    else this.#onSealed(frame, this.#stream);
  }

  #onHandshake(frame: Uint8Array | undefined): void {
    if (frame === undefined) return this.#fail("bad-handshake");
    const established = this.#initiator.onMessage(frame);
    if (!established.ok) return this.#fail(established.error);

    clearTimeout(this.#openTimer);
    const { channel, serverKey } = established.value;
    this.#stream = new TextStream(channel, { maxMessageBytes: this.#options.maxMessageBytes ?? MAX_MESSAGE_BYTES });
    this.#serverKey = serverKey;
    this.#readyState = READY_STATE.OPEN;
    this.#options.onSession?.({ handshakeHash: channel.handshakeHash, serverKey });
    this.dispatchEvent(new Event("open"));
  }

  #onSealed(frame: Uint8Array | undefined, stream: TextStream): void {
    if (frame === undefined) return this.#fail("bad-message");
    const opened = stream.open(frame);
    if (!opened.ok) return this.#fail(opened.error);
    if (opened.value !== undefined) this.#announce("message", { data: opened.value });
  }

  #fail(failure: ChannelFailure): void {
    if (this.#readyState >= READY_STATE.CLOSING) return;
    this.#failure = failure;
    this.#readyState = READY_STATE.CLOSING;
    this.#raw.terminate();
  }

  #onClose(rawCode: number, rawReason: string): void {
    clearTimeout(this.#openTimer);
    clearTimeout(this.#closeTimer);
    this.#readyState = READY_STATE.CLOSED;
    const failure = this.#failure;
    if (failure !== undefined) this.#options.onFailure?.(failure);
    if (this.#stream === undefined) {
      const message = failure ?? this.#error?.message ?? "the connection closed before it was open";
      this.#announce("error", { message, error: this.#error });
    }
    const [code, reason] =
      failure === undefined ? [foreignCloseCode(rawCode), rawReason] : [FAILURE_CLOSE_CODE[failure], failure];
    this.#announce("close", { code, reason, wasClean: failure === undefined && code === 1000 });
  }

  /** Plain events with fields: Node's MessageEvent and CloseEvent bring its whole HTTP client into memory. */
  #announce(type: "message" | "error" | "close", fields: object): void {
    this.dispatchEvent(Object.assign(new Event(type), fields));
  }
}

/** A class for the `WebSocket` option of `createWSClient`, which constructs one for every connection that it makes. */
export function secureWebSocketClass(options: SecureWebSocketOptions): typeof WebSocket {
  class BoundSecureWebSocket extends SecureWebSocket {
    constructor(url: string | URL) {
      super(url, options);
    }
  }
  // The whole of the browser's interface is asked for; @trpc/client uses the part that is here.
  return BoundSecureWebSocket as unknown as typeof WebSocket;
}
