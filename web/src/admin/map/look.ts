// How vehicles and warnings are drawn: a shape for each state, so that colour only supports it; filled when the
// vehicle carries a document, hollow when not. Drawn once per kind and kept as small pictures.
import type { VehicleState } from '@/shared/api/live'
import { DAY, type MapTheme } from './theme'

export const SIZE = 26
export const ANGLES = 36

function trace(context: CanvasRenderingContext2D, state: VehicleState): void {
  context.beginPath()
  if (state === 'moving') {
    context.moveTo(0, -9.5)
    context.lineTo(7, 7.5)
    context.lineTo(0, 3.5)
    context.lineTo(-7, 7.5)
    context.closePath()
  } else if (state === 'stopped') context.rect(-6, -6, 12, 12)
  else if (state === 'silent') {
    context.moveTo(0, -8.5)
    context.lineTo(8.5, 0)
    context.lineTo(0, 8.5)
    context.lineTo(-8.5, 0)
    context.closePath()
  } else context.arc(0, 0, 6.5, 0, Math.PI * 2)
}

/** Draws one vehicle around the origin. */
export function drawVehicle(context: CanvasRenderingContext2D, state: VehicleState, loaded: boolean, heading: number, theme: MapTheme = DAY): void {
  const [ink, casing] = [theme.state[state], theme.casing]
  context.save()
  context.lineJoin = 'round'
  if (state === 'moving') context.rotate((heading * Math.PI) / 180)
  trace(context, state)
  context.lineWidth = 5
  context.strokeStyle = casing
  context.stroke()
  context.fillStyle = loaded ? ink : casing
  context.fill()
  context.lineWidth = 2
  context.strokeStyle = ink
  context.stroke()
  context.lineWidth = 1.8
  context.strokeStyle = loaded ? casing : ink
  context.fillStyle = loaded ? casing : ink
  context.beginPath()
  if (state === 'stopped') {
    context.moveTo(-2, -3)
    context.lineTo(-2, 3)
    context.moveTo(2, -3)
    context.lineTo(2, 3)
    context.stroke()
  } else if (state === 'silent') {
    context.moveTo(0, -4)
    context.lineTo(0, 1)
    context.stroke()
    context.fillRect(-1, 3, 2, 2)
  } else if (state === 'offline') {
    context.moveTo(-3, -3)
    context.lineTo(3, 3)
    context.moveTo(3, -3)
    context.lineTo(-3, 3)
    context.stroke()
  }
  context.restore()
}

/** The sign that a vehicle has an open warning, at its upper right. */
export function drawBadge(context: CanvasRenderingContext2D, theme: MapTheme = DAY): void {
  context.save()
  context.translate(7, -7)
  context.lineJoin = 'round'
  context.beginPath()
  context.moveTo(0, -5)
  context.lineTo(5.5, 4.5)
  context.lineTo(-5.5, 4.5)
  context.closePath()
  context.lineWidth = 3
  context.strokeStyle = theme.casing
  context.stroke()
  context.fillStyle = theme.severity.high
  context.fill()
  context.fillStyle = theme.casing
  context.fillRect(-0.8, -2, 1.6, 3.4)
  context.fillRect(-0.8, 2.2, 1.6, 1.4)
  context.restore()
}

/** A place where a warning was raised: octagon, triangle or disc by severity. */
export function drawWarning(context: CanvasRenderingContext2D, severity: string, theme: MapTheme = DAY): void {
  context.save()
  context.lineJoin = 'round'
  context.beginPath()
  const r = 8
  if (severity === 'high') {
    for (let corner = 0; corner < 8; corner += 1) {
      const angle = Math.PI / 8 + (corner * Math.PI) / 4
      context.lineTo(r * Math.cos(angle), r * Math.sin(angle))
    }
    context.closePath()
  } else if (severity === 'medium') {
    context.moveTo(0, -r)
    context.lineTo(r, r - 1.5)
    context.lineTo(-r, r - 1.5)
    context.closePath()
  } else context.arc(0, 0, r - 1, 0, Math.PI * 2)
  context.lineWidth = 4
  context.strokeStyle = theme.casing
  context.stroke()
  context.fillStyle = theme.severity[severity as 'high'] ?? theme.severity.notice
  context.fill()
  context.fillStyle = theme.casing
  context.fillRect(-1, -3.5, 2, 5)
  context.fillRect(-1, 2.8, 2, 2)
  context.restore()
}

/** A picture of its own for something that is drawn again and again. */
export function picture(ratio: number, size: number, draw: (context: CanvasRenderingContext2D) => void): HTMLCanvasElement {
  const canvas = document.createElement('canvas')
  canvas.width = Math.ceil(size * ratio)
  canvas.height = Math.ceil(size * ratio)
  const context = canvas.getContext('2d')!
  context.scale(ratio, ratio)
  context.translate(size / 2, size / 2)
  draw(context)
  return canvas
}
