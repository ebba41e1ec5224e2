import { createReadStream, existsSync, readdirSync, readFileSync } from 'node:fs'
import { join, normalize } from 'node:path'
import react from '@vitejs/plugin-react'
import { defineConfig, type Plugin } from 'vite'
import { offlineWorker } from './scripts/offlinePlugin.ts'
import { wasmThreads } from './scripts/wasmThreadsPlugin.ts'
import { HEADERS, POLICY } from './src/app/responseHeaders.ts'

const MODELS = join(import.meta.dirname, 'models')

/** Model folders with a manifest, as the app's engine worker lists them. */
function modelIndex(): string {
  const folders = existsSync(MODELS) ? readdirSync(MODELS).sort() : []
  return JSON.stringify({ models: folders.filter(id => existsSync(join(MODELS, id, 'manifest.json'))) })
}

/** Serves models/ under /models/ and copies it into the build, with an index of the folders. */
function starterModels(): Plugin {
  return {
    name: 'starter-models',
    configureServer(server) {
      server.middlewares.use('/models', (request, response, next) => {
        const path = normalize(decodeURIComponent((request.url ?? '').split('?')[0] ?? ''))
        if (path === '/index.json') return response.end(modelIndex())
        const file = join(MODELS, path)
        if (!file.startsWith(MODELS) || !existsSync(file)) return next()
        createReadStream(file).pipe(response)
      })
    },
    generateBundle() {
      this.emitFile({ type: 'asset', fileName: 'models/index.json', source: modelIndex() })
      for (const id of JSON.parse(modelIndex()).models) {
        for (const name of readdirSync(join(MODELS, id))) {
          const source = readFileSync(join(MODELS, id, name))
          this.emitFile({ type: 'asset', fileName: `models/${id}/${name}`, source })
        }
      }
    },
  }
}

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

export default defineConfig({
  // Relative, so that a build works under any path of a host.
  base: './',
  plugins: [react(), starterModels(), contentSecurityPolicy(), offlineWorker(import.meta.dirname)],
  // geotiff.js and h5wasm name Node modules in branches that a browser never takes.
  build: { outDir: 'dist/app', target: 'es2022', chunkSizeWarningLimit: 4000 },
  worker: { format: 'es' as const, plugins: () => [wasmThreads()] },
  preview: { headers: HEADERS },
})
