// The Chinese catalogue; its keys are the keys of every language.
import base from './base'
import common from './common'
import enums from './enums'
import ledger from './ledger'
import type live from './live'
import m from './m'
import type programme from './programme'
import type report from './report'
import shell from './shell'
import transfer from './transfer'

const messages = { ...base, ...common, ...enums, ...ledger, ...m, ...shell, ...transfer }
/** Texts of the parts below come with their pages, not with the first one. */
export type First = Record<keyof typeof messages, string>
export type Messages = First & Record<keyof typeof live | keyof typeof programme | keyof typeof report, string>
export default messages as First
