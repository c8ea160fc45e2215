// Reads a text/event-stream piece by piece. Pure: the transport is elsewhere.

export interface ServerEvent { event: string; data: string; id: string | null }

export class EventReader {
  private rest = ''
  private event = ''
  private data: string[] = []
  private id: string | null = null

  /** The complete events in what arrived so far; an unfinished one waits for more. */
  feed(text: string): ServerEvent[] {
    this.rest += text
    const out: ServerEvent[] = []
    for (;;) {
      const end = this.rest.search(/\r\n|\n|\r/)
      // A carriage return at the very end may be half of a line end.
      if (end < 0 || (this.rest[end] === '\r' && end === this.rest.length - 1)) return out
      const line = this.rest.slice(0, end)
      this.rest = this.rest.slice(end + (this.rest.startsWith('\r\n', end) ? 2 : 1))
      const done = this.line(line)
      if (done) out.push(done)
    }
  }

  private line(line: string): ServerEvent | null {
    if (line === '') {
      const found = this.data.length > 0 ? { event: this.event || 'message', data: this.data.join('\n'), id: this.id } : null
      this.event = ''
      this.data = []
      return found
    }
    if (line.startsWith(':')) return null
    const at = line.indexOf(':')
    const field = at < 0 ? line : line.slice(0, at)
    const value = at < 0 ? '' : line.slice(at + 1).replace(/^ /, '')
    if (field === 'event') this.event = value
    else if (field === 'data') this.data.push(value)
    else if (field === 'id' && !value.includes('\0')) this.id = value
    return null
  }
}

/** Milliseconds to wait before the next try: doubling from one second to half a minute, spread by `chance` (0 to 1). */
export function backOff(failures: number, chance: number): number {
  const base = Math.min(30_000, 1000 * 2 ** Math.min(failures, 5))
  return Math.round(base * (0.5 + chance / 2))
}
