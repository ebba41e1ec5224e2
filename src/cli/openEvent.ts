import { type AppError, toAppError } from '../core/foundation/appError'
import type { RefusedFile } from '../core/patches/importPatches'
import type { ValueScale } from '../core/patches/patch'
import { eventSet, type SetPatch } from '../core/patches/setStatistics'
import { sampleScene } from '../core/scenes/sampleScene'
import type { SceneStack } from '../core/scenes/stack'
import type { CommandIo } from './node/commandIo'
import { MemberSpool } from './node/memberSpool'
import type { OutFolder } from './node/outFolder'
import { PatchSpool, spoolFiles } from './node/patchSpool'
import { type EventScene, eventInputs, findSceneInputs } from './sceneInputs'
import type { SceneChoices } from './sceneOptions'

/** A scene of the event, opened. */
export interface OpenedScene extends EventScene {
  pixels: SceneStack
  samples: SetPatch[]
}

/** Patches and scenes that belong together: one set of statistics. */
export interface OpenedEvent {
  /** Holds the patches. */
  spool: PatchSpool
  scenes: OpenedScene[]
  /** What the event's statistics are made of. */
  set: SetPatch[]
  refused: RefusedFile[]
  remarks: { path: string; message: string }[]
}

/**
 * Finds patches and scenes among files, reads the patches into a spool and samples the scenes.
 *
 * @param means [14] raw units, for bands that a product does not have.
 * @param out of the command: what its earlier run made is no input.
 * @throws AppError `file-unreadable` for a path that does not exist, `aborted`
 */
export async function withEvent<Result>(
  paths: readonly string[],
  choices: SceneChoices & { valueScale: ValueScale | 'auto' },
  means: readonly number[],
  io: CommandIo,
  work: (event: OpenedEvent) => Promise<Result>,
  out?: OutFolder,
): Promise<Result> {
  const spool = await PatchSpool.temporary()
  const members = new MemberSpool()
  try {
    const inputs = await findSceneInputs(paths, choices, io, members, out)
    const found = await eventInputs(inputs, paths, choices, means, io)
    for (const { path, message } of found.refused) io.note(`Refused ${path}: ${message}`)
    const as = { domain: 'target', scale: choices.valueScale, means } as const
    const { refused, remarks } = await spoolFiles(found.patches, as, spool, io)
    refused.unshift(...found.refused)
    const scenes: OpenedScene[] = []
    for (const scene of found.scenes) {
      const context = { signal: io.signal, onProgress: io.progress.update }
      try {
        const pixels = await scene.open()
        scenes.push({ ...scene, pixels, samples: await sampleScene(pixels, scene, context) })
      } catch (thrown) {
        const { code, message }: AppError = toAppError(thrown)
        if (code === 'aborted') throw thrown
        io.note(`Refused ${scene.name}: ${message}`)
        refused.push({ path: scene.name, code, message })
      }
    }
    io.progress.clear()
    // Of patches and scenes together: they are one event.
    return await work({ spool, scenes, set: eventSet(spool.patches, scenes), refused, remarks })
  } finally {
    await spool.remove()
    await members.remove()
  }
}
