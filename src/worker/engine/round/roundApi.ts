import { AppError, toAppError } from '../../../core/foundation/appError'
import type { UnfinishedRound } from '../../../core/review/records'
import type { RoundRecord } from '../../../core/rounds/round'
import type { ProjectStore } from '../../../storage/projectStore'
import type { EngineApi, EngineEvent } from '../../protocol'
import type { CallContext, Handlers } from '../../rpc/serveApi'
import type { OnEngine } from '../engineSession'
import { createModelCatalogue } from '../modelCatalogue'
import { finishRound } from './finishRound'
import { planRound } from './planRound'
import { freezeLabels } from './roundLabels'

type RoundMethods = Pick<EngineApi, 'startRound' | 'resumeRound' | 'discardRound' | 'pauseRound'>

const SAVE_EVERY_SECONDS = 20
/** Held by the tab that trains; the browser lets go of it when that tab dies. */
const LOCK = 'scarp:round'

/** The engine worker's calls about rounds. */
export function createRoundApi(
  open: () => Promise<ProjectStore>,
  modelsUrl: string,
  onEngine: OnEngine,
): Handlers<RoundMethods, EngineEvent> {
  let pausing = false

  /** Runs what `plan` gives to its end; what stops it decides what is left. */
  const run = (
    store: ProjectStore,
    context: CallContext<EngineEvent>,
    saveEverySeconds: number,
    plan: (context: CallContext<EngineEvent>) => Promise<UnfinishedRound>,
  ): Promise<RoundRecord> =>
    alone(async () => {
      pausing = false
      let begun = false
      try {
        return await onEngine(context, async (engine, running) => {
          const planned = await plan(running)
          begun = true
          return finishRound(
            planned,
            {
              store,
              catalogue: createModelCatalogue(store, modelsUrl),
              engine,
              pause: () => pausing,
              saveEverySeconds,
              now: () => performance.now(),
            },
            running,
          )
        })
      } catch (thrown) {
        if (!begun) throw thrown
        const left = await store.unfinishedRound()
        const error = toAppError(thrown)
        // Cancelled by a person, or stopped before anything of worth was made: no trace.
        const worth =
          left !== null && (error.code === 'paused' || left.saved !== null || left.finished.length > 0)
        if (context.signal.aborted || !worth) await store.removeUnfinishedRound()
        else
          await store.putUnfinishedRound({ ...left, stopped: error.code === 'paused' ? null : error.message })
        throw thrown
      }
    })

  return {
    async startRound({ saveEverySeconds = SAVE_EVERY_SECONDS, ...request }, context) {
      const store = await open()
      return run(store, context, saveEverySeconds, async running => {
        if (await store.unfinishedRound()) {
          throw new AppError('bad-argument', 'There is an unfinished round: resume it or discard it first.')
        }
        // What a finished or abandoned one may have left behind.
        await store.removeUnfinishedRound()
        const catalogue = createModelCatalogue(store, modelsUrl)
        const plan = await planRound(store, catalogue, request, new Date().toISOString())
        let frozen = 0
        const total = plan.targetPatchIds.length + plan.heldOutPatchIds.length
        await freezeLabels(store, plan, () =>
          running.onProgress({ label: 'Setting the labels aside', done: ++frozen, total }),
        )
        await store.putUnfinishedRound(plan)
        return plan
      })
    },
    async resumeRound({ saveEverySeconds = SAVE_EVERY_SECONDS }, context) {
      const store = await open()
      return run(store, context, saveEverySeconds, async () => {
        const left = await store.unfinishedRound()
        if (!left) throw new AppError('bad-argument', 'There is no unfinished round: start one.')
        const plan = { ...left, resumed: left.resumed + 1, stopped: null }
        await store.putUnfinishedRound(plan)
        return plan
      })
    },
    async discardRound() {
      const store = await open()
      await alone(() => store.removeUnfinishedRound())
      return null
    },
    async pauseRound() {
      pausing = true
      return null
    },
  }
}

/** @throws AppError `bad-argument` while another call, of this tab or another, has the one round of this browser. */
function alone<T>(work: () => Promise<T>): Promise<T> {
  return navigator.locks.request(LOCK, { ifAvailable: true }, async lock => {
    if (lock) return work()
    throw new AppError(
      'bad-argument',
      'A round runs already, perhaps in another tab: wait for it, or pause it there.',
    )
  }) as Promise<T>
}
