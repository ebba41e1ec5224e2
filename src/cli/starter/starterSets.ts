import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { throwIfAborted } from '../../core/foundation/appError'
import { splitHeldOut } from '../../core/patches/splitHeldOut'
import type { BandStatistics } from '../../core/patches/statistics'
import type { PatchProvider } from '../../core/refinement/patchProvider'
import { demoProject } from '../../core/synthetic/demoProject'
import type { CommandIo } from '../command'
import { PatchSpool } from '../patchSpool'
import { spoolInputs } from '../spoolInputs'

/** Patches of one origin with the statistics of that origin: each set is normalised by itself. */
export interface StarterSet {
  title: string
  /** Generated patches are the source, real ones the target: one pass of training holds one of them (CSN). */
  domain: 'source' | 'target'
  statistics: BandStatistics
  training: PatchProvider
  heldOut: PatchProvider
  /** Removes its files. */
  remove(): Promise<void>
}

const HELD_OUT_SHARE = 1 / 6

/** The source region of the demo. */
export async function generatedSet(count: number, seed: number, io: CommandIo): Promise<StarterSet> {
  const spool = await temporarySpool()
  let done = 0
  for (const patch of demoProject(seed, { sourceCount: count, targetCount: 0 })) {
    throwIfAborted(io.signal)
    await spool.add(patch)
    io.progress.update({ label: 'Generating patches', done: ++done, total: count })
  }
  io.progress.clear()
  return starterSet(`Generated source region, seed ${seed} (no real imagery)`, 'source', spool)
}

/** Real labelled patches, whole blocks of consecutive ids held out. */
export async function l4sSet(folder: string, io: CommandIo): Promise<StarterSet> {
  const spool = await temporarySpool()
  await spoolInputs([folder], 'source', spool, io)
  return starterSet('Landslide4Sense training patches', 'target', spool)
}

export async function temporarySpool(): Promise<PatchSpool> {
  return PatchSpool.create(await mkdtemp(join(tmpdir(), 'scarp-')))
}

function starterSet(title: string, domain: StarterSet['domain'], spool: PatchSpool): StarterSet {
  const labelled = spool.patches.filter(({ hasLabel }) => hasLabel)
  const landslides = new Map(labelled.map(({ name, landslidePixels }) => [name, landslidePixels]))
  const heldOut = splitHeldOut([...landslides.keys()], HELD_OUT_SHARE, landslides)
  return {
    title,
    domain,
    statistics: spool.statisticsOf('source'),
    training: spool.provider(({ name, hasLabel }) => hasLabel && !heldOut.has(name)),
    heldOut: spool.provider(({ name, hasLabel }) => hasLabel && heldOut.has(name)),
    remove: () => spool.remove(),
  }
}
