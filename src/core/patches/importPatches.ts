import { type AppError, type ErrorCode, throwIfAborted, toAppError } from '../foundation/appError'
import { type JobContext, yieldToEventLoop } from '../foundation/job'
import { uniqueName } from '../foundation/uniqueNames'
import { type ExpandOptions, expandInputs } from '../raster/expandInputs'
import type { FileNote } from '../raster/fileNote'
import { type InputFile, isSidecar } from '../raster/inputFile'
import { withWorldFile } from '../raster/openRaster'
import type { OpenRaster } from '../raster/rasterThread'
import type { Domain, Patch, ValueScale } from './patch'
import { readMaskOf, readPatchPixels } from './readPatch'

export interface ReadOptions {
  /** "auto": labelled patches are source, the others target. */
  domain: Domain | 'auto'
  /**
   * Value scale of every file, where detection failed (`scale-unknown`) or is wrong; "auto" (default) detects it file
   * by file.
   */
  scale?: ValueScale | 'auto'
  /** Paths of the images to read; the others are left alone, and nothing is said of them. Absent: all. */
  only?: ReadonlySet<string>
  /** `openRaster`, where it can be in a thread that can be ended. */
  open: OpenRaster
  /** [14] raw units, for bands that a file says its product did not have; by default they stay as written. */
  means?: readonly number[]
  /** [height, width] of 0, 1, 255 of an image that no mask file pairs with; null: it has no label. */
  labelOf?: (image: LabelledImage) => Promise<Uint8Array | null>
  context?: JobContext
}

/** What a label of an image is made by. */
export type LabelledImage = Pick<Patch, 'name' | 'width' | 'height' | 'georeference'>

/** A file that could not be taken, and why. */
export interface RefusedFile {
  path: string
  code: ErrorCode
  message: string
}

/** Something to know of a file that was taken. */
export interface Remark extends FileNote {
  path: string
}

/** What became of one file. */
export type ReadStep =
  /** `path` of the image; `remarks` on it: its scale and why, pixels without data, a mask that was refused. */
  | {
      kind: 'patch'
      patch: Patch
      path: string
      /** Of the file that its label is from; null: it has none. */
      maskPath: string | null
      remarks: FileNote[]
      scaleInDoubt: boolean
    }
  | ({ kind: 'remark' } & Remark)
  | ({ kind: 'refused' } & RefusedFile)

/**
 * Reads rasters into patches: images pair with masks by name, every file is judged by its content, and each that cannot
 * be taken gets one reason while the others load. Memory holds one patch: the next file is read when the step before
 * has been dealt with.
 *
 * @param files rasters and the files beside them (world files, notes), zips already opened (`expandInputs`).
 * @throws AppError `aborted`
 */
export async function* readPatches(
  files: readonly InputFile[],
  { domain, scale, only, open, means, labelOf, context }: ReadOptions,
): AsyncGenerator<ReadStep> {
  const sidecars = new Map<string, InputFile>()
  for (const file of files) if (isSidecar(file.path)) sidecars.set(file.path.toLowerCase(), file)
  const paired = pairFiles(files.filter(file => !isSidecar(file.path)))
  const pairs = only ? paired.pairs.filter(({ image }) => only.has(image.path)) : paired.pairs
  for (const { path } of only ? [] : paired.orphans) {
    const message = `"${path}" is named as a mask, but no image matches its name; add its image.`
    yield { kind: 'refused', path, code: 'pair-missing', message }
  }
  const ids = new Set<string>()
  for (const [index, { image, mask }] of pairs.entries()) {
    throwIfAborted(context?.signal)
    context?.onProgress?.({ label: `Reading ${image.path}`, done: index, total: pairs.length })
    yield* await readPair(image, mask)
    await yieldToEventLoop()
  }
  context?.onProgress?.({ label: 'Reading files', done: pairs.length, total: pairs.length })

  async function readPair(image: InputFile, mask: InputFile | null): Promise<ReadStep[]> {
    const steps: ReadStep[] = []
    try {
      const raster = await open(image, { signal: context?.signal })
      const pixels = await readPatchPixels(raster, scale, context?.signal, means)
      const georeference = await withWorldFile(raster, sidecars)
      const remarks = [...raster.notes, ...pixels.remarks]
      const { data, valid, width, height } = pixels
      const name = nameOf(image.path)
      const label = mask
        ? await readLabel(mask, { width, height, georeference }, steps)
        : ((await labelOf?.({ name, width, height, georeference })) ?? null)
      if (mask && !label)
        remarks.push({
          reason: 'without-label',
          message: 'Taken without a label, since its mask was refused.',
        })
      const patch: Patch = {
        id: uniqueId(image.path, ids),
        name,
        domain: domain === 'auto' ? (label ? 'source' : 'target') : domain,
        width,
        height,
        data,
        valid,
        label,
        scale: pixels.scale,
        georeference,
      }
      const { scaleInDoubt } = pixels
      const maskPath = label && mask ? mask.path : null
      return [{ kind: 'patch', patch, path: image.path, maskPath, remarks, scaleInDoubt }, ...steps]
    } catch (thrown) {
      steps.push(refusal(image.path, thrown))
      if (mask) {
        const message = `Its mask "${mask.path}" is left out with it.`
        steps.push({ kind: 'remark', path: image.path, reason: 'mask-left-out', message })
      }
      return steps
    }
  }

  async function readLabel(
    mask: InputFile,
    image: Pick<Patch, 'width' | 'height' | 'georeference'>,
    steps: ReadStep[],
  ): Promise<Uint8Array | null> {
    try {
      const raster = await open(mask, { signal: context?.signal })
      const { label, remarks } = await readMaskOf(image, raster, context?.signal)
      for (const remark of remarks) steps.push({ kind: 'remark', path: mask.path, ...remark })
      return label
    } catch (thrown) {
      steps.push(refusal(mask.path, thrown))
      return null
    }
  }
}

/** @throws AppError `aborted`, which refuses no file */
function refusal(path: string, thrown: unknown): ReadStep {
  const error = toAppError(thrown, 'file-unreadable')
  if (error.code === 'aborted') throw error
  return { kind: 'refused', path, code: error.code, message: error.message }
}

export interface ImportOptions extends ReadOptions {
  /** As `expandInputs`. */
  keepHidden?: boolean
  spool?: ExpandOptions['spool']
  /** Takes each patch as it is read; the next one waits until it is done with. */
  onPatch(patch: Patch): Promise<void>
}

export interface ImportResult {
  added: number
  remarks: Remark[]
  refused: RefusedFile[]
}

/**
 * Opens zips and reads all files into patches, as `readPatches`.
 *
 * @throws AppError `aborted`, and whatever `onPatch` throws.
 */
export async function importPatches(files: InputFile[], options: ImportOptions): Promise<ImportResult> {
  const result: ImportResult = { added: 0, remarks: [], refused: [] }
  const onRefused = (path: string, { code, message }: AppError) =>
    result.refused.push({ path, code, message })
  const found: InputFile[] = []
  const { keepHidden, spool, context } = options
  const onHidden = (path: string, note: FileNote) => result.remarks.push({ path, ...note })
  const how = { onRefused, onHidden, keepHidden, spool, signal: context?.signal }
  for await (const file of expandInputs(files, how)) found.push(file)
  for await (const step of readPatches(found, options)) {
    if (step.kind === 'patch') {
      await options.onPatch(step.patch)
      result.added++
      for (const remark of step.remarks) result.remarks.push({ path: step.path, ...remark })
    } else if (step.kind === 'remark') {
      result.remarks.push({ path: step.path, reason: step.reason, message: step.message })
    } else {
      result.refused.push({ path: step.path, code: step.code, message: step.message })
    }
  }
  return result
}

/** Letters, digits and dashes of the path without its ending, so that it can name a file anywhere. */
function uniqueId(path: string, taken: Set<string>): string {
  const base =
    path
      .replace(/\.[^./]*$/, '')
      .replace(/[^A-Za-z0-9_]+/g, '-')
      .replace(/^-+|-+$/g, '') || 'patch'
  return uniqueName(base, taken)
}

function nameOf(path: string): string {
  return (path.split('/').at(-1) ?? path).replace(/\.[^.]*$/, '')
}

/** A file by its path; `mask` null where an image has none. */
interface Pairing<File> {
  pairs: { image: File; mask: File | null }[]
  /** Masks that no image matches. */
  orphans: File[]
}

const ROLE_FOLDERS =
  /^(img|imgs|image|images|mask|masks|annotation|annotations|label|labels|gt|ground_truth)$/i

const MASK_FOLDERS = /^(mask|masks|annotation|annotations|label|labels|gt|ground_truth)$/i

const MASK_NAME = /^(mask|label|annotation|gt)[_-]?(?=\d)|[_-](mask|label|gt)$/i

const PREFIX = /^(image|img|mask|label|annotation|gt)[_-]?(?=\d)/i

const MASK_SUFFIX = /[_-](mask|label|gt)$/i

/** Whether a path names a mask: "mask_7.h5", "scene_mask.tif", "annotations/train/image_7.h5". */
export function namesMask(path: string): boolean {
  const { folders, stem } = split(path)
  if (MASK_NAME.test(stem)) return true
  // The nearest folder whose name gives a role decides: masks/images/7.h5 is an image.
  const role = folders.findLast(folder => ROLE_FOLDERS.test(folder))
  return role !== undefined && MASK_FOLDERS.test(role)
}

/**
 * Pairs images with masks by name, in both known layouts of Landslide4Sense (train/img/image_N.h5 with
 * train/mask/mask_N.h5; images/train/image_N.h5 with annotations/train/mask_N.h5), flat in one folder, or with a suffix
 * (scene.tif with scene_mask.tif, also where the image's name is longer: scene_14band_raw.tif).
 */
export function pairFiles<File extends { path: string }>(files: readonly File[]): Pairing<File> {
  const images = files.filter(file => !namesMask(file.path))
  const masks = new Map<string, File[]>()
  for (const file of files) {
    if (!namesMask(file.path)) continue
    const key = keyOf(file.path)
    masks.set(key, [...(masks.get(key) ?? []), file])
  }
  const taken = new Set<File>()
  const pairs = images.map(image => {
    const mask = masks.get(keyOf(image.path))?.find(candidate => !taken.has(candidate)) ?? null
    if (mask) taken.add(mask)
    return { image, mask }
  })
  const unpaired = [...masks.values()].flat().filter(mask => !taken.has(mask))
  const orphans: File[] = []
  for (const mask of unpaired) {
    const free = pairs.filter(pair => pair.mask === null && goesOnFrom(pair.image.path, mask.path))
    if (free.length === 1) free[0]!.mask = mask
    else orphans.push(mask)
  }
  return { pairs, orphans }
}

/**
 * The patch of a project that a mask belongs to by its name, whatever folder each came from; where several are called
 * so, the one whose folders agree. null: none, or it is not clear which.
 */
export function patchOfMask<Known extends { path: string }>(
  maskPath: string,
  patches: readonly Known[],
): Known | null {
  const bare = (path: string) => path.split('/').at(-1) ?? path
  const choices = [
    patches.filter(({ path }) => keyOf(path) === keyOf(maskPath)),
    patches.filter(({ path }) => keyOf(bare(path)) === keyOf(bare(maskPath))),
    patches.filter(({ path }) => goesOnFrom(bare(path), bare(maskPath))),
  ]
  const fitting = choices.find(choice => choice.length > 0) ?? []
  return fitting.length === 1 ? fitting[0]! : null
}

/** "train/img/image_7.h5" -> "train/*|7" */
function keyOf(path: string): string {
  const { folders, stem } = split(path)
  const place = folders.map(folder => (ROLE_FOLDERS.test(folder) ? '*' : folder)).join('/')
  return `${place}|${stem.replace(PREFIX, '').replace(MASK_SUFFIX, '')}`
}

/** Whether an image's key is a mask's key and more: "scene_14band_raw" from "scene". */
function goesOnFrom(imagePath: string, maskPath: string): boolean {
  return keyOf(imagePath).startsWith(`${keyOf(maskPath)}_`)
}

function split(path: string): { folders: string[]; stem: string } {
  const parts = path.split('/').filter(part => part !== '' && part !== '.')
  const file = parts.at(-1) ?? ''
  return { folders: parts.slice(0, -1), stem: file.replace(/\.[^.]*$/, '') }
}
