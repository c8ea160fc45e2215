// Shapes of the four lists, as the server sends them.
export interface UnitRef { id: string; key: string | null; name: string }
export interface TownRef { code: string; name: string }
export interface ClauseRef { id: string; no: string; title: string }
export interface ItemSummary {
  id: string; version: number; list: string; code: string; clause: string; clause_no: string; title: string
  lead: UnitRef | null; joint: UnitRef[]; all_towns: boolean; towns: TownRef[]
  starts_on: string | null; due_on: string | null; due_named: boolean; rhythm: string; horizon: number; phase: string
  indicator: string | null; unit: string | null; bound: string | null; target: string | null; value: string | null
  light: string; reason: string; percent: number | null; state: string | null; reported_on: string | null
  withdrawn: boolean; updated_at: string
}
export interface ListCount { list: string; total: number; green: number; amber: number; red: number; none: number }
export interface ProgrammeSummary { year: number; phase: string; first_year: number; horizon: number; lists: ListCount[]; at: string }
export interface Evidence { sha256: string; name: string; kind: string; bytes: number }
export interface ItemStep {
  action: string; at: string; by_name: string; by_org: string; day: string | null; town: TownRef | null
  percent: number | null; state: string | null; note: string; obstacle: string; evidence: Evidence[]; fields: string[]; position: number
}
export interface TownProgress { town: TownRef; percent: number | null; state: string | null; day: string | null; note: string | null; obstacle: string | null }
export interface ShareView { year: number | null; town: TownRef | null; value: string }
export interface Words { 'zh-CN': string; en: string }
export interface ShareBody { year: number | null; town: string | null; value: string }
export interface ItemBody {
  list: string; code: string | null; clause: string; title: Words; detail: Words; lead: string | null; joint: string[]
  all_towns: boolean; towns: string[]; starts_on: string | null; due_on: string | null; due_named: boolean; rhythm: string | null
  indicator: string | null; unit: string | null; bound: string | null; total: string | null; shares: ShareBody[]
  horizon: number | null; withdrawn: string | null
}
export interface ItemView extends ItemSummary {
  clause_ref: ClauseRef | null; detail: string; withdrawn_because: string | null; total: string | null; shares: ShareView[]
  figure_state: string | null; town_progress: TownProgress[]; timeline: ItemStep[]; may: string[]; own_town: TownRef | null; body: ItemBody | null
}
export interface ClauseItem { id: string; code: string; list: string; title: string; light: string; indicator: string | null }
export interface ClauseRow { id: string; no: string; title: string; items: ClauseItem[]; registers: string[]; reason: string | null }
export interface ProgrammeOptions {
  years: number[]; year: number; horizon: number; starts_on: string
  clauses: ClauseRef[]; units: UnitRef[]; towns: TownRef[]; measures: { code: string; name: string }[]
}
