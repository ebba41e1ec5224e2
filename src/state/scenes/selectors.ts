import type { PatchRecord } from '../../core/review/records'
import type { SceneRecord } from '../../core/scenes/sceneRecord'
import { removalObstacle, selectedPatch } from '../patches/selectors'
import { changeObstacle } from '../session/selectors'
import type { StudioState } from '../studioState'
import { openQuestion, type PlanState } from './builder'

export function sceneById({ scenes }: Pick<StudioState, 'scenes'>, id: string | null): SceneRecord | null {
  return scenes.list.find(scene => scene.id === id) ?? null
}

/** A scene of this name that was not added whole. */
export function incompleteScene(
  { scenes }: Pick<StudioState, 'scenes'>,
  name: string,
): SceneRecord | undefined {
  return scenes.list.find(scene => scene.name === name && !scene.complete)
}

/** Cells of a scene that are in the project, in strip order. */
export function cellsOf({ patches }: Pick<StudioState, 'patches'>, sceneId: string): PatchRecord[] {
  return patches.list.filter(({ cell }) => cell?.sceneId === sceneId)
}

/** The scene that the patch on screen is a cell of. */
export function sceneOfShown(state: StudioState): SceneRecord | null {
  return sceneById(state, selectedPatch(state)?.cell?.sceneId ?? null)
}

/** Bytes that the browser grants this site besides what is used; null: not known. */
export function freeBytes({ session: { storage } }: Pick<StudioState, 'session'>): number | null {
  return storage && Math.max(0, storage.quota - storage.usage)
}

/** Why the scene on screen cannot be added as it was chosen, and what to do; null: it can. */
export function addObstacle(state: StudioState): string | null {
  const { builder } = state.scenes
  if (!builder) return 'Drop a Sentinel-2 product and an elevation model first.'
  const question = openQuestion(builder)
  if (question) return question.message
  const particular = changeObstacle(state)
  if (particular) return particular
  if (state.shell.jobs.import) return 'Wait until the files are read.'
  return planObstacle(builder.plan, freeBytes(state))
}

/** What of a plan keeps the scene from being added. */
function planObstacle(plan: PlanState | null, free: number | null): string | null {
  if (plan?.status === 'refused') return 'It cannot be added this way: see above.'
  if (plan?.status !== 'ready') return 'Working out what it takes…'
  if (free !== null && plan.plan.bytes > free)
    return 'Not enough storage: free space, or choose a smaller area.'
  return null
}

/** A scene that is not added whole, with nothing working on it. */
export interface CutOffScene {
  name: string
  /** What of it is in the project; null: nothing. */
  record: SceneRecord | null
  /** Whether its files are still at hand: else they have to be dropped again. */
  hasFiles: boolean
}

export function cutOffScene({ scenes, shell, session }: StudioState): CutOffScene | null {
  if (session.phase !== 'ready' || session.access !== 'owner' || shell.jobs.scene) return null
  const [first] = scenes.waiting
  const incomplete = scenes.list.find(scene => !scene.complete)
  if (first) {
    const { scene: name } = first.choices
    return { name, record: incompleteScene({ scenes }, name) ?? null, hasFiles: true }
  }
  return incomplete ? { name: incomplete.name, record: incomplete, hasFiles: false } : null
}

/** Why no scene can be removed now, in words for a person; null: it can. */
export function sceneRemovalObstacle(state: StudioState): string | null {
  return state.shell.jobs.scene ? 'Wait until the scene is added, or cancel that.' : removalObstacle(state)
}
