// Places the steps of a trace in layers from left (origins) to right (ends). Pure: for the trace page and its
// tests. A node stands right of everything that flows into it; crossings are reduced by barycentre sweeps.

export interface GraphNode { id: string }
export interface GraphEdge { from: string; to: string }
export interface Placed { id: string; layer: number; row: number }

export function layerNodes(nodes: GraphNode[], edges: GraphEdge[]): Placed[] {
  const ids = new Set(nodes.map((node) => node.id))
  const real = edges.filter((edge) => ids.has(edge.from) && ids.has(edge.to) && edge.from !== edge.to)
  const into = new Map<string, string[]>()
  const out = new Map<string, string[]>()
  for (const edge of real) {
    into.set(edge.to, [...(into.get(edge.to) ?? []), edge.from])
    out.set(edge.from, [...(out.get(edge.from) ?? []), edge.to])
  }
  // Longest path from the sources, in topological order; a cycle (which the ledger forbids) is cut, not followed.
  const degree = new Map([...ids].map((id) => [id, into.get(id)?.length ?? 0]))
  const layer = new Map([...ids].map((id) => [id, 0]))
  const queue = [...ids].filter((id) => degree.get(id) === 0)
  for (let at = 0; at < queue.length; at += 1) {
    const id = queue[at]!
    for (const next of out.get(id) ?? []) {
      layer.set(next, Math.max(layer.get(next)!, layer.get(id)! + 1))
      degree.set(next, degree.get(next)! - 1)
      if (degree.get(next) === 0) queue.push(next)
    }
  }
  // Sources move right until just before their first use, so that edges stay short.
  for (const id of [...queue].reverse()) {
    const next = out.get(id)
    if ((into.get(id)?.length ?? 0) === 0 && next && next.length > 0) {
      layer.set(id, Math.max(0, Math.min(...next.map((one) => layer.get(one)!)) - 1))
    }
  }
  const layers: string[][] = []
  for (const node of nodes) {
    const at = layer.get(node.id)!
    layers[at] = [...(layers[at] ?? []), node.id]
  }
  const filled = Array.from(layers, (one) => one ?? [])
  const row = new Map<string, number>()
  const settle = (): void => filled.forEach((one) => one.forEach((id, index) => row.set(id, index - (one.length - 1) / 2)))
  settle()
  for (let sweep = 0; sweep < 6; sweep += 1) {
    const forward = sweep % 2 === 0
    const neighbours = forward ? into : out
    const order = forward ? filled : [...filled].reverse()
    for (const one of order) {
      const weight = (id: string): number => {
        const near = neighbours.get(id) ?? []
        return near.length === 0 ? row.get(id)! : near.reduce((sum, other) => sum + row.get(other)!, 0) / near.length
      }
      const keyed = one.map((id, index) => ({ id, index, at: weight(id) })).sort((a, b) => a.at - b.at || a.index - b.index)
      one.splice(0, one.length, ...keyed.map((entry) => entry.id))
      settle()
    }
  }
  return filled.flatMap((one, index) => one.map((id) => ({ id, layer: index, row: row.get(id)! })))
}
