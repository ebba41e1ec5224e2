import { createWriteStream } from 'node:fs'
import { basename, dirname } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { ReadableStream as NodeStream } from 'node:stream/web'
import type { EvidenceFacts, EvidenceModel } from '../core/export/evidence'
import { type BundleFile, evidenceBundle, rasterFile } from '../core/export/evidenceBundle'
import { maskCounts, weightsOfTags } from '../core/export/readTags'
import { probabilityBytes, sceneMask, sceneProbability } from '../core/export/resultGeotiffs'
import { streamCog } from '../core/export/writeCog'
import { type LeavingFile, zipStream } from '../core/export/zipFiles'
import { AppError } from '../core/foundation/appError'
import type { InventoryOptions, InventoryRaster } from '../core/inventory/inventory'
import { onOneGround, sharedGroundNotes } from '../core/inventory/oneGround'
import type { RefusedFile } from '../core/patches/importPatches'
import type { InputFile } from '../core/raster/inputFile'
import { bundleProject } from '../core/results/bundleProject'
import type { MaskState } from '../core/review/provenance'
import { parseManifest } from '../core/rounds/modelManifest'
import { FAMILY_TITLES } from '../core/rounds/networks'
import { type OpenedMask, openMasks } from './exportInventories'
import type { CommandIo } from './node/commandIo'
import { MemberSpool } from './node/memberSpool'
import { readModelFolders } from './node/modelFolders'
import { pathKind, writeAside } from './node/nodeFiles'
import { scratchStore } from './node/scratchStore'
import { type ProjectArchive, takeArchives } from './projectArchives'

export interface BundleRequest {
  paths: readonly string[]
  /** Of the zip. */
  out: string
  /** Overwrites a file there. */
  force: boolean
  /** null: the project's name, of masks that of the zip. */
  title: string | null
  options: InventoryOptions
  dem: readonly string[]
  slope: string | null
  /** Folder of the models that made the masks; null: what the masks' own tags say. */
  models: string | null
  /** Which masks of a project archive are in it. */
  states: readonly MaskState[]
  /** "0.2.0" */
  version: string
  /** ISO 8601. */
  at: string
}

export interface BundleResult {
  /** Names of the files in the zip. */
  files: string[]
  refused: RefusedFile[]
  notes: string[]
}

/**
 * The work of `scarp bundle`. The zip is written as its files are made, completely or not at all; blocks of rasters wait
 * beside it.
 *
 * @throws AppError `bad-argument` where there is a file already, or an archive among other files, `file-unsupported` without a
 *   mask, `aborted`
 */
export async function bundleEvidence(request: BundleRequest, io: CommandIo): Promise<BundleResult> {
  if (!request.force && (await pathKind(request.out)) !== null) {
    throw new AppError(
      'bad-argument',
      `"${request.out}" is there already. Choose another --out, or add --force.`,
    )
  }
  const { archives, others } = await takeArchives(request.paths, request.states, new Date(request.at))
  const [archive] = archives
  if (!archive) return bundleMasks(request, io)
  if (archives.length + others.length > 1) {
    throw new AppError(
      'bad-argument',
      `"${archive.path}" is a whole project: give it alone, since its audits and journal say nothing of other masks.`,
    )
  }
  return bundleArchive(archive, request, io)
}

/** The bundle that the studio would make of a project. */
async function bundleArchive(
  { path, reader, readManifest, threshold, patchIds, name, notes: said }: ProjectArchive,
  request: BundleRequest,
  io: CommandIo,
): Promise<BundleResult> {
  const { options, version, at, title, out, dem } = request
  // Starters are in no archive.
  const given = await manifestsIn(request.models)
  const { files, notes } = await bundleProject(
    reader,
    { patchIds, threshold, mosaics: 'event', options, title: title ?? name, version, at },
    {
      readManifest: async id => (await readManifest(id)) ?? given.get(id) ?? null,
      async openScratch() {
        const { store, remove } = await scratchStore(dirname(out))
        return { ...store, remove }
      },
    },
    { signal: io.signal, onProgress: io.progress.update.bind(io.progress) },
  )
  const ground =
    dem.length > 0 ? [`${path}: its own elevation is taken; --dem is for masks that have none.`] : []
  return { files: await writeZip(files, out, io), refused: [], notes: [...said, ...ground, ...notes] }
}

async function bundleMasks(request: BundleRequest, io: CommandIo): Promise<BundleResult> {
  const members = new MemberSpool()
  try {
    const { opened, refused } = await openMasks(request, members, io)
    if (opened.length === 0) throw new AppError('file-unsupported', refused[0]!.message)
    const { rasters, shared } = await onOneGround(opened.map(({ raster }) => raster))
    const notes = [...new Set(opened.flatMap(({ remarks }) => remarks)), ...sharedGroundNotes(shared)]
    const tags = await tagsOf(opened, io)
    const masks = maskCounts(tags)
    const facts: EvidenceFacts = {
      title: request.title ?? basename(request.out).replace(/\.zip$/i, ''),
      at: request.at,
      version: request.version,
      models: await modelsOf(rasters, tags, request.models),
      rounds: [],
      audits: [],
      ...(masks.length > 0 && { masks }),
      options: request.options,
      notes,
    }
    const context = { signal: io.signal, onProgress: io.progress.update.bind(io.progress) }
    const bundle = evidenceBundle(
      { facts, rasters, rasterFiles: rasterFiles(opened, tags, request, io), journal: null, audits: [] },
      context,
    )
    return { files: await writeZip(bundle, request.out, io), refused, notes }
  } finally {
    await members.remove()
  }
}

/** Writes files into a zip, completely or not at all. @returns their names */
async function writeZip(files: AsyncIterable<LeavingFile>, out: string, io: CommandIo): Promise<string[]> {
  const names: string[] = []
  async function* named() {
    for await (const file of files) {
      names.push(file.name)
      yield file
    }
  }
  const zip = Readable.fromWeb(zipStream(named()) as NodeStream)
  await writeAside(out, aside => pipeline(zip, createWriteStream(aside)))
  io.progress.clear()
  return names
}

/** By the model's id. */
async function manifestsIn(folder: string | null): Promise<Map<string, Uint8Array>> {
  const given = folder === null ? [] : await readModelFolders(folder)
  return new Map(given.map(({ id, files }) => [id, files['manifest.json'] ?? new Uint8Array()]))
}

type Tags = Readonly<Record<string, string>>

async function tagsOf(opened: readonly OpenedMask[], io: CommandIo): Promise<Tags[]> {
  const tags: Tags[] = []
  for (const { mask } of opened) {
    tags.push((await io.openRaster(mask.mask, { signal: io.signal })).tags ?? {})
  }
  return tags
}

/** Networks that the masks name, with what their folders or the masks' tags say of them. */
async function modelsOf(
  rasters: readonly InventoryRaster[],
  tags: readonly Tags[],
  folder: string | null,
): Promise<EvidenceModel[]> {
  const manifests = new Map([...(await manifestsIn(folder))].map(([id, bytes]) => [id, parseManifest(bytes)]))
  const weights = new Map(tags.flatMap(one => [...weightsOfTags(one)]))
  const named = new Set(rasters.flatMap(raster => raster.origins.flatMap(({ models }) => models)))
  const ids = named.size > 0 ? [...named] : [...manifests.keys()]
  return ids.map(id => {
    const manifest = manifests.get(id)
    return {
      id,
      architecture: manifest ? FAMILY_TITLES[manifest.family] : null,
      weights: weights.get(id) ?? manifest?.weights.sha256 ?? null,
      licence: manifest?.license ?? null,
    }
  })
}

/** Files that Scarp wrote leave as they are, their tags with them; others become cloud-optimised GeoTIFFs. */
async function* rasterFiles(
  opened: readonly OpenedMask[],
  tags: readonly Tags[],
  { out }: BundleRequest,
  io: CommandIo,
): AsyncGenerator<BundleFile> {
  const rasters = opened.map(({ raster }) => raster)
  for (const [i, { mask, raster }] of opened.entries()) {
    const isOurs = Object.keys(tags[i]!).some(tag => tag.startsWith('SCARP_'))
    for (const [plane, input] of [
      ['mask', mask.mask],
      ['prob', mask.probability],
      ['disagreement', mask.disagreement],
    ] as const) {
      if (!input) continue
      const bytes =
        isOurs && /\.tiff?$/i.test(input.path) ? piecesOf(input) : rewritten(raster, plane, dirname(out), io)
      yield rasterFile({ name: `${raster.name}_${plane}.tif`, bytes }, rasters)
    }
  }
}

const PIECE = 2 ** 20

async function* piecesOf(file: InputFile): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < file.size; at += PIECE) yield await file.slice(at, Math.min(file.size, at + PIECE))
}

async function* rewritten(
  raster: InventoryRaster,
  plane: 'mask' | 'prob' | 'disagreement',
  folder: string,
  io: CommandIo,
): AsyncGenerator<Uint8Array> {
  const { width, height, georeference, name } = raster
  const metadata = { SCARP_FILE: raster.sources.map(({ id }) => id).join(', ') || name }
  const exported = {
    width,
    height,
    georeference,
    name,
    metadata,
    async rows(top: number, count: number) {
      const { mask, probability, disagreement } = await raster.rows(top, count, io.signal)
      if (plane === 'mask') return mask
      const values = plane === 'prob' ? probability : disagreement
      return values ? probabilityBytes(values) : new Uint8Array(mask.length).fill(255)
    },
  }
  const image =
    plane === 'mask'
      ? sceneMask(exported)
      : sceneProbability(exported, plane === 'prob' ? 'probability' : 'disagreement')
  const scratch = await scratchStore(folder)
  try {
    yield* streamCog(image, scratch.store, {
      signal: io.signal,
      onProgress: io.progress.update.bind(io.progress),
    })
  } finally {
    await scratch.remove()
  }
}
