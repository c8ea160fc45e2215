// Which row the keyboard goes to in a list. Pure, so that it can be tested without a page.

/** The new index for a key, or null when the key means nothing to a list. -1 stands for "none yet". */
export function nextIndex(key: string, current: number, count: number): number | null {
  if (count === 0) return null
  switch (key) {
    case 'j':
    case 'ArrowDown':
      return Math.min(current + 1, count - 1)
    case 'k':
    case 'ArrowUp':
      return Math.max(current - 1, 0)
    case 'Home':
      return 0
    case 'End':
      return count - 1
    default:
      return null
  }
}

/** Whether a key press belongs to something that is being typed in. */
export function isTyping(target: EventTarget | null): boolean {
  const element = target as HTMLElement | null
  if (!element || typeof element.closest !== 'function') return false
  return element.closest('input, textarea, select, [contenteditable], dialog, [role="listbox"]') !== null
}
