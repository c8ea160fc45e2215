// Lines of a manifest made from chosen containers: one line per waste code, form and packaging. And whether a
// licence fits them: a hint for choosing; the server checks for good.
import type { Lot } from '@/shared/api/types'
import { sumGrams } from '@/shared/lib/mass'

export interface DraftLine {
  key: string
  waste_code: string
  name: string
  traits: string[]
  form: string | null
  packaging: string | null
  components: string
  method_code: string
  dg: { un_number: string; name: string; class: string; packing_group: string }
  lots: Lot[]
}

export function groupLines(lots: Lot[], kept: DraftLine[]): DraftLine[] {
  const lines = new Map<string, DraftLine>()
  for (const lot of lots) {
    if (!lot.waste_code) continue
    const key = [lot.waste_code, lot.name, lot.form, lot.packaging].join('|')
    const line = lines.get(key)
    if (line) {
      line.lots.push(lot)
      continue
    }
    const before = kept.find((one) => one.key === key)
    lines.set(key, {
      key, waste_code: lot.waste_code, name: lot.name, traits: lot.traits, form: lot.form, packaging: lot.packaging,
      components: before?.components ?? lot.components ?? '', method_code: before?.method_code ?? '', dg: before?.dg ?? { un_number: '', name: '', class: '', packing_group: '' }, lots: [lot],
    })
  }
  return [...lines.values()]
}

export const lineMass = (line: DraftLine): number => sumGrams(line.lots.map((lot) => lot.remaining_g))

/** Codes that a licence does not cover; its entries are 8-digit codes or categories such as HW08. */
export function uncovered(codes: string[], licence: string[]): string[] {
  return codes.filter((code) => !licence.some((entry) => entry === code || (/^HW\d{2}$/i.test(entry) && code.endsWith(`-${entry.slice(2)}`))))
}
