// Shapes of the one screen.
import type { WarningSummary } from './live'

export interface CityLabel { zh: string; en: string }
export interface CityPeriod { key: string; from: string; to: string }
export interface CityFigure { key: string; value: number; at: string; link: string }
export interface CategoryRow { category: string; name: string; mass_g: number; containers: number; late: number; capacity_g: number; link: string }
export interface StoreRow { id: string; name: string; org_name: string; mass_g: number; capacity_g: number; link: string }
export interface CityStock { at: string; mass_g: number; containers: number; late: number; capacity_g: number; stored_g: number; rows: CategoryRow[]; fullest: StoreRow[]; link: string }
export interface CityFlowNode { id: string; column: number; key: string; label: CityLabel | null; members: number; mass_g: number; link: string }
export interface CityFlowLink { from: string; to: string; mass_g: number; manifests: number; link: string }
export interface CityFlow { at: string; by: 'town' | 'trade'; mass_g: number; manifests: number; nodes: CityFlowNode[]; links: CityFlowLink[]; link: string }
export interface CityWarnings { at: string; open: number; by_severity: { severity: string; count: number; link: string }[]; latest: WarningSummary[]; link: string }
export interface CityScreen { at: string; period: CityPeriod; town: CityLabel | null; counts: CityFigure[]; stock: CityStock; flow: CityFlow; warnings: CityWarnings }
export interface TownFigure { code: string; label: CityLabel; value: string | null; reason: string | null; link: string }
export interface TownFigures { at: string; indicator: string; label: CityLabel | null; unit: string; period: CityPeriod; towns: TownFigure[] }
/** What the screen reads of the indicators of a year. */
export interface Standing { key: string; name: string; unit_label: string; source: string; value: string | null; state: string; reason: string | null; target: string | null; light: string }
export interface Standings { year: number; data_time: string; items: Standing[] }
export interface StandingTowns { key: string; period: string; unit_label: string; towns: { town: string | null; name: string | null; value: string | null; reason: string | null }[] }
