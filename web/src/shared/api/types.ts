// Shapes of the JSON API that the pages use. Written by hand after the API description; names and
// units are the server's: mass in whole grams, times in RFC 3339 UTC, dates `YYYY-MM-DD`.

export interface Ref { id: string; name: string }
export interface Bilingual { zh: string; en: string }
export interface Option extends Bilingual { code: string }

/** `total_capped`: counting ended at `total`, there are more. */
export interface Page<T> { items: T[]; next_cursor: string | null; total: number | null; total_capped?: boolean }

export interface ProblemItem {
  path: string
  rule: string
  severity?: 'error' | 'warning'
  message: string
  remedy?: string
  messages?: Partial<Record<string, string>>
  citations?: { id: string; text: string; edition?: string }[]
}
export interface ProblemBody {
  type: string
  title: string
  status: number
  detail?: string
  code: string
  trace_id?: string
  errors?: ProblemItem[]
  warnings?: ProblemItem[]
}

export interface Delegation {
  id: string
  agent?: Ref
  client: Ref
  scope: string[]
  valid_from?: string
  valid_to: string
  reason?: string
  status?: string
  revoked_at?: string | null
  version?: number
}
export interface Me {
  account_id: string
  person: Ref
  org: Ref & { kinds: string[] }
  roles: string[]
  permissions: string[]
  second_factor: { required: boolean; enabled: boolean }
  must_change_password: boolean
  delegations: Delegation[]
  acting_for: Ref | null
  city: { tenant_id: string; name_zh: string; name_en: string; zone: string }
  demo: boolean
  notices: { id: string; severity: string; zh: string; en: string }[]
}
export interface DemoAccounts {
  password: string
  accounts: { login: string; role: string; person: string; org: string; hint_zh: string; hint_en: string }[]
}
export interface Account {
  id: string
  login: string
  person: Ref
  org: Ref
  roles: string[]
  status: string
  second_factor: boolean
  last_login_at: string | null
  phone?: string | null
  /** Personal fields that came masked. */
  masked?: string[]
  version: number
  initial_password?: string
}
export interface AuditRow {
  position: number
  at: string
  kind: string
  account: { id: string; login: string } | null
  org: Ref | string | null
  subject?: { type: string; id: string } | null
  outcome: string
  detail: Record<string, unknown> | null
  ip: string | null
}

export interface WasteCode {
  code: string
  category: string
  category_name: string
  industry: string
  description: string
  traits: string[]
  edition: string
  valid_from: string
  valid_to: string | null
}
export interface Edition {
  edition: string
  name_zh: string
  name_en: string
  valid_from: string
  valid_to: string | null
  imported: boolean
  entries: number | null
}
export interface Exemption {
  id: string
  no: number
  matcher: { codes: string[]; categories: string[]; note: string | null; all_codes: boolean }
  stage: string
  disposal_scope: string | null
  waste: Bilingual
  condition: Bilingual
  effect: Bilingual
}
export interface CalendarYear {
  year: number
  source: string
  certainty: string
  note: Bilingual
  days_off: { date: string; zh: string; en: string }[]
  make_up_days: { date: string; zh: string; en: string }[]
  working_days: number
}
export type CatalogueOptions = Record<string, Option[]>

export interface RegistryField {
  key: string
  title: Bilingual
  type: string
  required: boolean
  enum?: Option[] | null
  ref?: string | null
  personal: boolean
  unique: boolean
  fixed?: boolean
  read_only?: boolean
  max_length?: number | null
  /** What a list holds: waste_codes, methods, words, lines. */
  items?: string | null
  /** What a coded text is: credit, division, facility, plate, waste, industry. */
  code?: string | null
  list_fields?: RegistryField[] | null
}
export interface RegistryDescriptor {
  entity: string
  title: Bilingual
  permissions: { read: boolean; write: boolean; import: boolean; export: boolean }
  fields: RegistryField[]
}
export type Cell = string | number | boolean | null | Cell[] | { [key: string]: Cell }
export interface RegistryRecord {
  id: string
  version: number
  status: string
  org: Ref | null
  title: string
  row: Record<string, Cell>
  refs?: Record<string, Ref>
  masked?: string[]
  can_write?: boolean
  updated_at?: string
  related?: Record<string, number>
}
export interface ImportResult {
  rows: number
  created: number
  updated: number
  unchanged?: number
  dry_run: boolean
}

export interface Lot {
  id: string
  version: number
  kind: string
  container_code: string | null
  waste_code: string | null
  category: string | null
  name: string
  form: string | null
  traits: string[]
  packaging: string | null
  capacity_ml: number | null
  mass_g: number
  remaining_g: number
  status: string
  holder: Ref
  site: Ref | null
  facility: { id: string; code: string; name: string } | null
  generated_on: string | null
  stored_at: string | null
  manifest: { id: string; number?: string | null } | null
  deadline_at: string | null
  late?: boolean
  origin: string
  national_name?: string
  components?: string
  purpose?: string | null
  source_manifest_id?: string | null
  generation_batch?: string | null
  store_in_batch?: string | null
  store_out_batch?: string | null
}
export interface LotEvent {
  position: number
  kind: string
  at: string
  recorded_at: string
  actor: Ref | string | null
  org: Ref | string | null
  summary: Record<string, unknown> | null
}
export interface LotDetail extends Lot { events: LotEvent[] }

export interface StockRow {
  org?: Ref
  site: Ref | null
  facility: { id: string; code: string; name: string } | null
  waste_code: string | null
  name: string | null
  containers: number
  mass_g: number
  oldest_at: string | null
  capacity_g: number | null
  facility_mass_g?: number | null
  limit_days: number | null
  late: boolean | number
}
export interface LedgerEntry {
  id: string
  position: number
  at: string
  recorded_at: string
  kind: string
  mass_g: number
  org: Ref | null
  site: Ref | null
  waste_code: string | null
  name: string | null
  batch_code: string | null
  container_code: string | null
  lot_id: string | null
  handler: Ref | string | null
}
export interface BalanceRow {
  waste_code: string | null
  name: string | null
  opening_g: number
  generated_g: number
  received_g: number
  residue_g: number
  used_g: number
  disposed_g: number
  sent_g: number
  returned_g: number
  adjusted_g: number
  closing_g: number
  stock_g: number
  gap_g: number
}
export interface Balance { rows: BalanceRow[]; totals: Partial<BalanceRow> }

export interface TraceNode {
  id: string
  kind: string
  label: string
  waste_code: string | null
  org: Ref | null
  at: string | null
  mass_g: number
  remaining_g: number
  attributed_g?: number
  status?: string
  batch_code: string | null
}
export interface TraceEdge { from: string; to: string; mass_g: number; attributed_g: number; kind: string }
export interface Trace {
  root: string
  nodes: TraceNode[]
  edges: TraceEdge[]
  origins: { node: string; org: Ref | null; mass_g: number }[]
  ends: { node: string; kind: string; mass_g: number }[]
  sums: { origins_g: number; ends_g: number; remaining_g: number; root_g: number }
}

export interface ManifestSummary {
  id: string
  version: number
  status: string
  number: string | null
  internal_number: string
  number_status: string
  class: string
  consignor: Ref
  carrier: Ref | null
  receiver: Ref
  waste_codes: string[]
  containers: number
  mass_g: number
  plate: string | null
  created_at: string
  departed_at: string | null
  arrived_at: string | null
  due_at: string | null
  late: boolean
  next: { party: string | null; action: string | null }
  mine: boolean
}
export interface ManifestLineLot { lot_id: string; container_code: string | null; mass_g: number }
export interface ManifestLine {
  no: number
  waste_code: string
  name: string
  traits: string[]
  form: string | null
  components: string | null
  packaging: string | null
  containers: number
  mass_g: number
  method_code: string
  dangerous_goods?: { un_number: string; name: string; class: string; packing_group: string } | null
  exemption_id?: string | null
  lots: ManifestLineLot[]
}
export interface ConsignorPart {
  site_id: string | null
  site_name: string | null
  address: string | null
  emergency_phone: string | null
  handler_name: string | null
  handler_phone: string | null
  planned_at: string | null
  note: string | null
  lines: ManifestLine[]
}
export interface ManifestLeg {
  no: number
  carrier: Ref
  licence_no: string | null
  vehicle: { id: string; plate: string } | null
  driver: { id: string; name: string; phone: string | null } | null
  escort: { id: string; name: string; phone?: string | null } | null
  from: string | null
  to: string | null
  via: string | null
  departed_at: string | null
  arrived_at: string | null
  handover_place: string | null
}
export interface ReceiverLineLot { lot_id: string; decision: string; received_g: number }
export interface ReceiverLine {
  no: number
  discrepancy: boolean
  opinion: string
  reason: string | null
  method_code: string | null
  lots: ReceiverLineLot[]
}
export interface ReceiverPart {
  site_id: string | null
  facility_id: string | null
  licence_no: string | null
  handler_name: string | null
  received_at: string | null
  lines: ReceiverLine[]
}
export interface Signature {
  step: string
  person_name: string
  org: Ref | string
  role: string
  method: string
  at: string
  version: number
  content_hash: string
  agent?: Ref | null
  warnings?: ProblemItem[]
}
export interface Manifest extends ManifestSummary {
  rule_pack: string
  content_hash: string
  consignor_part: ConsignorPart
  receiver_org: Ref | null
  legs: ManifestLeg[]
  receiver_part: ReceiverPart | null
  signatures: Signature[]
  warnings: ProblemItem[]
  fields: Record<string, { sealed: boolean; required_for: string | null }>
  permissions: { edit_parts: string[]; actions: string[] }
  treatment: { treated_g: number; remaining_g: number } | null
  void_reason?: string | null
  masked?: boolean
}
export interface ManifestChange {
  position: number
  kind: string
  at: string
  recorded_at: string
  actor: Ref | string | null
  org: Ref | string | null
  event?: string
  version?: number
  changes: unknown
}
export interface ManifestOptions {
  carriers: (Ref & { licence_no: string | null; licence_valid_to: string | null; valid: boolean })[]
  receivers: (Ref & { licences: { number: string; valid_to: string; codes: string[]; methods: string[] }[]; codes: string[] })[]
  sites?: Ref[]
}
export interface CarrierOptions {
  vehicles: { id: string; plate: string; valid_to?: string | null; load_g?: number | null }[]
  drivers: { id: string; name: string; valid_to?: string | null }[]
  escorts: { id: string; name: string; valid_to?: string | null }[]
}
export interface CheckResult { errors: ProblemItem[]; warnings: ProblemItem[] }

export interface ProofCheckpoint { size: number; root: string; at: string; text: string }
export interface ProofKey { name: string; algorithm: string; public_key: string; vkey: string }
export interface InclusionProof {
  position: number
  size: number
  leaf_hash: string
  root: string
  path: string[]
  checkpoint?: string | ProofCheckpoint | null
}
export interface ConsistencyProof { from: number; to: number; path: string[] }
export interface JournalEvent {
  position: number
  id: string
  kind: string
  subject_type: string
  subject_id: string
  org: Ref | string | null
  actor: Ref | string | null
  occurred_at: string
  recorded_at: string
  payload: unknown
  on_behalf_of?: Ref | null
  rule_version?: string | null
  leaf_hash: string
  canonical?: string
}

export interface Workbench {
  waiting: {
    kind: string
    title_id?: string
    params?: Record<string, string | number>
    link: string
    since: string | null
    due_at: string | null
    late: boolean
  }[]
  late_count: number
  changed: {
    position: number
    kind: string
    subject_type: string
    subject_id: string
    title: string
    at: string
    org: Ref | string | null
  }[]
  counts: Record<string, number>
  shortcuts: string[]
}
