import { z } from 'zod'
import { AppError } from '../../core/foundation/appError'
import type { NetworkFamily } from '../../core/models/network'
import type { ModelFiles } from '../../core/refinement/roundInput'
import type { ProjectStore } from '../../storage/projectStore'
import type { ModelSummary } from '../protocol'
import { countParameters } from './countParameters'

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
const manifestSchema = z.looseObject({
  id: z.string(),
  title: z.string().optional(),
  family: z.enum(['segformer', 'swin-unet', 'efficientnetv2-unet']),
  preset: z.string(),
})

/** @param modelsUrl folder of the starters, ending in a slash, on our own origin. */
export function createModelCatalogue(store: ProjectStore, modelsUrl: string): ModelCatalogue {
  const starterIds = async (): Promise<string[]> => {
    const index = await fetchJson(`${modelsUrl}index.json`)
    return index === null ? [] : checked(indexSchema, index, 'The list of starter models').models
  }
  const starter = async (id: string): Promise<ModelFiles> => {
    const files: ModelFiles['files'] = {}
    for (const name of [MANIFEST, WEIGHTS]) files[name] = await fetchBytes(`${modelsUrl}${id}/${name}`)
    return { id, files }
  }
  const latestModelIds = async () =>
    (await store.rounds()).at(-1)?.networks.map(({ modelId }) => modelId) ?? null
  const files = async (id: string): Promise<ModelFiles> => {
    const stored = await store.readModel(id)
    if (stored) return { id, files: stored }
    if ((await starterIds()).includes(id)) return starter(id)
    throw new AppError(
      'model-invalid',
      `There is no model "${id}" in this project: choose one from the list.`,
    )
  }
  const summary = async (id: string, origin: ModelSummary['origin']): Promise<ModelSummary> => {
    const { files: content } = await files(id)
    const { title, family, preset } = checked(manifestSchema, readJson(content[MANIFEST]), `Model "${id}"`)
    const parameters = countParameters(content[WEIGHTS] ?? new Uint8Array())
    return { id, title: title ?? `${family} ${preset}`, family, preset, parameters, origin }
  }
  const current = async (): Promise<ModelSummary[]> => {
    const latest = await latestModelIds()
    const origin = latest ? 'round' : 'starter'
    return Promise.all((latest ?? (await starterIds())).map(id => summary(id, origin)))
  }

  return {
    current,
    files,
    async parent(family, preset) {
      const candidates = await current()
      const match = candidates.find(model => model.family === family && model.preset === preset)
      return match ? files(match.id) : null
    },
  }
}

/** null where there is no such file; a server that answers with a page in its place has none either. */
async function fetchJson(url: string): Promise<unknown> {
  const response = await request(url)
  if (!response.ok || !response.headers.get('content-type')?.includes('json')) return null
  return response.json()
}

async function fetchBytes(url: string): Promise<Uint8Array> {
  const response = await request(url)
  if (!response.ok || response.headers.get('content-type')?.includes('html')) {
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

function readJson(bytes: Uint8Array | undefined): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytes))
  } catch {
    return null // the schema refuses it, naming the model
  }
}

function checked<T>(schema: z.ZodType<T>, value: unknown, what: string): T {
  const parsed = schema.safeParse(value)
  if (parsed.success) return parsed.data
  throw new AppError('model-invalid', `${what} is damaged: reload the page, or train a new round.`, {
    cause: parsed.error,
  })
}
