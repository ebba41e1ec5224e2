import { AppError, throwIfAborted, toAppError } from '../../core/foundation/appError'
import { type JobContext, yieldToEventLoop } from '../../core/foundation/job'
import { expandInputs } from '../../core/raster/expandInputs'
import { blobInput, type InputFile, isSidecar, SNIFF_BYTES, sniffFormat } from '../../core/raster/inputFile'
import { readZipDirectory } from '../../core/raster/zipArchive'
import { MANIFEST_NAME, MOST_ENTRIES } from '../../storage/archive/archiveFormat'
import type { SortedDrop } from '../protocol'
import type { DroppedModel } from '../protocolModels'

/** A network that a browser can hold is smaller by far; reading more would only end the tab. */
export const MOST_MODEL_BYTES = 2 ** 30

const MOST_MANIFEST_BYTES = 4 * 2 ** 20

const MOST_CARD_BYTES = 2 ** 20

const HEAD_BYTES = 16

type DroppedFile = SortedDrop['rest'][number]

/**
 * Finds models among dropped files by what they hold: a safetensors header, a manifest of ours, PyTorch's pickles
 * (refused: they hold program code). Zips are opened as far as their lists of members, and further only where those
 * name a model. Everything else is left for the import of images, order kept.
 *
 * @throws AppError `aborted`
 */
export async function sortDrop(
  files: readonly DroppedFile[],
  { signal, onProgress }: JobContext,
): Promise<SortedDrop> {
  const parts: ModelPart[] = []
  const rest: DroppedFile[] = []
  const refused: SortedDrop['refused'] = []
  const archives: DroppedFile[] = []
  const refuse = (path: string, thrown: unknown) => {
    const { code, message } = toAppError(thrown, 'file-unreadable')
    if (code === 'aborted') throw thrown
    refused.push({ path, code, message })
  }

  for (const [index, dropped] of files.entries()) {
    throwIfAborted(signal)
    const { path, file } = dropped
    onProgress?.({ label: `Looking at ${path}`, done: index, total: files.length })
    if (index % 200 === 199) await yieldToEventLoop()
    try {
      const input = blobInput(path, file)
      const head = await input.slice(0, Math.min(SNIFF_BYTES, input.size))
      if (sniffFormat(head).format === 'zip') {
        if (await isArchive(input)) archives.push(dropped)
        else if (await takeFromZip(input)) rest.push(dropped)
      } else if (isPickle(path, head)) {
        throw pickleRefusal(path)
      } else {
        const kind = await partKind(input, head)
        if (!kind) rest.push(dropped)
        else if (tooLarge(input, kind)) throw tooLarge(input, kind)
        else parts.push({ path, kind, file })
      }
    } catch (thrown) {
      refuse(path, thrown)
    }
  }
  const { models, strays } = groupModels(parts)
  const byPath = new Map(files.map(dropped => [dropped.path, dropped]))
  for (const { path } of strays) if (byPath.has(path)) rest.push(byPath.get(path)!)
  return { models: models as DroppedModel[], rest, refused, ...(archives.length > 0 && { archives }) }

  /** @returns true where the archive holds something for the import of images too */
  async function takeFromZip(archive: InputFile): Promise<boolean> {
    const limits = { memberBytes: MOST_MODEL_BYTES }
    const members: InputFile[] = []
    const troubled: [string, AppError][] = []
    const onRefused = (path: string, error: AppError) => troubled.push([path, error])
    for await (const member of expandInputs([archive], { limits, onRefused, signal })) members.push(member)
    if (members.some(({ path }) => /\/data\.pkl$/.test(path))) throw pickleRefusal(archive.path)
    const named = members.filter(({ path }) =>
      /(\.safetensors|(^|\/)manifest\.json|\/MODEL_CARD\.md)$/.test(path),
    )
    const others = members.filter(member => !named.includes(member) && !isSidecar(member.path))
    for (const [path, error] of troubled) if (path.endsWith('.safetensors')) refuse(path, error)
    for (const member of named) {
      throwIfAborted(signal)
      try {
        const limit = member.path.endsWith('.safetensors') ? MOST_MODEL_BYTES : MOST_MANIFEST_BYTES
        if (member.size > limit) continue
        const bytes = await member.slice(0, member.size)
        const kind = await partKind(member, bytes)
        if (kind) parts.push({ path: member.path, kind, file: new Blob([bytes as Uint8Array<ArrayBuffer>]) })
      } catch (thrown) {
        refuse(member.path, thrown)
      }
    }
    // An archive without any model is the import's to judge, and so is one that cannot be opened.
    return named.length === 0 || others.length > 0
  }
}

/** By its list of members alone. One that cannot be read is the import's to judge. */
async function isArchive(input: InputFile): Promise<boolean> {
  try {
    return (await readZipDirectory(input, MOST_ENTRIES)).some(({ name }) => name === MANIFEST_NAME)
  } catch (thrown) {
    if (toAppError(thrown).code === 'aborted') throw thrown
    return false
  }
}

async function partKind(input: InputFile, head: Uint8Array): Promise<ModelPart['kind'] | null> {
  const name = input.path.split('/').at(-1) ?? ''
  if (name === 'MODEL_CARD.md') return 'card'
  if (name === 'manifest.json') return (await isManifest(input)) ? 'manifest' : null
  return name.endsWith('.safetensors') || isSafetensors(head, input.size) ? 'weights' : null
}

/** A length of 8 bytes that lies inside the file, then the header's opening brace. */
function isSafetensors(head: Uint8Array, size: number): boolean {
  if (head.length < HEAD_BYTES || head[8] !== 0x7b) return false
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength)
  return view.getUint32(4, true) === 0 && view.getUint32(0, true) <= size - 8
}

/** Other programs have a manifest.json, too. */
async function isManifest(input: InputFile): Promise<boolean> {
  if (input.size > MOST_MANIFEST_BYTES) return false
  return /"format"\s*:\s*"scarp-model"/.test(new TextDecoder().decode(await input.slice(0, input.size)))
}

function isPickle(path: string, head: Uint8Array): boolean {
  return /\.(pt|pth|ckpt|bin|pkl)$/i.test(path) && head[0] === 0x80 && head[1]! >= 2 && head[1]! <= 5
}

function pickleRefusal(path: string): AppError {
  return new AppError(
    'file-unsupported',
    `"${path}" is a PyTorch pickle, which holds program code and is not opened. Save the weights in PyTorch with ` +
      'safetensors.torch.save_file(model.state_dict(), "model.safetensors") and drop that file.',
  )
}

function tooLarge({ path, size }: InputFile, kind: ModelPart['kind']): AppError | null {
  if (size <= (kind === 'card' ? MOST_CARD_BYTES : MOST_MODEL_BYTES)) return null
  return new AppError(
    'file-too-large',
    `"${path}" has ${(size / 2 ** 30).toFixed(1)} GiB; models of up to 1 GiB are opened here. Choose a smaller preset, ` +
      'or save the weights alone, as 16-bit floats, without the optimiser.',
  )
}

/** A file that belongs to a model, by what it holds. */
interface ModelPart {
  path: string
  kind: 'manifest' | 'weights' | 'card'
  file: Blob
}

/**
 * Puts together what lies in one folder: beside a manifest.json, the folder's own files are one model; every other
 * safetensors file is a checkpoint by itself.
 *
 * @returns also the files that belong to no model: cards without a manifest.
 */
function groupModels(parts: readonly ModelPart[]): { models: DroppedModel[]; strays: ModelPart[] } {
  const folders = new Map<string, ModelPart[]>()
  for (const part of parts) {
    const folder = folderOf(part.path)
    folders.set(folder, [...(folders.get(folder) ?? []), part])
  }
  const models: DroppedModel[] = []
  const strays: ModelPart[] = []
  for (const [folder, members] of folders) {
    const manifest = members.find(part => part.kind === 'manifest')
    const own = manifest ? members.filter(part => part.kind !== 'weights' || isOwn(part.path)) : []
    if (manifest) {
      const files = Object.fromEntries(own.map(part => [nameOf(part.path), part.file]))
      models.push({ path: folder || manifest.path, kind: 'folder', files })
    }
    for (const part of members) {
      if (own.includes(part)) continue
      if (part.kind !== 'weights') strays.push(part)
      else models.push({ path: part.path, kind: 'checkpoint', files: { [nameOf(part.path)]: part.file } })
    }
  }
  return { models, strays }
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
