// Tone and shape of each state. For WStatus only.
import type { IconName } from './icons'
export type Tone = 'plain' | 'accent' | 'info' | 'ok' | 'warn' | 'bad'
export interface Look { tone: Tone; icon: IconName }

const LOOKS: Record<string, Record<string, Look>> = {
  manifest_status: {
    draft: { tone: 'plain', icon: 'edit' },
    awaiting_carrier: { tone: 'info', icon: 'clock' },
    in_transit: { tone: 'accent', icon: 'truck' },
    arrived: { tone: 'info', icon: 'scale' },
    accepted: { tone: 'ok', icon: 'check' },
    partially_refused: { tone: 'warn', icon: 'half' },
    refused: { tone: 'bad', icon: 'cross' },
    returned: { tone: 'ok', icon: 'back' },
    voided: { tone: 'plain', icon: 'minus' },
  },
  lot_status: {
    generated: { tone: 'info', icon: 'drum' },
    stored: { tone: 'accent', icon: 'boxes' },
    staged: { tone: 'info', icon: 'outbox' },
    in_transit: { tone: 'accent', icon: 'truck' },
    received: { tone: 'ok', icon: 'inbox' },
    refused: { tone: 'bad', icon: 'cross' },
    consumed: { tone: 'plain', icon: 'check' },
  },
  account_status: {
    active: { tone: 'ok', icon: 'check' },
    locked: { tone: 'warn', icon: 'lock' },
    disabled: { tone: 'plain', icon: 'minus' },
  },
  record_status: {
    active: { tone: 'ok', icon: 'check' },
    inactive: { tone: 'plain', icon: 'minus' },
  },
  delegation_status: {
    active: { tone: 'ok', icon: 'check' },
    planned: { tone: 'info', icon: 'clock' },
    ended: { tone: 'plain', icon: 'clock' },
    revoked: { tone: 'plain', icon: 'minus' },
  },
  outcome: {
    ok: { tone: 'ok', icon: 'check' },
    success: { tone: 'ok', icon: 'check' },
    denied: { tone: 'bad', icon: 'cross' },
    failed: { tone: 'bad', icon: 'cross' },
    failure: { tone: 'bad', icon: 'cross' },
  },
  decision: {
    accept: { tone: 'ok', icon: 'check' },
    partial: { tone: 'warn', icon: 'half' },
    refuse: { tone: 'bad', icon: 'cross' },
  },
  yes_no: {
    yes: { tone: 'ok', icon: 'check' },
    no: { tone: 'warn', icon: 'minus' },
  },
  vehicle_state: {
    moving: { tone: 'accent', icon: 'up' },
    stopped: { tone: 'info', icon: 'pause' },
    silent: { tone: 'warn', icon: 'warn' },
    offline: { tone: 'plain', icon: 'cross' },
  },
  severity: {
    high: { tone: 'bad', icon: 'stop' },
    medium: { tone: 'warn', icon: 'warn' },
    low: { tone: 'info', icon: 'info' },
    notice: { tone: 'plain', icon: 'info' },
  },
  warning_status: {
    raised: { tone: 'bad', icon: 'bell' },
    assigned: { tone: 'info', icon: 'users' },
    verified: { tone: 'accent', icon: 'pen' },
    appealed: { tone: 'warn', icon: 'scale' },
    closed: { tone: 'ok', icon: 'check' },
  },
  device_state: {
    online: { tone: 'ok', icon: 'signal' },
    silent: { tone: 'warn', icon: 'clock' },
    offline: { tone: 'plain', icon: 'cross' },
    never: { tone: 'plain', icon: 'ring' },
    clock_wrong: { tone: 'bad', icon: 'clock' },
  },
  video_status: {
    pending: { tone: 'info', icon: 'clock' },
    confirmed: { tone: 'bad', icon: 'check' },
    rejected: { tone: 'plain', icon: 'cross' },
  },
  certainty: {
    confirmed: { tone: 'ok', icon: 'check' },
    unconfirmed: { tone: 'warn', icon: 'half' },
    configuration: { tone: 'info', icon: 'edit' },
    own: { tone: 'info', icon: 'edit' },
  },
  light: {
    green: { tone: 'ok', icon: 'check' },
    amber: { tone: 'warn', icon: 'warn' },
    red: { tone: 'bad', icon: 'stop' },
    none: { tone: 'plain', icon: 'ring' },
  },
  value_status: {
    filled: { tone: 'info', icon: 'clock' },
    reviewed: { tone: 'accent', icon: 'half' },
    approved: { tone: 'ok', icon: 'check' },
    returned: { tone: 'bad', icon: 'back' },
    superseded: { tone: 'plain', icon: 'ring' },
  },
  item_state: {
    not_started: { tone: 'plain', icon: 'ring' },
    running: { tone: 'accent', icon: 'half' },
    blocked: { tone: 'bad', icon: 'stop' },
    done: { tone: 'ok', icon: 'check' },
  },
  late: {
    late: { tone: 'bad', icon: 'clock' },
    due: { tone: 'plain', icon: 'clock' },
  },
}

export function toneOf(group: string, value: string): Look {
  return LOOKS[group]?.[value] ?? { tone: 'plain', icon: 'dot' }
}
