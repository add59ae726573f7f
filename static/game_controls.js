// Which of the four ways are held: by WASD, by the arrow keys, or by a finger on the field or on the pad.
// A key that comes up while nobody looks at the page is never heard of, so everything that takes the
// page out of sight lets go of all keys: nobody runs on for ever.
// It sends nothing; it tells `changed` what is held, each time that changes.

const KEYS = { // by place, so that they lie like WASD on any keyboard
  KeyW: "up", KeyA: "left", KeyS: "down", KeyD: "right",
  ArrowUp: "up", ArrowLeft: "left", ArrowDown: "down", ArrowRight: "right",
};
const EIGHTHS = [["right"], ["right", "down"], ["down"], ["down", "left"],
  ["left"], ["left", "up"], ["up"], ["up", "right"]];
const STILL = 10; // pixels that a finger may tremble
const KNOB = 40; // pixels that the knob of the pad moves at most

const typing = (target) => target instanceof Element && target.matches("input, textarea, select");

export class Controls {
  held = new Set(); // codes of keys
  dragged = []; // the ways a finger points: none, one or two
  playing = false;

  constructor(changed) {
    this.changed = changed;
    addEventListener("keydown", (event) => this.keyDown(event));
    addEventListener("keyup", (event) => { if (this.held.delete(event.code)) this.tell(); });
    for (const away of ["blur", "contextmenu", "pagehide"]) addEventListener(away, () => this.release());
    document.addEventListener("visibilitychange", () => this.release());
    document.addEventListener("focusin", (event) => { if (typing(event.target)) this.release(); });
  }

  keyDown(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return this.release(); // a shortcut of the browser's
    if (!this.playing || !KEYS[event.code] || typing(event.target)) return;
    event.preventDefault(); // the arrows would scroll
    this.held.add(event.code);
    this.tell();
  }

  release() {
    this.held.clear();
    this.dragged = [];
    this.tell();
  }

  tell() {
    const ways = new Set([...[...this.held].map((code) => KEYS[code]), ...this.dragged]);
    this.changed({ up: ways.has("up"), down: ways.has("down"), left: ways.has("left"), right: ways.has("right") });
  }

  // A finger on `surface` points away from where it came down, or from the middle if there is a `knob` to show it.
  dragOn(surface, knob) {
    let from = null;
    const point = (event) => {
      const [dx, dy] = [event.clientX - from.x, event.clientY - from.y];
      this.dragged = waysOf(dx, dy);
      const far = Math.max(1, Math.hypot(dx, dy) / KNOB);
      if (knob) knob.style.translate = `${dx / far}px ${dy / far}px`;
      this.tell();
    };
    surface.addEventListener("pointerdown", (event) => {
      if (!this.playing || from) return;
      from = { id: event.pointerId, ...(knob ? middleOf(surface) : { x: event.clientX, y: event.clientY }) };
      surface.setPointerCapture(event.pointerId);
      point(event);
    });
    surface.addEventListener("pointermove", (event) => { if (event.pointerId === from?.id) point(event); });
    surface.addEventListener("lostpointercapture", (event) => { // also after pointercancel
      if (event.pointerId !== from?.id) return;
      from = null;
      this.dragged = [];
      if (knob) knob.style.translate = "";
      this.tell();
    });
  }
}

function middleOf(surface) {
  const { left, top, width, height } = surface.getBoundingClientRect();
  return { x: left + width / 2, y: top + height / 2 };
}

function waysOf(dx, dy) {
  if (Math.hypot(dx, dy) < STILL) return [];
  const eighth = Math.round(Math.atan2(dy, dx) / (Math.PI / 4));
  return EIGHTHS[(eighth + 8) % 8];
}
