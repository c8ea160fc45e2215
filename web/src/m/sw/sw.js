// Service worker of the phone page, scope /m/. The build puts the list of files and its digest in place of the two
// constants. Files come from the cache, the page from the network and without one from the cache; what is under
// /api is never touched and never kept.
const VERSION = '__VERSION__'
const FILES = __FILES__
const PREFIX = 'wufei-m-'
const PAGE = '/m/'
/** A network that does not answer is no network. */
const PATIENCE = 4000

self.addEventListener('install', (event) => {
  event.waitUntil(
    caches.open(PREFIX + VERSION).then((cache) => cache.addAll(FILES.map((url) => new Request(url, { cache: url.startsWith('/assets/') ? 'default' : 'reload' })))),
  )
})

self.addEventListener('activate', (event) => {
  event.waitUntil(
    (async () => {
      // The version before stays for tabs that still run it.
      const own = (await caches.keys()).filter((name) => name.startsWith(PREFIX) && name !== PREFIX + VERSION)
      await Promise.all(own.slice(0, -1).map((name) => caches.delete(name)))
      await self.clients.claim()
    })(),
  )
})

self.addEventListener('message', (event) => {
  if (event.data === 'wufei-take-over') self.skipWaiting()
})

self.addEventListener('fetch', (event) => {
  const request = event.request
  const url = new URL(request.url)
  if (request.method !== 'GET' || url.origin !== self.location.origin || url.pathname.startsWith('/api/')) return
  if (request.mode === 'navigate') {
    // A printed manifest's code leads to /m/ID, which is a page of the full platform.
    if (/^\/m\/[0-9a-f]{8}-[0-9a-f-]{27}$/i.test(url.pathname)) return
    event.respondWith(page(request))
    return
  }
  if (FILES.includes(url.pathname) || url.pathname.startsWith('/assets/')) event.respondWith(file(request))
})

async function kept(url) {
  const now = await caches.open(PREFIX + VERSION)
  return (await now.match(url)) ?? caches.match(url)
}

async function file(request) {
  return (await kept(new URL(request.url).pathname)) ?? fetch(request)
}

async function page(request) {
  const stop = new AbortController()
  const timer = setTimeout(() => stop.abort(), PATIENCE)
  try {
    const answer = await fetch(request, { signal: stop.signal })
    // A gateway's error page is no better than no network.
    if (answer.status >= 500) throw new Error(String(answer.status))
    return answer
  } catch {
    return (await kept(PAGE)) ?? Response.error()
  } finally {
    clearTimeout(timer)
  }
}
