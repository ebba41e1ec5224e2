import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Plugin } from 'vite'

const WORKER = 'sw.js'

/**
 * Builds src/app/offline/worker.ts into sw.js with the list of every file of the build and its hash. The list is the
 * build's version: a build with the same files is the same build.
 */
export function offlineWorker(root: string): Plugin {
  return {
    name: 'offline-worker',
    apply: 'build',
    enforce: 'post',
    buildStart() {
      this.emitFile({ type: 'chunk', id: join(root, 'src/app/offline/worker.ts'), fileName: WORKER })
    },
    generateBundle: {
      order: 'post',
      handler(_, bundle) {
        const worker = bundle[WORKER]
        if (worker?.type !== 'chunk') throw new Error('The offline worker was not built.')
        if (worker.imports.length > 0) throw new Error('The offline worker must be one file.')
        const files: Record<string, string> = {}
        for (const [name, output] of Object.entries(bundle).sort(([a], [b]) => (a < b ? -1 : 1))) {
          if (name === WORKER || name.endsWith('.map')) continue
          files[name] = sha256(output.type === 'chunk' ? output.code : output.source)
        }
        for (const [name, bytes] of publicFiles(join(root, 'public'))) files[name] = sha256(bytes)
        const version = sha256(JSON.stringify(files)).replace(/\W/g, '').slice(0, 12)
        worker.code = worker.code.replace(/__PRECACHE__/g, '$PRECACHE')
        worker.code = `const $PRECACHE = ${JSON.stringify({ version, files })};\n${worker.code}`
      },
    },
  }
}

function publicFiles(folder: string): [string, Buffer][] {
  if (!existsSync(folder)) return []
  return readdirSync(folder).map(name => [name, readFileSync(join(folder, name))])
}

function sha256(bytes: string | Uint8Array): string {
  return createHash('sha256').update(bytes).digest('base64')
}
