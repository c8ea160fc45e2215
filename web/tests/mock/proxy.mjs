// The newest build of the pages in front of a running server: node tests/mock/proxy.mjs API-ADDRESS [PORT]. For
// trying pages without building the program again; no part of the product.
import { createServer, request as forward } from 'node:http'
import { existsSync, readFileSync } from 'node:fs'
import { extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const dist = process.env.WUFEI_DIST ?? fileURLToPath(new URL('../../dist/', import.meta.url))
const api = new URL(process.argv[2] ?? 'http://127.0.0.1:8320')
const TYPES = { '.js': 'text/javascript', '.css': 'text/css', '.html': 'text/html; charset=utf-8', '.svg': 'image/svg+xml', '.png': 'image/png', '.webmanifest': 'application/manifest+json' }
const server = createServer((request, response) => {
  const path = new URL(request.url, 'http://x').pathname
  if (path.startsWith('/api/') || path === '/readyz') {
    const onward = forward({ host: api.hostname, port: api.port, method: request.method, path: request.url, headers: request.headers }, (answer) => {
      response.writeHead(answer.statusCode, answer.headers)
      answer.pipe(response)
    })
    onward.on('error', () => response.writeHead(502).end())
    request.pipe(onward)
    return
  }
  const file = join(dist, path)
  const found = extname(path) !== '' && existsSync(file) ? file : join(dist, path.startsWith('/m/') && !/^\/m\/[0-9a-f]{8}-[0-9a-f-]{27}$/i.test(path) ? 'm.html' : 'admin.html')
  response.writeHead(200, { 'Content-Type': TYPES[extname(found)] ?? 'application/octet-stream', 'Content-Security-Policy': "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:" })
  response.end(readFileSync(found))
})
server.listen(Number(process.argv[3] ?? 8398), '127.0.0.1', () => console.log(`pages at http://127.0.0.1:${server.address().port}`))
