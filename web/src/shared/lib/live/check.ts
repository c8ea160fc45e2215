// What a roadside check looks for, from what was typed or scanned: a printed code, a number of a manifest, or a plate.
import { readScan } from '../codes'

export type CheckKind = 'code' | 'plate' | 'number'
export interface Sought { kind: CheckKind; value: string }

/** A plate without the dot and spaces people put into it. */
export function plainPlate(text: string): string {
  return text.normalize('NFKC').toUpperCase().replace(/[\s·•・.\-]/g, '')
}
const PLATE = /^[\u4e00-\u9fff][A-Z][A-Z0-9]{4,6}[A-Z0-9\u4e00-\u9fff]?$/

export function soughtFrom(text: string): Sought | null {
  const plain = text.normalize('NFKC').trim()
  if (plain === '') return null
  const read = readScan(plain)
  if (read.kind === 'attest') return { kind: 'code', value: read.code }
  if (read.kind === 'manifest' || read.kind === 'container') return { kind: 'code', value: plain }
  if (read.kind === 'manifest_number') return { kind: 'number', value: read.number }
  if (PLATE.test(plainPlate(plain))) return { kind: 'plate', value: plainPlate(plain) }
  return { kind: /^[A-Z]{2,}[-\dA-Z]*\d$/i.test(plain) || /^\d+$/.test(plain) ? 'number' : 'plate', value: plain }
}
