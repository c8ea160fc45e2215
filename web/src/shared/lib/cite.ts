// How a source of law is named, the same on both entries.
import type { Citation } from '@/shared/api/live'

/** A source of law as one line. */
export const cite = (one: Citation): string => one.text ?? [one.title, one.article].filter(Boolean).join(' ')
