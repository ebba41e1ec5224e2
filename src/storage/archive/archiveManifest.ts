import { z } from 'zod'

/** The archive's last entry, at its root: what makes a zip a project archive. */
export const MANIFEST_NAME = 'scarp-project.json'
export const ARCHIVE_FORMAT = 'scarp-project'
/** Raised when an older version of the app could not read what is written. */
export const ARCHIVE_VERSION = 1

/** Files of a larger archive are not listed in memory. */
export const MOST_ENTRIES = 250_000
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
        name: z.string().min(1).max(2000),
        bytes: count,
        sha256: z.string().regex(/^[0-9a-f]{64}$/),
      }),
    )
    .max(MOST_ENTRIES),
})

export type ArchiveManifest = z.infer<typeof archiveManifestSchema>

/** What an archive holds, for a person to decide on. */
export type ArchiveSummary = ArchiveManifest['project'] & { bytes: number }
