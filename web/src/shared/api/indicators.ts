// Indicators as the server sends them. Numbers are digits as text.
import type { Evidence } from './programme'
interface Named { id: string; name: string }

export interface Unit { key: string; name: string }
export interface IndicatorRow {
  key: string; number: number | null; group: string; group_name: string; subgroup_name: string | null; name: string
  unit: string; unit_label: string; kind: string; direction: string; decimals: number; required: boolean; doubt: string[]
  certainty: string; formula_certainty: string; source: string; units: Unit[]; by_town: boolean; period: string
  value: string | null; state: string; reason: string | null; target: string | null; target_words: string | null
  target_certainty: string | null; baseline: string | null; light: string; version: number
}
export interface IndicatorList { year: number; town: string | null; as_of: string | null; data_time: string; position: number; items: IndicatorRow[]; lights: Record<string, number>; groups: Unit[] }
export interface IndicatorInput { name: string; label: string; years_before: number; period: string; unit_label: string; value: string | null; reason: string | null; kind: string; attribution: string | null; rests_on: Unit[] }
export interface IndicatorVersion { version: number; valid_from: string | null; in_force: boolean; formula: string | null; formula_named: string | null; words: string; reason: string | null; recorded_at: string | null; by_name: string | null; value: string | null; why: string | null }
export interface IndicatorFigure extends IndicatorRow {
  town: string | null; town_name: string | null; as_of: string | null; data_time: string; formula: string | null; formula_named: string | null
  formula_words: string; inputs: IndicatorInput[]; versions: IndicatorVersion[]; records_from: string | null; may: string[]
}
export interface IndicatorTown { town: string | null; name: string | null; value: string | null; state: string; reason: string | null }
export interface IndicatorTowns { key: string; period: string; unit_label: string; additive: boolean; city: IndicatorTown; towns: IndicatorTown[]; elsewhere: IndicatorTown }
export interface IndicatorPoint { period: string; value: string | null; reason: string | null; version: number; target: string | null }
export interface IndicatorSeries { key: string; unit_label: string; points: IndicatorPoint[] }
export interface MeasureRow { id: string; kind: string; at: string; recorded_at: string | null; position: number | null; title: string; status: string; org_name: string; place_name: string; waste_code: string | null; mass_g: number; town: string | null; link: string }
export interface ValueStep { action: string; by: Named; at: string }
export interface IndicatorValue {
  id: string; version: number; key: string; name: string; unit_label: string; period: string; town: string | null; town_name: string | null
  value: string; status: string; note: string; reason: string | null; evidence: Evidence[]; org: Named; steps: ValueStep[]; may: string[]
}
export interface FormulaProblem { rule: string; position: number | null; message: string; remedy: string }
export interface FormulaCheck { ok: boolean; problems: FormulaProblem[]; named: string; value: string | null; reason: string | null; period: string; unit_label: string }
export interface FormulaName { name: string; label: string; unit_label: string; kind: string }
