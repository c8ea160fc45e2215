// How a step of a trace is called: a container by waste code and the tail of its code, everything else by its label.
import type { TraceNode } from '@/shared/api/types'
import { tEnum } from '@/shared/i18n'
import { shortContainer } from '@/shared/lib/codes'

export function nodeLabel(node: TraceNode | undefined): string {
  if (!node) return ''
  if (node.label === '' && node.org) return tEnum('lot_kind', node.kind)
  return node.label.length === 37 ? `${node.waste_code ?? ''} ${shortContainer(node.label)}`.trim() : node.label
}
