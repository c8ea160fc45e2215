// The Chinese catalogue; its keys are the keys of every language.
import base from './base'
import common from './common'
import enums from './enums'
import ledger from './ledger'
import m from './m'
import shell from './shell'
import transfer from './transfer'

const messages = { ...base, ...common, ...enums, ...ledger, ...m, ...shell, ...transfer }
export type Messages = Record<keyof typeof messages, string>
export default messages as Messages
