import { openProjectStore } from '../storage/openProjectStore'
import type { ProjectStore } from '../storage/projectStore'

/** Opens the project on the first call and keeps it; a failed opening is tried again by the next call. */
export function openOnce(open: () => Promise<ProjectStore> = openProjectStore): () => Promise<ProjectStore> {
  let opened: Promise<ProjectStore> | null = null
  return () => {
    opened ??= open().catch(thrown => {
      opened = null
      throw thrown
    })
    return opened
  }
}
