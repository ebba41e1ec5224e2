import { resolve } from 'node:path'
import { defineConfig } from 'vite'
import { HEADERS } from '../../src/app/responseHeaders.ts'
import { wasmThreads } from '../wasmThreadsPlugin.ts'

/** A page of its own, built and served as the studio is. */
export default defineConfig({
  root: import.meta.dirname,
  base: './',
  logLevel: 'error',
  publicDir: false,
  build: {
    outDir: resolve(import.meta.dirname, '../../dist/wasm-threads'),
    emptyOutDir: true,
    target: 'es2022',
    chunkSizeWarningLimit: 4000,
  },
  worker: { format: 'es', plugins: () => [wasmThreads()] },
  preview: { headers: HEADERS },
})
