import { AppError, toAppError } from '../../core/foundation/appError'
import { yieldToEventLoop } from '../../core/foundation/job'
import { plural } from '../../core/foundation/text'
import { patchOfMask, readPatches } from '../../core/patches/importPatches'
import { MANIFEST_NAME, MOST_MEMBERS } from '../../core/project/archiveFormat'
import { expandInputs, MEMBER_BYTES } from '../../core/raster/expandInputs'
import { blobInput, type InputFile, sniffFile } from '../../core/raster/inputFile'
import type { OpenRaster } from '../../core/raster/rasterThread'
import type { ZipMember } from '../../core/raster/zipArchive'
import type { PatchRecord } from '../../core/review/records'
import type { ProjectStore } from '../../storage/projectStore'
import type { FilesApi, ImportEvent } from '../protocol'
import type { DroppedModel } from '../protocolModels'
import type { CallContext } from '../rpc/serveApi'
import { cellsUnder } from './cellMasks'
import type { MemberSpool } from './memberSpool'
import { addedEvent, createPatchAdder } from './patchAdder'
import type { SceneDrops } from './sceneDrops'

type Import = FilesApi['import']

/**
 * Takes a drop into the project. Every file's first bytes and every zip's list of members are read once: they tell
 * images from models (a safetensors header, a manifest of ours), from project archives and from PyTorch's pickles
 * (refused: they hold program code). Models, archives and scenes are reported, since it is for a person to decide on
 * them, and images become patches.
 *
 * @throws AppError `bad-argument` for several archives, `aborted`, and what the store throws. What was added until then
 *   stays, whole.
 */
export async function importDrop(
  store: ProjectStore,
  openRaster: OpenRaster,
  drops: SceneDrops,
  request: Import['request'],
  context: CallContext<ImportEvent>,
): Promise<Import['result']> {
  const spool = drops.openSpool()
  try {
    return await importFiles(store, openRaster, drops, spool, request, context)
  } finally {
    if (spool && !drops.keeps(spool)) await spool.remove()
  }
}

async function importFiles(
  store: ProjectStore,
  openRaster: OpenRaster,
  drops: SceneDrops,
  spool: MemberSpool | null,
  { files, domain, again, drop: joins }: Import['request'],
  context: CallContext<ImportEvent>,
): Promise<Import['result']> {
  const only = again && new Set(again.images.map(({ path }) => path))
  const onEvent = (event: ImportEvent) => {
    // What the first reading found besides these images was reported then.
    if (!only || ('path' in event && only.has(event.path) && event.kind !== 'archive')) context.onEvent(event)
  }
  const offerMask = (path: string, patchId: string, message: string) => {
    context.onEvent({ kind: 'mask', path, patchId })
    context.onEvent({ kind: 'remark', path, reason: 'mask-to-attach', message })
  }
  const { rasters, models, archives } = await lookThrough(files, spool, { ...context, onEvent })
  if (archives.length > 1) {
    throw new AppError('bad-argument', 'Drop one project archive at a time.')
  }
  for (const { input, members, file } of archives) {
    try {
      const summary = await store.inspectArchive(input, members)
      if (summary) onEvent({ kind: 'archive', path: input.path, file, summary })
    } catch (thrown) {
      onEvent(refusal(input.path, thrown))
    }
  }
  for (const model of models) onEvent({ kind: 'model', model })
  const { drop, rest, refused } = await drops.find(rasters, {
    ...{ joins, spool, isKept: !again, signal: context.signal },
    // Among patches alone there is nothing to look at.
    onProgress: progress => progress.total > 0 && context.onProgress(progress),
  })
  for (const file of refused) onEvent({ kind: 'refused', ...file })
  if (drop) onEvent({ kind: 'scenes', drop })

  /** One band without an image of its name may be the map of a scene's cells, whatever it is called. */
  const cellsOf = async (path: string): Promise<PatchRecord[]> => {
    const input = rest.find(file => file.path === path)
    if (!input || !known.some(({ cell }) => cell)) return []
    try {
      const raster = await openRaster(input, { signal: context.signal })
      return raster.bandCount === 1 ? cellsUnder(raster, known).map(({ patch }) => patch) : []
    } catch (thrown) {
      if (toAppError(thrown).code === 'aborted') throw thrown
      // It is refused all the same.
      return []
    }
  }
  const adder = await createPatchAdder(store, again?.images)
  const known = await store.patches()
  const steps = { domain, scale: again?.scale, only, open: openRaster, context }
  try {
    for await (const step of readPatches(rest, steps)) {
      if (step.kind !== 'patch') {
        const alone = step.kind === 'refused' && step.code === 'pair-missing'
        const owner = alone ? patchOfMask(step.path, known) : null
        // Of another name it was taken for an image.
        const isOther = step.kind === 'refused' && step.code === 'bands-mismatch'
        const cells = (alone && !owner) || isOther ? await cellsOf(step.path) : []
        if (owner) offerMask(step.path, owner.id, `It is named as the mask of ${owner.name}.`)
        else if (cells.length > 0) {
          for (const { id } of cells) context.onEvent({ kind: 'mask', path: step.path, patchId: id })
          const message = `It lies on the grid of ${plural(cells.length, 'cell')} of a scene.`
          context.onEvent({ kind: 'remark', path: step.path, reason: 'mask-to-attach', message })
        } else context.onEvent(step)
        continue
      }
      const { patch, path, maskPath, remarks, scaleInDoubt } = step
      const result = await adder.add(patch, path, remarks)
      context.onEvent(addedEvent(path, result, remarks, scaleInDoubt))
      if (maskPath && 'leftOut' in result && result.leftOut.reason === 'label-unused')
        context.onEvent({ kind: 'mask', path: maskPath, patchId: result.patchId })
    }
    return { added: await adder.finish() }
  } catch (thrown) {
    await adder.finish()
    throw thrown
  }
}

/** A network that a browser can hold is smaller by far; reading more would only end the tab. */
export const MOST_MODEL_BYTES = 2 ** 30

/** Bands in a zip are read by turns, so that each is unpacked once; patches of the competition are smaller than this. */
const SPOOL_BYTES = 2 * 2 ** 20

const MOST_MANIFEST_BYTES = 4 * 2 ** 20

const MOST_CARD_BYTES = 2 ** 20

/** What a drop holds, by kind. Files beside images (world files, notes) are among the rasters. */
interface Found {
  rasters: InputFile[]
  models: DroppedModel[]
  archives: { input: InputFile; members: readonly ZipMember[]; file: Blob }[]
}

async function lookThrough(
  files: Import['request']['files'],
  spool: MemberSpool | null,
  { signal, onProgress, onEvent }: CallContext<ImportEvent>,
): Promise<Found> {
  const parts: ModelPart[] = []
  const found: Found = { rasters: [], models: [], archives: [] }
  const refuse = (path: string, thrown: unknown) => onEvent(refusal(path, thrown))
  for (const [index, { path, file }] of files.entries()) {
    onProgress({ label: `Looking at ${path}`, done: index, total: files.length })
    if (index % 200 === 199) await yieldToEventLoop()
    const dropped = blobInput(path, file)
    const expanded = expandInputs([dropped], {
      limits: {
        listed: MOST_MEMBERS,
        spoolBytes: SPOOL_BYTES,
        memberBytes: name => (name.endsWith('.safetensors') ? MOST_MODEL_BYTES : MEMBER_BYTES),
      },
      onRefused: refuse,
      onHidden: (hidden, note) => onEvent({ kind: 'remark', path: hidden, ...note }),
      onZip(input, members) {
        if (members.some(({ name }) => /(^|[\\/])data\.pkl$/.test(name))) throw pickleRefusal(path)
        if (!members.some(({ name }) => name === MANIFEST_NAME)) return true
        found.archives.push({ input, members, file })
        return false
      },
      spool: spool?.spool,
      signal,
    })
    for await (const input of expanded) {
      try {
        const part = await modelPart(input, input === dropped ? file : null)
        if (part) parts.push(part)
        else found.rasters.push(input)
      } catch (thrown) {
        refuse(input.path, thrown)
      }
    }
  }
  found.models = groupModels(parts)
  return found
}

function refusal(path: string, thrown: unknown): ImportEvent {
  const error = toAppError(thrown, 'file-unreadable')
  if (error.code === 'aborted') throw error
  return { kind: 'refused', path, code: error.code, message: error.message }
}

/** A file that belongs to a model, by what it holds. */
interface ModelPart {
  path: string
  kind: 'manifest' | 'weights' | 'card'
  file: Blob
}

/**
 * The part of a model that a file is; null: none.
 *
 * @param file the file itself; null: it is a zip's member, of which only those named as models are unpacked.
 * @throws AppError `file-unsupported` for pickles, `file-too-large`, `file-unreadable`
 */
async function modelPart(input: InputFile, file: Blob | null): Promise<ModelPart | null> {
  const kind = await partKind(input, file !== null)
  if (!kind) return null
  const { path, size } = input
  if (size > (kind === 'card' ? MOST_CARD_BYTES : MOST_MODEL_BYTES)) {
    throw new AppError(
      'file-too-large',
      `"${path}" has ${(size / 2 ** 30).toFixed(1)} GiB; models of up to 1 GiB are opened here. Choose a smaller preset, ` +
        'or save the weights alone, as 16-bit floats, without the optimiser.',
    )
  }
  return { path, kind, file: file ?? new Blob([(await input.slice(0, size)) as Uint8Array<ArrayBuffer>]) }
}

async function partKind(input: InputFile, bySniffing: boolean): Promise<ModelPart['kind'] | null> {
  const name = nameOf(input.path)
  if (name === 'MODEL_CARD.md') return 'card'
  if (name === 'manifest.json') return (await isManifest(input)) ? 'manifest' : null
  if (name.endsWith('.safetensors')) return 'weights'
  if (!bySniffing) return null
  const { format } = await sniffFile(input)
  if (format === 'pickle' && /\.(pt|pth|ckpt|bin|pkl)$/i.test(name)) throw pickleRefusal(input.path)
  return format === 'safetensors' ? 'weights' : null
}

/** Other programs have a manifest.json, too. */
async function isManifest(input: InputFile): Promise<boolean> {
  if (input.size > MOST_MANIFEST_BYTES) return false
  return /"format"\s*:\s*"scarp-model"/.test(new TextDecoder().decode(await input.slice(0, input.size)))
}

function pickleRefusal(path: string): AppError {
  return new AppError(
    'file-unsupported',
    `"${path}" is a PyTorch pickle, which holds program code and is not opened. Save the weights in PyTorch with ` +
      'safetensors.torch.save_file(model.state_dict(), "model.safetensors") and drop that file.',
  )
}

/**
 * Groups the parts in one folder: beside a manifest.json, the folder's own files are one model; every other
 * safetensors file is a checkpoint by itself. Cards without a manifest are no model.
 */
function groupModels(parts: readonly ModelPart[]): DroppedModel[] {
  const folders = new Map<string, ModelPart[]>()
  for (const part of parts) {
    const folder = folderOf(part.path)
    folders.set(folder, [...(folders.get(folder) ?? []), part])
  }
  const models: DroppedModel[] = []
  for (const [folder, members] of folders) {
    const manifest = members.find(part => part.kind === 'manifest')
    const own = manifest ? members.filter(part => part.kind !== 'weights' || isOwn(part.path)) : []
    if (manifest) {
      const files = Object.fromEntries(own.map(part => [nameOf(part.path), part.file]))
      models.push({ path: folder || manifest.path, kind: 'folder', files })
    }
    for (const { path, kind, file } of members.filter(part => !own.includes(part))) {
      if (kind === 'weights') models.push({ path, kind: 'checkpoint', files: { [nameOf(path)]: file } })
    }
  }
  return models
}

function isOwn(path: string): boolean {
  return ['weights.safetensors', 'golden.safetensors'].includes(nameOf(path))
}

function folderOf(path: string): string {
  return path.split('/').slice(0, -1).join('/')
}

function nameOf(path: string): string {
  return path.split('/').at(-1) ?? path
}
