// From times to positions along a lane and back. A position is the time since the session's start, in which
// each idle period counts as `gap` at most.

/** Share of the lane for one compressed idle period, and for all of them. */
const GAP_SHARE = 0.06;
const GAPS_SHARE = 0.4;

/** Returns the length that idle periods are compressed to, the same for all lanes. */
function gapLength(sessions) {
  const active = Math.max(1000, ...sessions.map((session) => session.active));
  const gaps = Math.max(1, ...sessions.map(({ idle }) => idle.length));
  const share = Math.min(GAP_SHARE, GAPS_SHARE / gaps);
  return (active * share) / (1 - gaps * share);
}

class Scale {
  constructor({ first, last, idle }, gap) {
    const [times, positions] = [[first], [0]];
    this.gaps = idle.map((period) => {
      const { from, to } = period;
      const begin = positions.at(-1) + from - times.at(-1);
      const end = begin + Math.min(to - from, gap);
      times.push(from, to);
      positions.push(begin, end);
      return { period, begin, end };
    });
    Object.assign(this, { times, positions });
    this.length = positions.at(-1) + last - times.at(-1);
  }

  position(at) {
    return along(this.times, this.positions, at);
  }

  time(position) {
    return along(this.positions, this.times, position);
  }
}

/** Translates a value between two ascending lists; beyond their ends, one for one. */
function along(from, to, value) {
  const next = firstFrom(from, value);
  if (next === 0) return to[0] + value - from[0];
  const [low, high] = [from[next - 1], from[next]];
  if (high === undefined) return to[next - 1] + value - low;
  return to[next - 1] + ((value - low) / (high - low)) * (to[next] - to[next - 1]);
}

/** Returns the index of the first value that is at least `min`. */
function firstFrom(values, min) {
  let low = 0;
  let high = values.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (values[middle] < min) low = middle + 1;
    else high = middle;
  }
  return low;
}
