import { join } from 'node:path'
import react from '@vitejs/plugin-react'
import { defineConfig, type Plugin } from 'vite'
import { offlineWorker } from './scripts/offlinePlugin.ts'
import { starterModels } from './scripts/starterModelsPlugin.ts'
import { wasmThreads } from './scripts/wasmThreadsPlugin.ts'
import { HEADERS, POLICY } from './src/app/responseHeaders.ts'

/** Writes the policy into the built page. Vite's development server needs inline scripts and a socket: not there. */
function contentSecurityPolicy(): Plugin {
  return {
    name: 'content-security-policy',
    apply: 'build',
    transformIndexHtml: () => [
      {
        tag: 'meta',
        attrs: { 'http-equiv': 'Content-Security-Policy', content: POLICY },
        injectTo: 'head-prepend',
      },
    ],
  }
}

/** Libraries in WebAssembly name Node modules in branches that a browser never takes: without a word of Vite's on each build. */
function emptyNodeModules(): Plugin {
  const EMPTY = '\0empty'
  return {
    name: 'empty-node-modules',
    apply: 'build',
    enforce: 'pre',
    resolveId: (id, importer) =>
      /^(node:)?(fs|path|crypto)$/.test(id) && /codec-openjpeg|sql\.js/.test(importer ?? '') ? EMPTY : null,
    load: id => (id === EMPTY ? 'export default {}' : null),
  }
}

export default defineConfig({
  // Relative, so that a build works under any path of a host.
  base: './',
  plugins: [
    react(),
    starterModels(join(import.meta.dirname, 'models')),
    contentSecurityPolicy(),
    offlineWorker(import.meta.dirname),
  ],
  // geotiff.js and h5wasm name Node modules in branches that a browser never takes.
  build: { outDir: 'dist/app', target: 'es2022', chunkSizeWarningLimit: 4000 },
  worker: { format: 'es' as const, plugins: () => [wasmThreads(), emptyNodeModules()] },
  preview: { headers: HEADERS },
})
