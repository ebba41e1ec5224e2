import { AppError } from '../foundation/appError'
import { z } from '../foundation/schema'

/** The archive's last entry, at its root: what makes a zip a project archive. */
export const MANIFEST_NAME = 'scarp-project.json'

export const ARCHIVE_FORMAT = 'scarp-project'

/** Files of a larger archive are not listed in memory. */
const MOST_ENTRIES = 250_000

/** The manifest is no entry of itself. */
export const MOST_MEMBERS = MOST_ENTRIES + 1

/** One file is unpacked at a time, in memory. */
export const MOST_ENTRY_BYTES = 1.5 * 2 ** 30

export const MOST_MANIFEST_BYTES = 128 * 2 ** 20

const count = z.int().nonnegative()

export const archiveManifestSchema = z.object({
  format: z.literal(ARCHIVE_FORMAT),
  version: z.int().positive(),
  project: z.object({
    name: z.string().max(1000),
    patches: count,
    /** Current ones; in archives of versions before schema 5 all that were ever given. */
    verdicts: count,
    steps: count,
    rounds: count,
    models: count,
  }),
  /** Changes that were not on disk when it was saved and are in it nevertheless. */
  unsavedChanges: count,
  entries: z
    .array(
      z.object({
        name: z.string().min(1).max(8000),
        bytes: count,
        sha256: z.string().regex(/^[0-9a-f]{64}$/),
      }),
    )
    .max(MOST_ENTRIES),
})

export type ArchiveManifest = z.infer<typeof archiveManifestSchema>

/** What an archive holds, for a person to decide on. */
export type ArchiveSummary = ArchiveManifest['project'] & { bytes: number }

/** The refusal of an archive that a later version wrote. */
export function archiveTooNew(path: string): AppError {
  return new AppError(
    'file-unsupported',
    `"${path}" was saved by a newer version of Scarp: reload the page to get that version, then open it again. ` +
      'Your project is unchanged.',
  )
}

/** The refusal of an archive that is not whole. */
export function archiveMalformed(path: string, what: string, cause?: unknown): AppError {
  return new AppError(
    'file-malformed',
    `"${path}" is not a complete project archive: ${what}. Your project is unchanged; choose another copy of the file.`,
    { cause },
  )
}
const KINDS = { uint8: Uint8Array, uint32: Uint32Array, float32: Float32Array } as const

type Kind = keyof typeof KINDS

/** JSON in which typed arrays stand as `{"$uint32": "<base64 of their little-endian bytes>"}`. */
export function toTypedJson(value: unknown): string {
  return JSON.stringify(value, (_key, field: unknown) => {
    for (const [kind, type] of Object.entries(KINDS)) {
      if (field instanceof type) return { [`$${kind}`]: toBase64(field) }
    }
    return field
  })
}

/**
 * The value again.
 *
 * @throws SyntaxError where it is no JSON, RangeError where a typed array's bytes do not fit its kind.
 */
export function fromTypedJson(text: string): unknown {
  return JSON.parse(text, (_key, field: unknown) => {
    if (typeof field !== 'object' || field === null) return field
    const [entry, ...others] = Object.entries(field)
    const kind = entry?.[0].startsWith('$') ? entry[0].slice(1) : ''
    if (!entry || others.length > 0 || !Object.hasOwn(KINDS, kind) || typeof entry[1] !== 'string')
      return field
    const bytes = Uint8Array.from(atob(entry[1]), character => character.charCodeAt(0))
    return new KINDS[kind as Kind](bytes.buffer)
  })
}

/** Characters that one call of `fromCharCode` may take. */
const STEP = 32_768

function toBase64(array: Uint8Array | Uint32Array | Float32Array): string {
  const bytes = new Uint8Array(array.buffer, array.byteOffset, array.byteLength)
  let text = ''
  for (let at = 0; at < bytes.length; at += STEP) {
    text += String.fromCharCode(...bytes.subarray(at, at + STEP))
  }
  return btoa(text)
}
