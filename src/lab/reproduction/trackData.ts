import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { CommandIo } from '../../cli/node/commandIo'
import type { PatchSpool, SpooledPatch } from '../../cli/node/patchSpool'
import { scratchFolder } from '../../cli/node/scratchFolder'
import { AppError } from '../../core/foundation/appError'
import { plural } from '../../core/foundation/text'
import type { BandStatistics } from '../../core/patches/statistics'
import type { PatchProvider } from '../../engine/refinement/patchProvider'
import { type CompetitionFolder, spoolSplit, type Track } from './competitionFolder'

/** The patches of one track, decoded. */
export interface TrackData {
  /** Labelled training patches that networks learn from, and those that they never do. */
  training: PatchProvider
  heldOut: PatchProvider
  target: PatchProvider
  targetPatches: SpooledPatch[]
  /** Target patches that have a label, which only the scoring sees. */
  truth: PatchProvider
  statistics: { source: BandStatistics; target: BandStatistics }
  /** Base name of a patch's files. */
  fileOf(patchId: string): string
}

/** Decodes splits when they are first needed, to files that `close` removes. */
export class CompetitionData {
  private readonly spools = new Map<string, PatchSpool>()
  private readonly tracks = new Map<Track, TrackData>()

  private constructor(
    private readonly competition: CompetitionFolder,
    private readonly heldOutShare: number,
    private readonly folder: string,
    private readonly io: CommandIo,
  ) {}

  /** @param scratch folder on a disk of this machine; a patch takes half a megabyte. */
  static async open(
    competition: CompetitionFolder,
    heldOutShare: number,
    scratch: string,
    io: CommandIo,
  ): Promise<CompetitionData> {
    const folder = await scratchFolder(join(scratch, 'scarp-reproduce-'))
    return new CompetitionData(competition, heldOutShare, folder, io)
  }

  /** @throws AppError `training-impossible` without a labelled training patch or a target patch. */
  async track(track: Track): Promise<TrackData> {
    const known = this.tracks.get(track) ?? (await this.openTrack(track))
    this.tracks.set(track, known)
    return known
  }

  private async openTrack(track: Track): Promise<TrackData> {
    const source = await this.spool('train')
    const target = await this.spool(track)
    const targets = () => true
    const names = new Map(
      [...source.patches, ...target.patches].map(({ id, domain, name }) => [
        id,
        domain === 'target' ? name : `source-${name}`,
      ]),
    )
    const { training, heldOut } = source.splitSource(this.heldOutShare)
    return {
      training,
      heldOut,
      target: target.provider(targets),
      targetPatches: target.patches,
      truth: target.provider(({ hasLabel }) => hasLabel),
      statistics: { source: source.statisticsOf('source'), target: target.statisticsOf('target') },
      fileOf: id => names.get(id)!,
    }
  }

  private async spool(name: 'train' | Track): Promise<PatchSpool> {
    const known = this.spools.get(name)
    if (known) return known
    const { train, targets } = this.competition
    const folder = join(this.folder, name)
    const spool =
      name === 'train'
        ? await spoolSplit(this.competition, train, 'source', folder, this.io)
        : await spoolSplit(this.competition, targets[name], 'target', folder, this.io)
    const labelled = spool.patches.filter(({ hasLabel }) => hasLabel).length
    this.io.note(
      `${name}: ${plural(spool.patches.length, 'patch', 'patches')} decoded, ${labelled} with a label.`,
    )
    if (name === 'train' && labelled === 0) {
      throw new AppError('training-impossible', 'No training patch has a mask: they pair by number.')
    }
    this.spools.set(name, spool)
    return spool
  }

  async close(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true })
  }
}
