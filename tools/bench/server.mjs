// What the bench asks of a server, by socket.io on Node: server.mjs PORT. server.lua is the same.
import { Server } from "socket.io";

const io = new Server(Number(process.argv[2]), {
  pingInterval: 300000, pingTimeout: 200000, perMessageDeflate: false, serveClient: false,
});

io.on("connection", (socket) => {
  socket.on("echo", (data) => socket.emit("echo", data));
  socket.on("join", (room) => void socket.join(room));
  socket.on("all", (data) => io.emit("all", data));
  socket.on("room", (room, data) => io.to(room).emit("room", data));
});
