import { z } from 'zod'
import { AppError } from '../../core/foundation/appError'
import { parseManifest } from '../../core/models/folder/manifest'
import type { NetworkFamily } from '../../core/models/network'
import type { ModelFiles } from '../../core/refinement/roundInput'
import type { ProjectStore } from '../../storage/projectStore'
import type { ModelSummary } from '../protocol'

/** Where models come from: the starter ensemble that ships with the app, and the rounds of the project. */
export interface ModelCatalogue {
  /** Models of the latest round; the starter ensemble before the first. */
  current(): Promise<ModelSummary[]>
  /** @throws AppError `model-invalid` if there is no such model here. */
  files(modelId: string): Promise<ModelFiles>
  /** What a network of the next round starts from: the latest round's, else a starter; null: neither is there. */
  parent(family: NetworkFamily, preset: string): Promise<ModelFiles | null>
}

const WEIGHTS = 'weights.safetensors'
const MANIFEST = 'manifest.json'

const indexSchema = z.object({ models: z.array(z.string().regex(/^[\w.-]+$/)) })
/** @param modelsUrl folder of the starters, ending in a slash, on our own origin. */
export function createModelCatalogue(store: ProjectStore, modelsUrl: string): ModelCatalogue {
  const starterIds = async (): Promise<string[]> => {
    const index = await fetchJson(`${modelsUrl}index.json`)
    if (index === null) return []
    const parsed = indexSchema.safeParse(index)
    if (parsed.success) return parsed.data.models
    throw new AppError('model-invalid', 'The list of starter models is damaged: reload the page.', {
      cause: parsed.error,
    })
  }
  /** The named files of a model, from the project or from the app. */
  const read = async (id: string, names: readonly string[]): Promise<Record<string, Uint8Array>> => {
    const stored = await store.readModel(id)
    if (stored) return stored
    if (!(await starterIds()).includes(id)) {
      throw new AppError(
        'model-invalid',
        `There is no model "${id}" in this project: choose one from the list.`,
      )
    }
    const contents = await Promise.all(names.map(name => fetchBytes(`${modelsUrl}${id}/${name}`)))
    return Object.fromEntries(names.map((name, index) => [name, contents[index]!]))
  }
  const files = async (id: string): Promise<ModelFiles> => ({
    id,
    files: await read(id, [MANIFEST, WEIGHTS]),
  })
  const summary = async (id: string, origin: ModelSummary['origin']): Promise<ModelSummary> => {
    const manifest = parseManifest((await read(id, [MANIFEST]))[MANIFEST] ?? new Uint8Array())
    const { title, family, preset, parameters } = manifest
    return { id, title, family, preset, parameters, origin }
  }
  const current = async (): Promise<ModelSummary[]> => {
    const latest = (await store.rounds()).at(-1)?.networks.map(({ modelId }) => modelId)
    const origin = latest ? 'round' : 'starter'
    return Promise.all((latest ?? (await starterIds())).map(id => summary(id, origin)))
  }

  return {
    current,
    files,
    async parent(family, preset) {
      const fits = (model: ModelSummary) => model.family === family && model.preset === preset
      const latest = (await current()).find(fits)
      if (latest) return files(latest.id)
      const starters = await Promise.all((await starterIds()).map(id => summary(id, 'starter')))
      const starter = starters.find(fits)
      return starter ? files(starter.id) : null
    },
  }
}

/** null where there is no such file; a server that answers with a page in its place has none either. */
async function fetchJson(url: string): Promise<unknown> {
  const response = await request(url)
  if (!response.ok || isPage(response)) return null
  return response.json().catch(() => 'not JSON') // refused by the schema
}

async function fetchBytes(url: string): Promise<Uint8Array> {
  const response = await request(url)
  if (!response.ok || isPage(response)) {
    throw new AppError('model-invalid', `A starter model is incomplete (${url}): reload the page.`)
  }
  return new Uint8Array(await response.arrayBuffer())
}

async function request(url: string): Promise<Response> {
  try {
    return await fetch(url)
  } catch (cause) {
    throw new AppError(
      'model-invalid',
      'The starter models could not be loaded: check the connection and retry.',
      {
        cause,
      },
    )
  }
}

/** Servers of single-page apps answer an unknown address with the app's own page. */
function isPage(response: Response): boolean {
  return response.headers.get('content-type')?.includes('html') ?? false
}
