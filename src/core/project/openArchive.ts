import { isId } from '../foundation/ids'
import { sha256 } from '../foundation/sha256'
import type { InputFile } from '../raster/inputFile'
import { readZipDirectory, readZipMember, type ZipMember } from '../raster/zipArchive'
import type { PatchRecord } from '../review/records'
import { rasterKind, rasterProblem } from './archivedRasters'
import {
  ARCHIVE_FORMAT,
  type ArchiveManifest,
  archiveMalformed,
  archiveManifestSchema,
  archiveTooNew,
  fromTypedJson,
  MANIFEST_NAME,
  MOST_ENTRY_BYTES,
  MOST_MANIFEST_BYTES,
  MOST_MEMBERS,
} from './archiveFormat'
import { ARCHIVE_VERSION } from './archiveRecords'

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

/** Of a file in a project: its folder, then ids. */
type StoredPath = readonly [string, ...string[]]

/** Folders of a project's files, with the parts that the path of one has. */
const PLACES: ReadonlyMap<string, { least: number; most: number }> = new Map([
  ['pixels', { least: 2, most: 2 }],
  ['masks', { least: 2, most: 2 }],
  ['probabilities', { least: 3, most: 3 }],
  ['models', { least: 3, most: 3 }],
  ['rounds', { least: 3, most: 6 }],
])

/**
 * "files/pixels/image_1~a" -> ['pixels', 'image_1~a'], of the places that a project has; every part is an id.
 *
 * @throws AppError `file-malformed`
 */
export function storedPath(path: string, name: string): StoredPath {
  const [root, ...encoded] = name.split('/')
  let parts: string[] = []
  try {
    parts = encoded.map(decodeURIComponent)
  } catch (cause) {
    throw archiveMalformed(path, `"${name}" is not the name of a project's file`, cause)
  }
  const place = PLACES.get(parts[0] ?? '')
  const fits = place && parts.length >= place.least && parts.length <= place.most && parts.every(isId)
  if (root === 'files' && fits) return parts as unknown as StoredPath
  throw archiveMalformed(path, `"${name}" is not a file of a project`)
}

function parseManifest(path: string, bytes: Uint8Array): ArchiveManifest {
  const parsed = parseJson(path, MANIFEST_NAME, bytes)
  const head = parsed as { format?: unknown; version?: unknown } | null
  if (head?.format === ARCHIVE_FORMAT && Number(head.version) > ARCHIVE_VERSION) {
    throw archiveTooNew(path)
  }
  const checked = archiveManifestSchema.safeParse(parsed)
  if (checked.success) return checked.data
  throw archiveMalformed(path, `its manifest is damaged (${checked.error.issues[0]?.path.join('.')})`)
}

/** @throws AppError `file-malformed` */
export function parseJson(path: string, name: string, bytes: Uint8Array): unknown {
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
export async function checkArchivedFile(
  archive: string,
  [folder, id]: StoredPath,
  content: Uint8Array,
  patches: ReadonlyMap<string, PatchRecord>,
): Promise<void> {
  const kind = rasterKind(folder)
  if (!kind) return
  const patch = patches.get(id ?? '')
  if (!patch) throw archiveMalformed(archive, `${kind} of "${id}" belong to no patch`)
  const problem = await rasterProblem(kind, content, patch)
  if (problem) throw archiveMalformed(archive, `the ${kind} of patch "${id}" ${problem}`)
}
