import { throwIfAborted, toAppError } from '../../core/foundation/appError'
import { type CommandIo, EXIT } from '../command'
import { readModelFolders } from '../modelFolders'
import type { ParsedOptions } from '../parseOptions'
import { startCliEngine } from '../startCliEngine'

/** A probability may differ by this much between adapters before a model counts as broken. */
export const GOLDEN_TOLERANCE = 1e-3

/** `models check`: hashes, key names and shapes of folders, and their answers beside their golden outputs. */
export async function checkModels(
  paths: readonly string[],
  options: ParsedOptions,
  io: CommandIo,
): Promise<number> {
  await startCliEngine(options, 'inference', io)
  const { loadModelFolder } = await import('../../core/models/loadModelFolder')
  const { checkModel } = await import('../../core/models/folder/golden')
  const rows: { id: string; ok: boolean; largestError: number | null; message: string }[] = []
  for (const path of paths) {
    for (const { id, files } of await readModelFolders(path)) {
      throwIfAborted(io.signal)
      try {
        const { manifest, network, golden } = await loadModelFolder(files)
        try {
          const largestError = golden ? await checkModel(network, golden) : null
          const ok = largestError === null || largestError <= GOLDEN_TOLERANCE
          const found = golden ? `${largestError} from its golden outputs` : 'no golden outputs'
          rows.push({ id, ok, largestError, message: `${manifest.family} ${manifest.preset}: ${found}` })
        } finally {
          network.dispose()
        }
      } catch (error) {
        rows.push({ id, ok: false, largestError: null, message: toAppError(error).message })
      }
    }
  }
  if (options.values.json) io.out(JSON.stringify(rows, null, 2))
  else for (const { id, ok, message } of rows) io.out(`${ok ? 'ok  ' : 'FAIL'} ${id}  ${message}`)
  return rows.every(({ ok }) => ok) ? EXIT.ok : EXIT.failed
}
