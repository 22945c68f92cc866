/**
 * Plays the dashboard with a key of its own, and does everything right but for that: a handshake that completes, and ears
 * for what comes after it. One line of JSON for each thing it learns.
 *
 *     impostor.ts PORT
 */
import { createHash, randomBytes } from "node:crypto";
import { createServer } from "node:http";
import { keyPairOf, NoiseResponder } from "@pinhole/secure-channel";
import { newFrame, takeFrames } from "./web-socket-frames.ts";

/** RFC 6455 §1.3. */
const WEB_SOCKET_GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

const keys = keyPairOf(randomBytes(32));
const learn = (what: Readonly<Record<string, unknown>>): void => console.log(JSON.stringify(what));

const server = createServer((request, response) => {
  learn({ request: request.url, headers: request.headers });
  response.writeHead(404).end();
});

server.on("upgrade", (request, socket, head) => {
  learn({ request: request.url, headers: request.headers });
  const key = `${request.headers["sec-websocket-key"]}${WEB_SOCKET_GUID}`;
  const accept = createHash("sha1").update(key).digest("base64");
  socket.write(
    `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`,
  );
  const responder = new NoiseResponder(keys);
  let received: Buffer = head;
  let frames = 0;
  socket.on("error", () => socket.destroy());
  socket.on("close", () => learn({ closedAfter: frames }));
  socket.on("data", (bytes) => {
    const { payloads, rest } = takeFrames(Buffer.concat([received, bytes]));
    received = rest;
    for (const payload of payloads) {
      frames++;
      learn({ frame: payload.toString("base64") });
      const responded = responder.onMessage(payload);
      if (responded.ok) socket.write(newFrame(responded.value.reply));
    }
  });
});

server.listen(Number(process.argv[2]), "0.0.0.0", () => console.log("waiting for devices"));
