import { createReadStream, existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join, sep } from 'node:path'
import type { Plugin } from 'vite'

/** Serves the model folders under /models/ and copies them into the build, with an index of them. */
export function starterModels(models: string): Plugin {
  return {
    name: 'starter-models',
    configureServer(server) {
      server.middlewares.use('/models', (request, response, next) => {
        const path = pathIn(request.url ?? '')
        if (path === '/index.json') return response.end(indexOf(models))
        const file = path === null ? null : join(models, path)
        // A folder, or a path that leaves them, is left to Vite, which answers that there is no such page.
        if (!file?.startsWith(models + sep) || !statSync(file, { throwIfNoEntry: false })?.isFile())
          return next()
        createReadStream(file).on('error', next).pipe(response)
      })
    },
    generateBundle() {
      this.emitFile({ type: 'asset', fileName: 'models/index.json', source: indexOf(models) })
      for (const id of idsOf(models)) {
        for (const name of readdirSync(join(models, id))) {
          const source = readFileSync(join(models, id, name))
          this.emitFile({ type: 'asset', fileName: `models/${id}/${name}`, source })
        }
      }
    },
  }
}

/** The decoded path of an address; null where it is not well formed. */
function pathIn(url: string): string | null {
  try {
    return decodeURIComponent(url.split('?')[0] ?? '')
  } catch {
    return null
  }
}

function idsOf(models: string): string[] {
  const folders = existsSync(models) ? readdirSync(models).sort() : []
  return folders.filter(id => existsSync(join(models, id, 'manifest.json')))
}

/** As the app's engine worker lists them. */
function indexOf(models: string): string {
  return JSON.stringify({ models: idsOf(models) })
}
