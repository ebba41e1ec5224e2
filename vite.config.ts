import { createReadStream, existsSync, readdirSync, readFileSync } from 'node:fs'
import { join, normalize } from 'node:path'
import react from '@vitejs/plugin-react'
import { defineConfig, type Plugin } from 'vite'
import { offlineWorker } from './scripts/offlinePlugin.ts'

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

/** The policy stands once, in index.html; the preview server sends it as a header too. */
function contentSecurityPolicy(): string | undefined {
  const page = readFileSync(join(import.meta.dirname, 'index.html'), 'utf8')
  return /http-equiv="Content-Security-Policy"\s+content="([^"]+)"/s.exec(page)?.[1]?.replace(/\s+/g, ' ')
}

/** Vite's development server needs inline scripts and a socket: only there the policy is left out. */
function relaxPolicyInDevelopment(): Plugin {
  return {
    name: 'relax-policy-in-development',
    apply: 'serve',
    transformIndexHtml(page, context) {
      return context.server ? page.replace(/<meta\s+http-equiv="Content-Security-Policy"[^>]*>/s, '') : page
    },
  }
}

export default defineConfig(({ isPreview }) => {
  const policy = isPreview ? contentSecurityPolicy() : undefined
  return {
    plugins: [react(), starterModels(), relaxPolicyInDevelopment(), offlineWorker(import.meta.dirname)],
    // geotiff.js and h5wasm name Node modules in branches that a browser never takes.
    build: { outDir: 'dist/app', target: 'es2022', chunkSizeWarningLimit: 4000 },
    worker: { format: 'es' as const },
    preview: { headers: policy ? { 'Content-Security-Policy': policy } : {} },
  }
})
