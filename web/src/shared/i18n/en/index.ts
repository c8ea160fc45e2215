// The English catalogue. Missing or surplus keys are errors of the type check.
import base from './base'
import common from './common'
import enums from './enums'
import ledger from './ledger'
import m from './m'
import shell from './shell'
import transfer from './transfer'
import type { Messages } from '../zh-CN'

const messages: Messages = { ...base, ...common, ...enums, ...ledger, ...m, ...shell, ...transfer }
export default messages
