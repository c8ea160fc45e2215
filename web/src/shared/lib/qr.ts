// Reading a QR code from a picture: by the browser's own detector where there is one, else by jsQR, which is
// loaded only then. Nothing leaves the page.

interface Detector { detect: (source: CanvasImageSource) => Promise<{ rawValue: string }[]> }
type DetectorClass = { new (options: { formats: string[] }): Detector; getSupportedFormats?: () => Promise<string[]> }

let native: Promise<Detector | null> | null = null
function nativeDetector(): Promise<Detector | null> {
  native ??= (async () => {
    const found = (globalThis as { BarcodeDetector?: DetectorClass }).BarcodeDetector
    if (!found) return null
    const formats = (await found.getSupportedFormats?.().catch(() => [] as string[])) ?? []
    return formats.includes('qr_code') ? new found({ formats: ['qr_code'] }) : null
  })()
  return native
}

/** The text of a QR code in the picture, or null. */
export async function decodeQr(source: CanvasImageSource, width: number, height: number): Promise<string | null> {
  const detector = await nativeDetector()
  if (detector) {
    const found = await detector.detect(source).catch(() => [])
    if (found[0]) return found[0].rawValue
  }
  const { default: jsQR } = await import('jsqr')
  // Two sizes: large photos decode faster and often better when reduced.
  for (const limit of [900, 1800]) {
    const scale = Math.min(1, limit / Math.max(width, height))
    const canvas = document.createElement('canvas')
    canvas.width = Math.max(1, Math.round(width * scale))
    canvas.height = Math.max(1, Math.round(height * scale))
    const context = canvas.getContext('2d', { willReadFrequently: true })
    if (!context) return null
    context.drawImage(source, 0, 0, canvas.width, canvas.height)
    const pixels = context.getImageData(0, 0, canvas.width, canvas.height)
    const found = jsQR(pixels.data, pixels.width, pixels.height, { inversionAttempts: 'dontInvert' })
    if (found?.data) return found.data
    if (scale === 1) break
  }
  return null
}
