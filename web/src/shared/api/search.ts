// Shapes of the search.
export interface Hit { id: string; title: string; note: string; link: string; status: string | null }
export interface HitGroup { kind: string; hits: Hit[]; more: boolean }
export interface SearchAnswer { q: string; groups: HitGroup[]; people: boolean }
