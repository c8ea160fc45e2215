// The Chinese catalogue; its keys are the keys of every language.
import base from './base'
import common from './common'
import enums from './enums'
import ledger from './ledger'
import type indicators from './indicators'
import type live from './live'
import m from './m'
import type programme from './programme'
import type report from './report'
import type screen from './screen'
import type search from './search'
import shell from './shell'
import transfer from './transfer'

const messages = { ...base, ...common, ...enums, ...ledger, ...m, ...shell, ...transfer }
/** Texts of the parts below come with their pages, not with the first one. */
export type First = Record<keyof typeof messages, string>
type Later = typeof indicators & typeof live & typeof programme & typeof report & typeof screen & typeof search
export type Messages = First & Record<keyof Later, string>
export default messages as First
