// Where everyone was a moment ago, smoothly: the updates of the server played back with a small delay.
// The server says thirty times a second where everyone is; the screen wants to know sixty times or more.
// So the page lives in the past, where it knows an update before and one after, and draws between the two.
// It never guesses where somebody is going. Times are milliseconds, passed in.

const BEHIND = 2.5; // updates that the picture is behind: one to draw from, one to draw to, half in reserve
const KEPT = 1000; // of updates that are remembered
const MEASURED = 4000; // over which the rate is measured
const JUMP = 120; // pixels between two updates beyond which a player is put there, not moved

export class Playback {
  updates = []; // { at, players }, oldest first
  arrivals = [];
  period = 1000 / 30; // from one update to the next, as measured

  add(players, now) {
    this.arrivals.push(now);
    this.arrivals = this.arrivals.filter((at) => at > now - MEASURED);
    if (this.arrivals.length > 10) this.period = 1000 / this.rate(now);

    // The network delivers in fits and starts, the server does not tick so: lean towards an even beat.
    const expected = this.updates.length ? this.updates.at(-1).at + this.period : now;
    const at = Math.abs(now - expected) > 250 ? now : expected + (now - expected) * 0.1;
    this.updates = this.updates.filter((update) => update.at > now - KEPT && update.at < at);
    this.updates.push({ at, players });
  }

  clear() {
    this.updates = [];
    this.arrivals = [];
  }

  // Updates a second, over the last seconds; 0 when none came.
  rate(now) {
    const recent = this.arrivals.filter((at) => at > now - MEASURED);
    return recent.length > 1 ? 1000 * (recent.length - 1) / (recent.at(-1) - recent[0]) : 0;
  }

  // The players to draw now: sid -> player, with x and y between those of two updates.
  players(now) {
    const time = now - BEHIND * this.period;
    const next = this.updates.findIndex((update) => update.at >= time);
    if (next < 0) return this.updates.at(-1)?.players ?? {}; // nothing newer: everyone stands still
    if (next === 0) return this.updates[0].players;
    const [from, to] = [this.updates[next - 1], this.updates[next]];
    const part = (time - from.at) / (to.at - from.at);
    return Object.fromEntries(Object.entries(to.players).map(([sid, player]) =>
      [sid, between(from.players[sid], player, part)]));
  }
}

function between(from, to, part) {
  if (!from || Math.hypot(to.x - from.x, to.y - from.y) > JUMP) return to;
  return { ...to, x: from.x + (to.x - from.x) * part, y: from.y + (to.y - from.y) * part };
}
