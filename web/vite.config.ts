// Build of the entries `admin` and `m`. Every file gets a hashed name and a .gz and .br twin, which the server
// sends as they are: it never compresses at run time.
import { fileURLToPath, URL } from 'node:url'
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { brotliCompressSync, constants, gzipSync } from 'node:zlib'
import vue from '@vitejs/plugin-vue'
import { defineConfig, type Plugin } from 'vite'
import { precache } from './scripts/precache'

/** Writes `NAME.gz` and `NAME.br` beside every file worth compressing. */
function precompress(): Plugin {
  let out = 'dist'
  return {
    name: 'wufei-precompress',
    apply: 'build',
    configResolved(config) {
      out = config.build.outDir
    },
    closeBundle() {
      for (const entry of readdirSync(out, { recursive: true, encoding: 'utf8' })) {
        const file = join(out, entry)
        if (!/\.(js|css|html|svg|json|txt|webmanifest)$/.test(file) || !statSync(file).isFile()) continue
        const bytes = readFileSync(file)
        if (bytes.length < 512) continue
        writeFileSync(`${file}.gz`, gzipSync(bytes, { level: 9 }))
        writeFileSync(
          `${file}.br`,
          brotliCompressSync(bytes, {
            params: {
              [constants.BROTLI_PARAM_QUALITY]: 11,
              [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length,
            },
          }),
        )
      }
    },
  }
}

export default defineConfig({
  base: '/',
  plugins: [
    vue({ features: { optionsAPI: false } }),
    // The phone page has catalogues of its own; it never loads those of the full platform.
    precache({ entry: 'm.html', page: '/m/', folder: 'm', worker: fileURLToPath(new URL('./src/m/sw/sw.js', import.meta.url)), never: ['src/shared/i18n/zh-CN/index.ts', 'src/shared/i18n/en/index.ts'] }),
    precompress(),
  ],
  resolve: { alias: { '@': fileURLToPath(new URL('./src', import.meta.url)) } },
  build: {
    outDir: 'dist',
    emptyOutDir: true,
    manifest: true,
    target: 'es2022',
    assetsInlineLimit: 0,
    reportCompressedSize: false,
    rollupOptions: { input: { admin: fileURLToPath(new URL('./admin.html', import.meta.url)), m: fileURLToPath(new URL('./m.html', import.meta.url)) } },
  },
  server: {
    port: 5173,
    proxy: {
      '/api': process.env['WUFEI_API'] ?? 'http://127.0.0.1:8320',
    },
  },
})
