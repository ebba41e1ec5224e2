import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { CommandIo } from '../../cli/node/commandIo'
import { naturalOrder, nodeInput, pathKind } from '../../cli/node/nodeFiles'
import { PatchSpool } from '../../cli/node/patchSpool'
import { AppError } from '../../core/foundation/appError'
import { importPatches } from '../../core/patches/importPatches'
import type { Domain } from '../../core/patches/patch'

/** The parts of the competition that networks are adapted to and scored on. */
export const TRACKS = ['validation', 'test'] as const

export type Track = (typeof TRACKS)[number]

type SplitName = 'train' | Track

/** Files of one split, relative to the competition folder. */
export interface CompetitionSplit {
  images: string[]
  masks: string[]
}

export interface CompetitionFolder {
  root: string
  train: CompetitionSplit
  /** Without images where the folder has no such split. */
  targets: Record<Track, CompetitionSplit>
}

/** Where a layout keeps a split's images and masks. */
type Layout = (split: SplitName) => { images: string; masks: string }

const OFFICIAL_NAMES: Record<SplitName, string> = {
  train: 'TrainData',
  validation: 'ValidData',
  test: 'TestData',
}

const official: Layout = split => ({
  images: `${OFFICIAL_NAMES[split]}/img`,
  masks: `${OFFICIAL_NAMES[split]}/mask`,
})

const mirror: Layout = split => ({ images: `images/${split}`, masks: `annotations/${split}` })

/** Patches of the official split. */
export const OFFICIAL_COUNTS: Record<SplitName, number> = { train: 3799, validation: 245, test: 800 }

/** A patch's side in the competition, pixels. */
export const PATCH_SIDE = 128

/**
 * Looks for the competition's splits, `TrainData/img` with `TrainData/mask` and so on, or the mirror's `images/train`
 * with `annotations/train`; opens no file.
 *
 * @throws AppError `bad-argument` where there is neither, `training-impossible` without labelled training patches or
 *   without a split to adapt to.
 */
export async function findCompetition(root: string): Promise<CompetitionFolder> {
  for (const layout of [official, mirror]) {
    if ((await pathKind(join(root, layout('train').images))) !== 'folder') continue
    const split = async (name: SplitName): Promise<CompetitionSplit> => {
      const { images, masks } = layout(name)
      return { images: await numbered(root, images), masks: await numbered(root, masks) }
    }
    const [train, validation, test] = [await split('train'), await split('validation'), await split('test')]
    if (train.images.length === 0 || train.masks.length === 0) {
      throw new AppError(
        'training-impossible',
        `"${join(root, layout('train').images)}" holds no image_N.h5 with a mask in "${layout('train').masks}".`,
      )
    }
    if (validation.images.length + test.images.length === 0) {
      throw new AppError(
        'training-impossible',
        `"${root}" holds neither ${layout('validation').images} nor ${layout('test').images}: there is nothing to adapt to.`,
      )
    }
    return { root, train, targets: { validation, test } }
  }
  throw new AppError(
    'bad-argument',
    `"${root}" is not the competition's folder: it needs TrainData/img and TrainData/mask (with ValidData, TestData), ` +
      'or images/train and annotations/train (with validation, test).',
  )
}

/** Paths of image_N.h5 and mask_N.h5 in a folder; none where there is no such folder. */
async function numbered(root: string, folder: string): Promise<string[]> {
  if ((await pathKind(join(root, folder))) !== 'folder') return []
  const names = (await readdir(join(root, folder))).filter(name => /^(image|mask)_\d+\.h5$/.test(name))
  return names.sort(naturalOrder).map(name => `${folder}/${name}`)
}

/** Names and sizes of all files: what must be the same on every machine. */
export async function describeFiles({ root, train, targets }: CompetitionFolder): Promise<string[]> {
  const splits = [train, ...TRACKS.map(track => targets[track])]
  const paths = splits.flatMap(({ images, masks }) => [...images, ...masks])
  const described: string[] = []
  for (const path of paths) {
    // The layouts differ, the files do not.
    const name = path.split('/').at(-1)
    described.push(`${name} ${(await stat(join(root, path))).size}`)
  }
  return described
}

/**
 * Decodes a split's patches into a new spool. What is no patch of the competition (stray files of a few bytes, other
 * shapes) is reported and left out.
 *
 * @throws AppError `aborted`, `training-impossible` where no patch is left.
 */
export async function spoolSplit(
  { root }: Pick<CompetitionFolder, 'root'>,
  { images, masks }: CompetitionSplit,
  domain: Domain,
  folder: string,
  io: CommandIo,
): Promise<PatchSpool> {
  const spool = await PatchSpool.create(folder)
  const files = await Promise.all([...images, ...masks].map(path => nodeInput(join(root, path), root)))
  const { refused } = await importPatches(files, {
    domain,
    scale: 'l4s',
    open: io.openRaster,
    async onPatch(patch) {
      const { name, width, height } = patch
      if (width === PATCH_SIDE && height === PATCH_SIDE) await spool.add(patch)
      else io.note(`Left out ${name}: it is ${width} x ${height}, not ${PATCH_SIDE} x ${PATCH_SIDE}.`)
    },
    context: { signal: io.signal, onProgress: progress => io.progress.update(progress) },
  })
  io.progress.clear()
  for (const { path, message } of refused) io.note(`Left out ${path}: ${message}`)
  if (spool.patches.length > 0) return spool
  await spool.remove()
  throw new AppError('training-impossible', `None of ${images.length} patches in "${root}" could be read.`)
}
