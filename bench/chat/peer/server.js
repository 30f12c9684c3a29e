// Socket.IO, set up as its documentation says for speed: WebSocket only, no compression (its default), the native
// helper of `ws` (bufferutil), and the HTTP request of each handshake let go.
//
//   node server.js --port 3000 [--redis redis://…] [--store postgres://…]
//
// With --store each message is one INSERT before it is acknowledged and told to the room.
const { createServer } = require("node:http");
const { parseArgs } = require("node:util");
const { Server } = require("socket.io");

const { values: asked } = parseArgs({
  options: { port: { type: "string" }, redis: { type: "string" }, store: { type: "string" } },
});

async function redisAdapter(url) {
  const { createAdapter } = require("@socket.io/redis-adapter");
  const { createClient } = require("redis");
  const publisher = createClient({ url });
  const subscriber = publisher.duplicate();
  await Promise.all([publisher.connect(), subscriber.connect()]);
  return createAdapter(publisher, subscriber);
}

async function openStore(url) {
  const { Pool } = require("pg");
  const pool = new Pool({ connectionString: url, max: 10 });
  await pool.query(
    `CREATE TABLE IF NOT EXISTS message (
       id bigserial PRIMARY KEY, room text NOT NULL, author text NOT NULL, body text NOT NULL,
       created_at timestamptz NOT NULL DEFAULT now())`,
  );
  await pool.query("CREATE INDEX IF NOT EXISTS message_room ON message (room, id)");
  const text = "INSERT INTO message (room, author, body) VALUES ($1, $2, $3) RETURNING id, created_at";
  return async (room, author, body) => (await pool.query({ name: "say", text, values: [room, author, body] })).rows[0];
}

async function sayStored(io, store, author, room, body, done) {
  const stored = await store(room, author, body);
  done?.(stored.id);
  io.to(room).emit("message", { room, author, body, ...stored });
}

async function main() {
  const http = createServer((_request, answer) => answer.writeHead(404).end());
  const io = new Server(http, { transports: ["websocket"], perMessageDeflate: false, serveClient: false });
  if (asked.redis) {
    io.adapter(await redisAdapter(asked.redis));
  }
  const store = asked.store && (await openStore(asked.store));
  io.engine.on("connection", (raw) => {
    raw.request = null;
  });
  io.on("connection", (socket) => {
    socket.on("join", (rooms, done) => {
      socket.join(rooms);
      done();
    });
    socket.on("say", store ? (...said) => sayStored(io, store, socket.id, ...said) : say);

    function say(room, body, done) {
      io.to(room).emit("message", { room, author: socket.id, body });
      done?.();
    }
  });
  http.listen(Number(asked.port), "127.0.0.1");
}

main();
