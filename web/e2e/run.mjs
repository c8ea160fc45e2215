// Runs the browser specs against a demonstration that it starts itself: WUFEI_BIN (default: the debug build) with a
// data directory of its own, or WUFEI_URL when one is running already. The specs run under node's test runner, whose
// closing lines count them. Nothing here is left running or on the disk afterwards.
import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

const here = dirname(fileURLToPath(import.meta.url))
const asked = process.argv.slice(2)
const specs = readdirSync(here).filter((name) => name.endsWith('.spec.mjs') && (asked.length === 0 || asked.some((one) => name.includes(one)))).sort()
if (specs.length === 0) {
  console.error(`no spec matches ${asked.join(' ')}`)
  process.exit(2)
}

/** A port that was free a moment ago. */
function freePort() {
  return new Promise((done, fail) => {
    const server = createServer()
    server.on('error', fail)
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address()
      server.close(() => done(port))
    })
  })
}

/** Starts the demonstration and waits until it is ready; answers its address and how to end it. */
async function startDemo() {
  const candidates = [process.env.WUFEI_BIN, join(here, '../../target/ci/wufei'), join(here, '../../target/debug/wufei')].filter(Boolean).map((one) => resolve(one))
  const binary = candidates.find((one) => existsSync(one))
  if (!binary) throw new Error(`no program found; build it first or set WUFEI_BIN (looked for ${candidates.join(', ')})`)
  const port = await freePort()
  const data = mkdtempSync(join(tmpdir(), 'wufei-e2e-'))
  const child = spawn(binary, ['demo', '--port', String(port), '--data-dir', data], { stdio: ['ignore', 'pipe', 'pipe'] })
  let said = ''
  const seen = new Promise((done, fail) => {
    const take = (chunk) => {
      said += chunk
      const match = /https?:\/\/[\w.:[\]-]+/.exec(said)
      if (match) done(match[0])
    }
    child.stdout.on('data', take)
    child.stderr.on('data', take)
    child.on('exit', (code) => fail(new Error(`the demonstration ended with ${code}:\n${said}`)))
    setTimeout(() => fail(new Error(`no address within 180 s:\n${said}`)), 180_000).unref()
  })
  const end = () =>
    new Promise((done) => {
      child.removeAllListeners('exit')
      if (child.exitCode !== null) return done()
      child.on('exit', done)
      child.kill('SIGTERM')
      setTimeout(() => child.kill('SIGKILL'), 5000).unref()
    }).then(() => rmSync(data, { recursive: true, force: true }))
  try {
    await seen
    // The address is the one that was asked for; what is printed may name a host of the network.
    const url = `http://127.0.0.1:${port}`
    for (let tries = 0; tries < 600; tries += 1) {
      if ((await fetch(`${url}/readyz`).catch(() => null))?.ok) return { url, end, said: () => said }
      await new Promise((done) => setTimeout(done, 200))
    }
    throw new Error(`not ready:\n${said}`)
  } catch (error) {
    await end()
    throw error
  }
}

const demo = process.env.WUFEI_URL ? { url: process.env.WUFEI_URL, end: async () => {}, said: () => '' } : await startDemo()
console.log(`browser specs against ${demo.url}`)
const runner = spawn(process.execPath, ['--test', '--test-concurrency=1', '--test-reporter=spec', ...specs.map((one) => join(here, one))], { stdio: 'inherit', env: { ...process.env, WUFEI_URL: demo.url } })
const stop = () => runner.kill('SIGTERM')
process.on('SIGINT', stop)
process.on('SIGTERM', stop)
const code = await new Promise((done) => runner.on('exit', (one) => done(one ?? 1)))
if (code !== 0 && demo.said()) console.log(`--- last words of the server ---\n${demo.said().slice(-4000)}`)
await demo.end()
process.exit(code)
