// The base of every map: boundary, schematic town cells and roads, sites, zones. All drawn from the platform's own
// data; no tile of anyone is asked for.
import OlMap from 'ol/Map'
import View from 'ol/View'
import Feature from 'ol/Feature'
import GeoJSON from 'ol/format/GeoJSON'
import { defaults as interactions } from 'ol/interaction/defaults'
import ScaleLine from 'ol/control/ScaleLine'
import VectorLayer from 'ol/layer/Vector'
import VectorSource from 'ol/source/Vector'
import LineString from 'ol/geom/LineString'
import Point from 'ol/geom/Point'
import Polygon, { circular } from 'ol/geom/Polygon'
import type { Extent } from 'ol/extent'
import { buffer, createEmpty, extend, isEmpty } from 'ol/extent'
import { fromLonLat } from 'ol/proj'
import CircleStyle from 'ol/style/Circle'
import Fill from 'ol/style/Fill'
import RegularShape from 'ol/style/RegularShape'
import Stroke from 'ol/style/Stroke'
import Style from 'ol/style/Style'
import Text from 'ol/style/Text'
import type { FeatureLike } from 'ol/Feature'
import { get } from '@/shared/api/client'
import type { LiveBase, LivePlaces, LiveSite, LiveZone, Track } from '@/shared/api/live'
import { readShape } from '@/shared/lib/live/shape'
import { DAY, type MapTheme } from './theme'
import { spot } from './vehicles'
import 'ol/ol.css'

let held: Promise<LiveBase> | null = null
/** The base is the same for everybody and seldom changes: asked once for the visit. */
export function loadBase(): Promise<LiveBase> {
  held ??= get<LiveBase>('/live/base').catch((error: unknown) => {
    held = null
    throw error
  })
  return held
}
let places: { at: number; value: Promise<LivePlaces> } | null = null
export function loadPlaces(): Promise<LivePlaces> {
  if (!places || Date.now() - places.at > 60_000) places = { at: Date.now(), value: get<LivePlaces>('/live/places').catch((error: unknown) => {
    places = null
    throw error
  }) }
  return places.value
}

const FONT = 'system-ui, "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", sans-serif'
const label = (text: string, size: number, colour: string, offsetY = 0, halo = DAY.halo): Text =>
  new Text({ text, font: `${size}px ${FONT}`, fill: new Fill({ color: colour }), stroke: new Stroke({ color: halo, width: 3 }), offsetY, overflow: true })

const read = new GeoJSON({ dataProjection: 'EPSG:4326', featureProjection: 'EPSG:3857' })
const layerOf = (features: Feature[], style: (feature: FeatureLike, resolution: number) => Style | Style[] | undefined, zIndex: number, declutter = false): VectorLayer =>
  new VectorLayer({ source: new VectorSource({ features }), style, zIndex, declutter, updateWhileAnimating: false, updateWhileInteracting: false })

const ROAD: Record<keyof MapTheme['roads'], { width: number; upTo: number }> = {
  expressway: { width: 3.2, upTo: Number.POSITIVE_INFINITY },
  arterial: { width: 2.2, upTo: 120 },
  local: { width: 1.2, upTo: 40 },
}
type RoadClass = keyof typeof ROAD

export interface Named { 'zh-CN'?: string; en?: string; zh?: string }
const nameIn = (name: unknown, lang: string): string => {
  if (typeof name === 'string') return name
  const found = (name ?? {}) as Named
  return (lang === 'en' ? found.en : undefined) ?? found['zh-CN'] ?? found.zh ?? found.en ?? ''
}

export interface BaseLayers { layers: VectorLayer[]; extent: Extent }
/** How a base is drawn: by day or night, and which colour lies over a town. */
export interface BaseLook { theme?: MapTheme; fills?: Record<string, string> | null; labels?: number }
export function baseLayers(base: LiveBase, lang: string, look: BaseLook = {}): BaseLayers {
  const theme = look.theme ?? DAY
  const ground = [new Style({ fill: new Fill({ color: theme.ground }) })]
  const edge = [new Style({ stroke: new Stroke({ color: theme.edgeGlow, width: 6 }) }), new Style({ stroke: new Stroke({ color: theme.edge, width: 1.6, lineDash: [8, 4] }) })]
  const cell = new Stroke({ color: theme.cell, width: 1, lineDash: [3, 4] })
  const boundary = read.readFeatures(base.boundary) as Feature[]
  const towns = read.readFeatures(base.towns) as Feature[]
  const roads = read.readFeatures(base.roads) as Feature[]
  const extent = createEmpty()
  for (const one of boundary) extend(extent, one.getGeometry()!.getExtent())
  if (isEmpty(extent)) for (const one of towns) extend(extent, one.getGeometry()!.getExtent())
  const roadStyles = Object.fromEntries(Object.entries(ROAD).map(([name, one]) => [name, new Style({ stroke: new Stroke({ color: theme.roads[name as RoadClass], width: one.width, lineCap: 'round' }) })]))
  return {
    extent,
    layers: [
      layerOf(boundary, () => ground, 0),
      layerOf(roads, (feature, resolution) => {
        const kind = String(feature.get('class'))
        return resolution <= (ROAD[kind as RoadClass]?.upTo ?? 60) ? (roadStyles[kind] ?? roadStyles['local']) : undefined
      }, 1),
      ...(look.fills ? [layerOf(towns, (feature) => new Style({ fill: new Fill({ color: look.fills?.[String(feature.get('code'))] ?? theme.ground }) }), 0.5)] : []),
      layerOf(towns, (feature, resolution) => new Style({ stroke: cell, ...(resolution < 160 ? { text: label(nameIn(feature.get('name'), lang), look.labels ?? 12, theme.label, 0, theme.halo) } : {}) }), 2, true),
      layerOf(boundary, () => edge, 3),
    ],
  }
}

const SITE: Record<string, { image: RegularShape | CircleStyle; rank: number }> = {
  receiver: { rank: 0, image: new RegularShape({ points: 4, radius: 7, angle: Math.PI / 4, fill: new Fill({ color: '#43504a' }), stroke: new Stroke({ color: '#ffffff', width: 1.5 }) }) },
  carrier: { rank: 1, image: new CircleStyle({ radius: 4.5, fill: new Fill({ color: '#ffffff' }), stroke: new Stroke({ color: '#43504a', width: 2 }) }) },
  generator: { rank: 2, image: new RegularShape({ points: 4, radius: 5, angle: Math.PI / 4, fill: new Fill({ color: '#ffffff' }), stroke: new Stroke({ color: '#7b8781', width: 1.5 }) }) },
}
export function siteLayer(sites: LiveSite[]): VectorLayer {
  const features = sites.map((site) => {
    const role = site.roles.includes('receiver') ? 'receiver' : site.roles.includes('carrier') ? 'carrier' : 'generator'
    return new Feature({ geometry: new Point(spot(site.lat_e6, site.lon_e6)), role, name: site.name })
  })
  const plain = Object.fromEntries(Object.entries(SITE).map(([role, one]) => [role, new Style({ image: one.image, zIndex: 10 - one.rank })]))
  return layerOf(features, (feature, resolution) => {
    const role = String(feature.get('role'))
    if (resolution > 90 && role === 'generator') return undefined
    const style = plain[role]!
    return resolution < 14 || (resolution < 40 && role === 'receiver') ? [style, new Style({ text: label(String(feature.get('name')), 11.5, '#43504a', 14) })] : style
  }, 5, true)
}

const ZONE: Record<string, { line: string; fill: string; dash: number[] }> = {
  restricted: { line: '#ae231c', fill: 'rgb(174 35 28 / 9%)', dash: [6, 4] },
  parking: { line: '#2a5687', fill: 'rgb(42 86 135 / 9%)', dash: [] },
  other: { line: '#7d5000', fill: 'rgb(125 80 0 / 8%)', dash: [2, 4] },
}
/** The geometry of a zone's shape on the map, null when it has none. */
export function zoneGeometry(shape: unknown): Polygon | null {
  const found = readShape(shape)
  if (!found) return null
  if ('circle' in found) return circular([found.circle.lon_e6 / 1e6, found.circle.lat_e6 / 1e6], found.circle.radius_m, 64).transform('EPSG:4326', 'EPSG:3857') as Polygon
  return new Polygon([found.polygon.map((one) => fromLonLat(one))])
}
export function zoneLayer(zones: LiveZone[]): VectorLayer {
  const features = zones.flatMap((zone) => {
    const geometry = zoneGeometry(zone.shape)
    return geometry ? [new Feature({ geometry, kind: zone.kind, name: zone.name })] : []
  })
  return layerOf(features, (feature, resolution) => {
    const look = ZONE[String(feature.get('kind'))] ?? ZONE['other']!
    return new Style({ fill: new Fill({ color: look.fill }), stroke: new Stroke({ color: look.line, width: 1.6, lineDash: look.dash }), ...(resolution < 30 ? { text: label(String(feature.get('name')), 11.5, look.line) } : {}) })
  }, 4, true)
}

const CASING = new Style({ stroke: new Stroke({ color: '#ffffff', width: 7, lineCap: 'round' }) })
const TRACK = new Style({ stroke: new Stroke({ color: '#2a5687', width: 3.5, lineCap: 'round' }) })
const GAP = new Style({ stroke: new Stroke({ color: '#7b8781', width: 2, lineDash: [2, 7], lineCap: 'round' }) })
const END = new Style({ image: new CircleStyle({ radius: 5.5, fill: new Fill({ color: '#2a5687' }), stroke: new Stroke({ color: '#ffffff', width: 2 }) }) })
const START = new Style({ image: new CircleStyle({ radius: 5.5, fill: new Fill({ color: '#ffffff' }), stroke: new Stroke({ color: '#2a5687', width: 2.5 }) }) })
const STOP = new Style({ image: new RegularShape({ points: 4, radius: 7, angle: Math.PI / 4, fill: new Fill({ color: '#ffffff' }), stroke: new Stroke({ color: '#2a5687', width: 2 }) }) })
/** A track as lines that break at gaps (dotted across them), with its ends and stops. */
export function trackFeatures(track: Pick<Track, 'points' | 'gaps' | 'segments'>): Feature[] {
  const out: Feature[] = []
  const add = (geometry: LineString | Point, styles: Style[]): void => {
    const feature = new Feature({ geometry })
    feature.setStyle(styles)
    out.push(feature)
  }
  const gaps = track.gaps.map((one) => [Date.parse(one.from), Date.parse(one.to)] as const)
  let line: [number, number][] = []
  let before: Track['points'][number] | null = null
  for (const point of track.points) {
    const here = spot(point[1], point[2])
    const last = before
    if (last && gaps.some(([from, to]) => from >= last[0] && to <= point[0] && from < to)) {
      if (line.length > 1) add(new LineString(line), [CASING, TRACK])
      add(new LineString([spot(last[1], last[2]), here]), [GAP])
      line = []
    }
    line.push(here)
    before = point
  }
  if (line.length > 1) add(new LineString(line), [CASING, TRACK])
  for (const one of track.segments) if (one.kind === 'stop' && one.lat_e6 !== null && one.lon_e6 !== null) add(new Point(spot(one.lat_e6, one.lon_e6)), [STOP])
  const first = track.points[0]
  if (first) add(new Point(spot(first[1], first[2])), [START])
  if (before && before !== first) add(new Point(spot(before[1], before[2])), [END])
  return out
}

/** A map in an element. Wheel and drag move it; so do the arrow keys and + and − once it has the focus. */
export function makeMap(target: HTMLElement, extent: Extent, quiet = false): OlMap {
  const room = isEmpty(extent) ? undefined : buffer(extent, 12_000)
  const map = new OlMap({
    target,
    controls: [new ScaleLine({ units: 'metric', minWidth: 64 })],
    // A small map inside a page must not catch the page's scrolling.
    interactions: interactions({ mouseWheelZoom: !quiet, altShiftDragRotate: false, pinchRotate: false }),
    view: new View({ center: [13_387_000, 3_754_000], zoom: 11, minZoom: 8, maxZoom: 19, ...(room ? { extent: room, constrainOnlyCenter: true } : {}), enableRotation: false }),
  })
  if (!isEmpty(extent)) map.getView().fit(extent, { padding: [24, 24, 24, 24], size: [target.clientWidth || 600, target.clientHeight || 400] })
  return map
}
