import { toAppError } from '../../core/foundation/appError'
import { plural } from '../../core/foundation/text'
import type { RefusedFile } from '../../core/patches/importPatches'
import type { RenderedLayer } from '../../core/patches/renderLayer'
import type { ImportEvent, SceneChoices, SceneDrop } from '../../worker/protocol'
import { appendPatches, readPatches } from '../patches/actions'
import { recordAudit } from '../review/audit'
import { forgetSteps } from '../review/history'
import { measureStorage } from '../session/openProject'
import { closeDialog, openDialog } from '../shell/actions'
import type { JobOptions } from '../shell/jobs'
import { notify, notifyError } from '../shell/notices'
import type { Studio } from '../studio'
import { selectPatch } from '../view/actions'
import {
  choicesInDrop,
  openQuestion,
  type PlanState,
  presetChoices,
  type SceneBuilder,
  type WaitingScene,
} from './builder'
import { addObstacle, incompleteScene } from './selectors'
import type { ScenesSlice } from './slice'

function set({ store }: Pick<Studio, 'store'>, change: Partial<ScenesSlice>): void {
  store.change({ scenes: change })
}

function change(studio: Studio, changed: Partial<SceneBuilder>): void {
  const { builder } = studio.store.getState().scenes
  if (builder) set(studio, { builder: { ...builder, ...changed } })
}

/**
 * Asks about scenes that were dropped. Files that joined a drop that is being asked about already change what was chosen
 * only where it does not hold any more.
 */
export function offerScenes(studio: Studio, drop: SceneDrop, refused: readonly RefusedFile[]): void {
  const { builder: before } = studio.store.getState().scenes
  const earlier = before?.drop.id === drop.id ? before : null
  if (before && !earlier) forgetBuilder(studio)
  const choices = Object.fromEntries(
    drop.scenes.map(scene => {
      const chosen = earlier?.choices[scene.name]
      const cutOff = incompleteScene(studio.store.getState(), scene.name)
      return [
        scene.name,
        chosen && earlier
          ? choicesInDrop(chosen, scene, drop, earlier.drop)
          : presetChoices(scene, drop, cutOff),
      ]
    }),
  )
  const names = drop.scenes.map(({ name }) => name)
  const confirmed = earlier?.confirmed ?? []
  const shown = earlier?.scene
  set(studio, {
    builder: {
      drop,
      refused: earlier ? merged(earlier.refused, refused) : refused,
      scene: shown && names.includes(shown) ? shown : (names.find(name => !confirmed.includes(name)) ?? null),
      choices,
      ordered: earlier?.ordered ?? [],
      confirmed,
      changed: earlier?.changed ?? false,
      plan: null,
    },
  })
  openDialog(studio, 'add-scene')
  askPlan(studio, 0)
}

/** Files that were to join the drop and can't be used. */
export function refuseForScenes(studio: Studio, refused: readonly RefusedFile[]): void {
  const { builder } = studio.store.getState().scenes
  if (builder) change(studio, { refused: merged(builder.refused, refused) })
}

/** A file that was given again has its latest answer. */
function merged(before: readonly RefusedFile[], now: readonly RefusedFile[]): RefusedFile[] {
  return [...before.filter(({ path }) => !now.some(other => other.path === path)), ...now]
}

/** Shows another scene of the drop. */
export function showDroppedScene(studio: Studio, scene: string): void {
  change(studio, { scene, plan: null })
  askPlan(studio, 0)
}

/** Says that the order of the bands, which was assumed, is right. */
export function confirmOrder(studio: Studio, isRight: boolean): void {
  const { builder } = studio.store.getState().scenes
  if (!builder?.scene) return
  const others = builder.ordered.filter(name => name !== builder.scene)
  change(studio, { ordered: isRight ? [...others, builder.scene] : others, changed: true })
  askPlan(studio, 0)
}

export function chooseForScene(studio: Studio, chosen: Partial<Omit<SceneChoices, 'scene'>>): void {
  const { builder } = studio.store.getState().scenes
  const choices = builder?.scene ? builder.choices[builder.scene] : undefined
  if (!builder || !choices) return
  change(studio, {
    choices: { ...builder.choices, [choices.scene]: { ...choices, ...chosen } },
    changed: true,
  })
  askPlan(studio)
}

/** A drag or a number that is being typed changes many times: only what it comes to is asked for. */
const PLAN_AFTER_MS = 300

const PLAN_TIMER = 'scene-plan'

function askPlan(studio: Studio, after = PLAN_AFTER_MS): void {
  studio.timers.stop(PLAN_TIMER)
  const { builder } = studio.store.getState().scenes
  if (!builder) return
  const isOpen = openQuestion(builder) !== null
  change(studio, { plan: isOpen ? null : { status: 'asking' } })
  if (!isOpen) studio.timers.start(PLAN_TIMER, after, () => void readPlan(studio))
}

async function readPlan(studio: Studio): Promise<void> {
  const asked = studio.store.getState().scenes.builder
  const choices = asked?.scene ? asked.choices[asked.scene] : undefined
  if (!asked || !choices) return
  const plan = await studio.files.call('planScene', { drop: asked.drop.id, choices }).then(
    (found): PlanState => ({ status: 'ready', plan: found }),
    (thrown: unknown): PlanState => {
      const { code, message } = toAppError(thrown)
      return { status: 'refused', code, message }
    },
  )
  const now = studio.store.getState().scenes.builder
  // What was chosen meanwhile has a plan of its own on the way.
  if (now && now.drop === asked.drop && now.scene === asked.scene && now.choices[choices.scene] === choices)
    change(studio, { plan })
}

/**
 * A small picture of a dropped scene.
 *
 * @param size most pixels along a side
 */
export async function loadQuickLook(
  studio: Studio,
  request: { drop: string; scene: string; size: number },
  signal: AbortSignal,
): Promise<RenderedLayer & { step: number }> {
  const picture = await studio.files.call('quickLook', request, { signal })
  const plan = studio.store.getState().scenes.builder?.plan
  // Now that something was decoded, it is known how long all of it takes.
  if (plan?.status === 'ready' && plan.plan.seconds === null) await readPlan(studio)
  return picture
}

/** Adds the scene on screen as it was chosen, and shows the next of the drop. */
export function addScene(studio: Studio): void {
  const state = studio.store.getState()
  const { builder, waiting } = state.scenes
  const choices = builder?.scene ? builder.choices[builder.scene] : undefined
  if (!builder || !choices || addObstacle(state)) return
  const confirmed = [...builder.confirmed, choices.scene]
  const next = builder.drop.scenes.find(({ name }) => !confirmed.includes(name))
  const others = waiting.filter(other => other.choices.scene !== choices.scene)
  set(studio, { waiting: [...others, { drop: builder.drop.id, choices }] })
  if (next) {
    change(studio, { confirmed, scene: next.name, plan: null, changed: false })
    askPlan(studio, 0)
  } else {
    set(studio, { builder: null })
    closeDialog(studio, 'add-scene')
  }
  void addWaiting(studio)
}

/** Closes the dialog; what was chosen in it is lost, scenes that were added stay. */
export function closeBuilder(studio: Studio): void {
  closeDialog(studio, 'add-scene')
  forgetBuilder(studio)
}

function forgetBuilder(studio: Studio): void {
  const { builder } = studio.store.getState().scenes
  studio.timers.stop(PLAN_TIMER)
  if (!builder) return
  set(studio, { builder: null })
  releaseDrop(studio, builder.drop.id)
}

/** The files worker forgets a drop that nobody asks about any more. */
export function releaseDrop(studio: Studio, drop: string): void {
  const { builder, waiting } = studio.store.getState().scenes
  if (builder?.drop.id === drop || waiting.some(other => other.drop === drop)) return
  studio.files.call('closeDrop', { drop }).catch((thrown: unknown) => {
    console.warn(`The files of a drop were not forgotten: ${toAppError(thrown).message}`)
  })
}

/** Adds one confirmed scene after another; one that was cut off goes on where it was left. */
export async function addWaiting(studio: Studio): Promise<void> {
  if (studio.jobs.isRunning('scene') || studio.store.getState().scenes.waiting.length === 0) return
  await studio.jobs.run(
    'scene',
    async options => {
      for (;;) {
        const [first] = studio.store.getState().scenes.waiting
        if (!first) return
        try {
          await addOne(studio, first, options)
        } finally {
          await readPatches(studio)
          await measureStorage(studio)
        }
      }
    },
    { again: () => addWaiting(studio), work: null },
  )
}

/** Cells between two looks at the storage: thousands come one by one. */
const CELLS_TIMER = 'scene-cells'
const CELLS_AFTER_MS = 500

/** Of a scene that was removed and is added again: it begins without the steps of before. */
function forgetRemoved(studio: Studio, patchId: string): void {
  const { removed } = studio.store.getState().patches
  const sceneId = removed.find(({ id }) => id === patchId)?.cell?.sceneId
  if (sceneId === undefined) return
  const cells = removed.filter(({ cell }) => cell?.sceneId === sceneId).map(({ id }) => id)
  forgetSteps(studio, new Set(cells))
  for (const id of cells) studio.pixels.forgetPatch(id)
  // It is gone from the disk: the removed ones are no longer there to come back.
  void readPatches(studio).catch(thrown => notifyError(studio.store, thrown, 'storage-failed'))
}

async function addOne(studio: Studio, waiting: WaitingScene, options: JobOptions): Promise<void> {
  const fresh: string[] = []
  const onEvent = (event: ImportEvent) => {
    if (event.kind !== 'added') return
    forgetRemoved(studio, event.patchId)
    fresh.push(event.patchId)
    if (fresh.length > 1) return
    studio.timers.start(CELLS_TIMER, CELLS_AFTER_MS, () => void showCells(studio, fresh.splice(0)))
  }
  try {
    const { scene } = await studio.files
      .call('addScene', waiting, { ...options, onEvent })
      .catch((thrown: unknown) => {
        // Of what can't be done this way, or of files that are no longer open, nothing can go on.
        if (toAppError(thrown).code === 'bad-argument') forgetWaiting(studio, waiting.choices.scene)
        throw thrown
      })
    forgetWaiting(studio, scene.name)
    const list = await readPatches(studio)
    const cells = list.filter(({ cell }) => cell?.sceneId === scene.id)
    recordAudit(studio, { kind: 'import', detail: `Scene ${scene.name} added: ${cellCount(cells.length)}` })
    notify(
      studio.store,
      'information',
      `${scene.name} added: ${cellCount(cells.length)}. Next: run the ensemble.`,
    )
    if (studio.store.getState().view.selectedId === null) await selectPatch(studio, cells[0]?.id ?? null)
  } finally {
    studio.timers.stop(CELLS_TIMER)
  }
}

const cellCount = (count: number) => plural(count, 'cell')

/** Puts cells into the list while the rest of their scene is being added. */
async function showCells(studio: Studio, ids: readonly string[]): Promise<void> {
  try {
    await appendPatches(studio, ids)
  } catch (thrown) {
    // They are read once more when the scene is whole.
    console.warn(`New cells are not listed yet: ${toAppError(thrown).message}`)
    return
  }
  if (studio.store.getState().view.selectedId === null) await selectPatch(studio, ids[0] ?? null)
}

/** Takes a scene off those that wait; what of it was added stays. */
export function forgetWaiting(studio: Studio, name: string): void {
  const { waiting } = studio.store.getState().scenes
  const gone = waiting.filter(({ choices }) => choices.scene === name)
  set(studio, { waiting: waiting.filter(({ choices }) => choices.scene !== name) })
  for (const { drop } of gone) releaseDrop(studio, drop)
}
