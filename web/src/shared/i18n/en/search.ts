import type search from '../zh-CN/search'

const messages: Record<keyof typeof search, string> = {
  'search.title': 'Search',
  'search.label': 'Search numbers, firms, plates, codes or pinyin',
  'search.hint': 'Manifest number, name of a firm or its pinyin (such as jyhg), plate, waste code, container code. ↑↓ to choose, Enter to open.',
  'search.kind.pages': 'Pages',
  'search.kind.manifests': 'Manifests',
  'search.kind.firms': 'Organisations',
  'search.kind.vehicles': 'Vehicles',
  'search.kind.containers': 'Containers and batches',
  'search.kind.wastes': 'Waste codes',
  'search.kind.people': 'People',
  'search.more': 'There are more; type more of it',
  'search.none': 'Nothing found for “{q}”',
  'search.none_hint': 'Check that the number is complete. Only what you may see is found.',
  'search.found': '{count} found',
  'search.people': 'Look for “{q}” among people',
  'search.purpose': 'Purpose of the search',
  'search.purpose_hint': 'Looking for people of other organisations needs a purpose, which is kept in the audit log.',
  'search.purpose_go': 'Look',
}
export default messages
