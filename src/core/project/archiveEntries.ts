import { sha256 } from '../foundation/sha256'
import { currentVerdicts } from '../review/verdict'
import { ARCHIVE_FORMAT, type ArchiveManifest, MANIFEST_NAME, toTypedJson } from './archiveFormat'
import { ARCHIVE_VERSION, RECORD_STORES } from './archiveRecords'
import type { ProjectRecords } from './projectRecords'

/** A file of a project. */
export interface ProjectFile {
  /** "pixels/image_1", each part encoded as in an address. */
  name: string
  content: Uint8Array<ArrayBuffer>
}

/**
 * The members of an archive: `files/...` as they come, `records/<store>.json`, and last the manifest with the SHA-256 of
 * each. Only the file that is at its turn is in memory.
 *
 * @param unsavedChanges among them, that were not on disk
 */
export async function* archiveEntries(
  records: ProjectRecords,
  files: AsyncIterable<ProjectFile>,
  unsavedChanges = 0,
): AsyncGenerator<{ name: string; bytes: Uint8Array<ArrayBuffer> }> {
  const entries: ArchiveManifest['entries'] = []
  const encoder = new TextEncoder()
  const entry = async (name: string, bytes: Uint8Array<ArrayBuffer>) => {
    entries.push({ name, bytes: bytes.length, sha256: await sha256(bytes) })
    return { name, bytes }
  }
  for await (const { name, content } of files) yield entry(`files/${name}`, content)
  for (const store of RECORD_STORES) {
    yield entry(`records/${store}.json`, encoder.encode(toTypedJson(records[store])))
  }
  const manifest: ArchiveManifest = {
    format: ARCHIVE_FORMAT,
    version: ARCHIVE_VERSION,
    project: summaryOf(records),
    unsavedChanges,
    entries,
  }
  yield { name: MANIFEST_NAME, bytes: encoder.encode(JSON.stringify(manifest)) }
}

function summaryOf(all: ProjectRecords): ArchiveManifest['project'] {
  return {
    name: all.project[0]?.name ?? '',
    patches: all.patches.filter(({ cell }) => !cell?.margin).length,
    verdicts: Object.keys(currentVerdicts(all.history)).length,
    steps: all.history.length,
    rounds: all.rounds.length,
    models: all.importedModels.length,
  }
}
