// Pictures made small on the phone: at most 1600 pixels, JPEG, without the data that cameras add (a canvas keeps only
// the picture). The original never leaves the phone.
export const LONGEST = 1600
export const MAX_PHOTOS = 6
const LIMIT = 5 * 1024 * 1024

export interface Photo { id: string; bytes: ArrayBuffer; url: string; width: number; height: number }

/** Width and height within the limit, whole pixels. */
export function fit(width: number, height: number, limit = LONGEST): { width: number; height: number } {
  const scale = Math.min(1, limit / Math.max(width, height, 1))
  return { width: Math.max(1, Math.round(width * scale)), height: Math.max(1, Math.round(height * scale)) }
}

const jpeg = (canvas: HTMLCanvasElement, quality: number): Promise<Blob | null> => new Promise((done) => canvas.toBlob(done, 'image/jpeg', quality))

/** Null when the file is no picture that this browser can open. */
export async function shrink(file: Blob, id: string): Promise<Photo | null> {
  const image = await createImageBitmap(file, { imageOrientation: 'from-image' }).catch(() => null)
  if (!image) return null
  const size = fit(image.width, image.height)
  const canvas = document.createElement('canvas')
  Object.assign(canvas, size)
  const context = canvas.getContext('2d')
  if (!context) return null
  context.drawImage(image, 0, 0, size.width, size.height)
  image.close()
  for (const quality of [0.82, 0.7, 0.5]) {
    const blob = await jpeg(canvas, quality)
    if (blob && blob.size <= LIMIT) return { id, bytes: await blob.arrayBuffer(), url: URL.createObjectURL(blob), ...size }
  }
  return null
}
