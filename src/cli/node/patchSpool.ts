import { open, readFile, rm } from 'node:fs/promises'
import { isAbsolute, join, relative, sep } from 'node:path'
import { RecentMap } from '../../core/foundation/recentMap'
import { plural } from '../../core/foundation/text'
import { BAND_COUNT } from '../../core/patches/bands'
import { type ImportResult, importPatches, type ReadOptions } from '../../core/patches/importPatches'
import {
  countValue,
  type Domain,
  LANDSLIDE,
  type Patch,
  type PatchPixels,
  VALUE_SCALES,
  type ValueScale,
} from '../../core/patches/patch'
import { eventSet, type SetPatch, setStatistics } from '../../core/patches/setStatistics'
import { splitHeldOut } from '../../core/patches/splitHeldOut'
import { type BandStatistics, statisticsOf } from '../../core/patches/statistics'
import type { NoteReason } from '../../core/raster/fileNote'
import type { InputFile } from '../../core/raster/inputFile'
import type { Georeference, PixelWindow } from '../../core/raster/rasterSource'
import { describeLeftOut, leftOutOf } from '../../core/review/records'
import { readPieces } from '../../core/scenes/readPieces'
import type { StackRecipe } from '../../core/scenes/scene'
import type { Wanted } from '../../core/scenes/sceneSources'
import type { CellScene, PatchProvider } from '../../engine'
import type { CommandIo } from './commandIo'
import { makeFolder } from './makeFolder'
import { MemberSpool } from './memberSpool'
import { nodeInput } from './nodeFiles'
import type { OutFolder } from './outFolder'
import { scratchFolder, writeScratch } from './scratchFolder'
import { describePassedOver, walkFiles } from './walkFiles'

/** What stays in memory of a patch whose pixels are in the spool. */
export interface SpooledPatch {
  /** Unique over domains: "target/img/image_3.h5". */
  id: string
  name: string
  domain: Domain
  width: number
  height: number
  hasLabel: boolean
  /** Of its label; 0 without one. */
  landslidePixels: number
  hasValid: boolean
  /** Pixels are whole numbers that fit 16 bits, as the dataset's raw units are, and are stored so. */
  isWhole: boolean
  scale: Patch['scale']
  georeference: Patch['georeference']
  statistics: BandStatistics
  /** Where it lies in a scene that it is a piece of; null: a patch by itself. */
  cell: SpooledCell | null
}

export interface SpooledCell {
  /** Id of the scene. */
  scene: string
  window: PixelWindow
  /** Around the area: the networks look at it, and nobody lists it. */
  isMargin: boolean
}

/** A scene whose pieces are in the spool. */
export interface SpooledScene {
  /** Unique over domains: "target/S2A_...". */
  id: string
  name: string
  domain: Domain
  width: number
  height: number
  georeference: Georeference | null
  /** null: a file that has the 14 bands itself. */
  recipe: StackRecipe | null
  wanted: Wanted
  /** What the statistics know it by (`sampleScene`). */
  samples: SetPatch[]
}

/** Bytes of strips of pieces that are kept, so that neighbouring windows read a piece once. */
const STRIP_BYTES = 64 * 2 ** 20

/**
 * Decoded patches in a folder, so that a command keeps one in memory however many it reads: pixels (float32, or uint16
 * where that loses nothing), then validity, then label, one file per patch, in this machine's byte order.
 */
export class PatchSpool {
  /** Patches and the cells of scenes. */
  readonly patches: SpooledPatch[] = []
  readonly scenes: SpooledScene[] = []
  private readonly stored = new Map<string, { index: number; patch: SpooledPatch }>()

  private constructor(readonly folder: string) {}

  /** An empty spool in a scratch folder (`scratchFolder`); what is there under its name is removed. */
  static async create(folder: string): Promise<PatchSpool> {
    await rm(folder, { recursive: true, force: true })
    await makeFolder(folder, 0o700)
    return new PatchSpool(folder)
  }

  /** An empty spool in a scratch folder of its own, among the system's temporary files or beside others. */
  static async temporary(prefix?: string): Promise<PatchSpool> {
    return new PatchSpool(await scratchFolder(prefix))
  }

  /** @param cell of a scene that is in `scenes` */
  async add(patch: Patch, cell: SpooledCell | null = null): Promise<SpooledPatch> {
    const { name, domain, width, height, data, valid, label, scale, georeference } = patch
    const area = width * height
    const isWhole = data.every(value => Number.isInteger(value) && value >= 0 && value <= 65_535)
    const kept = isWhole ? Uint16Array.from(data) : data
    const bytes = new Uint8Array(kept.byteLength + (valid ? area : 0) + (label ? area : 0))
    bytes.set(new Uint8Array(kept.buffer, kept.byteOffset, kept.byteLength))
    if (valid) bytes.set(valid, kept.byteLength)
    if (label) bytes.set(label, bytes.length - area)
    const index = this.stored.size
    await writeScratch(this.path(index), bytes)
    const spooled: SpooledPatch = {
      id: `${domain}/${patch.id}`,
      name,
      domain,
      width,
      height,
      hasLabel: label !== null,
      landslidePixels: label ? countValue(label, LANDSLIDE) : 0,
      hasValid: valid !== null,
      isWhole,
      scale,
      georeference,
      statistics: statisticsOf(patch),
      cell,
    }
    this.stored.set(spooled.id, { index, patch: spooled })
    if (!cell?.isMargin) this.patches.push(spooled)
    return spooled
  }

  /** Separated statistics: of one domain's patches only. */
  statisticsOf(domain: Domain): BandStatistics {
    return setStatistics(this.setOf(domain))
  }

  /** Names of those that the domain's statistics leave out, since they are unlike every other. */
  leftOut(domain: Domain): string[] {
    return leftOutOf(this.setOf(domain))
  }

  /** Patches, and the samples of scenes in place of their cells. */
  private setOf(domain: Domain): SetPatch[] {
    return eventSet(
      this.patches.filter(patch => patch.domain === domain && !patch.cell),
      this.scenes.filter(scene => scene.domain === domain),
    )
  }

  /** Labelled patches of the source, which networks can learn from. */
  get labelled(): SpooledPatch[] {
    return this.patches.filter(({ domain, hasLabel }) => domain === 'source' && hasLabel)
  }

  /**
   * The labelled patches in two: those to train on, and those never trained on.
   *
   * @param heldOut share of them, taken by blocks of ids (`splitHeldOut`), or names.
   */
  splitSource(heldOut: number | readonly string[]): { training: PatchProvider; heldOut: PatchProvider } {
    const labelled = this.labelled
    const landslides = new Map(labelled.map(({ name, landslidePixels }) => [name, landslidePixels]))
    const names = new Set(
      typeof heldOut === 'number' ? splitHeldOut([...landslides.keys()], heldOut, landslides) : heldOut,
    )
    return {
      training: this.providerOf(labelled.filter(({ name }) => !names.has(name))),
      heldOut: this.providerOf(labelled.filter(({ name }) => names.has(name))),
    }
  }

  provider(keep: (patch: SpooledPatch) => boolean): PatchProvider {
    return this.providerOf(this.patches.filter(keep))
  }

  async load(id: string): ReturnType<PatchProvider['load']> {
    const { index, patch } = this.known(id)
    const { width, height, hasLabel, hasValid, isWhole } = patch
    // Copied: Node's small reads share a buffer, at odd offsets.
    const bytes = new Uint8Array(await readFile(this.path(index)))
    const area = width * height
    const dataBytes = bytes.length - (hasValid ? area : 0) - (hasLabel ? area : 0)
    const inside = this.insideOf(patch)
    const pixels = {
      width,
      height,
      data: isWhole
        ? Float32Array.from(new Uint16Array(bytes.buffer, 0, dataBytes / 2))
        : new Float32Array(bytes.buffer, 0, dataBytes / 4),
      valid: hasValid ? bytes.slice(dataBytes, dataBytes + area) : null,
      label: hasLabel ? bytes.slice(bytes.length - area) : null,
      ...(inside && { inside }),
    }
    return pixels
  }

  /** [height, width] 1 for pixels of a cell that lie in its scene's area of interest; null: all do. */
  private insideOf({ cell }: SpooledPatch): Uint8Array | null {
    if (!cell) return null
    const scene = this.scenes.find(({ id }) => id === cell.scene)
    return scene?.wanted.mask?.(cell.window) ?? null
  }

  private known(id: string): { index: number; patch: SpooledPatch } {
    const known = this.stored.get(id)
    if (!known) throw new RangeError(`The spool holds no patch "${id}".`)
    return known
  }

  /** Some rows of a patch, whole. */
  private async readRows(id: string, { row, height: count }: PixelWindow): Promise<PatchPixels> {
    const { index, patch } = this.known(id)
    const { width, height, hasValid, isWhole } = patch
    const [area, sampleBytes] = [width * height, isWhole ? 2 : 4]
    const file = await open(this.path(index))
    try {
      const part = async (begin: number, length: number) => {
        const bytes = new Uint8Array(length)
        await file.read(bytes, 0, length, begin)
        return bytes
      }
      const data = new Float32Array(BAND_COUNT * count * width)
      for (let band = 0; band < BAND_COUNT; band++) {
        const bytes = await part((band * area + row * width) * sampleBytes, count * width * sampleBytes)
        data.set(
          isWhole ? new Uint16Array(bytes.buffer) : new Float32Array(bytes.buffer),
          band * count * width,
        )
      }
      const valid = hasValid ? await part(BAND_COUNT * area * sampleBytes + row * width, count * width) : null
      return { width, height: count, data, valid }
    } finally {
      await file.close()
    }
  }

  private sceneOf({ id, name, width, height, wanted }: SpooledScene): CellScene {
    const pieces = [...this.stored].flatMap(([piece, { patch }]) =>
      patch.cell?.scene === id ? [{ id: piece, ...patch.cell }] : [],
    )
    const strips = new RecentMap<string, PatchPixels>({
      budget: STRIP_BYTES,
      sizeOf: ({ data, valid }) => data.byteLength + (valid?.byteLength ?? 0),
    })
    return {
      name,
      width,
      height,
      inside: wanted.mask,
      cells: new Map(pieces.filter(({ isMargin }) => !isMargin).map(cell => [cell.id, cell.window])),
      read: readPieces(pieces, async (piece, rows) => {
        const key = `${piece} ${rows.row} ${rows.height}`
        const strip = strips.get(key) ?? (await this.readRows(piece, rows))
        strips.set(key, strip)
        return strip
      }),
    }
  }

  async remove(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true })
  }

  private providerOf(patches: readonly SpooledPatch[]): PatchProvider {
    const used = new Set(patches.map(({ cell }) => cell?.scene))
    const scenes = this.scenes.filter(({ id }) => used.has(id)).map(scene => this.sceneOf(scene))
    const provider = {
      ids: patches.map(({ id }) => id),
      load: (id: string) => this.load(id),
      ...(scenes.length > 0 && { scenes }),
    }
    return provider
  }

  private path(index: number): string {
    return join(this.folder, `${index}.bin`)
  }
}

/** What to do about values whose scale is unclear or wrong. */
export const CHOOSE_SCALE = `Choose the value scale with --value-scale: ${VALUE_SCALES.join(', ')}.`

/**
 * Reads files and folders into the spool, and says on stderr which were refused and why.
 *
 * @param as their domain, and their value scale where a person chose it.
 * @param out of the command: what its earlier run made is no input.
 * @throws AppError `file-unreadable` for a path that does not exist, `aborted`
 */
export async function spoolInputs(
  paths: readonly string[],
  as: { domain: Domain; scale: ValueScale | 'auto' },
  spool: PatchSpool,
  io: CommandIo,
  out?: OutFolder,
): Promise<ImportResult> {
  const { files: found, passedOver } = await walkFiles(paths, path => out?.made(path) ?? false)
  for (const line of describePassedOver(passedOver)) io.note(line)
  const files: InputFile[] = []
  for (const path of found) files.push(await nodeInput(path, rootOf(paths, path)))
  return spoolFiles(files, as, spool, io)
}

/**
 * `spoolInputs` for files that are known.
 *
 * @param as.means [14] raw units, for bands that a file says its product did not have.
 * @param as.labelOf labels of images that no mask file pairs with.
 * @throws AppError `aborted`
 */
export async function spoolFiles(
  files: InputFile[],
  as: {
    domain: Domain
    scale: ValueScale | 'auto'
    means?: readonly number[]
    labelOf?: ReadOptions['labelOf']
  },
  spool: PatchSpool,
  io: CommandIo,
): Promise<ImportResult> {
  const members = new MemberSpool()
  const result = await importPatches(files, {
    ...as,
    open: io.openRaster,
    keepHidden: true,
    spool: members.spool,
    onPatch: async patch => void (await spool.add(patch)),
    context: { signal: io.signal, onProgress: progress => io.progress.update(progress) },
  }).finally(() => members.remove())
  io.progress.clear()
  for (const { path, message } of result.refused) io.note(`Refused ${path}: ${message}`)
  if (result.refused.some(({ code }) => code === 'scale-unknown')) io.note(CHOOSE_SCALE)
  for (const { path, reason, message } of result.remarks) {
    if (NOTED.has(reason)) io.note(`${path}: ${message}`)
  }
  const leftOut = spool.leftOut(as.domain)
  if (leftOut.length > 0) io.note(describeLeftOut(leftOut))
  // A scale chosen for all of them may be wrong for some.
  for (const [message, count] of as.scale === 'auto' ? [] : countScales(result)) {
    io.note(`${plural(count, 'image')}: ${message}`)
  }
  return result
}

/** What is said of each file; the rest is in the report. */
const NOTED: ReadonlySet<NoteReason> = new Set<NoteReason>(['impossible-values', 'hidden', 'synthetic-bands'])

/** How many files got each remark on the value scale. */
function countScales({ remarks }: ImportResult): Map<string, number> {
  const counts = new Map<string, number>()
  for (const { reason, message } of remarks) {
    if (reason === 'value-scale' || reason === 'scale-in-doubt')
      counts.set(message, (counts.get(message) ?? 0) + 1)
  }
  return counts
}

/** The given path that holds the file: what is shown and paired is relative to it. */
export function rootOf(paths: readonly string[], file: string): string | undefined {
  return paths.find(path => {
    const inside = relative(path, file)
    return inside !== '' && !isAbsolute(inside) && !inside.startsWith(`..${sep}`)
  })
}
