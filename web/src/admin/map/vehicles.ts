// The moving part of a map: one canvas above the base, drawn by itself. The base is only drawn again when the view
// changes, so thousands of vehicles cost one picture each and a frame.
import type OlMap from 'ol/Map'
import type { FrameState } from 'ol/Map'
import { apply as applyTransform, type Transform } from 'ol/transform'
import { fromLonLat } from 'ol/proj'
import type { LiveVehicle, VehicleState } from '@/shared/api/live'
import { at as spotAt, still, towards, type Glide } from '@/shared/lib/live/motion'
import { ANGLES, drawBadge, drawVehicle, drawWarning, picture, SIZE } from './look'
import { DAY, type MapTheme } from './theme'

interface Mover { id: string; plate: string; state: VehicleState; loaded: boolean; warned: boolean; glide: Glide }
export interface Sign { id: string; x: number; y: number; severity: string }
export interface Hit { kind: 'vehicle' | 'warning'; id: string }

interface Box { left: number; top: number; right: number; bottom: number }

/** Names are written beside vehicles while so few are in view. */
const NAMED = 60
const REACH = 16
/** What moves is drawn again when it has come so far, pixels: at the scale of a city that is once a second, not sixty times. */
const STEP = 0.5
/** But never later than this, milliseconds. */
const SELDOM = 1000

export const calm = (): boolean => window.matchMedia('(prefers-reduced-motion: reduce)').matches
export const spot = (lat_e6: number, lon_e6: number): [number, number] => fromLonLat([lon_e6 / 1e6, lat_e6 / 1e6]) as [number, number]

export class VehicleCanvas {
  private readonly canvas = document.createElement('canvas')
  private readonly context: CanvasRenderingContext2D
  private readonly movers = new Map<string, Mover>()
  private readonly pictures = new Map<string, HTMLCanvasElement>()
  private readonly names = new Map<string, HTMLCanvasElement>()
  private signs: Sign[] = []
  private visible: Set<string> | null = null
  private selected: string | null = null
  private selectedSign: string | null = null
  private frame: FrameState | null = null
  private ticket = 0
  private timer = 0
  private ratio = 1
  private taken: Box[] = []
  private readonly stops: (() => void)[] = []
  /** How long the last drawings took, for measuring. */
  readonly spent: number[] = []

  constructor(map: OlMap, private readonly theme: MapTheme = DAY) {
    this.context = this.canvas.getContext('2d')!
    this.canvas.style.cssText = 'position:absolute;inset:0;width:100%;height:100%;pointer-events:none'
    this.canvas.setAttribute('aria-hidden', 'true')
    const viewport = map.getViewport()!
    viewport.insertBefore(this.canvas, viewport.children[1] ?? null)
    const draw = (event: { frameState: FrameState | null }): void => {
      this.frame = event.frameState
      this.draw()
    }
    map.on('postrender', draw)
    this.stops.push(() => map.un('postrender', draw))
  }

  dispose(): void {
    cancelAnimationFrame(this.ticket)
    window.clearTimeout(this.timer)
    for (const stop of this.stops) stop()
    this.canvas.remove()
  }

  /** All vehicles at once; those that were not there before appear where they are. */
  all(vehicles: Iterable<LiveVehicle>): void {
    const kept = new Set<string>()
    for (const one of vehicles) {
      kept.add(one.vehicle_id)
      this.put(one)
    }
    for (const id of this.movers.keys()) if (!kept.has(id)) this.movers.delete(id)
    this.ask()
  }

  move(vehicles: Iterable<LiveVehicle>): void {
    for (const one of vehicles) this.put(one)
    this.ask()
  }

  private put(one: LiveVehicle): void {
    const now = performance.now()
    const [x, y] = spot(one.lat_e6, one.lon_e6)
    const known = this.movers.get(one.vehicle_id)
    const same = known && known.glide.toX === x && known.glide.toY === y
    const glide = same ? known.glide : towards(known?.glide ?? null, x, y, one.heading_deg, now, calm())
    this.movers.set(one.vehicle_id, { id: one.vehicle_id, plate: one.plate, state: one.state, loaded: one.manifest !== null, warned: one.open_warnings > 0, glide })
  }

  /** One vehicle without motion, for a track that is played. */
  place(id: string, plate: string, state: VehicleState, lat_e6: number, lon_e6: number, heading: number): void {
    const [x, y] = spot(lat_e6, lon_e6)
    this.movers.set(id, { id, plate, state, loaded: true, warned: false, glide: still(x, y, heading, performance.now()) })
    this.ask()
  }

  /** Only these are drawn; null for all. */
  only(ids: Set<string> | null): void {
    this.visible = ids
    this.ask()
  }

  warn(signs: Sign[]): void {
    this.signs = signs
    this.ask()
  }

  select(hit: Hit | null): void {
    this.selected = hit?.kind === 'vehicle' ? hit.id : null
    this.selectedSign = hit?.kind === 'warning' ? hit.id : null
    this.ask()
  }

  /** Where a vehicle is drawn now, in the plane of the map. */
  whereIs(id: string): [number, number] | null {
    const found = this.movers.get(id)
    if (!found) return null
    const now = spotAt(found.glide, performance.now())
    return [now.x, now.y]
  }
  whereTo(id: string): [number, number] | null {
    const found = this.movers.get(id)
    return found ? [found.glide.toX, found.glide.toY] : null
  }

  /** What is nearest to a pixel, within a finger's reach. */
  hit(pixel: number[]): Hit | null {
    const transform = this.frame?.coordinateToPixelTransform
    if (!transform) return null
    const now = performance.now()
    let best: Hit | null = null
    let nearest = REACH
    const look = (kind: Hit['kind'], id: string, x: number, y: number): void => {
      const [px, py] = applyTransform(transform, [x, y]) as [number, number]
      const away = Math.hypot(px - pixel[0]!, py - pixel[1]!)
      if (away > nearest) return
      nearest = away
      best = { kind, id }
    }
    for (const sign of this.signs) look('warning', sign.id, sign.x, sign.y)
    for (const one of this.movers.values()) {
      if (this.visible && !this.visible.has(one.id)) continue
      const here = spotAt(one.glide, now)
      look('vehicle', one.id, here.x, here.y)
    }
    return best
  }

  private ask(): void {
    window.clearTimeout(this.timer)
    this.timer = 0
    if (this.ticket === 0) this.ticket = requestAnimationFrame(() => {
      this.ticket = 0
      const wait = this.draw()
      if (wait === null) return
      if (wait < 17) this.ask()
      else this.timer = window.setTimeout(() => this.ask(), wait)
    })
  }

  /** Draws the present moment; answers after how many milliseconds it is worth drawing again, null when all stand. */
  private draw(): number | null {
    const frame = this.frame
    if (!frame) return null
    const begun = performance.now()
    const [width, height] = frame.size as [number, number]
    if (this.ratio !== frame.pixelRatio) {
      this.ratio = frame.pixelRatio
      this.pictures.clear()
      this.names.clear()
    }
    const wide = Math.round(width * this.ratio)
    const high = Math.round(height * this.ratio)
    if (this.canvas.width !== wide || this.canvas.height !== high) {
      this.canvas.width = wide
      this.canvas.height = high
    }
    const context = this.context
    context.setTransform(this.ratio, 0, 0, this.ratio, 0, 0)
    context.clearRect(0, 0, width, height)
    const transform = frame.coordinateToPixelTransform
    const scale = Math.abs(transform[0]!)
    // Pixels a millisecond of the fastest.
    let fastest = 0
    let moving = false
    const late: [Mover, number, number][] = []
    const near: [Mover, number, number][] = []
    let chosen: [Mover, number, number, number] | null = null
    this.taken = []
    for (const sign of this.signs) if (sign.id !== this.selectedSign) this.sign(sign, transform)
    for (const one of this.movers.values()) {
      if (this.visible && !this.visible.has(one.id) && one.id !== this.selected) continue
      const here = spotAt(one.glide, begun)
      if (!here.done) {
        moving = true
        fastest = Math.max(fastest, (Math.hypot(one.glide.toX - one.glide.fromX, one.glide.toY - one.glide.fromY) * scale) / one.glide.duration)
      }
      const x = transform[0]! * here.x + transform[2]! * here.y + transform[4]!
      const y = transform[1]! * here.x + transform[3]! * here.y + transform[5]!
      if (x < -SIZE || y < -SIZE || x > width + SIZE || y > height + SIZE) continue
      if (one.id === this.selected) {
        chosen = [one, x, y, here.heading]
        continue
      }
      this.stamp(this.vehicle(one, here.heading), x, y, SIZE)
      if (one.warned) late.push([one, x, y])
      if (near.length <= NAMED) near.push([one, x, y])
    }
    for (const [, x, y] of late) this.stamp(this.badge(), x, y, SIZE)
    if (chosen) {
      const [one, x, y, heading] = chosen
      this.ring(x, y)
      this.stamp(this.vehicle(one, heading), x, y, SIZE)
      if (one.warned) this.stamp(this.badge(), x, y, SIZE)
      this.name(one.plate, x, y)
    }
    // The chosen warning lies above the vehicle that caused it.
    for (const sign of this.signs) if (sign.id === this.selectedSign) this.sign(sign, transform)
    if (near.length <= NAMED) for (const [one, x, y] of near) this.name(one.plate, x, y)
    this.spent.push(performance.now() - begun)
    if (this.spent.length > 600) this.spent.splice(0, 300)
    return moving ? (fastest > 0 ? Math.min(SELDOM, STEP / fastest) : SELDOM) : null
  }

  private stamp(image: HTMLCanvasElement, x: number, y: number, size: number): void {
    this.context.drawImage(image, x - size / 2, y - size / 2, size, size)
  }
  private kept(key: string, size: number, draw: (context: CanvasRenderingContext2D) => void): HTMLCanvasElement {
    let found = this.pictures.get(key)
    if (!found) {
      found = picture(this.ratio, size, draw)
      this.pictures.set(key, found)
    }
    return found
  }
  private vehicle(one: Mover, heading: number): HTMLCanvasElement {
    const step = one.state === 'moving' ? Math.round((heading / 360) * ANGLES) % ANGLES : 0
    return this.kept(`${one.state}/${one.loaded}/${step}`, SIZE, (context) => drawVehicle(context, one.state, one.loaded, (step * 360) / ANGLES, this.theme))
  }
  private badge(): HTMLCanvasElement {
    return this.kept('badge', SIZE, (context) => drawBadge(context, this.theme))
  }
  private sign(sign: Sign, transform: Transform): void {
    const [x, y] = applyTransform(transform, [sign.x, sign.y]) as [number, number]
    if (sign.id === this.selectedSign) this.ring(x, y)
    this.stamp(this.kept(`sign/${sign.severity}`, SIZE, (context) => drawWarning(context, sign.severity, this.theme)), x, y, SIZE)
  }
  private ring(x: number, y: number): void {
    const context = this.context
    context.beginPath()
    context.arc(x, y, 15, 0, Math.PI * 2)
    context.lineWidth = 6
    context.strokeStyle = this.theme.casing
    context.stroke()
    context.lineWidth = 3
    context.strokeStyle = this.theme.edge
    context.stroke()
  }
  private name(text: string, x: number, y: number): void {
    let found = this.names.get(text)
    if (!found) {
      const canvas = document.createElement('canvas')
      const context = canvas.getContext('2d')!
      const font = `${12 * this.ratio}px system-ui, "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", sans-serif`
      context.font = font
      canvas.width = Math.ceil(context.measureText(text).width + 8 * this.ratio)
      canvas.height = Math.ceil(18 * this.ratio)
      context.font = font
      context.textBaseline = 'middle'
      context.lineWidth = 3 * this.ratio
      context.lineJoin = 'round'
      context.strokeStyle = this.theme.halo
      context.strokeText(text, 4 * this.ratio, 9 * this.ratio)
      context.fillStyle = this.theme.label
      context.fillText(text, 4 * this.ratio, 9 * this.ratio)
      found = canvas
      if (this.names.size > 800) this.names.clear()
      this.names.set(text, found)
    }
    const box = { left: x + 11, top: y - 9, right: x + 11 + found.width / this.ratio, bottom: y + 9 }
    // A name over another would leave both unreadable: the first keeps its place.
    if (this.taken.some((one) => box.left < one.right && box.right > one.left && box.top < one.bottom && box.bottom > one.top)) return
    this.taken.push(box)
    this.context.drawImage(found, box.left, box.top, box.right - box.left, box.bottom - box.top)
  }
}
