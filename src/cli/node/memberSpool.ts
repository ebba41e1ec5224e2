import { open, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { ExpandOptions } from '../../core/raster/expandInputs'
import { fileError } from './fileError'
import { nodeInput } from './nodeFiles'
import { scratchFolder } from './scratchFolder'

/**
 * Keeps large members of archives on disk while a command reads them: in a scratch folder (`scratchFolder`) that is made
 * for the first of them. A killed command's folder is removed by the next one.
 */
export class MemberSpool {
  private folder: Promise<string> | null = null
  private members = 0

  /** @param prefix of the folder's path; by default among the system's temporary files */
  constructor(private readonly prefix?: string) {}

  /**
   * What `expandInputs` calls.
   *
   * @throws AppError as `fileError`, and what the chunks throw; nothing is left of the member then
   */
  readonly spool: NonNullable<ExpandOptions['spool']> = async (path, _size, chunks) => {
    this.folder ??= scratchFolder(this.prefix)
    const folder = await this.folder
    const place = join(folder, `member-${this.members++}`)
    try {
      const handle = await open(place, 'wx', 0o600)
      try {
        for await (const chunk of chunks) await handle.writeFile(chunk)
      } finally {
        await handle.close()
      }
    } catch (thrown) {
      await rm(place, { force: true })
      throw fileError(thrown, folder) ?? thrown
    }
    return { ...(await nodeInput(place)), path }
  }

  async remove(): Promise<void> {
    const folder = await this.folder?.catch(() => null)
    this.folder = null
    if (folder) await rm(folder, { recursive: true, force: true })
  }
}
