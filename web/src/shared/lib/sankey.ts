// Where knots and bands of a flow stand: columns from left to right, heights in proportion to the mass, bands that leave
// and enter in the order of their other ends. Pure; it decides no colour and no word.

export interface FlowNode { id: string; column: number; mass_g: number }
export interface FlowBand { from: string; to: string; mass_g: number }
export interface PlacedNode<N> { node: N; x: number; y: number; height: number }
export interface PlacedBand<B> { band: B; path: string; width: number }
export interface Placed<N, B> { nodes: PlacedNode<N>[]; bands: PlacedBand<B>[] }
export interface Room { width: number; height: number; knot: number; gap: number; least: number }

/** Places a flow in a room. Every knot is at least `least` high, so that it can be seen and hit. */
export function place<N extends FlowNode, B extends FlowBand>(nodes: N[], bands: B[], room: Room): Placed<N, B> {
  const columns = new Map<number, N[]>()
  for (const node of nodes) columns.set(node.column, [...(columns.get(node.column) ?? []), node])
  const last = Math.max(0, ...columns.keys())
  // One scale for all columns: the fullest of them decides it.
  let scale = Number.POSITIVE_INFINITY
  for (const column of columns.values()) {
    const mass = column.reduce((sum, node) => sum + node.mass_g, 0)
    const free = room.height - room.gap * (column.length - 1) - room.least * column.length
    if (mass > 0) scale = Math.min(scale, Math.max(0, free) / mass)
  }
  if (!Number.isFinite(scale)) scale = 0
  const placed = new Map<string, PlacedNode<N>>()
  for (const [column, members] of columns) {
    const used = members.reduce((sum, node) => sum + room.least + node.mass_g * scale, 0)
    const gap = members.length > 1 ? Math.min(room.gap * 4, (room.height - used) / (members.length - 1)) : 0
    let y = (room.height - used - gap * (members.length - 1)) / 2
    const x = last === 0 ? 0 : (column / last) * (room.width - room.knot)
    for (const node of members) {
      const height = room.least + node.mass_g * scale
      placed.set(node.id, { node, x, y, height })
      y += height + gap
    }
  }
  const drawn: PlacedBand<B>[] = []
  const leaving = new Map<string, number>()
  const entering = new Map<string, number>()
  const kept = bands.filter((band) => placed.has(band.from) && placed.has(band.to))
  const width = (band: B, end: PlacedNode<N>): number => (end.node.mass_g > 0 ? (band.mass_g / end.node.mass_g) * end.height : 0)
  const middle = (one: PlacedNode<N>): number => one.y + one.height / 2
  const from = (band: B): PlacedNode<N> => placed.get(band.from)!
  const to = (band: B): PlacedNode<N> => placed.get(band.to)!
  const starts = new Map<B, number>()
  for (const band of [...kept].sort((a, b) => middle(to(a)) - middle(to(b)))) {
    const at = leaving.get(band.from) ?? 0
    starts.set(band, at)
    leaving.set(band.from, at + width(band, from(band)))
  }
  for (const band of [...kept].sort((a, b) => middle(from(a)) - middle(from(b)))) {
    const [a, b] = [from(band), to(band)]
    const at = entering.get(band.to) ?? 0
    const [left, right] = [width(band, a), width(band, b)]
    entering.set(band.to, at + right)
    const [x0, x1] = [a.x + room.knot, b.x]
    const [y0, y1] = [a.y + (starts.get(band) ?? 0), b.y + at]
    const half = (x0 + x1) / 2
    const p = (value: number): string => value.toFixed(1)
    drawn.push({ band, width: Math.max(left, right), path: `M${p(x0)} ${p(y0)}C${p(half)} ${p(y0)} ${p(half)} ${p(y1)} ${p(x1)} ${p(y1)}V${p(y1 + right)}C${p(half)} ${p(y1 + right)} ${p(half)} ${p(y0 + left)} ${p(x0)} ${p(y0 + left)}Z` })
  }
  return { nodes: [...placed.values()], bands: drawn }
}

/** Limits of classes with about the same number of values in each: for the colours of a map. Empty without values. */
export function classes(values: number[], count: number): number[] {
  const sorted = [...new Set(values)].sort((a, b) => a - b)
  if (sorted.length === 0) return []
  const out: number[] = []
  for (let i = 1; i < count; i += 1) {
    const limit = sorted[Math.min(sorted.length - 1, Math.floor((i * sorted.length) / count))]!
    if (limit > sorted[0]! && limit !== out[out.length - 1]) out.push(limit)
  }
  return out
}

/** The class of a value: how many limits it reaches. */
export const classOf = (value: number, limits: number[]): number => limits.filter((limit) => value >= limit).length
