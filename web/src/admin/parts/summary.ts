// A line for what an event changed. Known fields get a name and a unit; unknown ones are left out, the full
// payload is on the event's own page.
import { formatMass } from '@/shared/lib/mass'
import { has, t, tEnum } from '@/shared/i18n'

export function eventNote(summary: Record<string, unknown> | null | undefined): string {
  const parts: string[] = []
  for (const [key, value] of Object.entries(summary ?? {})) {
    if (value === null || value === undefined || value === '') continue
    const label = `sum.${key}`
    if (!has(label)) continue
    let text: string
    if (key.endsWith('_g') && typeof value === 'number') text = `${formatMass(value, 'kg')} kg`
    else if (key === 'purpose') text = tEnum('purpose', String(value))
    else if (key === 'step') text = tEnum('step', String(value))
    else if (key === 'status') text = tEnum('lot_status', String(value))
    else if (typeof value === 'object') text = 'name' in value ? String(value.name) : Array.isArray(value) ? value.map(String).join(' ') : ''
    else text = String(value)
    if (text !== '') parts.push(`${t(label)} ${text}`)
  }
  return parts.join(' · ')
}
