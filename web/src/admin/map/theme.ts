// The colours of a map by day and by night. Shapes tell states apart; colours only support them.
import type { VehicleState } from '@/shared/api/live'

export interface MapTheme {
  ground: string
  edge: string
  edgeGlow: string
  cell: string
  roads: Record<'expressway' | 'arterial' | 'local', string>
  label: string
  place: string
  halo: string
  casing: string
  state: Record<VehicleState, string>
  severity: Record<'high' | 'medium' | 'low' | 'notice', string>
}

export const DAY: MapTheme = {
  ground: '#ffffff', edge: '#0b4238', edgeGlow: 'rgb(11 66 56 / 16%)', cell: '#c3cdc8',
  roads: { expressway: '#cdb98a', arterial: '#d6d2c4', local: '#e3e3dc' },
  label: '#5b6862', place: '#43504a', halo: 'rgb(255 255 255 / 90%)', casing: '#ffffff',
  state: { moving: '#0a6450', stopped: '#2a5687', silent: '#8a5a00', offline: '#5b6862' },
  severity: { high: '#ae231c', medium: '#9a5b00', low: '#2a5687', notice: '#43504a' },
}
export const NIGHT: MapTheme = {
  ground: '#0f211e', edge: '#5fc3a4', edgeGlow: 'rgb(95 195 164 / 18%)', cell: '#3c5a52',
  roads: { expressway: '#6a6140', arterial: '#41463a', local: '#2a332e' },
  label: '#cfe3dc', place: '#b4ccc3', halo: 'rgb(9 20 18 / 88%)', casing: '#091412',
  state: { moving: '#63e0b5', stopped: '#7fb6f0', silent: '#f0b95a', offline: '#9fb0a9' },
  severity: { high: '#ff6b61', medium: '#f0a63c', low: '#7fb6f0', notice: '#b4c4bd' },
}
/** From little to much, readable under labels at night. */
export const SHADES = ['#14332d', '#18493d', '#1c604e', '#217860', '#279274']
