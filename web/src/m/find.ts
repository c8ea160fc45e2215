// Whether a manifest carries a code: its own id or number, or a container's code or the end of one.
import type { Manifest } from '@/shared/api/types'

const plain = (text: string): string => text.normalize('NFKC').replace(/[\s.…-]/g, '').toUpperCase()

export function matches(doc: Manifest, wanted: string): boolean {
  const code = plain(wanted)
  if (code.length < 3) return false
  if (plain(doc.id) === code) return true
  const numbers = [doc.number, doc.internal_number].filter((one): one is string => one !== null)
  if (numbers.some((one) => plain(one) === code || (code.length >= 4 && plain(one).endsWith(code)))) return true
  const containers = doc.consignor_part.lines.flatMap((line) => line.lots.map((lot) => lot.container_code ?? ''))
  return containers.some((one) => one !== '' && (plain(one) === code || plain(one).endsWith(code)))
}
