// How a point gets from where it is drawn to where it was reported: evenly, over the time that its reports lie apart.
// Pure; coordinates are whatever plane the caller draws in.

export interface Glide {
  fromX: number
  fromY: number
  fromHeading: number
  toX: number
  toY: number
  toHeading: number
  start: number
  duration: number
}
export interface Spot { x: number; y: number; heading: number; done: boolean }

/** No glide is shorter, or it would be a jump that costs frames; none is longer, or the picture would lag the facts. */
export const SHORTEST = 300
export const LONGEST = 4000
/** Farther than this in one report is no drive but a correction: it is not drawn as a drive. */
export const FARTHEST = 3000

/** Degrees from 0 to 360. */
export const norm = (degrees: number): number => ((degrees % 360) + 360) % 360

/** Turns by the shorter way round. */
export function turn(from: number, to: number, share: number): number {
  const by = norm(to - from)
  return norm(from + (by > 180 ? by - 360 : by) * share)
}

export function at(glide: Glide, now: number): Spot {
  const share = glide.duration <= 0 ? 1 : Math.min(1, Math.max(0, (now - glide.start) / glide.duration))
  return {
    x: glide.fromX + (glide.toX - glide.fromX) * share,
    y: glide.fromY + (glide.toY - glide.fromY) * share,
    heading: turn(glide.fromHeading, glide.toHeading, Math.min(1, share * 3)),
    done: share >= 1,
  }
}

export function still(x: number, y: number, heading: number, now: number): Glide {
  return { fromX: x, fromY: y, fromHeading: heading, toX: x, toY: y, toHeading: heading, start: now, duration: 0 }
}

/** The glide to a new report, from wherever the point is drawn now. `calm` is a person's wish for no motion. */
export function towards(before: Glide | null, x: number, y: number, heading: number, now: number, calm: boolean): Glide {
  if (!before || calm) return still(x, y, heading, now)
  const here = at(before, now)
  if (Math.hypot(x - here.x, y - here.y) > FARTHEST) return still(x, y, heading, now)
  const apart = now - before.start
  return { fromX: here.x, fromY: here.y, fromHeading: here.heading, toX: x, toY: y, toHeading: heading, start: now, duration: Math.min(LONGEST, Math.max(SHORTEST, apart)) }
}
