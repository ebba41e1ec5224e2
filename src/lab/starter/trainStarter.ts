import { join } from 'node:path'
import type { CommandIo } from '../../cli/node/commandIo'
import { readModelFolder, writeModelFolder } from '../../cli/node/modelFolders'
import type { OutFolder } from '../../cli/node/outFolder'
import { startCliEngine } from '../../cli/node/startCliEngine'
import type { BackendName } from '../../core/rounds/engineInfo'
import { FAMILY_TITLES, type NetworkFamily } from '../../core/rounds/networks'
import { redescribed, saveModelFolder } from '../../engine/models/folder/modelFolder'
import type { ModelFiles } from '../../engine/refinement/roundInput'
import { benchmarkSet, heldOutSet, type ScoredSet, type StarterScore, scoreStarters } from './scoreStarters'
import { type StarterRecipe, trainStarterNetwork } from './starterRecipe'
import { generatedSet, l4sSet, type RealPatches, type StarterSet, statisticsOfSets } from './starterSets'

export interface StarterRequest {
  out: OutFolder
  /** null: generated ones alone. */
  real: RealPatches | null
  /** Trains nothing: scores the starters in `out`, after their cards took the notes and the threshold, if any. */
  scoreOnly: boolean
  recipe: StarterRecipe
  /** Sentences for the cards: what cross-validation found, among others. */
  notes: readonly string[]
  /** For masks of their mean, as cross-validation chose it; null: unknown. */
  maskThreshold: number | null
}

/** The work of `scarp train-starter`. */
export async function trainStarter(
  request: StarterRequest,
  backend: BackendName | 'auto',
  io: CommandIo,
): Promise<StarterScore[]> {
  const { recipe, out } = request
  if (!request.scoreOnly) await out.refuseForeign(recipe.families.map(idOf))
  const engine = await startCliEngine(backend, request.scoreOnly ? 'inference' : 'training', io)
  const sets: StarterSet[] = []
  let benchmark: ScoredSet | null = null
  try {
    if (recipe.patches > 0) sets.push(await generatedSet(recipe.patches, recipe.config.seed ?? 1, io))
    if (request.real) sets.push(await l4sSet(request.real, io))
    benchmark = await benchmarkSet(io)
    const scored = [...sets.filter(({ heldOut }) => heldOut.ids.length > 0).map(heldOutSet), benchmark]
    for (const family of request.scoreOnly ? [] : recipe.families) {
      const begin = io.now()
      const { network, result } = await trainStarterNetwork(family, sets, recipe, io)
      try {
        const id = idOf(family)
        const pack = (scores: StarterScore[]) =>
          saveModelFolder(network, {
            id,
            title: `Starter ${FAMILY_TITLES[family]} ${recipe.preset}`,
            license: 'Apache-2.0',
            scale: recipe.config.scale,
            statistics: statisticsOfSets(sets),
            masks:
              request.maskThreshold === null
                ? null
                : { threshold: request.maskThreshold, models: recipe.families.map(idOf) },
            training: {
              data: sets.map(
                ({ title, training }) => `${title}: ${training.ids.length} patches to train on.`,
              ),
              seed: recipe.config.seed,
              steps: result.steps,
              at: new Date().toISOString(),
              backend: engine.backend,
              adapter: engine.adapter,
              // What starters are for: the last set is the real one, if there is one.
              heldOut: scores.find(({ set }) => set === heldOutSet(sets.at(-1)!).title)?.metrics ?? null,
              scores: scores.map(({ set, metrics }) => ({ on: set, ...metrics })),
              notes: [...result.notes, ...request.notes],
            },
            limits: LIMITS,
          })
        const scores = await scoreStarters([{ id, files: await pack([]) }], scored, io)
        await writeModelFolder(out.path, { id, files: await pack(scores) })
        io.progress.clear()
        io.note(`${id}: ${((io.now() - begin) / 60_000).toFixed(1)} min`)
      } finally {
        network.dispose()
      }
    }
    const models: ModelFiles[] = []
    for (const family of recipe.families) {
      const found = await readModelFolder(join(out.path, idOf(family)))
      const model = request.scoreOnly ? { ...found, files: noted(found.files, request) } : found
      if (request.scoreOnly) await writeModelFolder(out.path, model)
      models.push(model)
    }
    return await scoreStarters(models, scored, io)
  } finally {
    for (const set of sets) await set.remove()
    await benchmark?.remove()
  }
}

/** What is known of starters only after they were trained: their threshold, and sentences for their cards. */
function noted(files: ModelFiles['files'], { recipe, notes, maskThreshold }: StarterRequest) {
  return redescribed(files, manifest => ({
    ...manifest,
    masks:
      maskThreshold === null
        ? manifest.masks
        : { threshold: maskThreshold, models: recipe.families.map(idOf) },
    training: { ...manifest.training, notes: [...new Set([...manifest.training.notes, ...notes])] },
  }))
}

const idOf = (family: NetworkFamily) => `starter-${family}`

const LIMITS = [
  'Mapping real landslides without refinement: it is a starting point for the first round.',
  'Any decision on the ground. Its masks are a draft for review.',
  'Sensors, resolutions or band orders other than the 14-band Landslide4Sense contract at about 10 m.',
]
