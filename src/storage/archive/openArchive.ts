import { throwIfAborted } from '../../core/foundation/appError'
import type { JobContext } from '../../core/foundation/job'
import type { z } from '../../core/foundation/schema'
import { sha256 } from '../../core/foundation/sha256'
import type { InputFile } from '../../core/raster/inputFile'
import { readZipDirectory, readZipMember, type ZipMember } from '../../core/raster/zipArchive'
import { auditOfUnusedVerdicts } from '../../core/review/auditLog'
import type { PatchRecord } from '../../core/review/records'
import type { BytePath, ByteStore } from '../byteStore'
import { readMaskFile, readPixelFile } from '../rasterFiles'
import { verdictSchema } from '../recordSchemas'
import {
  ARCHIVE_FORMAT,
  ARCHIVE_VERSION,
  type ArchiveManifest,
  archiveMalformed,
  archiveManifestSchema,
  fromTypedJson,
  MANIFEST_NAME,
  MOST_ENTRY_BYTES,
  MOST_MANIFEST_BYTES,
  MOST_MEMBERS,
} from './archiveFormat'
import { type ProjectRecords, RECORD_SCHEMAS, RECORD_STORES } from './archiveRecords'

/** An archive whose list of files was compared with its manifest; nothing else of it is believed yet. */
export interface OpenArchive {
  manifest: ArchiveManifest
  /** @throws AppError `file-malformed` where the bytes are not those that the manifest names. */
  read(name: string): Promise<Uint8Array>
}

/**
 * Reads an archive's directory and manifest.
 *
 * @param members of the zip, where its directory was read already.
 * @returns null where the zip is not a project archive
 * @throws AppError `file-malformed`, `file-too-large`, `file-unsupported` for one of a later version
 */
export async function openArchive(
  file: InputFile,
  members?: readonly ZipMember[],
): Promise<OpenArchive | null> {
  const byName = new Map<string, ZipMember>()
  for (const member of members ?? (await readZipDirectory(file, MOST_MEMBERS))) {
    if (byName.has(member.name)) throw archiveMalformed(file.path, `"${member.name}" is in it twice`)
    byName.set(member.name, member)
  }
  const listed = byName.get(MANIFEST_NAME)
  if (!listed) return null
  if (listed.bytes > MOST_MANIFEST_BYTES) throw archiveMalformed(file.path, 'its manifest is too large')
  const manifest = parseManifest(file.path, await readZipMember(file, listed, MANIFEST_NAME))
  const entries = new Map(manifest.entries.map(entry => [entry.name, entry]))
  if (entries.size !== manifest.entries.length || entries.size + 1 !== byName.size) {
    throw archiveMalformed(file.path, 'its files are not those that its manifest names')
  }
  for (const { name, bytes } of manifest.entries) {
    const member = byName.get(name)
    if (!member) throw archiveMalformed(file.path, `"${name}" is missing`)
    if (member.bytes !== bytes) throw archiveMalformed(file.path, `"${name}" has another size`)
    if (bytes > MOST_ENTRY_BYTES) throw archiveMalformed(file.path, `"${name}" is too large`)
  }
  return {
    manifest,
    async read(name) {
      const content = await readZipMember(file, byName.get(name)!, name)
      if ((await sha256(content)) === entries.get(name)!.sha256) return content
      throw archiveMalformed(file.path, `"${name}" was changed or cut off`)
    },
  }
}

/** Verdicts beside the history, in archives of versions before schema 5. */
const EARLIER_VERDICTS = 'records/verdicts.json'

/**
 * Reads every record, checked against its schema, in today's form.
 *
 * @throws AppError `file-malformed`
 */
export async function readArchivedRecords(path: string, archive: OpenArchive): Promise<ProjectRecords> {
  const names = new Set(archive.manifest.entries.map(({ name }) => name))
  const records: Partial<Record<keyof ProjectRecords, unknown[]>> = {}
  for (const store of RECORD_STORES) {
    const name = `records/${store}.json`
    // A store that a later version added is empty in an archive from before it.
    if (!names.delete(name)) {
      records[store] = []
      continue
    }
    records[store] = await readList<unknown>(path, archive, name, RECORD_SCHEMAS[store])
  }
  const verdicts = names.delete(EARLIER_VERDICTS)
    ? await readList(path, archive, EARLIER_VERDICTS, verdictSchema)
    : []
  const stray = [...names].find(name => name.startsWith('records/'))
  if (stray) throw archiveMalformed(path, `it holds "${stray}", which this version does not know`)
  const all = records as ProjectRecords
  if (all.project.length !== 1) throw archiveMalformed(path, 'it holds no project')
  all.auditLog.push(...auditOfUnusedVerdicts(verdicts, all.history, all.auditLog))
  return all
}

/** @throws AppError `file-malformed` */
async function readList<T>(
  path: string,
  archive: OpenArchive,
  name: string,
  schema: z.ZodType<T>,
): Promise<T[]> {
  const parsed = parseJson(path, name, await archive.read(name))
  if (!Array.isArray(parsed)) throw archiveMalformed(path, `${name} is not a list`)
  return parsed.map((record: unknown, index) => {
    const checked = schema.safeParse(record)
    if (checked.success) return checked.data
    const issue = checked.error.issues[0]
    const where = issue ? `${issue.path.join('.')}: ${issue.message}` : 'unknown'
    throw archiveMalformed(path, `${name}, record ${index + 1}, ${where}`)
  })
}

/**
 * Writes every file of the archive into a store, each checked first.
 *
 * @throws AppError `file-malformed`, `storage-full`, `aborted`; what was written until then is for the caller to clear
 */
export async function writeArchivedFiles(
  path: string,
  archive: OpenArchive,
  records: ProjectRecords,
  store: ByteStore,
  { signal, onProgress }: JobContext,
): Promise<void> {
  const patches = new Map(records.patches.map(patch => [patch.id, patch]))
  const unread = new Set(patches.keys())
  const files = archive.manifest.entries.filter(({ name }) => !name.startsWith('records/'))
  for (const [done, { name }] of files.entries()) {
    throwIfAborted(signal)
    onProgress?.({ label: 'Opening the archive', done, total: files.length })
    const target = storedPath(path, name)
    const content = await archive.read(name)
    await checkArchivedFile(path, target, content, patches)
    if (target[0] === 'pixels') unread.delete(target[1]!)
    await store.write(target, () => [content])
  }
  const [missing] = unread
  if (missing !== undefined) throw archiveMalformed(path, `the pixels of patch "${missing}" are missing`)
  onProgress?.({ label: 'Opening the archive', done: files.length, total: files.length })
}

const KINDS: Readonly<Record<string, { least: number; most: number }>> = {
  pixels: { least: 2, most: 2 },
  masks: { least: 2, most: 2 },
  probabilities: { least: 3, most: 3 },
  models: { least: 3, most: 3 },
  rounds: { least: 3, most: 6 },
}

/** "files/pixels/a%2Fb" -> ['pixels', 'a/b'], of the kinds and depths that a project has. */
function storedPath(path: string, name: string): BytePath {
  const [root, ...encoded] = name.split('/')
  let parts: string[] = []
  try {
    parts = encoded.map(decodeURIComponent)
  } catch (cause) {
    throw archiveMalformed(path, `"${name}" is not the name of a project's file`, cause)
  }
  const kind = KINDS[parts[0] ?? '']
  const fits =
    root === 'files' &&
    kind !== undefined &&
    Object.hasOwn(KINDS, parts[0]!) &&
    parts.length >= kind.least &&
    parts.length <= kind.most &&
    parts.every(part => part !== '' && part.length <= 512)
  if (!fits) throw archiveMalformed(path, `"${name}" is not a file of a project`)
  return parts as unknown as BytePath
}

function parseManifest(path: string, bytes: Uint8Array): ArchiveManifest {
  const parsed = parseJson(path, MANIFEST_NAME, bytes)
  const head = parsed as { format?: unknown; version?: unknown } | null
  if (head?.format === ARCHIVE_FORMAT && Number(head.version) > ARCHIVE_VERSION) {
    throw archiveMalformed(
      path,
      'it was saved by a newer version of Scarp: reload the page to get that version',
    )
  }
  const checked = archiveManifestSchema.safeParse(parsed)
  if (checked.success) return checked.data
  throw archiveMalformed(path, `its manifest is damaged (${checked.error.issues[0]?.path.join('.')})`)
}

function parseJson(path: string, name: string, bytes: Uint8Array): unknown {
  try {
    return fromTypedJson(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch (cause) {
    throw archiveMalformed(path, `${name} cannot be read`, cause)
  }
}

/**
 * Refuses a raster that does not fit its patch.
 *
 * @throws AppError `file-malformed`
 */
async function checkArchivedFile(
  archive: string,
  [kind, id]: BytePath | readonly string[],
  content: Uint8Array,
  patches: ReadonlyMap<string, PatchRecord>,
): Promise<void> {
  if (kind !== 'pixels' && kind !== 'masks' && kind !== 'probabilities') return
  const patch = patches.get(id ?? '')
  if (!patch) throw archiveMalformed(archive, `${kind} of "${id}" belong to no patch`)
  const area = patch.width * patch.height
  try {
    if (kind === 'masks') readMaskFile(patch.id, content, area)
    if (kind === 'pixels') {
      await readPixelFile(new Blob([content as Uint8Array<ArrayBuffer>]), patch.width, patch.height)
    }
  } catch (cause) {
    throw archiveMalformed(archive, `${kind} of patch "${id}" are damaged`, cause)
  }
  if (kind === 'probabilities' && content.length !== area * Float32Array.BYTES_PER_ELEMENT) {
    throw archiveMalformed(archive, `probabilities of patch "${id}" have another size`)
  }
}
