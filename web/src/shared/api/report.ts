// What the server says about reports.
export interface ReportSummary {
  id: string; template: string; template_version: string; org_id: string; org_name: string; year: number; as_of: string; lang: string
  title: string; content_hash: string; by_name: string; made_at: string
}
export interface ReportRun { text: string; bold: boolean; missing: boolean; mark: string | null }
export interface ReportSource { mark: string; title: string; text: string; link: string | null }
export interface ReportBlock {
  kind: 'heading' | 'paragraph' | 'list' | 'table' | 'chart' | 'note' | 'sources'
  level?: number; text?: string; runs?: ReportRun[]; items?: ReportRun[][]
  columns?: { title: string; align: 'left' | 'center' | 'right' }[]; rows?: ReportRun[][][]; values?: (string | null)[]; sources?: ReportSource[]
}
export interface ReportContent { lang: string; title: string; subtitle: string[]; mark: string | null; blocks: ReportBlock[] }
export interface ReportView extends ReportSummary { position: number; texts: Record<string, string>; content: ReportContent }
export interface ReportOptions {
  templates: { key: string; version: string; name: string; texts: { key: string; label: string; hint: string }[] }[]
  units: { id: string; name: string; kind: string }[]
  from_year: number; to_year: number; max_text: number
}
