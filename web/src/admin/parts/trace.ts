// How a step of a trace is called: a container by waste code and the tail of its code, everything else by its label.
import type { TraceNode } from '@/shared/api/types'
import { shortContainer } from '@/shared/lib/codes'

export function nodeLabel(node: TraceNode | undefined): string {
  if (!node) return ''
  return node.label.length === 37 ? `${node.waste_code ?? ''} ${shortContainer(node.label)}`.trim() : node.label
}
