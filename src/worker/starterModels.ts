import { AppError } from '../core/foundation/appError'
import { z } from '../core/foundation/schema'
import { parseManifest } from '../core/rounds/modelManifest'

/** Folder of the starters, ending in a slash. @param workerUrl of a worker: in a build it lies in assets/ */
export function modelsUrl(workerUrl: string): string {
  return new URL('models/', new URL(import.meta.env.DEV ? '/' : '../', workerUrl)).href
}

/** The models that ship with the app, served from our own origin. */
export interface StarterModels {
  ids(): Promise<string[]>
  /**
   * Files of a starter by name.
   *
   * @param optional names that a starter may lack; the others must be there.
   * @throws AppError `model-invalid` if one is missing
   */
  read(
    id: string,
    names: readonly string[],
    optional?: readonly string[],
  ): Promise<Record<string, Uint8Array>>
}

const indexSchema = z.object({ models: z.array(z.string().regex(/^[\w.-]+$/)) })

/** @param url folder of the starters, ending in a slash. */
export function starterModels(url: string): StarterModels {
  return {
    async ids() {
      const index = await fetchJson(`${url}index.json`)
      if (index === null) return []
      const parsed = indexSchema.safeParse(index)
      if (parsed.success) return parsed.data.models
      throw new AppError('model-invalid', 'The list of starter models is damaged: reload the page.', {
        cause: parsed.error,
      })
    },
    async read(id, names, optional = []) {
      const files: Record<string, Uint8Array> = {}
      await Promise.all(
        [...names, ...optional].map(async name => {
          const address = `${url}${id}/${name}`
          const bytes = await fetchBytes(address)
          if (bytes) files[name] = bytes
          else if (!optional.includes(name)) {
            throw new AppError(
              'model-invalid',
              `A starter model is incomplete (${address}): reload the page.`,
            )
          }
        }),
      )
      return files
    },
  }
}

/**
 * [14] mean of what the first starter learned from, raw units: it stands for bands that a product does not have, as on the
 * command line.
 *
 * @throws AppError `model-invalid` where there is none
 */
export async function starterMeans(starters: StarterModels): Promise<readonly number[]> {
  for (const id of await starters.ids()) {
    const { [MANIFEST]: manifest } = await starters.read(id, [MANIFEST])
    const { source, target, others = [] } = parseManifest(manifest!).statistics
    const known = [source, target, ...others].find(set => set && set.count > 0)
    if (known) return known.mean
  }
  throw new AppError(
    'model-invalid',
    'The starter models are gone, whose mean stands for missing bands: reload the page.',
  )
}

const MANIFEST = 'manifest.json'

/** null where there is no such file; a server that answers with a page in its place has none either. */
async function fetchJson(url: string): Promise<unknown> {
  const response = await request(url)
  if (!response.ok || isPage(response)) return null
  return response.json().catch(() => 'not JSON') // refused by the schema
}

async function fetchBytes(url: string): Promise<Uint8Array | null> {
  const response = await request(url)
  return response.ok && !isPage(response) ? new Uint8Array(await response.arrayBuffer()) : null
}

async function request(url: string): Promise<Response> {
  try {
    return await fetch(url)
  } catch (cause) {
    throw new AppError(
      'model-invalid',
      'The starter models could not be loaded: check the connection and retry.',
      { cause },
    )
  }
}

/** Servers of single-page apps answer an unknown address with the app's own page. */
function isPage(response: Response): boolean {
  return response.headers.get('content-type')?.includes('html') ?? false
}
