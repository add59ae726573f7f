// The canvas: shapes, names, and as many pixels as the screen really has.
// Names are drawn as text and colours checked by the script, so nothing a player typed becomes anything else.
// It does not know the server; it draws the players that it is given.

const NAME_SIZE = 14; // units of the field, but never less than NAME_PIXELS on the screen
const NAME_PIXELS = 11;

const colors = {};

function readColors() {
  const style = getComputedStyle(document.documentElement);
  colors.ink = style.getPropertyValue("--ink");
  colors.field = style.getPropertyValue("--field");
}
readColors();

// Calls `redraw` when the colours of the page turn from light to dark or back.
export function onColors(redraw) {
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
    readColors();
    redraw();
  });
}

function outline(pen, shape, r) {
  const corners = { square: 4, triangle: 3, star: 10 }[shape];
  pen.beginPath();
  if (!corners) return pen.arc(0, 0, r * 0.92, 0, 2 * Math.PI);
  const turn = shape === "square" ? Math.PI / 4 : Math.PI / 2;
  for (let i = 0; i < corners; i++) {
    const reach = shape === "star" && i % 2 ? r * 0.5 : r;
    const angle = 2 * Math.PI * i / corners - turn;
    pen.lineTo(reach * Math.cos(angle), reach * Math.sin(angle));
  }
  pen.closePath();
}

function drawShape(pen, shape, color, r) {
  outline(pen, shape, r);
  pen.fillStyle = color;
  pen.strokeStyle = colors.ink;
  pen.lineWidth = r / 10;
  pen.lineJoin = "round";
  pen.fill();
  pen.stroke();
}

// A shape alone, filling a small square canvas.
export function drawIcon(icon, shape, color) {
  icon.width = icon.height = 64;
  const pen = icon.getContext("2d");
  pen.translate(32, 32);
  drawShape(pen, shape, color, 28);
}

export class Picture {
  constructor(canvas) {
    this.canvas = canvas;
    this.pen = canvas.getContext("2d");
    this.width = canvas.width; // of the field, as the script gave it to the template
    this.height = canvas.height;
    this.radius = Number(canvas.dataset.radius);
  }

  // `players` is sid -> player; `me` is the sid of one's own, drawn last and marked.
  draw(players, me) {
    this.fit();
    this.pen.clearRect(0, 0, this.width, this.height);
    const { [me]: mine, ...others } = players;
    const all = Object.values(others);
    if (mine) all.push(mine);
    all.forEach((player) => this.drawPlayer(player, player === mine));
    all.forEach((player) => this.drawName(player, player === mine)); // after them: no shape hides a name
  }

  // The canvas takes the size that the page gives it; what is drawn stays in units of the field.
  fit() {
    const { canvas, pen } = this;
    const pixels = Math.round(canvas.clientWidth * devicePixelRatio);
    if (canvas.width !== pixels) {
      canvas.width = pixels;
      canvas.height = Math.round(pixels * this.height / this.width);
    }
    pen.setTransform(pixels / this.width, 0, 0, pixels / this.width, 0, 0);
    this.nameSize = Math.max(NAME_SIZE, NAME_PIXELS * this.width / canvas.clientWidth);
  }

  drawPlayer({ x, y, shape, color }, mine) {
    const { pen, radius } = this;
    pen.save();
    pen.translate(x, y);
    drawShape(pen, shape, color, radius);
    if (mine) {
      pen.beginPath();
      pen.arc(0, 0, radius + 5, 0, 2 * Math.PI);
      pen.setLineDash([5, 4]);
      pen.stroke();
    }
    pen.restore();
  }

  // Above the player, or below where there is no room, and always whole.
  drawName({ x, y, name }, mine) {
    const { pen, nameSize } = this;
    pen.font = `${mine ? 700 : 500} ${nameSize}px system-ui, sans-serif`;
    pen.textAlign = "center";
    pen.lineJoin = "round";
    pen.lineWidth = nameSize / 4;
    pen.strokeStyle = colors.field;
    pen.fillStyle = colors.ink;
    const half = pen.measureText(name).width / 2 + 4;
    const middle = Math.min(Math.max(x, half), this.width - half);
    const above = y - this.radius - 10;
    const line = above > nameSize ? above : y + this.radius + 8 + nameSize;
    pen.strokeText(name, middle, line);
    pen.fillText(name, middle, line);
  }
}
