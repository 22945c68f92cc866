/** Sends back what it gets, on every address of the host, until it is stopped. */
import { createServer } from "node:net";

const port = Number(process.argv[2]);
const server = createServer({ allowHalfOpen: true }, (socket) => {
  socket.on("error", () => socket.destroy());
  socket.pipe(socket);
});
server.listen(port, "::", () => console.log(`echoing on ${port}`));
