import type { CommandIo } from '../../cli/node/commandIo'
import { PatchSpool, spoolInputs } from '../../cli/node/patchSpool'
import { AppError, throwIfAborted } from '../../core/foundation/appError'
import type { ValueScale } from '../../core/patches/patch'
import { setStatistics } from '../../core/patches/setStatistics'
import type { BandStatistics } from '../../core/patches/statistics'
import { demoProject } from '../../core/synthetic/demoProject'
import type { PatchProvider } from '../../engine/refinement/patchProvider'
import type { SampleProvider } from '../../engine/training/trainingSample'

/** Patches of one origin with their statistics: each set is normalised by its own. */
export interface StarterSet {
  title: string
  statistics: BandStatistics
  training: PatchProvider
  heldOut: PatchProvider
  /** Of the held-out patches alone, as if they were an image to map. */
  heldOutStatistics: BandStatistics
  /** Removes its files. */
  remove(): Promise<void>
}

const HELD_OUT_SHARE = 1 / 6

/** The source region of the demo. */
export async function generatedSet(count: number, seed: number, io: CommandIo): Promise<StarterSet> {
  const spool = await PatchSpool.temporary()
  let done = 0
  for (const patch of demoProject(seed, { sourceCount: count, targetCount: 0 })) {
    throwIfAborted(io.signal)
    await spool.add(patch)
    io.progress.update({ label: 'Generating patches', done: ++done, total: count })
  }
  io.progress.clear()
  return setOf(`Generated source region, seed ${seed} (no real imagery)`, spool)
}

/** Which of the real patches are used, and how. */
export interface RealPatches {
  folder: string
  valueScale: ValueScale | 'auto'
  /** Names never to train on; null: whole blocks of consecutive ids, chosen by `splitHeldOut`; none: all are trained on. */
  holdOut: readonly string[] | null
  /** Names that do not take part at all, not even in the statistics. */
  leaveOut?: readonly string[]
}

/**
 * Real labelled patches.
 *
 * @throws AppError `bad-argument` for a name that does not exist, or where nothing is left to train on
 */
export async function l4sSet(
  { folder, valueScale, holdOut, leaveOut = [] }: RealPatches,
  io: CommandIo,
): Promise<StarterSet> {
  const whole = await PatchSpool.temporary()
  try {
    await spoolInputs([folder], { domain: 'source', scale: valueScale }, whole, io)
    const spool = await PatchSpool.temporary()
    for (const { id, name, scale, georeference } of whole.labelled) {
      if (leaveOut.includes(name)) continue
      const pixels = await whole.load(id)
      await spool.add({ ...pixels, id: name, name, domain: 'source', scale, georeference })
    }
    const names = spool.labelled.map(({ name }) => name)
    const wrong = holdOut && holdOutObstacle(names, holdOut)
    if (wrong) {
      await spool.remove()
      throw new AppError('bad-argument', wrong)
    }
    return setOf('Landslide4Sense training patches', spool, holdOut)
  } finally {
    await whole.remove()
  }
}

/** Why these names cannot be held out, for a person; null: they can. */
export function holdOutObstacle(names: readonly string[], holdOut: readonly string[]): string | null {
  const unknown = holdOut.filter(name => !names.includes(name))
  if (unknown.length > 0) return `No labelled patch is called ${unknown.join(', ')}.`
  const left = names.some(name => !holdOut.includes(name))
  return left ? null : 'With all of them held out there is no patch to train on.'
}

/** @param holdOut names never to train on; null: chosen by block. */
export function setOf(
  title: string,
  spool: PatchSpool,
  holdOut: readonly string[] | null = null,
): StarterSet {
  const { training, heldOut } = spool.splitSource(holdOut ?? HELD_OUT_SHARE)
  return {
    title,
    statistics: spool.statisticsOf('source'),
    training,
    heldOut,
    heldOutStatistics: setStatistics(spool.labelled.filter(({ id }) => heldOut.ids.includes(id))),
    remove: () => spool.remove(),
  }
}

/** For manifests: the last set, the real one where there is one, is the source; generated ones stand beside it. */
export function statisticsOfSets(sets: readonly StarterSet[]) {
  const others = sets.slice(0, -1).map(({ statistics }) => statistics)
  return { source: sets.at(-1)!.statistics, target: null, ...(others.length > 0 && { others }) }
}

/**
 * Several providers as one; ids start with the set's index.
 *
 * @param repeats how many times a set's patches are listed, by index, so that a large set does not drown a small one.
 */
export function joinedSamples(
  providers: readonly SampleProvider[],
  repeats: readonly number[],
): SampleProvider {
  return {
    ids: providers.flatMap(({ ids }, place) =>
      Array.from({ length: repeats[place] ?? 1 }, (_, copy) =>
        ids.map(id => `${place}.${copy}:${id}`),
      ).flat(),
    ),
    load(id) {
      const split = id.indexOf(':')
      return providers[Number.parseInt(id.slice(0, split), 10)]!.load(id.slice(split + 1))
    },
  }
}

/** Times that the second set is listed, so that it is about `share` of all samples; at least once. */
export function repeatsFor(share: number, first: number, second: number): number {
  if (second === 0 || share >= 1) return 1
  return Math.max(1, Math.round((share * first) / ((1 - share) * second)))
}
