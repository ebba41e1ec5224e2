import { downloadZip } from 'client-zip'
import { sha256 } from '../../core/foundation/sha256'
import { bytesInput } from '../../core/raster/inputFile'
import { readZipDirectory, readZipMember } from '../../core/raster/zipArchive'

type Entry = { name: string; input: Uint8Array<ArrayBuffer> | string }

/**
 * An archive with the bytes of its entries changed, without those that become null, with some more; its manifest stays as
 * it was.
 */
export async function tampered(
  blob: Blob,
  change: (name: string, content: Uint8Array) => Uint8Array | null,
  more: Entry[] = [],
): Promise<Blob> {
  const input = bytesInput('archive.zip', new Uint8Array(await blob.arrayBuffer()))
  const entries = [...more]
  for (const member of await readZipDirectory(input, 10_000)) {
    const content = change(member.name, await readZipMember(input, member, member.name))
    if (content) entries.push({ name: member.name, input: new Uint8Array(content) })
  }
  return downloadZip(entries).blob()
}

/**
 * An archive with the text of entries changed, their names too, and a manifest with the sizes and hashes that it has then:
 * as a stranger makes one.
 *
 * @param change gets all entries, by name, and the manifest's fields
 */
export async function forged(
  blob: Blob,
  change: (files: Map<string, Uint8Array>, manifest: Record<string, unknown>) => void,
): Promise<Blob> {
  const input = bytesInput('archive.zip', new Uint8Array(await blob.arrayBuffer()))
  const files = new Map<string, Uint8Array>()
  for (const member of await readZipDirectory(input, 10_000))
    files.set(member.name, await readZipMember(input, member, member.name))
  const manifest = JSON.parse(new TextDecoder().decode(files.get(MANIFEST))) as Record<string, unknown>
  files.delete(MANIFEST)
  change(files, manifest)
  manifest.entries = await Promise.all(
    [...files].map(async ([name, content]) => ({
      name,
      bytes: content.length,
      sha256: await sha256(content),
    })),
  )
  const entries: Entry[] = [...files].map(([name, content]) => ({ name, input: new Uint8Array(content) }))
  return downloadZip([...entries, { name: MANIFEST, input: JSON.stringify(manifest) }]).blob()
}

const MANIFEST = 'scarp-project.json'

/** Changes the text of one entry. */
export function editText(files: Map<string, Uint8Array>, name: string, edit: (text: string) => string): void {
  const before = new TextDecoder().decode(files.get(name))
  const after = edit(before)
  if (after === before) throw new Error(`Nothing changed in ${name}.`)
  files.set(name, new TextEncoder().encode(after))
}
