// Types for the tests of web/tests, which check that every address has its visit.
export interface Visit { name: string; path: (ids: Record<string, string>) => string; role: string | null }
export const IDS: Record<string, string>
export const PAGES: Visit[]
export const PHONE: Visit[]
