// The shape of a zone as the register keeps it: JSON text of a circle or a GeoJSON polygon. Pure.
export interface Circle { lat_e6: number; lon_e6: number; radius_m: number }
export type Ring = [lon: number, lat: number][]
export type Shape = { circle: Circle } | { polygon: Ring }

const finite = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value)

/** Reads a shape from the register's text or from an object; null when it is none. */
export function readShape(value: unknown): Shape | null {
  let found: unknown = value
  if (typeof value === 'string') {
    try {
      found = JSON.parse(value)
    } catch {
      return null
    }
  }
  if (typeof found !== 'object' || found === null) return null
  const body = found as { circle?: Partial<Circle>; type?: string; coordinates?: unknown; geometry?: unknown }
  if (body.type === 'Feature') return readShape(body.geometry)
  if (body.circle) {
    const { lat_e6, lon_e6, radius_m } = body.circle
    return finite(lat_e6) && finite(lon_e6) && finite(radius_m) && radius_m > 0 ? { circle: { lat_e6, lon_e6, radius_m } } : null
  }
  if (body.type !== 'Polygon' || !Array.isArray(body.coordinates)) return null
  const ring = body.coordinates[0] as unknown
  if (!Array.isArray(ring) || ring.length < 4) return null
  const points = ring.filter((one): one is [number, number] => Array.isArray(one) && finite(one[0]) && finite(one[1]))
  return points.length === ring.length ? { polygon: points.map(([lon, lat]) => [lon, lat]) } : null
}

export function writeShape(shape: Shape): string {
  return JSON.stringify('circle' in shape ? { circle: shape.circle } : { type: 'Polygon', coordinates: [shape.polygon] })
}
