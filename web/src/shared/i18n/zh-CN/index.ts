// The Chinese catalogue; its keys are the keys of every language.
import base from './base'
import common from './common'
import enums from './enums'
import ledger from './ledger'
import type live from './live'
import m from './m'
import shell from './shell'
import transfer from './transfer'

const messages = { ...base, ...common, ...enums, ...ledger, ...m, ...shell, ...transfer }
/** Texts of the live part come with its pages, not with the first one. */
export type First = Record<keyof typeof messages, string>
export type Messages = First & Record<keyof typeof live, string>
export default messages as First
